"""The mayor: the agent that the person talks to, in its hook `mayor/`.

It runs only when a person wants it to: the monitor starts it again only where it died. Its agent
command is the one that is named, else that of the role `mayor`, else the town's default; which one
it was is kept in its hook's record. One that was named is kept to at the next starts as well, until
another one is named or the settings say something new. Its conversation goes on at every start
with the same agent command.
With the embedded agent it is a shell of the person's, who then coordinates by hand.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from gastown.domain.hook import Role
from gastown.errors import NotFound, Refused
from gastown.ids import MAYOR
from gastown.ops import asking, restarting
from gastown.ops.answering import answering
from gastown.ops.attaching import Attachment, attach
from gastown.ops.runtimes import known_names, runtime_for
from gastown.ops.sessions import sessions_of
from gastown.runtime import tmux
from gastown.runtime.agent_folder import agent_folder
from gastown.runtime.agents import Form
from gastown.runtime.sessions import State
from gastown.store.files import write_atomically
from gastown.views.sessions import attached_to, in_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from gastown.domain.hook import Hook
    from gastown.ops.asking import Answer, Question
    from gastown.ops.host import Host
    from gastown.ops.restarting import Restarted, Stopped
    from gastown.runtime.records import Session
    from gastown.runtime.sessions import Sessions
    from gastown.store.town import Town

_BY_SIGNAL = 128


@dataclass(frozen=True)
class MayorStatus:
    """How the mayor is.

    Attributes:
        state: how far its client is, in words; `stopped` where none runs.
        runtime: what runs, or would be started. `since`: when it was started.
        attached: the terminals that look at it.
        conversation: the one that it is in, or goes on with at the next start.
        unread: how many messages nobody has read yet.
        why: the evidence that it does not answer; None: it does, or it does not run.
    """

    running: bool
    state: str
    runtime: str
    since: str | None
    attached: tuple[str, ...]
    conversation: str | None
    unread: int
    path: str
    advice: str | None = None
    why: str | None = None


@dataclass(frozen=True)
class Detached:
    """Who let go of the mayor.

    Attributes:
        clients: the terminals that looked at it.
        running: whether it runs on.
        why: the evidence that it did not answer, so that it was stopped; None: it answers.
    """

    clients: tuple[str, ...]
    running: bool
    why: str | None = None
    stopped: Stopped | None = None


def mayors_hook(town: Town) -> Hook:
    """The mayor's hook.

    Raises:
        NotFound: its record is gone.
    """
    hook = town.read().hook(MAYOR)
    if hook is None:
        raise NotFound("the mayor's hook is not on record", hint="gt hooks repair")
    return hook


def start(
    town: Town, host: Host, *, agent: str | None = None, fresh: bool = False, actor: str
) -> Restarted:  # fmt: skip
    """Start the mayor; its conversation goes on.

    Args:
        agent: the agent command; None: the one that was named last, or as the settings say.
        fresh: begin a new conversation.

    Raises:
        NotFound: there is no such agent command.
        Refused: it runs already, there is no tmux, or the town is down.
    """
    running = _session(town, host)
    if running is not None:
        named = "" if agent in (None, running.runtime) else f" --agent {agent}"
        raise Refused(f"mayor runs already, with {running.runtime}",
                      hint=f"gt mayor attach, or: gt mayor restart{named}")  # fmt: skip
    return restarting.start(town, host, _prepared(town, host, agent, actor), fresh=fresh)


def restart(
    town: Town, host: Host, *, agent: str | None = None, fresh: bool = False, actor: str
) -> Restarted:  # fmt: skip
    """Stop the mayor, if it runs, and start it again; its conversation goes on.

    Raises:
        NotFound, Refused: as for `start`; nothing was stopped then.
    """
    return restarting.restart(town, host, _prepared(town, host, agent, actor), fresh=fresh)


def stop(town: Town, host: Host) -> Stopped:
    """Stop the mayor; its conversation is kept for the next start."""
    return restarting.stop(town, host, mayors_hook(town))


def start_agent(
    town: Town, host: Host, hook: Hook, *, again: bool, fresh: bool, actor: str
) -> Restarted:  # fmt: skip
    """Start, or with `again` restart, the session of any hook, the mayor's as the mayor is started.

    Raises:
        GtError: as for `start` and `restart`, here and in `restarting`.
    """
    if hook.role is Role.MAYOR:
        return (restart if again else start)(town, host, fresh=fresh, actor=actor)
    return (restarting.restart if again else restarting.start)(town, host, hook, fresh=fresh)


def attach_to(town: Town, host: Host, *, agent: str | None, actor: str) -> Attachment:
    """Start the mayor where it does not run, and say how to look at it.

    Raises:
        NotFound: there is no such agent command.
        Refused: it runs with another agent command, there is no tmux, or the town is down.
    """
    hook = mayors_hook(town)
    session = _session(town, host)
    if session is None:
        begun = start(town, host, agent=agent, actor=actor)
        return attach(town, host, mayors_hook(town), begun=begun)
    if agent is not None and agent != session.runtime:
        raise Refused(f"the mayor runs with {session.runtime}, not with {agent}",
                      hint=f"gt mayor restart --agent {agent}, then: gt mayor attach")  # fmt: skip
    return attach(town, host, hook)


def detach(town: Town, host: Host) -> Detached:
    """Let go of all terminals that look at the mayor, and leave it running if it answers.

    One that does not answer is stopped, so that the next `attach` starts it anew with its
    conversation. What counts as evidence for that is said in `domain.judging`.
    """
    hook = mayors_hook(town)
    sessions = sessions_of(town, host)
    latest = sessions.get(MAYOR)
    clients: tuple[str, ...] = ()
    if latest is not None and latest.tmux_session is not None and sessions.tmux is not None:
        clients = attached_to(sessions).get(latest.tmux_session, ())
        sessions.tmux.detach(latest.tmux_session)
    if _session(town, host) is None:
        if latest is not None:
            restarting.stop(town, host, hook)  # its end is noted, if nobody did yet
        return Detached(clients, running=False)
    found = answering(town, host, hook)
    if found.answers:
        return Detached(clients, running=True)
    return Detached(clients, running=False, why=found.why, stopped=stop(town, host))


def status(town: Town, host: Host) -> MayorStatus:
    """How the mayor is."""
    hook = mayors_hook(town)
    sessions = sessions_of(town, host)
    session = _session(town, host)
    thread = agent_folder(town.layout.agents, MAYOR).thread()
    status = _trouble(sessions)
    ended = f": it ended with status {status}" if status is not None else ""
    runtime = session.runtime if session is not None else _chosen(town)
    runtime = runtime or town.settings().agent_for(Role.MAYOR, None)
    found = MayorStatus(
        running=False, state=f"stopped{ended}", runtime=runtime, since=None, attached=(),
        conversation=thread.conversation if thread and thread.runtime == runtime else None,
        unread=len(town.read().unread(MAYOR)), path=hook.path,
    )  # fmt: skip
    if session is None:
        return found
    now = answering(town, host, hook)
    return replace(
        found, running=True, state=in_words(now.seen), since=session.started_at,
        advice=now.seen.advice, why=now.why,
        attached=attached_to(sessions).get(session.tmux_session or "", ()),
    )  # fmt: skip


def ask(
    town: Town, host: Host, text: str, *, timeout_s: float | None, agent: str | None = None,
    show: Callable[[str], None] | None = None,
) -> Answer:  # fmt: skip
    """Ask the mayor one question, beside its session.

    Its conversation is asked where its client can do so, in a copy of it. Otherwise a new one
    begins, which is told to read `gt prime` first; that one is not kept.

    Raises:
        NotFound: there is no such agent command.
        Refused: its agent command cannot be asked.
    """
    return asking.ask(
        town, host, _question(town, host, text, agent), timeout_s=timeout_s, show=show
    )


def _question(town: Town, host: Host, text: str, agent: str | None) -> Question:
    hook = mayors_hook(town)
    session = _session(town, host)
    agent = agent or (session.runtime if session is not None else _chosen(town))
    runtime = runtime_for(town, host, agent, role=Role.MAYOR)
    asking.check(runtime, Form.HEADLESS if not runtime.has(Form.ASK) else Form.ASK)
    folder = town.layout.root / hook.path
    thread = agent_folder(town.layout.agents, MAYOR).thread()
    if thread is not None and thread.runtime == runtime.name and runtime.has(Form.ASK):
        said = f"[gt] One question, beside your session:\n\n{text}"
        file = Path(thread.transcript) if thread.transcript is not None else None
        if file is None or not runtime.has(Form.ASK_FILE):
            return asking.of_conversation(hook, runtime, thread.conversation, said, folder=folder)
        if file.is_file():
            return asking.of_transcript(
                hook, runtime, thread.conversation, file, said, folder=folder
            )
    said = (
        "[gt] You are the mayor of this town. Run `gt prime` and read it, then answer this one "
        f"question:\n\n{text}"
    )
    return asking.of_nobody(hook, runtime, said, folder=folder)


def _prepared(town: Town, host: Host, agent: str | None, actor: str) -> Hook:
    """The mayor's hook, with the agent command that is to be started on record."""
    hook = mayors_hook(town)
    runtime = runtime_for(town, host, agent or _chosen(town), role=Role.MAYOR)
    if tmux.available(host.env) is None:
        raise Refused("the mayor is talked to in a terminal, and there is no tmux to keep it in",
                      hint='install tmux; without it, one question: gt mayor ask "…"')  # fmt: skip
    restarting.check(town, hook)
    if agent is not None:
        _choose(town, agent)
    if hook.runtime == runtime.name:
        return hook
    with town.transaction(f"the mayor runs with {runtime.name}", actor=actor) as tx:
        hook = replace(tx.hook(MAYOR), runtime=runtime.name, updated_at=town.now())
        tx.put(hook)
    return hook


def _choose(town: Town, agent: str) -> None:
    folder = agent_folder(town.layout.agents, MAYOR)
    folder.make()
    instead = town.settings().agent_for(Role.MAYOR, None)
    write_atomically(folder.chosen, f"{agent}\n{instead}\n".encode())


def _chosen(town: Town) -> str | None:
    """The agent command that a person named last, as long as the settings are what they were."""
    try:
        words = agent_folder(town.layout.agents, MAYOR).chosen.read_text(encoding="utf-8").split()
    except (OSError, ValueError):
        return None
    if len(words) != 2:
        return None
    agent, instead = words
    settings = town.settings()
    stands = instead == settings.agent_for(Role.MAYOR, None) and agent in known_names(settings)
    return agent if stands else None


def _trouble(sessions: Sessions) -> int | None:
    """The status with which the mayor ended by itself, if not in peace; a signal's is no such."""
    latest = sessions.get(MAYOR)
    status = sessions.look(latest).exit_code if latest is not None else None
    return status if status is not None and 0 < status < _BY_SIGNAL else None


def _session(town: Town, host: Host) -> Session | None:
    """The mayor's session, if it runs."""
    sessions = sessions_of(town, host)
    session = sessions.get(MAYOR)
    if session is None or sessions.look(session).state is not State.RUNNING:
        return None
    return session
