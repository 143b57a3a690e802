"""Who asks: a person, the mayor, or an agent in its hook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.domain.hook import Role
from gastown.ids import HUMAN

if TYPE_CHECKING:
    from gastown.store.reader import Reader


def is_person(reader: Reader, actor: str) -> bool:
    """Whether an actor is a person: outside every hook, or in a crew worktree of theirs."""
    if actor == HUMAN:
        return True
    hook = reader.hook(actor) if "/" in actor else None
    return hook is not None and hook.role is Role.CREW
