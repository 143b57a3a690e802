"""What the ledger wants against what is there: worktrees, branches, sessions, convoys.

`needs` only reads files (no git process), so that it can be asked every few seconds; `meet` does
one of them, under the lock of the hook's place and after a second look, because whoever slings or
removes a hook is often just about to do the same. Everything here can be repeated.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from gastown.domain.bead import LIVE
from gastown.domain.hook import Hook, HookState, Role
from gastown.errors import Unreadable
from gastown.ids import HUMAN
from gastown.ops import handoff, repair, sessions, starting
from gastown.ops.bead_gates import check
from gastown.ops.convoys import land
from gastown.ops.describing import describe
from gastown.ops.landing import reopen_convoys
from gastown.ops.observe import MONITOR
from gastown.ops.post import post_once
from gastown.ops.rebuild import bring_rescued
from gastown.ops.refinery import retire_hook
from gastown.ops.refining import giving_back
from gastown.ops.retire import place_held, retire_held
from gastown.ops.sling_formula import Manner, go_on, wants_going_on
from gastown.ops.slinging import being_slung
from gastown.runtime.sessions import State
from gastown.store import hookfile
from gastown.store.evidence import already_applied
from gastown.store.refs import Refs
from gastown.store.worktree import Worktrees
from gastown.views.hooks import vanished

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gastown.ops.host import Host
    from gastown.ops.wants import Wanted
    from gastown.runtime.records import Session
    from gastown.runtime.sessions import Roster, Sessions
    from gastown.store.town import Town

PATIENCE_S = 0.5


class Kind(StrEnum):
    """What there is to be done."""

    RETIRE = "retire"
    MAKE = "make"
    MEND = "mend"
    DESCRIBE = "describe"
    START = "start"
    STOP = "stop"
    CYCLE = "cycle"
    REWORK = "rework"
    LAND = "land"
    OPEN_CONVOY = "open convoy"
    GO_ON = "go on"
    OPEN_GATE = "open gate"


@dataclass(frozen=True)
class Need:
    """Something that is not as the ledger wants it. `subject`: the id of what it is about."""

    kind: Kind
    subject: str
    why: str
    hook: Hook | None = None

    @property
    def key(self) -> str:
        """One name for each thing to do."""
        return f"{self.kind} {self.subject}"


def needs(town: Town, want: Wanted, running: Sessions, roster: Roster) -> list[Need]:
    """Everything that is not as the ledger wants it."""
    found = [need for hook in want.hooks if (need := _of_worktree(town, hook)) is not None]
    found += _orphans(town, want)
    found += _of_sessions(town, want, running, roster)
    why = "all of its beads are closed"
    found += [Need(Kind.LAND, convoy, why) for convoy in want.complete]
    why = "it had landed, and one of its beads is open again"
    found += [Need(Kind.OPEN_CONVOY, convoy, why) for convoy in want.torn]
    why = "its next steps can be started"
    found += [Need(Kind.GO_ON, molecule, why) for molecule in want.advancing]
    now = town.edge.clock()
    found += [Need(Kind.OPEN_GATE, gate.id, "its time has come") for gate in want.gates
              if gate.is_due(now)]  # fmt: skip
    return found


def meet(town: Town, host: Host, need: Need) -> str | None:
    """Do what is needed, if it still is; what was done, in words.

    Raises:
        Busy: somebody is at work in the hook's place.
        GtError: it could not be done.
    """
    if need.kind is Kind.LAND:
        return _land(town, need.subject)
    if need.kind is Kind.OPEN_CONVOY:
        return _open_convoy(town, need.subject)
    if need.kind is Kind.GO_ON:
        return _go_on(town, host, need.subject)
    if need.kind is Kind.OPEN_GATE:
        return _open_gate(town, need.subject)
    hook = need.hook
    if hook is None:
        return None
    if need.kind is Kind.RETIRE:
        retired = retire_hook(town, host, hook)
        kept = f"; its changes are in {retired.rescue}" if retired.rescue else ""
        return f"the worktree of {hook.id} generation {hook.generation} is gone{kept}"
    with place_held(town, hook, wait_s=PATIENCE_S):
        return _meet_held(town, host, need, hook)


def _meet_held(town: Town, host: Host, need: Need, hook: Hook) -> str | None:
    now = town.read().hook(hook.id)
    if need.kind is Kind.STOP:
        return _stop(town, host, need, now)
    if now is None or now.generation != hook.generation:
        return None
    if need.kind is Kind.CYCLE:
        begun = handoff.cycle_held(town, host, now)
        return f"{now.id} was handed off, and started again ({begun.runtime})" if begun else None
    if need.kind is Kind.REWORK:
        return giving_back.wake_held(town, host, now)
    if need.kind is Kind.MEND:
        return _mend(town, now)
    if need.kind in (Kind.MAKE, Kind.START):
        return _make(town, host, now)
    describe(town, now.id)
    return None


def _of_worktree(town: Town, hook: Hook) -> Need | None:
    trees = Worktrees(town.layout, hook.rig)
    if not trees.repository.is_dir():
        return None
    admin = trees.admin(hook)
    said = hookfile.read(admin)
    mine = said is not None and said.is_of(hook)
    path = trees.path(hook)
    is_there = path.is_dir() and any(path.iterdir())
    if not is_there and not _was_made(trees, hook):
        why = "its worktree was never made"
        return None if being_slung(town, hook) else Need(Kind.MAKE, hook.id, why, hook)
    if Refs(trees.repository).oid(hook.full_branch) is None:
        return Need(Kind.MEND, hook.id, f"its branch {hook.branch} is gone", hook)
    if not is_there:
        return Need(Kind.MEND, hook.id, "its worktree is gone", hook)
    if admin is None or not trees.is_registered(hook, admin):
        return Need(Kind.MEND, hook.id, "its worktree's registration is stale", hook)
    if mine and not hookfile.is_current(admin, hook, town.layout.spool):
        return Need(Kind.DESCRIBE, hook.id, "its git hooks do not know what is on it", hook)
    return None


def _was_made(trees: Worktrees, hook: Hook) -> bool:
    """Whether the repository still knows of a worktree of this generation."""
    said = hookfile.read(trees.known_admin(hook))
    return said is not None and said.is_of(hook)


def _orphans(town: Town, want: Wanted) -> Iterator[Need]:
    """Worktrees of hooks that are archived, or that the ledger does not know any more.

    Whoever archived the hook was killed before it went, or its sling was undone.
    """
    live = {hook.path for hook in want.hooks}
    for rig in want.rigs:
        for role in (Role.POLECAT, Role.CREW):
            folder = town.layout.rig(rig.id) / ("polecats" if role is Role.POLECAT else "crew")
            for name in _entries(folder):
                path = f"{rig.id}/{folder.name}/{name}"
                former = _formerly(town, rig.id, role, path) if path not in live else None
                why = _why_gone(town, former) if former is not None else None
                if why is not None:
                    yield Need(Kind.RETIRE, f"{rig.id}/{name}", why, former)


def _entries(folder: Path) -> list[str]:
    try:
        return sorted(entry for entry in os.listdir(folder) if not entry.startswith("."))  # noqa: PTH208  (names only, every few seconds)
    except FileNotFoundError:
        return []


def _why_gone(town: Town, former: Hook) -> str | None:
    """Why the worktree of a hook should not be there; None: nobody can say."""
    reader = town.read()
    try:
        hook = reader.hook(former.id)
    except Unreadable:
        return None
    if hook is None:  # a record that is broken or was deleted is mended, not taken for undone
        return None if former.id in vanished(town, reader) else "the ledger knows it no more"
    if hook.generation < former.generation:
        return "the ledger knows that generation no more"
    return "it is archived" if not hook.is_live else None


def _formerly(town: Town, rig: str, role: Role, path: str) -> Hook | None:
    """The hook that a worktree says it is of."""
    trees = Worktrees(town.layout, rig)
    name = path.rpartition("/")[2]
    blank = Hook(
        id=f"{rig}/{name}", state=HookState.ARCHIVED, role=role, rig=rig, branch="", target="",
        base="", path=path, created_at="", updated_at="",
    )  # fmt: skip
    admin = trees.admin(blank)
    said = hookfile.read(admin)
    if admin is None or said is None or said.hook != blank.id:
        return None
    head = (admin / "HEAD").read_text(errors="replace").strip()
    branch = head.removeprefix("ref: refs/heads/") if head.startswith("ref: ") else head
    return replace(blank, generation=said.generation, branch=branch)


def _of_sessions(town: Town, want: Wanted, running: Sessions, roster: Roster) -> Iterator[Need]:
    known = {session.id: session for session in roster.sessions}
    by_id = {hook.id: hook for hook in want.hooks}
    for session in roster.sessions:
        hook = by_id.get(session.id)
        why = _unwanted(hook, session)
        if why and running.look(session).state is State.RUNNING:
            stand_in = hook or _stand_in(session)
            yield (
                Need(Kind.STOP, session.id, why, stand_in)
                if stand_in
                else Need(Kind.STOP, session.id, why)
            )
    unreadable = bool(roster.unreadable)  # one of them may be the session we would start
    for hook in want.hooks:
        if not unreadable and handoff.is_marked(town, hook.id, known.get(hook.id)):
            yield Need(Kind.CYCLE, hook.id, "it was handed off", hook)
            continue
        if not unreadable and giving_back.is_marked(town, hook):
            yield Need(Kind.REWORK, hook.id, "its work came back", hook)
            continue
        if hook.state is HookState.ACTIVE and hook.runtime is not None and not unreadable:
            session_now = known.get(hook.id)
            started = session_now is not None and session_now.generation >= hook.generation
            if not started and not being_slung(town, hook):
                yield Need(Kind.START, hook.id, "its agent was never started", hook)


def _unwanted(hook: Hook | None, session: Session) -> str | None:
    """Why a session should not run, or None: it should, or it is not ours to say."""
    if hook is None:
        return "it has no live hook"
    if hook.role is Role.MAYOR:
        return None
    if not hook.is_live or hook.generation != session.generation:
        return "its hook is archived"
    if hook.state is HookState.SUSPENDED:
        return "its hook is suspended"
    if hook.state is HookState.CREATED and (hook.role is Role.POLECAT or hook.runtime is None):
        return "nothing is on its hook"
    return None


def _stand_in(session: Session) -> Hook | None:
    rig, _, name = session.id.rpartition("/")
    if not rig:
        return None
    return Hook(
        id=session.id, state=HookState.ARCHIVED, role=Role.POLECAT, rig=rig, branch="", target="",
        base="", path=f"{rig}/polecats/{name}", generation=session.generation, created_at="",
        updated_at="",
    )  # fmt: skip


def _go_on(town: Town, host: Host, molecule_id: str) -> str | None:
    """Sling what the molecule's last merges have made ready, or close its root."""
    reader = town.read()
    molecule = reader.find("molecule", molecule_id)
    if molecule is None or not wants_going_on(reader, molecule):
        return None
    if town.layout.is_quiet:
        return None
    done = go_on(town, molecule, manner=Manner(host), actor=MONITOR)
    if done.slung.refused:
        raise done.slung.refused[0]  # the worker tries again, ever more rarely
    said = [f"{one.bead} is slung to {one.hook.id}" for one in done.slung.done]
    said += [f"{one.bead} waits for a place" for one in done.waiting]
    said += [f"{molecule_id} is closed"] if done.closed else []
    return f"{molecule_id}: {'; '.join(said)}" if said else None


def _open_gate(town: Town, gate: str) -> str | None:
    looked = check(town, only=gate, escalate=True, actor=MONITOR)
    said = [f"{one.gate.id} is open: {one.why}" for one in looked if one.opens]
    said += [f"the person was told of {one.gate.id}: {one.why}" for one in looked if one.told]
    return "; ".join(said) or None


def _land(town: Town, convoy_id: str) -> str | None:
    path = town.read().path_of("convoy", convoy_id)
    if path is None:
        return None
    # The record as it is: landed from just this one before, somebody took that back on purpose.
    evidence = town.ledger.text("rev-parse", f"{town.commit()}:{path}")
    if already_applied(town, evidence, path):
        return None
    landed = land(town, convoy_id, actor=MONITOR, cause=evidence)
    return f"convoy {convoy_id} landed: {landed.title}" if landed else None


def _open_convoy(town: Town, convoy_id: str) -> str | None:
    """After a close was taken back by `git revert`, which knows nothing of the convoy."""
    with town.transaction(f"convoy {convoy_id} is open again", actor=MONITOR) as tx:
        convoy = tx.convoy(convoy_id)
        statuses = tx.read.statuses(convoy.beads)
        live = [bead for bead in convoy.beads if statuses.get(bead, "tombstone") in LIVE]
        if not live:
            return None
        opened = reopen_convoys(tx, town, live[0])
    return f"convoy {convoy_id} is open again: so is {live[0]}" if opened else None


def _stop(town: Town, host: Host, need: Need, now: Hook | None) -> str | None:
    session = sessions.sessions_of(town, host).get(need.subject)
    if session is None or _unwanted(now, session) is None or need.hook is None:
        return None
    sessions.stop(town, host, need.hook)
    return f"the session of {need.subject} was stopped: {need.why}"


def _mend(town: Town, hook: Hook) -> str | None:
    findings = repair.mend_held(town, hook)
    if not findings:
        return None
    said = "; ".join(f"{one.trouble}: {one.outcome}" for one in findings)
    with town.transaction(f"mend {hook.id}", actor=MONITOR) as tx:
        body = f"{said}\n\nWhat is held of it: gt hooks log {hook.id}"
        for address in (HUMAN, hook.id):
            subject = f"mended: {hook.id}, {findings[0].trouble}"
            post_once(tx, town, to=address, subject=subject, body=body, about=hook.id)
    return f"{hook.id}: {said}"


def _make(town: Town, host: Host, hook: Hook) -> str | None:
    """What a killed sling left undone: the worktree, then the session."""
    if not hook.is_live or being_slung(town, hook):
        return None
    trees = Worktrees(town.layout, hook.rig)
    left = trees.left_by(hook)
    if left is not None:
        sessions.stop(town, host, left)
        retire_held(town, left)
    new = not trees.path(hook).exists()
    trees.add(hook)
    trees.describe(hook)
    if new:  # of an archived hook whose record came back, by a revert of what archived it
        bring_rescued(town, trees, hook)
    wants_agent = hook.state is HookState.ACTIVE and hook.runtime is not None
    if wants_agent and not town.layout.is_quiet and _never_ran(town, host, hook):
        starting.start(town, host, hook)
        return f"{hook.id} was started ({hook.runtime})"
    return f"the worktree of {hook.id} was made" if new else None


def _never_ran(town: Town, host: Host, hook: Hook) -> bool:
    try:
        return sessions.liveness(sessions.sessions_of(town, host), hook) is None
    except Unreadable:
        return False
