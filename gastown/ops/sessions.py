"""Agents' sessions: started in their hooks, looked at, stopped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.hook import Hook, Role
from gastown.errors import NotFound, Refused
from gastown.runtime import agents, tmux
from gastown.runtime.agents import Runtime
from gastown.runtime.logs import log_tail
from gastown.runtime.records import Runner, Session, file_name
from gastown.runtime.sessions import Liveness, Sessions, State
from gastown.store.documents import is_accepted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gastown.domain.settings import Settings
    from gastown.store.town import Town

_CLEARED = ("NODE_OPTIONS", "CLAUDECODE", "GT_TOWN", "GT_FAULT")


@dataclass(frozen=True)
class Host:
    """What the machine gives to sessions and gates; read once at the edge.

    Attributes:
        env: the caller's environment, which agents inherit.
        python: the interpreter that has gastown.
        scripts: the folder of `gt` and `bd`, put first on agents' search path.
    """

    env: Mapping[str, str]
    temp: Path
    python: str
    scripts: Path


def sessions_of(town: Town, host: Host) -> Sessions:
    """The sessions of a town, with its own tmux server where tmux is installed."""
    layout = town.layout
    binary = tmux.available(host.env)
    server = None
    if binary is not None:
        socket = tmux.socket_path(layout.run, str(layout.root), host.temp)
        server = tmux.Tmux(binary, socket, _clean(host))
    return Sessions(layout.run / "sessions", layout.logs / "sessions", server)


def runtime_for(town: Town, host: Host, name: str | None) -> Runtime:
    """The command of an agent; by default the town's.

    Raises:
        NotFound: no such runtime.
        Refused: its command was changed by hand and not accepted yet.
    """
    settings = town.settings()
    wanted = name or settings.default_agent
    # A slip in the quoting of one command must not keep the others from running.
    configured = {
        agent: Runtime(agent, agents.split_command(entry.command) if agent == wanted else (),
                       tuple(entry.env.items()))
        for agent, entry in settings.agents.items()
    }  # fmt: skip
    runtime = agents.resolve(wanted, agents.builtin(host.python), configured)
    if runtime.name in configured:
        check_accepted(town, settings.agents[runtime.name].text(runtime.name))
    return runtime


def check_accepted(town: Town, definition: str) -> None:
    """Refuse to run a command that this machine's person has not accepted.

    Raises:
        Refused: it was written into town.toml by hand.
    """
    if not is_accepted(town.layout, definition):
        raise Refused(
            f"this command was changed by hand and is not accepted yet: {definition}",
            hint="read it, then: gt config accept",
        )


def start(town: Town, host: Host, hook: Hook) -> Session:
    """Start a hook's agent in its worktree.

    Raises:
        Refused: its session runs already, or the runtime or runner is not to be had.
    """
    runtime = runtime_for(town, host, hook.runtime)
    return sessions_of(town, host).start(
        session_id=hook.id,
        generation=hook.generation,
        runtime=runtime.name,
        runner=_runner(town.settings(), host),
        argv=runtime.argv,
        cwd=town.layout.root / hook.path,
        env=_environment(town, host, hook, runtime),
        now=town.now(),
    )


def liveness(sessions: Sessions, hook: Hook) -> Liveness | None:
    """Whether a hook's agent runs; None: none was started for this generation (so: not known)."""
    session = sessions.get(hook.id)
    if session is None or session.generation != hook.generation:
        return None
    return sessions.look(session)


def is_dead(sessions: Sessions, hook: Hook) -> bool:
    """Whether a hook's agent was started and is certainly not running any more."""
    found = liveness(sessions, hook)
    return found is not None and found.state is not State.RUNNING


def stop(town: Town, host: Host, hook: Hook) -> bool:
    """Stop a hook's agent, if it runs, and let go of its screen; True: it ran."""
    sessions = sessions_of(town, host)
    session = sessions.get(hook.id)
    if session is None:
        return False
    ran = sessions.look(session).state is State.RUNNING
    if ran:
        sessions.stop(session)
    sessions.forget(hook.id)
    return ran


def peek(town: Town, host: Host, hook_id: str, lines: int) -> str:
    """The last lines an agent's session showed.

    Raises:
        NotFound: it never had a session.
    """
    sessions = sessions_of(town, host)
    session = sessions.get(hook_id)
    if session is not None:
        return sessions.peek(session, lines)
    log = past_log(town, hook_id)
    if log is None:
        raise NotFound(f"{hook_id} never had a session", hint="gt agents --all lists all agents")
    return log_tail(log, lines)


def past_log(town: Town, hook_id: str) -> Path | None:
    """The log of an agent's sessions, which stays when the agent is gone."""
    log = town.layout.logs / "sessions" / f"{file_name(hook_id)}.log"
    return log if log.exists() else None


def _runner(settings: Settings, host: Host) -> Runner:
    if settings.runner != "auto":
        return Runner(settings.runner)
    return Runner.TMUX if tmux.available(host.env) else Runner.PROCESS


def _environment(town: Town, host: Host, hook: Hook, runtime: Runtime) -> dict[str, str]:
    role = hook.id if hook.role is not Role.MAYOR else "mayor"
    ours = {
        "GT_ROLE": role,
        "GT_RIG": hook.rig,
        "GT_AGENT": hook.agent,
        "GT_BRANCH": hook.branch,
        "BD_ACTOR": role,
        **{f"GIT_{who}_NAME": role for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_EMAIL": f"{hook.agent}@{hook.rig}.gt" for who in ("AUTHOR", "COMMITTER")},
        "GIT_CEILING_DIRECTORIES": str(town.layout.root),
        "PATH": f"{host.scripts}:{host.env.get('PATH', '/usr/bin:/bin')}",
    }
    return {**_clean(host), **ours, **dict(runtime.env)}


def _clean(host: Host) -> dict[str, str]:
    """The caller's environment without what belongs to its own place or agent."""
    return {
        key: value for key, value in host.env.items()
        if (key not in _CLEARED and not key.startswith("GIT_")) or key == "GIT_SSH_COMMAND"
    }  # fmt: skip
