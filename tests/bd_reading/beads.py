"""Beads put straight into a town's ledger, in shapes that no command would make."""

from __future__ import annotations

from typing import Any

from gastown.domain.bead import Bead
from gastown.store.town import Town
from tests.support.towns import NOW


def put(town: Town, **beads: dict[str, Any]) -> None:
    """Put open beads named `mp-NAME`; `deps` are TYPE:NAME, other keys are the bead's own."""
    with town.transaction("put", actor="human") as tx:
        for name, values in beads.items():
            tx.put(bead(name, **values))


def bead(name: str, deps: tuple[str, ...] = (), **values: Any) -> Bead:
    """An open bead named `mp-NAME`."""
    edges = [edge(name, dep) if isinstance(dep, str) else dep for dep in deps]
    data = {
        "id": f"mp-{name}", "title": name, "status": "open", "priority": 2, "issue_type": "task",
        "created_at": NOW, "updated_at": NOW, "dependencies": edges or None, **values,
    }  # fmt: skip
    return Bead({key: value for key, value in data.items() if value is not None}, "mp")


def edge(name: str, text: str, metadata: str | None = None) -> dict[str, Any]:
    """A dependency of a bead, from TYPE:NAME."""
    kind, _, target = text.partition(":")
    whole = target if target.startswith("external:") else f"mp-{target}"
    made = {"issue_id": f"mp-{name}", "depends_on_id": whole, "type": kind, "created_at": NOW}
    return made | ({"metadata": metadata} if metadata else {})
