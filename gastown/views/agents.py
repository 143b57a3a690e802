"""Agents: who has a hook, what is on it, and whether its session runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gastown.errors import Unreadable
from gastown.runtime.agent_folder import agent_folder
from gastown.runtime.sessions import Sessions, State
from gastown.store.files import read_or_none
from gastown.store.reflog import entries

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gastown.domain.hook import Hook
    from gastown.runtime.readiness import Readiness
    from gastown.store.town import Town


@dataclass(frozen=True)
class AgentView:
    """One agent.

    Attributes:
        session: `running`, `exited N`, `gone` (killed or lost in a reboot), `none` (never started)
            or `unknown` (its record cannot be read). Never guessed.
        standing: how far its client is, where it runs: `ready`, `waiting: trust dialog`; None: it
            does not run, or nobody looked. `advice`: what the person can do about it, or about a
            setup that failed.
        since: when its hook last changed.
        status: its bead's.
        commit: the first line of the last commit in its worktree; `committed_at`: when that was.
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
    status: str | None = None
    commit: str | None = None
    committed_at: str | None = None
    standing: str | None = None
    advice: str | None = None


def agent_list(
    town: Town, sessions: Sessions, *, rig: str | None = None, every: bool = False,
    readiness: Mapping[str, Readiness] | None = None,
) -> list[AgentView]:  # fmt: skip
    """Agents with a live hook, or all that ever had one; `readiness` by their ids."""
    reader = town.read()
    hooks = reader.hooks(rig=rig, live=not every)
    wanted = [hook.bead for hook in hooks if hook.bead]
    beads = {bead.id: bead for bead in reader.beads(identifiers=wanted)}
    found = []
    for hook in hooks:
        bead = beads.get(hook.bead or "")
        commit, committed_at = _last_commit(town, hook)
        seen = (readiness or {}).get(hook.id)
        found.append(
            AgentView(
                id=hook.id, role=hook.role, state=hook.state, bead=hook.bead,
                title=bead.title if bead else None, runtime=hook.runtime,
                session=session_word(sessions, hook), generation=hook.generation,
                since=hook.updated_at, status=bead.state.value if bead else None,
                commit=commit, committed_at=committed_at,
                standing=seen.words if seen else None,
                advice=(seen.advice if seen else None) or _setup_failed(town, hook),
            )
        )  # fmt: skip
    return found


def _setup_failed(town: Town, hook: Hook) -> str | None:
    """Why no agent was started in a hook, where the rig's setup was the reason."""
    said = read_or_none(agent_folder(town.layout.agents, hook.id).setup_failed)
    return said.decode("utf-8", "replace").strip() if said and hook.is_live else None


def _last_commit(town: Town, hook: Hook) -> tuple[str | None, str | None]:
    """What the log of a hook's branch says of its last commit, and when that was."""
    layout = town.layout
    repository = layout.town_git if hook.rig == "hq" else layout.repository(hook.rig)
    made = [e for e in entries(repository, hook.full_branch) if e.message.startswith("commit")]
    if not made:
        return None, None
    at = datetime.fromtimestamp(made[-1].at, UTC).isoformat().replace("+00:00", "Z")
    return made[-1].message.partition(": ")[2], at


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
