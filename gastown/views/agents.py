"""Agents: who has a hook, what is on it, and whether its session runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.errors import Unreadable
from gastown.runtime.sessions import Sessions, State

if TYPE_CHECKING:
    from gastown.domain.hook import Hook
    from gastown.store.reader import Reader


@dataclass(frozen=True)
class AgentView:
    """One agent.

    Attributes:
        session: `running`, `exited N`, `gone` (killed or lost in a reboot), `none` (never started)
            or `unknown` (its record cannot be read). Never guessed.
        since: when its hook last changed.
    """

    id: str
    role: str
    state: str
    bead: str | None
    title: str | None
    runtime: str | None
    session: str
    generation: int
    since: str


def agent_list(
    reader: Reader, sessions: Sessions, *, rig: str | None = None, every: bool = False
) -> list[AgentView]:
    """Agents with a live hook, or all that ever had one."""
    hooks = reader.hooks(rig=rig, live=not every)
    wanted = [hook.bead for hook in hooks if hook.bead]
    titles = {bead.id: bead.title for bead in reader.beads(identifiers=wanted)}
    return [
        AgentView(
            id=hook.id, role=hook.role, state=hook.state, bead=hook.bead,
            title=titles.get(hook.bead or ""), runtime=hook.runtime,
            session=session_word(sessions, hook), generation=hook.generation,
            since=hook.updated_at,
        )
        for hook in hooks
    ]  # fmt: skip


def session_word(sessions: Sessions, hook: Hook) -> str:
    """What is known of a hook's session, in a word."""
    try:
        session = sessions.get(hook.id)
    except Unreadable:
        return "unknown"
    if session is None or session.generation != hook.generation:
        return "none"
    found = sessions.look(session)
    return f"exited {found.exit_code}" if found.state is State.EXITED else found.state.value
