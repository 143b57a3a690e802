"""Which bead waits for which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.domain.bead import Bead
from gastown.errors import NotFound, Refused
from gastown.ops.beads import link

if TYPE_CHECKING:
    from gastown.store.reader import Reader
    from gastown.store.town import Town


def add_dependency(
    town: Town, identifier: str, target: str, kind: str = "blocks", *, actor: str
) -> Bead:
    """Say that `identifier` depends on `target`; twice is as once.

    Raises:
        NotFound: one of them does not exist.
        Refused: they are the same bead, or the dependency would close a circle.
    """
    with town.transaction(f"{identifier} depends on {target} ({kind})", actor=actor) as tx:
        bead = tx.bead(identifier)
        tx.bead(target)
        if identifier == target:
            raise Refused(f"{identifier} cannot depend on itself")
        if _reaches(tx.read, target, identifier):
            raise Refused(
                f"{target} depends on {identifier} already: that would be a circle",
                hint=f"bd dep remove {target} {identifier} undoes the other direction",
            )
        links = [dict(item) for item in bead.dependencies]
        if any((li.get("depends_on_id"), li.get("type")) == (target, kind) for li in links):
            return bead
        links.append(link(identifier, target, kind, town.now(), actor))
        bead = bead.with_(dependencies=links, updated_at=town.now())
        tx.put(bead)
    return bead


def remove_dependency(town: Town, identifier: str, target: str, *, actor: str) -> Bead:
    """Forget that `identifier` depends on `target`, whatever the type.

    Raises:
        NotFound: the bead or the dependency does not exist.
    """
    with town.transaction(f"{identifier} no longer depends on {target}", actor=actor) as tx:
        bead = tx.bead(identifier)
        kept = [dict(item) for item in bead.dependencies if item.get("depends_on_id") != target]
        if len(kept) == len(bead.dependencies):
            raise NotFound(
                f"{identifier} does not depend on {target}", hint=f"bd show {identifier}"
            )
        bead = bead.with_(dependencies=kept or None, updated_at=town.now())
        tx.put(bead)
    return bead


def _reaches(reader: Reader, start: str, goal: str) -> bool:
    seen: set[str] = set()
    todo = [start]
    while todo:
        current = todo.pop()
        if current == goal:
            return True
        found = reader.find("bead", current) if current not in seen else None
        seen.add(current)
        if isinstance(found, Bead):
            todo += [*found.depends_on(), *([found.parent] if found.parent else [])]
    return False
