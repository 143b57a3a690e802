"""Where somebody stands: in which town, rig and hook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.errors import Unreadable
from gastown.ids import HUMAN, MAYOR

if TYPE_CHECKING:
    from pathlib import Path

    from gastown.domain.hook import Hook
    from gastown.store.layout import Layout
    from gastown.store.reader import Reader


@dataclass(frozen=True)
class Place:
    """A place in a town.

    Attributes:
        hook: the registered hook that contains it.
        agent: whose hook it is; this is also told where the hook's record cannot be read.
    """

    rig: str | None = None
    hook: Hook | None = None
    agent: str | None = None

    @property
    def actor(self) -> str:
        """Who acts from here: the hook's agent, else the person."""
        return self.agent or HUMAN


def place_of(layout: Layout, reader: Reader, folder: Path) -> Place:
    """The place of `folder`; an unregistered worktree is nobody's."""
    try:
        parts = folder.relative_to(layout.root).parts
    except ValueError:
        return Place()
    if parts[:1] == (MAYOR,):
        return _hook_at(reader, None, MAYOR, MAYOR)
    if not parts or parts[0] in ("hq", ".gt"):
        return Place()
    rig = parts[0] if reader.path_of("rig", parts[0]) is not None else None
    if rig is None or len(parts) < 3:
        return Place(rig)
    return _hook_at(reader, rig, f"{rig}/{parts[2]}", "/".join(parts[:3]))


def _hook_at(reader: Reader, rig: str | None, agent: str, path: str) -> Place:
    try:
        hook = reader.hook(agent)
    except Unreadable:
        return Place(rig, None, agent)
    if hook is None or not hook.is_live or hook.path != path:
        return Place(rig)
    return Place(rig, hook, agent)
