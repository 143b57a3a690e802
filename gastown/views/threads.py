"""Messages and their answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.views.beads import Branch

if TYPE_CHECKING:
    from gastown.domain.bead import Bead
    from gastown.store.reader import Reader

_REPLY = frozenset({"replies-to"})


def thread(reader: Reader, bead: Bead) -> list[Branch]:
    """The whole conversation that a message belongs to, each answer below what it answers."""
    seen = {bead.id}
    first = bead
    while True:
        above = [b for b in reader.beads(identifiers=first.depends_on(_REPLY)) if b.id not in seen]
        if not above:
            break
        first = above[0]
        seen.add(first.id)
    found: list[Branch] = []
    placed: set[str] = set()
    todo = [Branch(first, 0)]
    while todo:
        branch = todo.pop()
        if branch.bead.id in placed:
            continue
        placed.add(branch.bead.id)
        found.append(branch)
        names = [name for name, kind in reader.dependents(branch.bead.id) if kind in _REPLY]
        replies = sorted(
            reader.beads(identifiers=names), key=lambda one: str(one.data.get("created_at"))
        )
        todo += [Branch(reply, branch.depth + 1) for reply in reversed(replies)]
    return found
