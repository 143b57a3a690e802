"""Agent sessions of this machine: start, look, peek, stop.

A session is known by its processes, never by what a terminal shows: looking costs a line of the
process table, and an agent whose tmux server died but which works on is running.
Starting holds a lock, so that nobody ever has two agents of one id:

- a bare process is written down before it may begin;
- a tmux session that nobody wrote down (we were killed in between) is ended by the next start.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from gastown.errors import Refused, Unreadable
from gastown.runtime.command import bury_dead_children, detached
from gastown.runtime.launcher import Launcher, pid_file, read_number, write_launcher
from gastown.runtime.logs import log_tail, open_log
from gastown.runtime.process import (
    ProcessId,
    end_group,
    identify,
    is_alive,
    is_member,
    stop,
    wait_until,
)
from gastown.runtime.records import Runner, Session, file_name, read_session, write_session

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gastown.runtime.tmux import Tmux

_WIDTH, _HEIGHT = 200, 50
_FROM_TMUX = ("TERM", "TERM_PROGRAM", "TERM_PROGRAM_VERSION", "TMUX", "TMUX_PANE")
_START_PATIENCE_S = 2.0


class State(StrEnum):
    """RUNNING; EXITED with a recorded status; or GONE: killed, hung up or lost in a reboot."""

    RUNNING = "running"
    EXITED = "exited"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Liveness:
    """What became of a session; `exit_code` is there if and only if it is EXITED."""

    state: State
    exit_code: int | None = None


@dataclass(frozen=True, slots=True)
class Roster:
    """All sessions on record, and the records that could not be read."""

    sessions: tuple[Session, ...]
    unreadable: tuple[Unreadable, ...]


@dataclass(frozen=True, slots=True)
class Sessions:
    """The sessions recorded in `directory`. Without `tmux` only bare processes can be started."""

    directory: Path
    log_directory: Path
    tmux: Tmux | None = None

    def start(
        self,
        *,
        session_id: str,
        generation: int,
        runtime: str,
        runner: Runner,
        argv: Sequence[str],
        cwd: Path,
        env: Mapping[str, str],
        now: str,
        stdin: Path | None = None,
    ) -> Session:
        """Start a program in `cwd` with exactly `env` (in tmux: and its TERM) and record it.

        It lives on after us. All it prints is appended to its log.

        Raises:
            Refused: a session of this id runs, there is no tmux, or the command is impossible.
            Unreadable: there is a record of this id that cannot be understood.
            TmuxError: tmux could not do it.
        """
        name = file_name(session_id)
        log = self.log_directory.absolute() / f"{name}.log"
        with self._lock():
            self._refuse_if_running(session_id)
            in_tmux = runner is Runner.TMUX
            keep = _FROM_TMUX if in_tmux else ()
            launcher = write_launcher(
                self.directory, name, argv, cwd=cwd, env=env, keep=keep, stdin=stdin
            )
            begun = (
                self._in_tmux(name, launcher, cwd, log) if in_tmux else _bare(launcher, env, log)
            )
            with _left_no_script(launcher), begun as process:
                session = Session(
                    id=session_id,
                    generation=generation,
                    runtime=runtime,
                    runner=runner,
                    process=process,
                    tmux_session=name if in_tmux else None,
                    log=str(log),
                    exit_file=str(launcher.exit_file),
                    started_at=now,
                    argv=tuple(argv),
                )
                write_session(self._record(session_id), session)
            _wait_for_agent(launcher, session.process)
        return session

    def get(self, session_id: str) -> Session | None:
        """The latest session of this id, running or not; None when there was none.

        Raises:
            Unreadable: there is a record that cannot be understood.
        """
        return self._placed(read_session(self._record(session_id)))

    def all(self) -> Roster:
        """Every session on record. One broken record does not hide the others."""
        sessions: list[Session] = []
        unreadable: list[Unreadable] = []
        for path in sorted(self.directory.glob("*.json")):
            try:
                session = self._placed(read_session(path))
            except Unreadable as error:
                unreadable.append(error)
            else:
                sessions += [session] if session else []
        return Roster(tuple(sessions), tuple(unreadable))

    def _placed(self, session: Session | None) -> Session | None:
        """A session with its files where they are now; the folder may have been moved."""
        if session is None:
            return None
        return replace(
            session,
            log=str(self.log_directory.absolute() / Path(session.log).name),
            exit_file=str(self.directory.absolute() / Path(session.exit_file).name),
        )

    def look(self, session: Session) -> Liveness:
        """Whether a session runs, and if not, how it ended (or the latest of its id did)."""
        bury_dead_children()
        if is_alive(session.process):
            return Liveness(State.RUNNING)
        status = read_number(Path(session.exit_file))
        if status is not None:
            return Liveness(State.EXITED, status)
        return Liveness(State.RUNNING if _agent_lives(session) else State.GONE)

    def stop(self, session: Session, grace_s: float = 5.0) -> bool:
        """End a session's whole process group; answer whether it is gone. Its screen stays."""
        gone = stop(session.process, grace_s)
        if _agent_lives(session):
            gone = end_group(session.process.pid, grace_s)
        bury_dead_children()
        return gone

    def peek(self, session: Session, lines: int) -> str:
        """The last lines: of the tmux screen as long as there is one, else of the log."""
        screen = self._screen(session, lines) if session.tmux_session else None
        return screen or log_tail(Path(session.log), lines)

    def forget(self, session_id: str) -> None:
        """Drop the record of an ended session and what is left of it in tmux. The log stays.

        Raises:
            Refused: it still runs.
            Unreadable: nobody can know whether it does.
        """
        name = file_name(session_id)
        with self._lock():
            self._refuse_if_running(session_id)
            session = self.get(session_id)
            if session and session.tmux_session and self.tmux:
                self.tmux.kill(name)
            for suffix in ("launch", "exit", "pid", "json"):
                (self.directory / f"{name}.{suffix}").unlink(missing_ok=True)

    def _record(self, session_id: str) -> Path:
        return self.directory / f"{file_name(session_id)}.json"

    @contextmanager
    def _lock(self) -> Iterator[None]:
        for directory in (self.directory, self.log_directory):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.directory / ".lock").open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _refuse_if_running(self, session_id: str) -> None:
        session = self.get(session_id)
        if session and self.look(session).state is State.RUNNING:
            raise Refused(
                f"{session_id} runs already (process {session.process.pid},"
                f" started {session.started_at})",
                hint="stop it first",
            )

    @contextmanager
    def _in_tmux(self, name: str, launcher: Launcher, cwd: Path, log: Path) -> Iterator[ProcessId]:
        tmux = self.tmux
        if tmux is None:
            raise Refused(
                "there is no tmux to start a session in",
                hint="install tmux, or run agents as plain processes",
            )
        _clear(tmux, name)
        open_log(log).close()
        try:
            pane = tmux.start(name, launcher.argv, cwd=cwd, log=log, width=_WIDTH, height=_HEIGHT)
            # A very short program is over and buried by now: an identity that is never alive.
            yield identify(pane.pid) or ProcessId(pane.pid, "over")
        except BaseException:
            _clear(tmux, name)
            raise

    def _screen(self, session: Session, lines: int) -> str | None:
        if self.tmux is None:
            return None
        for pane in self.tmux.panes():
            if (pane.session, pane.pid) == (session.tmux_session, session.process.pid):
                return self.tmux.capture(pane.pane_id, lines)
        return None


def _bare(
    launcher: Launcher, env: Mapping[str, str], log: Path
) -> AbstractContextManager[ProcessId]:
    # The launcher makes its own environment; only to find `rm` and `mv` it needs a path.
    path = env.get("PATH") or os.defpath
    return detached(launcher.argv, env={"PATH": path}, log=log)


@contextmanager
def _left_no_script(launcher: Launcher) -> Iterator[None]:
    """A script that will not be run does not stay: it holds the agent's environment."""
    try:
        yield
    except BaseException:
        launcher.script.unlink(missing_ok=True)
        raise


def _wait_for_agent(launcher: Launcher, process: ProcessId) -> None:
    """Until the agent's own process is there: a signal that comes before might miss it."""
    wait_until(lambda: launcher.pid_file.exists() or not is_alive(process), _START_PATIENCE_S)


def _agent_lives(session: Session) -> bool:
    """Whether the agent itself works, as it may when its launcher was killed or hung up alone."""
    pid = read_number(pid_file(Path(session.exit_file)))
    return pid is not None and is_member(pid, session.process)


def _clear(tmux: Tmux, name: str) -> None:
    """End whatever is left under this name: nobody recorded it, or it ended long ago."""
    for pane in tmux.panes():
        process = identify(pane.pid) if pane.session == name and not pane.dead else None
        if process:
            stop(process)
    tmux.kill(name)
