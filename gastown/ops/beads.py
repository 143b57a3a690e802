"""Beads: made, one or many in one commit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gastown.domain.bead import Bead, BeadState
from gastown.domain.bead_settings import BeadRules, rules
from gastown.domain.bead_words import is_external, title_of, type_of
from gastown.errors import NotFound, Refused, UsageTrouble
from gastown.ids import TOWN_RIG, check_bead_id, new_bead_id

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gastown.domain.record import Json
    from gastown.store.reader import Reader
    from gastown.store.town import Town
    from gastown.store.transaction import Transaction

WAITS_FOR = ("all-children", "any-children")


@dataclass(frozen=True)
class NewBead:
    """What a person says of a bead they want; None: not said.

    Attributes:
        dependencies: type and id of what it depends on.
        waits_for: the bead whose children it waits for; `waits_gate`: for all or any of them.
        more: further keys of upstream's shape, as they are to be stored.
    """

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
    waits_for: str | None = None
    waits_gate: str = WAITS_FOR[0]
    more: Mapping[str, Json] = field(default_factory=dict)


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


def create(town: Town, new: NewBead, rig: str, *, actor: str, dry_run: bool = False) -> Bead:
    """Make a bead; `dry_run`: only tell what it would be.

    Raises:
        UsageTrouble: title, type, priority or id is not allowed.
        Refused: the id is taken, or the settings ask for a description.
        NotFound: the parent or a dependency does not exist.
    """
    allowed = rules_of(town)
    with town.transaction("create a bead", actor=actor) as tx:
        bead = build(tx, town, new, rig, allowed, actor=actor)
        tx.subject = f"create {bead.id}: {bead.title}"
        if not dry_run:
            tx.put(bead)
    return bead


def build(
    tx: Transaction, town: Town, new: NewBead, rig: str, allowed: BeadRules, *, actor: str,
    flat: bool = False,
) -> Bead:  # fmt: skip
    """A new bead, not put yet.

    Args:
        flat: a child that would be nested too deep gets an id of its own instead of an error.

    Raises:
        as `create`.
    """
    title = title_of(new.title)
    if not 0 <= new.priority <= 4:
        raise UsageTrouble(f"priority {new.priority} is not in 0 (urgent) to 4")
    if allowed.needs_description and not new.description:
        raise Refused(
            "a bead needs a description here", hint="-d TEXT; or bd config unset "
            "create.require-description",
        )  # fmt: skip
    now = town.now()
    identifier = _new_id(tx, town, new, rig, title, actor, allowed, flat)
    bead = Bead({"id": identifier, "title": title}, rig).with_(
        description=new.description or None,
        acceptance_criteria=new.acceptance or None,
        status=BeadState.OPEN.value,
        priority=new.priority,
        issue_type=type_of(new.issue_type, allowed.types),
        assignee=new.assignee or None,
        created_at=now,
        created_by=actor,
        updated_at=now,
        labels=sorted(set(new.labels)) or None,
        dependencies=_links(tx, identifier, new, now, actor) or None,
    )
    return bead.with_(**{**bead.data, **new.more})


def rules_of(town: Town) -> BeadRules:
    """What the settings say about beads."""
    return rules(town.settings().beads)


def link(bead: str, target: str, kind: str, now: str, actor: str) -> dict[str, str]:
    """Upstream's dependency object: `bead` depends on `target`."""
    return {
        "issue_id": bead, "depends_on_id": target, "type": kind, "created_at": now,
        "created_by": actor,
    }  # fmt: skip


def waits_link(bead: str, spawner: str, gate: str, now: str, actor: str) -> dict[str, str]:
    """Upstream's `waits-for`: `bead` waits for all or any of the children of `spawner`."""
    metadata = f'{{"gate":"{gate}","spawner_id":"{spawner}"}}'
    return {**link(bead, spawner, "waits-for", now, actor), "metadata": metadata}


def existing(tx: Transaction, identifier: str) -> Bead:
    """One bead that was not deleted.

    Raises:
        NotFound: there is none of that id, or it was deleted.
    """
    return _not_deleted(tx.bead(identifier))


def existing_in(reader: Reader, identifier: str) -> Bead:
    """As `existing`, outside of an operation."""
    return _not_deleted(reader.bead(identifier))


def _not_deleted(bead: Bead) -> Bead:
    if bead.state is BeadState.TOMBSTONE:
        raise NotFound(
            f"{bead.id} was deleted",
            hint=f"git -C hq log --grep {bead.id} finds the commit; git revert brings it back",
        )
    return bead


def _links(
    tx: Transaction, identifier: str, new: NewBead, now: str, actor: str
) -> list[dict[str, str]]:
    family = [("parent-child", new.parent)] if new.parent else []
    found = []
    for kind, target in dict.fromkeys([*new.dependencies, *family]):
        if target == identifier:
            raise Refused(f"{identifier} cannot depend on itself")
        if not is_external(target):
            existing(tx, target)
        found.append(link(identifier, target, kind, now, actor))
    if new.waits_for is not None:
        spawner = existing(tx, new.waits_for)
        found.append(waits_link(identifier, spawner.id, new.waits_gate, now, actor))
    return found


def _new_id(
    tx: Transaction, town: Town, new: NewBead, rig: str, title: str, actor: str,
    allowed: BeadRules, flat: bool,
) -> str:  # fmt: skip
    if new.identifier is not None:
        _check_free(tx, check_bead_id(new.identifier))
        return new.identifier
    if new.parent is not None:
        parent = existing(tx, new.parent).id
        if _depth(parent) < allowed.depth:
            return _child_id(tx, parent)
        if not flat:
            raise Refused(
                f"{parent} is nested {allowed.depth} deep already",
                hint="make it a sibling; or bd config set hierarchy.max-depth N",
            )
    prefix = tx.read.prefix(rig)
    count = tx.read.count_beads(rig)
    return new_id(town, prefix, title, actor, count, tx.has_bead, description=new.description or "")


def new_id(
    town: Town, prefix: str, title: str, actor: str, existing: int, taken: Callable[[str], bool],
    *, description: str = "",
) -> str:  # fmt: skip
    """A free id under a prefix, as long as the number of `existing` beads asks for."""
    moment = town.edge.clock()
    nanoseconds = int(moment.timestamp()) * 10**9 + moment.microsecond * 1000
    return new_bead_id(prefix, title, description, actor, nanoseconds, existing, taken)


def _check_free(tx: Transaction, identifier: str) -> None:
    if not tx.has_bead(identifier):
        return
    there = tx.find_bead(identifier)
    if there is not None and there.state is BeadState.TOMBSTONE:
        raise Refused(
            f"the id {identifier} was of a bead that is deleted, and is not given again",
            hint="choose another; git revert of the deletion brings the bead back",
        )
    raise Refused(f"bead {identifier} is there already", hint=f"bd show {identifier}")


def _depth(identifier: str) -> int:
    """How deep an id says that a bead is nested: the numbers at its end."""
    depth = 0
    head, _, tail = identifier.rpartition(".")
    while head and tail.isdigit():
        depth += 1
        head, _, tail = head.rpartition(".")
    return depth


def _child_id(tx: Transaction, parent: str) -> str:
    """One more than the highest number there is: a hole is somebody's deleted or missing child."""
    number = tx.read.highest_child(parent) + 1
    while tx.has_bead(f"{parent}.{number}"):
        number += 1
    return check_bead_id(f"{parent}.{number}")
