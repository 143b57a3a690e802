"""Trying an agent command: started in a scratch hook, watched until it takes work, taken away.

All of a trial lies in one folder below `.gt/run`, with a repository, a session and an agent's
folder of its own: the ledger never hears of it. What its client keeps of its own accord, a
transcript perhaps, is the client's.
"""

from __future__ import annotations

import shlex
import shutil
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING

from gastown.domain.hook import Hook, HookState, Role
from gastown.ops.agent_config import where_is
from gastown.ops.readiness import Eyes
from gastown.ops.runtimes import runtime_for
from gastown.ops.sessions import sessions_of
from gastown.ops.starting import Launch, Trial, environment, prepare, runner_for
from gastown.runtime.agent_folder import AgentFolder
from gastown.runtime.agents import alike, preset, preset_names
from gastown.runtime.command import run_command
from gastown.runtime.logs import log_tail
from gastown.runtime.process import wait_until
from gastown.runtime.readiness import Readiness, Standing, not_installed
from gastown.runtime.records import Runner, Session, file_name
from gastown.runtime.sessions import Sessions, State
from gastown.store.client_hooks import SCRIPT
from gastown.store.files import write_atomically
from gastown.store.git import Git

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gastown.ops.host import Host
    from gastown.runtime.agents import Runtime
    from gastown.store.town import Town

PROMPT = "This is a test of your set-up. Answer with the one word: ready. Do nothing else."
_VERSION_S = 5.0
_MOMENTS_S = 8.0  # how long a client that takes work may need until its first turn is over
_SILENT_S = 3.0  # how long a program without any sign is watched
_PAST_STOP = frozenset({"stop", "session-end"})


@dataclass(frozen=True)
class Stage:
    """One step of a trial. `ok` None: it says nothing about the outcome."""

    name: str
    text: str
    ok: bool | None = True
    advice: str | None = None
    screen: str = ""


@dataclass(frozen=True)
class AgentTest:
    """How a trial went.

    Attributes:
        ready: whether the client took work.
        state: how far it came, in the words of `Standing`.
        seconds: until that was known.
        moments: which of our hooks its client ran.
    """

    name: str
    ready: bool
    state: str
    detail: str | None
    advice: str | None
    screen: str
    seconds: float
    moments: tuple[str, ...]
    stages: tuple[Stage, ...]


@dataclass
class _Trial:
    """One trial under way."""

    town: Town
    host: Host
    name: str
    prompt: str
    patience_s: float | None
    keep: bool
    tell: Callable[[Stage], None]
    stages: list[Stage] = field(default_factory=list)
    found: Readiness = field(default_factory=lambda: Readiness(Standing.STARTING))
    seconds: float = 0.0

    @property
    def place(self) -> Path:
        return self.town.layout.run / "trials" / file_name(f"test~{self.name}")

    @property
    def tree(self) -> Path:
        return self.place / "worktree"

    @property
    def folder(self) -> AgentFolder:
        return AgentFolder(self.place / "agent")

    @property
    def sessions(self) -> Sessions:
        shared = sessions_of(self.town, self.host)
        return Sessions(self.place / "sessions", self.place / "logs", shared.tmux)

    @property
    def session_id(self) -> str:
        return f"test~{self.name}"

    @property
    def moments(self) -> tuple[str, ...]:
        try:
            seen = (self.folder.path / "moments").read_text(encoding="utf-8").split()
        except OSError:
            return ()
        return tuple(dict.fromkeys(seen))

    def note(
        self, name: str, text: str, ok: bool | None = True, advice: str | None = None,
        screen: str = "",
    ) -> None:  # fmt: skip
        stage = Stage(name, text, ok, advice, screen)
        self.stages.append(stage)
        self.tell(stage)

    def run(self) -> None:
        """All stages up to the client's answer."""
        runtime = runtime_for(self.town, self.host, self.name)
        program = where_is(self.host, runtime)
        if program is None:
            self.found = not_installed(runtime)
            self.note("command", f"{runtime.argv[0]} is not installed", False, self.found.advice)
            return
        if runtime.argv == preset(preset_names()[0], self.host.python).argv:
            self.ask_embedded(runtime)
            return
        runner = runner_for(self.town.settings(), self.host)
        launch = self.set_up(runtime, runner)
        env = environment(self.town, self.host, self.hook(runtime), launch)
        self.note("command", self.version(runtime, program, env))
        self.note_settings(launch)
        session = self.start(runtime, runner, launch, env)
        self.note("prompt", _prompt_words(launch), None if launch.prompt is None else True)
        self.watch(runtime, session, headless=runner is Runner.PROCESS)

    def ask_embedded(self, runtime: Runtime) -> None:
        """The embedded agent works only where there is a bead for it: that it answers is enough."""
        self.place.mkdir(mode=0o700, parents=True, exist_ok=True)
        log = self.place / "answer"
        answer = run_command(
            [*runtime.argv, "--help"], cwd=self.place, env=self.host.clean_env(), log=log,
            timeout_s=runtime.patience_s,
        )  # fmt: skip
        self.note("command", shlex.join(runtime.argv))
        if answer.passed:
            self.found = Readiness(Standing.READY, evidence="its answer")
        else:
            how = f"status {answer.returncode}"
            self.found = Readiness(Standing.ENDED, how, screen=log_tail(log, 20))
        self.seconds = answer.seconds
        self.note_outcome(runtime)

    def hook(self, runtime: Runtime) -> Hook:
        """A hook that no record tells of."""
        now = self.town.now()
        return Hook(
            id=self.session_id, state=HookState.ACTIVE, role=Role.POLECAT, rig="hq",
            branch="main", target="main", base="", runtime=runtime.name,
            path=str(self.tree.relative_to(self.town.layout.root)), created_at=now, updated_at=now,
        )  # fmt: skip

    def set_up(self, runtime: Runtime, runner: Runner) -> Launch:
        """Make the scratch worktree, and write what the client finds."""
        self.clear()
        self.tree.mkdir(mode=0o700, parents=True)
        Git(self.tree).run("init", "--quiet")
        self.folder.make()
        script = self.folder.path / SCRIPT
        real = self.town.layout.client_hooks / SCRIPT
        lines = ["#!/bin/sh", 'printf "%s\\n" "$1" >>"$2/moments"',
                 f'exec /bin/sh {shlex.quote(str(real))} "$@"']  # fmt: skip
        write_atomically(script, ("\n".join(lines) + "\n").encode())
        return prepare(
            self.town, self.hook(runtime), runtime, headless=runner is Runner.PROCESS, fresh=True,
            trial=Trial(self.folder, script, self.prompt),
        )  # fmt: skip

    def version(self, runtime: Runtime, program: str, env: dict[str, str]) -> str:
        """Where the program is, and the version of a client we know, where it tells that at once.

        A command that nobody knows might take the question for its work.
        """
        known = alike(runtime.argv)
        if known is None or not PurePath(program).name.startswith(known):
            return program
        log = self.place / "version"
        answer = run_command(
            [program, "--version"], cwd=self.tree, env=env, log=log, timeout_s=_VERSION_S
        )
        lines = [line for line in log_tail(log, 5).splitlines() if any(map(str.isdigit, line))]
        return f"{program} ({lines[-1].strip()[:80]})" if answer.passed and lines else program

    def note_settings(self, launch: Launch) -> None:
        if launch.runtime.lifecycle is None:
            self.note("hooks", "none of ours: it is told its work by its first prompt", None)
            return
        names = ", ".join(path.name for path in launch.wiring.files) or "words of its command"
        self.note("hooks", f"written for {launch.runtime.lifecycle}: {names}")

    def start(
        self, runtime: Runtime, runner: Runner, launch: Launch, env: dict[str, str]
    ) -> Session:
        session = self.sessions.start(
            session_id=self.session_id, generation=1, runtime=runtime.name, runner=runner,
            argv=launch.command.argv, cwd=self.tree, env=env, now=self.town.now(),
            stdin=launch.folder.prompt if launch.command.stdin is not None else None,
        )  # fmt: skip
        where = "in tmux" if runner is Runner.TMUX else "as a plain process"
        self.note("started", f"{where}, process {session.process.pid}")
        return session

    def watch(self, runtime: Runtime, session: Session, *, headless: bool) -> None:
        """Wait until it takes work or is seen not to, and for the end of its first turn."""
        patience = runtime.patience_s if self.patience_s is None else self.patience_s
        begun = self.town.edge.clock()

        eyes = Eyes(self.sessions, begun)
        self.found = eyes.wait(runtime, session, self.folder, patience, self.town.edge.clock)
        self.seconds = (self.town.edge.clock() - begun).total_seconds()
        if headless:
            self.finish(runtime, session, patience)
        elif runtime.lifecycle is None and not runtime.ready:
            self.finish(runtime, session, min(patience, _SILENT_S))
        if self.found.takes_work and runtime.lifecycle is not None:
            wait_until(lambda: bool(_PAST_STOP & set(self.moments)), _MOMENTS_S)
        self.note_outcome(runtime)

    def finish(self, runtime: Runtime, session: Session, patience: float) -> None:
        """What shows no sign of its own takes work as long as it runs, or if it ends with 0."""

        def ended() -> bool:
            eyes = Eyes(self.sessions, self.town.edge.clock())
            self.found = eyes.judge(runtime, session, self.folder, patience)
            return self.found.state is Standing.ENDED and not _lives(self.sessions, session)

        wait_until(ended, max(0.0, patience - self.seconds))
        if self.found.detail == "status 0":
            self.found = Readiness(Standing.READY, screen=self.found.screen,
                                   evidence="its end, with status 0")  # fmt: skip

    def note_outcome(self, runtime: Runtime) -> None:
        found = self.found
        if found.takes_work:
            self.note("ready", f"after {self.seconds:.1f} s, by {found.evidence}")
        else:
            self.note("ready", found.words, False, found.advice, found.screen)
        if runtime.lifecycle is not None:
            seen = ", ".join(self.moments)
            self.note("moments", seen or "none of its hooks ran", bool(seen) or None)

    def clear(self) -> None:
        """End what a trial of this name has started, and take its folder away."""
        session = self.sessions.get(self.session_id)
        if session is not None:
            self.sessions.stop(session)
            self.sessions.forget(self.session_id)
        shutil.rmtree(self.place, ignore_errors=True)
        with suppress(OSError):
            self.place.parent.rmdir()

    def way_in(self, session: Session) -> str:
        """The command that shows a session that was kept."""
        tmux = self.sessions.tmux
        if tmux is not None and session.tmux_session is not None:
            return shlex.join(tmux.attach_argv(session.tmux_session))
        return f"tail -f {shlex.quote(session.log)}"

    def end(self) -> None:
        """The last stage: nothing is left, or what is left is named."""
        session = self.sessions.get(self.session_id) if self.place.is_dir() else None
        if self.keep and session is not None:
            words = f"{self.tree}; the next test of {self.name} ends it"
            self.note("kept", words, None, self.way_in(session))
            return
        self.clear()
        gone = not self.place.exists()
        self.note("cleaned up", "nothing of it is left" if gone else f"{self.place} is left", gone)


def try_agent(
    town: Town, host: Host, name: str, *, prompt: str | None, patience_s: float | None, keep: bool,
    tell: Callable[[Stage], None],
) -> AgentTest:  # fmt: skip
    """Start an agent command in a scratch hook, and see whether it takes work.

    Args:
        prompt: what it is asked; None: for one word.
        patience_s: after how many seconds it is not ready in time; None: as its runtime says.
        keep: leave it running.
        tell: is told each stage as it comes.

    Raises:
        NotFound: there is no such command.
        Refused: it was changed by hand and not accepted, or cannot be started.
    """
    trial = _Trial(town, host, name, prompt or PROMPT, patience_s, keep, tell)
    try:
        trial.run()
        moments = trial.moments
    except BaseException:
        trial.clear()
        raise
    trial.end()
    found = trial.found
    return AgentTest(
        name, found.takes_work, found.state.value, found.detail, found.advice, found.screen,
        round(trial.seconds, 2), moments, tuple(trial.stages),
    )  # fmt: skip


def _lives(sessions: Sessions, session: Session) -> bool:
    return sessions.look(session).state is State.RUNNING


def _prompt_words(launch: Launch) -> str:
    if launch.command.stdin is not None:
        return "given on its standard input"
    if launch.prompt is not None and launch.prompt in launch.command.argv:
        return "given as an argument"
    return "not given: this command takes none"
