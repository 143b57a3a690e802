"""How far agents' clients are: looked at, and waited for. Nothing is typed into them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from gastown.errors import Unreadable
from gastown.ops.runtimes import described
from gastown.ops.sessions import sessions_of
from gastown.runtime.agent_folder import AgentFolder, agent_folder
from gastown.runtime.logs import log_tail
from gastown.runtime.process import wait_until
from gastown.runtime.readiness import Patience, Readiness, Standing, judge
from gastown.runtime.sessions import Sessions, State
from gastown.runtime.tmux import TmuxError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gastown.domain.hook import Hook
    from gastown.ops.host import Host
    from gastown.runtime.agents import Runtime
    from gastown.runtime.records import Session
    from gastown.store.town import Town

_LINES = 50
_SLACK_S = 1.0


@dataclass
class Eyes:
    """One look at many sessions: tmux is asked for its panes once, and only if it must be.

    Attributes:
        always: capture the screen also of a client that has said itself how far it is.
    """

    sessions: Sessions
    now: datetime
    always: bool = False

    @cached_property
    def _panes(self) -> dict[tuple[str | None, int], str]:
        if self.sessions.tmux is None:
            return {}
        try:
            panes = self.sessions.tmux.panes()
        except TmuxError:
            return {}
        return {(pane.session, pane.pid): pane.pane_id for pane in panes}

    def judge(
        self, runtime: Runtime, session: Session, folder: AgentFolder,
        patience_s: float | None = None,
    ) -> Readiness:  # fmt: skip
        """How far the client of a session is."""
        alive = self.sessions.look(session)
        said = folder.said()
        screen = None
        if alive.state is not State.RUNNING:
            screen = self._screen(session) or log_tail(Path(session.log), _LINES)
        elif said is None or self.always:
            screen = self._screen(session)
        started = datetime.fromisoformat(session.started_at)
        return judge(
            runtime, screen=screen, said=said, liveness=alive,
            seconds=(self.now - started).total_seconds(), patience_s=patience_s,
        )  # fmt: skip

    def wait(
        self, runtime: Runtime, session: Session, folder: AgentFolder, patience_s: float,
        clock: Callable[[], datetime],
    ) -> Readiness:  # fmt: skip
        """Look at a client until it takes work, or is seen not to."""
        found = Readiness(Standing.STARTING)
        patience = Patience(runtime)

        def is_over() -> bool:
            nonlocal found
            now = clock()
            eyes = Eyes(self.sessions, now, always=True)
            found = eyes.judge(runtime, session, folder, patience_s)
            return patience.is_over(found, now.timestamp())

        wait_until(is_over, patience_s + _SLACK_S)
        return found

    def _screen(self, session: Session) -> str | None:
        pane = self._panes.get((session.tmux_session, session.process.pid))
        if session.tmux_session is None or pane is None or self.sessions.tmux is None:
            return None
        try:
            return self.sessions.tmux.capture(pane, _LINES)
        except TmuxError:
            return None


def look(
    town: Town, host: Host, hook: Hook, *, patience_s: float | None = None
) -> Readiness:  # fmt: skip
    """How far a hook's client is, with its screen.

    Args:
        patience_s: after how many seconds it is not ready in time; None: as its runtime says.

    Raises:
        Unreadable: the record of its session cannot be read.
    """
    eyes = Eyes(sessions_of(town, host), town.edge.clock(), always=True)
    session = _session(eyes.sessions, hook)
    if session is None:
        return Readiness(Standing.ENDED, "it was not started")
    folder = agent_folder(town.layout.agents, hook.id)
    return eyes.judge(described(town, host, session), session, folder, patience_s)


def await_ready(town: Town, host: Host, hook: Hook, patience_s: float) -> Readiness:
    """Wait until a hook's client takes work, or is seen not to; it is not waited longer.

    Raises:
        Unreadable: the record of its session cannot be read.
    """
    eyes = Eyes(sessions_of(town, host), town.edge.clock())
    session = _session(eyes.sessions, hook)
    if session is None:
        return look(town, host, hook)
    runtime = described(town, host, session)
    folder = agent_folder(town.layout.agents, hook.id)
    return eyes.wait(runtime, session, folder, patience_s, town.edge.clock)


def looks(town: Town, host: Host, hooks: Iterable[Hook]) -> dict[str, Readiness]:
    """How far the clients of these hooks are that run, by the hooks' ids.

    The screen is looked at only where a client has no word of its own.
    """
    eyes = Eyes(sessions_of(town, host), town.edge.clock())
    found = {}
    for hook in hooks:
        try:
            session = _session(eyes.sessions, hook)
        except Unreadable:
            continue
        if session is None or eyes.sessions.look(session).state is not State.RUNNING:
            continue
        runtime = described(town, host, session)
        folder = agent_folder(town.layout.agents, hook.id)
        found[hook.id] = eyes.judge(runtime, session, folder)
    return found


def _session(sessions: Sessions, hook: Hook) -> Session | None:
    session = sessions.get(hook.id)
    return session if session is not None and session.generation == hook.generation else None
