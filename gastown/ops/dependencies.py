"""Which bead waits for which, and which is whose child.

`A depends on B` stands in A. Dependencies that hold a bead back, and those of children on parents,
may not go round in a circle: nothing in it could ever start. For the same reason a child does not
wait for its own parent, which is done when its children are. Other links may go anywhere.
"""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Any

from gastown.domain.bead import BLOCKING, Bead
from gastown.domain.bead_words import is_external, kind_of_link
from gastown.errors import NotFound, Refused
from gastown.ops.beads import existing, link, waits_link
from gastown.ops.moves import ancestry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gastown.store.town import Town
    from gastown.store.transaction import Transaction

FAMILY = "parent-child"
BOTH_WAYS = "relates-to"
_HOLDING = BLOCKING | {FAMILY}


def add_dependency(
    town: Town, identifier: str, target: str, kind: str = "blocks", *, gate: str | None = None,
    actor: str,
) -> Bead:  # fmt: skip
    """Say that `identifier` depends on `target`; twice is as once.

    Args:
        target: a bead, or `external:PROJECT:CAPABILITY`.
        gate: for `waits-for`: `all-children` or `any-children`.

    Raises:
        NotFound: one of them does not exist.
        Refused: they are the same bead, or the dependency would close a circle.
    """
    kind = kind_of_link(kind)
    with town.transaction(f"{identifier} depends on {target} ({kind})", actor=actor) as tx:
        return add_link(tx, town, existing(tx, identifier), target, kind, actor, gate=gate)


def add_link(
    tx: Transaction, town: Town, bead: Bead, target: str, kind: str, actor: str, *,
    gate: str | None = None,
) -> Bead:  # fmt: skip
    """`add_dependency` within an operation."""
    check_link(tx, bead, target, kind)
    links = _plain(bead)
    if any((li.get("depends_on_id"), li.get("type", "blocks")) == (target, kind) for li in links):
        return bead
    now = town.now()
    if kind == "waits-for":
        links.append(waits_link(bead.id, target, gate or "all-children", now, actor))
    else:
        links.append(link(bead.id, target, kind, now, actor))
    bead = bead.with_(dependencies=links, updated_at=now)
    tx.put(bead)
    return bead


def remove_dependency(
    town: Town, identifier: str, target: str, kind: str | None = None, *, actor: str
) -> Bead:
    """Forget that `identifier` depends on `target`, whatever the type unless one is named.

    Raises:
        NotFound: the bead or the dependency does not exist.
    """
    with town.transaction(f"{identifier} no longer depends on {target}", actor=actor) as tx:
        bead = existing(tx, identifier)
        changed = without_links(bead, {target}, kind_of_link(kind) if kind is not None else None)
        if changed is bead:
            back = f"; {target} depends on {identifier}" if target in _pointing(tx, bead) else ""
            raise NotFound(
                f"{identifier} does not depend on {target}{back}", hint=f"bd show {identifier}"
            )
        bead = changed.with_(updated_at=town.now())
        tx.put(bead)
    return bead


def relate(town: Town, one: str, other: str, *, actor: str) -> tuple[Bead, Bead]:
    """Link two beads to each other, so that each shows the other; nothing waits.

    Raises:
        NotFound: one of them does not exist.
        Refused: they are the same bead.
    """
    with town.transaction(f"relate {one} and {other}", actor=actor) as tx:
        first = add_link(tx, town, existing(tx, one), other, BOTH_WAYS, actor)
        second = add_link(tx, town, existing(tx, other), one, BOTH_WAYS, actor)
    return first, second


def unrelate(town: Town, one: str, other: str, *, actor: str) -> tuple[Bead, Bead]:
    """Take the link between two beads away, on both sides.

    Raises:
        NotFound: one of them does not exist, or neither has such a link.
    """
    with town.transaction(f"unrelate {one} and {other}", actor=actor) as tx:
        before = existing(tx, one), existing(tx, other)
        pairs = ((before[0], other), (before[1], one))
        first, second = (_without_relation(bead, target) for bead, target in pairs)
        if (first, second) == before:
            raise NotFound(f"{one} and {other} are not related", hint=f"bd show {one}")
        for bead in (first, second):
            if bead not in before:
                tx.put(bead.with_(updated_at=town.now()))
    return first, second


def set_parent(tx: Transaction, town: Town, bead: Bead, parent: str | None, actor: str) -> Bead:
    """A bead as the child of another one, or of none; its id stays. The bead is not put yet.

    Raises:
        NotFound: there is no such parent.
        Refused: the parent is the bead itself, below it, or waits for it.
    """
    if parent == bead.parent:
        return bead
    others = [li for li in _plain(bead) if li.get("type", "blocks") != FAMILY]
    alone = bead.with_(dependencies=others or None)
    if parent is None:
        return alone
    check_link(tx, alone, parent, FAMILY)
    return alone.with_(dependencies=[*others, link(bead.id, parent, FAMILY, town.now(), actor)])


def without_links(bead: Bead, targets: set[str], kind: str | None = None) -> Bead:
    """A bead that no longer points at any of `targets`; itself if it did not."""
    kept = [
        li for li in _plain(bead)
        if li.get("depends_on_id") not in targets or kind not in (None, li.get("type", "blocks"))
    ]  # fmt: skip
    if len(kept) == len(bead.dependencies):
        return bead
    return bead.with_(dependencies=kept or None)


def check_link(tx: Transaction, bead: Bead, target: str, kind: str) -> None:
    """Whether a bead may point at a target.

    Raises:
        NotFound: there is no such target.
        Refused: it is the bead itself, its own parent to wait for, or would close a circle.
    """
    if is_external(target):
        return
    existing(tx, target)
    if target == bead.id:
        raise Refused(f"{bead.id} cannot depend on itself")
    if kind not in BLOCKING and kind != FAMILY:
        return
    way = way_to(tx, target, bead.id)
    if way is not None:
        raise Refused(
            f"{target} depends on {bead.id} already: that would be a circle",
            hint=f"{' → '.join(way)}; bd dep remove {way[-2]} {way[-1]} undoes the last of these",
        )
    if kind in BLOCKING and _is_below(tx, bead, target):
        raise Refused(
            f"{bead.id} is a child of {target}, which is done when its children are",
            hint=f"let {bead.id} wait for what {target} waits for",
        )


def way_to(tx: Transaction, start: str, goal: str) -> list[str] | None:
    """The beads from one that cannot start before another one is closed, to that one."""
    before: dict[str, str | None] = {start: None}
    todo = deque([start])
    while todo:
        current = todo.popleft()
        if current == goal:
            return list(reversed(list(_back(before, current))))
        found = tx.glance(current)
        for other in found.depends_on(_HOLDING) if found is not None else ():
            if other not in before:
                before[other] = current
                todo.append(other)
    return None


def _back(before: Mapping[str, str | None], end: str) -> Iterator[str]:
    current: str | None = end
    while current is not None:
        yield current
        current = before[current]


def _is_below(tx: Transaction, bead: Bead, ancestor: str) -> bool:
    return any(one.id == ancestor for one in islice(ancestry(tx, bead), 1, None))


def _pointing(tx: Transaction, bead: Bead) -> set[str]:
    return {other for other, _ in tx.read.dependents(bead.id)}


def _without_relation(bead: Bead, target: str) -> Bead:
    return without_links(without_links(bead, {target}, BOTH_WAYS), {target}, "related")


def _plain(bead: Bead) -> list[dict[str, Any]]:
    items: list[Mapping[str, Any]] = list(bead.dependencies)
    return [dict(item) for item in items]
