"""One question to an agent's client, beside its session.

It is asked of a fork: the client reads a conversation, answers, and writes what comes of it into
another one, so that neither the conversation nor a session that is just now in it is changed. What
the client is started with makes it run none of our hooks: a question is no session of the agent.
It runs with all the rights that its sessions have.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.errors import Refused
from gastown.ids import ulid
from gastown.ops.starting import Launch, environment
from gastown.runtime.agent_folder import agent_folder
from gastown.runtime.agents import Command, Form, Runtime, compose
from gastown.runtime.clients import Wiring
from gastown.runtime.command import CANNOT_RUN, run_command
from gastown.runtime.logs import followed, log_tail, open_log

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gastown.domain.hook import Hook
    from gastown.ops.host import Host
    from gastown.store.town import Town

# What it prints is kept apart from what it complains of; it reads a prompt, or nothing.
_APART = 'exec "$@" <"$0.in" 2>"$0.err"'
_SHELL = "/bin/sh"


@dataclass(frozen=True)
class Question:
    """A question that is ready to be asked.

    Attributes:
        conversation: the one it is about; None: a new one.
        folder: where the client is run.
    """

    hook: Hook
    runtime: Runtime
    command: Command
    conversation: str | None
    folder: Path


@dataclass(frozen=True)
class Answer:
    """What came of it.

    Attributes:
        conversation: the one that was asked; None: a new one, with nothing in it.
        status: the client's exit status; None: it did not answer in time, and was ended.
        complaint: the end of what it wrote to standard error, where it failed.
    """

    agent: str
    runtime: str
    conversation: str | None
    text: str
    status: int | None
    seconds: float
    complaint: str | None = None


def of_conversation(
    hook: Hook, runtime: Runtime, conversation: str, text: str, *, folder: Path
) -> Question:  # fmt: skip
    """A question to one of an agent's conversations.

    Args:
        conversation: its id, to be asked in the folder that it belongs to.

    Raises:
        Refused: the client cannot be asked so.
    """
    check(runtime, Form.ASK)
    command = compose(runtime, Form.ASK, prompt=text, conversation=conversation)
    return Question(hook, runtime, command, conversation, folder)


def of_transcript(
    hook: Hook, runtime: Runtime, conversation: str, transcript: Path, text: str, *, folder: Path
) -> Question:  # fmt: skip
    """A question to a conversation whose folder is gone: its transcript is asked.

    Raises:
        Refused: the client cannot be asked so.
    """
    check(runtime, Form.ASK_FILE)
    command = compose(runtime, Form.ASK_FILE, prompt=text, conversation=str(transcript))
    return Question(hook, runtime, command, conversation, folder)


def of_nobody(hook: Hook, runtime: Runtime, text: str, *, folder: Path) -> Question:
    """A question to a client that knows nothing yet.

    Raises:
        Refused: the client cannot be asked so.
    """
    check(runtime, Form.HEADLESS)
    command = compose(runtime, Form.HEADLESS, prompt=text)
    return Question(hook, runtime, command, None, folder)


def check(runtime: Runtime, form: Form) -> None:
    """Refuse a client that has no such form, with what to do.

    Raises:
        Refused: it has not.
    """
    if runtime.name == "shell":
        raise Refused(
            "the embedded shell has no model to ask",
            hint="name an agent command that has one, e.g.: gt config set roles.mayor claude",
        )
    if not runtime.has(form):
        what = "asked in a conversation" if form is not Form.HEADLESS else "asked without a screen"
        raise Refused(
            f"{runtime.name} cannot be {what}: its command line has no way for it",
            hint=f"gt config agent get {runtime.name} shows the ways it has",
        )


def ask(
    town: Town, host: Host, question: Question, *, timeout_s: float | None,
    show: Callable[[str], None] | None = None,
) -> Answer:  # fmt: skip
    """Ask, and wait for the answer.

    Args:
        show: is given the answer's text as it comes.
    """
    scratch = town.layout.run / "asked"
    scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = ulid(int(town.edge.clock().timestamp() * 1000), town.edge.entropy(10))
    base = scratch / name
    said, complained, given = (base.with_suffix(end) for end in (".out", ".err", ".in"))
    try:
        given.write_text(f"{question.command.stdin}\n" if question.command.stdin else "")
        open_log(said).close()
        with followed(said, show or (lambda _: None)):
            done = run_command(
                [_SHELL, "-c", _APART, str(base), *question.command.argv], cwd=question.folder,
                env=_env(town, host, question), log=said, timeout_s=timeout_s,
            )  # fmt: skip
        text = said.read_text(encoding="utf-8", errors="replace")
        failed = done.timed_out or done.returncode != 0
        return Answer(
            agent=question.hook.id, runtime=question.runtime.name,
            conversation=question.conversation, text=text,
            status=None if done.timed_out else done.returncode, seconds=round(done.seconds, 1),
            complaint=_complaint(question.runtime, complained, done.returncode) if failed else None,
        )  # fmt: skip
    finally:
        for file in (said, complained, given):
            with suppress(OSError):
                file.unlink(missing_ok=True)


def quiet_folder(town: Town) -> Path:
    """An empty folder in which a client can be asked when its own is gone."""
    folder = town.layout.run / "asked" / "here"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _env(town: Town, host: Host, question: Question) -> dict[str, str]:
    folder = agent_folder(town.layout.agents, question.hook.id)
    command = question.command
    launch = Launch(question.runtime, command, Wiring(), folder, None, None, resumes=False)
    return environment(town, host, question.hook, launch)


def _complaint(runtime: Runtime, file: Path, status: int) -> str | None:
    if status == CANNOT_RUN and runtime.get is not None:
        return f"{runtime.argv[0]} could not be run; to have it: {runtime.get}"
    return log_tail(file, 5).strip() or None
