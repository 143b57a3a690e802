"""Agents: who has a hook, what is on it, whether its session runs, and how it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gastown.domain.health import Condition
from gastown.errors import Unreadable
from gastown.runtime.agent_folder import agent_folder
from gastown.runtime.sessions import Sessions, State
from gastown.store.files import read_or_none
from gastown.store.reflog import entries

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gastown.domain.health import Health
    from gastown.domain.hook import Hook
    from gastown.runtime.records import Session
    from gastown.store.town import Town

RUNNING = State.RUNNING.value


@dataclass(frozen=True)
class AgentView:
    """One agent.

    Attributes:
        session: `running`, `exited N`, `gone` (killed or lost in a reboot), `none` (never started)
            or `unknown` (its record cannot be read). Never guessed.
        standing: its health in words, where it runs: `idle`, `waiting: trust dialog`; None: it
            does not run, or nobody looked. `advice`: what the person can do about it, or about a
            setup that failed.
        since: when its hook last changed.
        status: its bead's.
        commit: the first line of the last commit in its worktree; `committed_at`: when that was.
        health: None: nobody has looked, or its hook is gone.
        last: the last sign of life that is known: its output, its word, its commit.
        runner: what its latest session runs in: `tmux`, or `process`, which has no terminal.
        reason: why its hook is suspended.
        looked_at: when the monitor looked at its health, in seconds since 1970; None: just now,
            or nobody did.
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
    health: Health | None = None
    last: str | None = None
    runner: str | None = None
    reason: str | None = None
    looked_at: float | None = None

    @property
    def condition(self) -> Condition:
        """Its condition; unknown where nobody has looked."""
        return self.health.condition if self.health is not None else Condition.UNKNOWN

    @property
    def is_resting(self) -> bool:
        """Whether nothing runs there and nothing is to: a person's worktree, the mayor at rest."""
        idle = self.health is None or self.health.condition is Condition.IDLE
        return self.role != "polecat" and self.session != RUNNING and idle


def agent_list(
    town: Town, sessions: Sessions, *, rig: str | None = None, every: bool = False,
    healths: Mapping[str, Health] | None = None, looked_at: float | None = None,
) -> list[AgentView]:  # fmt: skip
    """Agents with a live hook, or all that ever had one.

    Args:
        healths: by the agents' ids.
        looked_at: when the monitor looked at them, if it did.
    """
    reader = town.read()
    hooks = reader.hooks(rig=rig, live=not every)
    wanted = [hook.bead for hook in hooks if hook.bead]
    beads = {bead.id: bead for bead in reader.beads(identifiers=wanted)}
    found = []
    for hook in hooks:
        bead = beads.get(hook.bead or "")
        commit, committed_at = _last_commit(town, hook)
        health = (healths or {}).get(hook.id) if hook.is_live else None
        session = _session_of(sessions, hook)
        word = _word(sessions, session)
        record = session if not isinstance(session, Unreadable) else None
        found.append(
            AgentView(
                id=hook.id, role=hook.role, state=hook.state, bead=hook.bead,
                title=bead.title if bead else None, runtime=hook.runtime, session=word,
                generation=hook.generation, since=hook.updated_at,
                status=bead.state.value if bead else None, commit=commit, committed_at=committed_at,
                standing=_standing(health) if word == RUNNING else None,
                advice=(health.advice if health else None) or _setup_failed(town, hook),
                health=health, last=_last_sign(town, hook, record, committed_at),
                runner=record.runner.value if record else None, reason=hook.reason,
                looked_at=looked_at if health is not None else None,
            )
        )  # fmt: skip
    return found


def _standing(health: Health | None) -> str | None:
    if health is None:
        return None
    if health.condition is Condition.WAITING and health.detail:
        return f"{health.condition.value}: {health.detail}"
    return health.words


def _last_sign(
    town: Town, hook: Hook, session: Session | None, committed_at: str | None
) -> str | None:
    """When an agent last did anything that leaves a trace."""
    signs = list(_signs(town, hook, session))
    if committed_at is not None:
        signs.append(datetime.fromisoformat(committed_at).timestamp())
    return _moment(max(signs)) if signs else None


def _signs(town: Town, hook: Hook, session: Session | None) -> Iterator[float]:
    if session is None:
        return
    yield datetime.fromisoformat(session.started_at).timestamp()
    folder = agent_folder(town.layout.agents, hook.id)
    thread = folder.thread()
    transcript = Path(thread.transcript) if thread and thread.transcript else None
    for file in (Path(session.log), folder.state, transcript):
        try:
            if file is not None:
                yield file.stat().st_mtime
        except OSError:
            continue


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


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
    return made[-1].message.partition(": ")[2], _moment(made[-1].at)


def session_word(sessions: Sessions, hook: Hook) -> str:
    """What is known of a hook's session, in a word."""
    return _word(sessions, _session_of(sessions, hook))


def _session_of(sessions: Sessions, hook: Hook) -> Session | Unreadable | None:
    """The session of this generation of a hook, or why that cannot be told."""
    try:
        session = sessions.get(hook.id)
    except Unreadable as error:
        return error
    return session if session is not None and session.generation == hook.generation else None


def _word(sessions: Sessions, session: Session | Unreadable | None) -> str:
    if isinstance(session, Unreadable):
        return "unknown"
    if session is None:
        return "none"
    found = sessions.look(session)
    return f"exited {found.exit_code}" if found.state is State.EXITED else found.state.value
