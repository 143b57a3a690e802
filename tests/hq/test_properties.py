"""The rules of a person's commits, compared with the tables and with a plain count of the town."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gastown.domain.bead import BEAD, Bead, BeadState
from gastown.domain.convoy import CONVOY
from gastown.domain.hook import HOOK, Hook, HookState, Role
from gastown.domain.lifecycle import Lifecycle
from gastown.domain.mail import MAIL
from gastown.domain.merge import MERGE, Merge, MergeState
from gastown.store.cache import Cache
from gastown.store.codec import encode
from gastown.store.commits import Signature, commit
from gastown.store.invariants import disagreements
from gastown.store.layout import record_path
from gastown.store.legality import troubles
from gastown.store.objects import blob_oid
from gastown.store.picture import Key, Picture, key_of
from gastown.store.reader import Reader
from gastown.store.town import Town
from tests.support.towns import a_bead, a_convoy, a_hook, a_mail, a_merge

WHO = Signature("Ada Person", "ada@example.org", 0)


def made(cycle: Lifecycle[Any], name: str, state: Any) -> Any:
    """A record of that kind in that state which no guard and no invariant objects to."""
    if cycle is BEAD:
        return a_bead(f"mp-{name}", status=state.value)
    if cycle is HOOK:
        return a_hook(f"mp/{name}", state=state)
    if cycle is CONVOY:
        return a_convoy(f"cv-{name}", state=state, beads=("mp-done",))
    if cycle is MAIL:
        return a_mail(f"m-{name}", state=state)
    return a_merge(f"mr-{name}", state=state, bead="mp-any", hook="mp/any", generation=9)


def test_every_single_move_by_hand(bare_town: Town) -> None:
    """Exactly the moves of the tables pass, for each pair of states of each kind.

    Only merged is never taken by word, and hooked never without a hook.
    """
    pairs: dict[str, tuple[Lifecycle[Any], Any, Any]] = {}
    old: dict[str, bytes | None] = {}
    new: dict[str, bytes | None] = {}
    for record in (a_bead("mp-done", status="closed"), a_bead("mp-any"), a_hook("mp/any")):
        old[record_path(record)] = encode(record)
    for cycle in (BEAD, HOOK, CONVOY, MERGE, MAIL):
        states = (None, *cycle.states)
        for number, (source, dest) in enumerate(product(states, states)):
            path = record_path(made(cycle, f"x{number}", next(iter(cycle.states))))
            old[path], new[path] = (
                None if state is None else encode(made(cycle, f"x{number}", state))
                for state in (source, dest)
            )
            pairs[path] = (cycle, source, dest)
    first, second = (
        commit(bare_town.ledger, parent=bare_town.commit(), message="x", who=WHO, committer=WHO,
               files={path: data for path, data in files.items() if data or files is new})
        for files in (old, new)
    )  # fmt: skip
    refused = {trouble.path for trouble in troubles(bare_town, first, second)}
    for path, (cycle, source, dest) in pairs.items():
        if dest is None:
            legal = source is None
        else:
            legal = source is dest or cycle.allows(source, dest)
            legal = legal and (source is dest or dest is not MergeState.MERGED)
            legal = legal and (source is dest or dest is not BeadState.HOOKED)
        assert (path not in refused) is legal, f"{cycle.kind}: {source} -> {dest}"


BEADS = ("mp-a", "mp-b", "mp-c")
HOOKS = ("mp/toast", "mp/nux", "mp/ada")
Town_ = Mapping[Key, Any]


@st.composite
def records(draw: st.DrawFn, *, whole: bool) -> dict[Key, Any]:
    """Records of a small town, or (not `whole`) some of them: None is one that is gone."""
    found: dict[Key, Any] = {}
    names = st.sampled_from((*HOOKS, "human", "mp/gone"))
    for identifier in BEADS:
        state = draw(st.sampled_from(BeadState))
        bead = a_bead(identifier, status=state.value, assignee=draw(st.none() | names))
        found["bead", identifier] = bead
    for identifier in HOOKS:
        role = Role.CREW if identifier == "mp/ada" else Role.POLECAT
        hook = a_hook(identifier, state=draw(st.sampled_from(HookState)), role=role)
        held = draw(st.none() | st.sampled_from((*BEADS, "mp-gone")))
        found["hook", identifier] = replace(hook, bead=held)
    found["merge", "mr-1"] = a_merge(
        bead=draw(st.sampled_from(BEADS)), hook=draw(st.sampled_from(HOOKS))
    )
    if whole:
        return {key: record for key, record in found.items() if draw(st.integers(0, 5))}
    kept = {key: record for key, record in found.items() if not draw(st.integers(0, 2))}
    return {key: record if draw(st.integers(0, 5)) else None for key, record in kept.items()}


def wrong(town: Town_) -> set[str]:
    """What does not fit together in a town, counted in the plainest way."""
    beads = {r.id: r for r in town.values() if isinstance(r, Bead)}
    hooks = {r.id: r for r in town.values() if isinstance(r, Hook)}
    found = {*wrong_hooks(beads, hooks), *wrong_beads(beads, hooks)}
    for merge in town.values():
        if isinstance(merge, Merge):
            lost = [name for name in (merge.bead, merge.hook) if name not in {**beads, **hooks}]
            found |= {f"{merge.id} lost {lost}"} if lost else set()
    return found


def wrong_hooks(beads: Mapping[str, Bead], hooks: Mapping[str, Hook]) -> Iterator[str]:
    """Beads on two hooks, and hooks that hold what they should not."""
    held = [hook.bead for hook in hooks.values() if hook.bead]
    for name in {name for name in held if held.count(name) > 1}:
        yield f"{name} on {sorted(h.id for h in hooks.values() if h.bead == name)}"
    for hook in hooks.values():
        bead = beads.get(hook.bead or "")
        fits = bead is not None and bead.state in ("hooked", "in_progress", "blocked")
        empty = hook.state in ("created", "archived")
        if hook.bead and (empty or not fits):
            why = hook.state if empty else bead and bead.state
            yield f"{hook.id} holds {hook.bead}: {why}"
        elif hook.bead and bead and bead.assignee != hook.id:
            yield f"{hook.id} holds {bead.id} of {bead.assignee}"


def wrong_beads(beads: Mapping[str, Bead], hooks: Mapping[str, Hook]) -> Iterator[str]:
    """Beads at work that are on no hook."""
    live = {hook.id: hook for hook in hooks.values() if hook.state != "archived"}
    for bead in beads.values():
        hook = live.get(bead.assignee or "")
        if hook is not None and hook.bead == bead.id:
            continue
        if bead.state == "hooked":
            yield f"{bead.id} hooked by {bead.assignee}"
        claimed = hook is not None and hook.role == "crew"
        if bead.state == "in_progress" and "/" in (bead.assignee or "") and not claimed:
            yield f"{bead.id} in progress for {bead.assignee}"


@given(before=records(whole=True), changes=records(whole=False))
def test_the_town_fits_together(before: Town_, changes: Town_) -> None:
    """New disagreements are found if and only if there are some, whatever was wrong before."""
    cache = Cache(Path(":memory:"))
    files = {record_path(record): encode(record) for record in before.values()}
    cache.advance(None, "x", {p: (blob_oid(data), data) for p, data in files.items()})  # type: ignore[arg-type]
    picture = Picture(Reader(cache, "x"))
    changed = {key: record for key, record in changes.items() if before.get(key) != record}
    after = {key: record for key, record in {**before, **changed}.items() if record is not None}
    found = disagreements(picture, picture.after(changed), changed)
    expected = wrong(after) - wrong(before)
    assert len(found) == len(expected), (found, expected)
    assert disagreements(picture, picture, [key_of(record) for record in before.values()]) == []
    cache.close()
