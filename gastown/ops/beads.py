"""Beads: made and changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gastown.domain.bead import BEAD, Bead, BeadState
from gastown.errors import MoveRefused, Refused, UsageTrouble
from gastown.ids import check_bead_id, new_bead_id
from gastown.ops.landing import reopen_convoys
from gastown.ops.moves import hook_of, move_bead, release_hook, with_note

if TYPE_CHECKING:
    from gastown.store.reader import Reader
    from gastown.store.town import Town
    from gastown.store.transaction import Transaction

TOWN_RIG = "hq"
MAX_TITLE = 500
MAX_DEPTH = 3


@dataclass(frozen=True)
class NewBead:
    """What a person says of a bead they want; None: not said."""

    title: str
    description: str | None = None
    issue_type: str = "task"
    priority: int = 2
    identifier: str | None = None
    parent: str | None = None
    dependencies: tuple[tuple[str, str], ...] = ()
    labels: tuple[str, ...] = ()
    assignee: str | None = None
    acceptance: str | None = None


def rig_for(
    reader: Reader, *, named: str | None, identifier: str | None, parent: str | None,
    standing_in: str | None,
) -> str:  # fmt: skip
    """The rig a new bead belongs to: as named, by id, parent or directory, or the only one.

    Raises:
        NotFound: the named rig or the parent does not exist.
        UsageTrouble: it cannot be told; the hint names the rigs.
    """
    if named == TOWN_RIG:
        return TOWN_RIG
    if named is not None:
        return reader.rig(named).id
    rigs = reader.rigs()
    if identifier is not None:
        by_prefix = [rig for rig in rigs if identifier.startswith(f"{rig.prefix}-")]
        if by_prefix:
            return max(by_prefix, key=lambda rig: len(rig.prefix)).id
    if parent is not None:
        return reader.bead(parent).rig
    if standing_in is not None:
        return standing_in
    if len(rigs) == 1:
        return rigs[0].id
    known = ", ".join(rig.id for rig in rigs) or "none yet (gt rig add NAME URL)"
    raise UsageTrouble("which rig?", hint=f"say --rig RIG; rigs here: {known}; or --rig {TOWN_RIG}")


def create(town: Town, new: NewBead, rig: str, *, actor: str) -> Bead:
    """Make a bead.

    Raises:
        UsageTrouble: title, priority or id is not allowed.
        Refused: the id is taken.
        NotFound: the parent or a dependency does not exist.
    """
    title = check_title(new.title)
    if not 0 <= new.priority <= 4:
        raise UsageTrouble(f"priority {new.priority} is not in 0 (urgent) to 4")
    with town.transaction("create a bead", actor=actor) as tx:
        now = town.now()
        identifier = _new_id(tx, town, new, rig, title, actor)
        family = [("parent-child", new.parent)] if new.parent else []
        links = list(dict.fromkeys([*new.dependencies, *family]))
        for _, target in links:
            tx.bead(target)
        bead = Bead({"id": identifier, "title": title}, rig).with_(
            description=new.description or None,
            acceptance_criteria=new.acceptance or None,
            status=BeadState.OPEN.value,
            priority=new.priority,
            issue_type=new.issue_type,
            assignee=new.assignee or None,
            created_at=now,
            created_by=actor,
            updated_at=now,
            labels=sorted(set(new.labels)) or None,
            dependencies=[link(identifier, target, kind, now, actor) for kind, target in links]
            or None,
        )
        tx.subject = f"create {identifier}: {title}"
        tx.put(bead)
    return bead


def update(
    town: Town, identifier: str, *, actor: str, status: str | None = None,
    append_notes: str | None = None, add_labels: tuple[str, ...] = (),
    remove_labels: tuple[str, ...] = (), claim: bool = False, **fields: object,
) -> Bead:  # fmt: skip
    """Change a bead; `fields` are upstream's keys, a value of None leaves the key alone.

    Raises:
        NotFound: there is no such bead.
        MoveRefused: the status cannot be reached from the present one.
        Refused: a claim lost against another owner, or the assignee of a slung bead was to change.
    """
    if isinstance(fields.get("title"), str):
        fields["title"] = check_title(str(fields["title"]))
    with town.transaction(f"update {identifier}", actor=actor) as tx:
        before = tx.bead(identifier)
        _check_assignee(tx, before, fields.get("assignee"))
        bead = before.with_(**{**before.data, **_given(fields)})
        if append_notes:
            bead = with_note(bead, append_notes)
        if add_labels or remove_labels:
            kept = (set(bead.labels) | set(add_labels)) - set(remove_labels)
            bead = bead.with_(labels=sorted(kept) or None)
        if bead.data != before.data:
            bead = bead.with_(updated_at=town.now())
            tx.put(bead)
        if claim:
            bead = _claim(tx, town, bead, actor)
        if status is not None:
            bead = _set_status(tx, town, bead, status, actor)
    return bead


def check_title(text: str) -> str:
    """A title on one line.

    Raises:
        UsageTrouble: it is empty or too long.
    """
    title = " ".join(text.split())
    if not 1 <= len(title) <= MAX_TITLE:
        raise UsageTrouble(f"a title has 1 to {MAX_TITLE} characters, this one {len(title)}")
    return title


def link(bead: str, target: str, kind: str, now: str, actor: str) -> dict[str, str]:
    """Upstream's dependency object: `bead` depends on `target`."""
    return {
        "issue_id": bead, "depends_on_id": target, "type": kind, "created_at": now,
        "created_by": actor,
    }  # fmt: skip


def _check_assignee(tx: Transaction, bead: Bead, wanted: object) -> None:
    """A slung bead is its agent's: bead and hook point at each other."""
    hook = hook_of(tx, bead)
    if wanted is not None and hook is not None and wanted != hook.id:
        raise Refused(
            f"{bead.id} is on the hook of {hook.id}", hint=f"take it off: gt unsling {bead.id}"
        )


def _given(fields: dict[str, object]) -> dict[str, object]:
    """What was said; an empty string takes the key away."""
    return {key: value or None if isinstance(value, str) else value
            for key, value in fields.items() if value is not None}  # fmt: skip


def _new_id(tx: Transaction, town: Town, new: NewBead, rig: str, title: str, actor: str) -> str:
    if new.identifier is not None:
        if tx.read.has_bead(check_bead_id(new.identifier)):
            raise Refused(
                f"bead {new.identifier} is there already", hint=f"bd show {new.identifier}"
            )
        return new.identifier
    if new.parent is not None:
        return _child_id(tx, new.parent)
    prefix = TOWN_RIG if rig == TOWN_RIG else tx.rig(rig).prefix
    moment = town.edge.clock()
    nanoseconds = int(moment.timestamp()) * 10**9 + moment.microsecond * 1000
    return new_bead_id(
        prefix, title, new.description or "", actor, nanoseconds,
        tx.read.count_beads(rig), tx.read.has_bead,
    )  # fmt: skip


def _child_id(tx: Transaction, parent: str) -> str:
    tx.bead(parent)
    if parent.count(".") >= MAX_DEPTH:
        raise Refused(f"{parent} is nested {MAX_DEPTH} deep already", hint="make it a sibling")
    number = 1
    while tx.read.has_bead(f"{parent}.{number}"):
        number += 1
    return f"{parent}.{number}"


def _claim(tx: Transaction, town: Town, bead: Bead, actor: str) -> Bead:
    if bead.state is BeadState.IN_PROGRESS and bead.assignee == actor:
        return bead
    if bead.assignee not in (None, actor):
        raise Refused(f"{bead.id} is {bead.assignee}'s", hint="bd ready shows what is free")
    return move_bead(tx, town, bead, "claim", assignee=actor)


def _set_status(tx: Transaction, town: Town, bead: Bead, status: str, actor: str) -> Bead:
    try:
        wanted = BeadState(status)
    except ValueError:
        raise UsageTrouble(f"no status {status!r}", hint=f"one of {', '.join(BeadState)}") from None
    if wanted is bead.state:
        return bead
    if wanted is BeadState.IN_PROGRESS and bead.state is BeadState.OPEN:
        return _claim(tx, town, bead, bead.assignee or actor)
    trigger = BEAD.trigger_for(bead.state, wanted)
    if trigger in (None, "sling", "close", "delete"):
        ways = {BeadState.HOOKED: "gt sling", BeadState.CLOSED: "bd close"}
        raise MoveRefused(
            f"{bead.id} cannot be set from {bead.state} to {wanted}",
            hint=f"{ways.get(wanted, 'it can')}: {', '.join(BEAD.possible(bead.state))}",
        )
    assert trigger is not None
    hook = hook_of(tx, bead)
    if hook is not None and wanted is BeadState.OPEN:
        release_hook(tx, town, hook)
    if trigger == "reopen":
        reopen_convoys(tx, town, bead.id)
        return move_bead(tx, town, bead, trigger, closed_at=None, close_reason=None, assignee=None)
    changes: dict[str, Any] = {"assignee": None} if wanted is BeadState.OPEN else {}
    return move_bead(tx, town, bead, trigger, **changes)
