"""Where somebody stands: in which town, rig and hook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.ids import HUMAN, MAYOR

if TYPE_CHECKING:
    from pathlib import Path

    from gastown.domain.hook import Hook
    from gastown.store.layout import Layout
    from gastown.store.reader import Reader


@dataclass(frozen=True)
class Place:
    """A place in a town. `hook`: the registered hook that contains it."""

    rig: str | None
    hook: Hook | None

    @property
    def actor(self) -> str:
        """Who acts from here: the hook's agent, else the person."""
        return self.hook.id if self.hook is not None else HUMAN


def place_of(layout: Layout, reader: Reader, folder: Path) -> Place:
    """The place of `folder`; an unregistered worktree is nobody's."""
    try:
        parts = folder.relative_to(layout.root).parts
    except ValueError:
        return Place(None, None)
    if parts[:1] == (MAYOR,):
        return Place(None, reader.hook(MAYOR))
    if not parts or parts[0] in ("hq", ".gt"):
        return Place(None, None)
    rig = parts[0] if any(known.id == parts[0] for known in reader.rigs()) else None
    if rig is None or len(parts) < 3:
        return Place(rig, None)
    hook = reader.hook(f"{rig}/{parts[2]}")
    mine = hook is not None and hook.is_live and hook.path == "/".join(parts[:3])
    return Place(rig, hook if mine else None)
