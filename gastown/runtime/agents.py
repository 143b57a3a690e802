"""Which program an agent is, and how it is started, resumed and asked: all of it data.

A runtime is a named agent command; a preset is one that comes with gt, as `gastown/presets/*.toml`.
A command of the user's may be like a preset: then only its words are the user's own.
"""

from __future__ import annotations

import shlex
import tomllib
import uuid
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from importlib import resources
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from gastown.errors import NotFound, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping


class PromptWay(StrEnum):
    """How a client is given its first prompt."""

    ARG = "arg"
    STDIN = "stdin"
    NONE = "none"


class Form(StrEnum):
    """The ways to start a client; a runtime need not have all of them."""

    START = "start"
    RESUME = "resume"
    RESUME_LAST = "resume_last"
    HEADLESS = "headless"
    HEADLESS_RESUME = "headless_resume"
    HEADLESS_RESUME_LAST = "headless_resume_last"
    ASK = "ask"
    ASK_FILE = "ask_file"


RESUMING = (Form.RESUME, Form.RESUME_LAST, Form.HEADLESS_RESUME, Form.HEADLESS_RESUME_LAST)


@dataclass(frozen=True, slots=True)
class Dialog:
    """A question of a client that only the person may answer.

    Attributes:
        signs: texts that all stand on the screen while it is asked.
    """

    name: str
    signs: tuple[str, ...]
    advice: str


@dataclass(frozen=True, slots=True)
class Runtime:
    """A named way to run an agent.

    Attributes:
        argv: the command.
        env: variables it needs besides the usual ones.
        prompt: how it is given its first prompt.
        forms: the words of each form; `{command}` is the command, `{lifecycle}` what makes the
            client run our hooks, `{prompt}` the prompt, `{conversation}` the id to resume or, in
            the forms that start, a new one; in `ask_file` the file of its transcript.
        ready: how the line begins that shows that it takes a prompt.
        busy: texts that stand on the screen while its model works; like `ready`, looked for only
            where the client itself has not said what it does.
        patience_s: after how many seconds without a sign it is not ready in time.
        lifecycle: the format of its own hooks, if we know one (`runtime/clients`).
        transcript: the format of its transcripts, if we know it.
        dialogs: questions that may stand in the way.
        get: how to install it and set it up.
    """

    name: str
    argv: tuple[str, ...]
    env: tuple[tuple[str, str], ...] = ()
    title: str = ""
    prompt: PromptWay = PromptWay.NONE
    forms: Mapping[Form, tuple[str, ...]] = field(default_factory=dict)
    ready: tuple[str, ...] = ()
    busy: tuple[str, ...] = ()
    patience_s: int = 60
    lifecycle: str | None = None
    transcript: str | None = None
    dialogs: tuple[Dialog, ...] = ()
    get: str | None = None

    def has(self, form: Form) -> bool:
        """Whether it can be started that way."""
        return form in self.forms or form is Form.START


@dataclass(frozen=True, slots=True)
class Command:
    """A command that is ready to be started.

    Attributes:
        stdin: what it reads from its standard input, if anything.
        conversation: the id that it was given, or resumes; None: it chooses one itself.
    """

    argv: tuple[str, ...]
    stdin: str | None = None
    conversation: str | None = None


def compose(
    runtime: Runtime, form: Form, *, prompt: str | None = None, lifecycle: tuple[str, ...] = (),
    conversation: str | None = None,
) -> Command:  # fmt: skip
    """The command that starts a runtime in one of its forms.

    Args:
        prompt: its first prompt; None: none.
        lifecycle: the words that make the client run our hooks.
        conversation: the one to resume.

    Raises:
        Refused: the runtime has no such form.
    """
    if not runtime.has(form):
        raise Refused(f"{runtime.name} cannot do that: it has no form {form.value!r}",
                      hint=f"gt config agent get {runtime.name} shows those it has")  # fmt: skip
    words = runtime.forms.get(form, ("{command}", "{prompt}"))
    if conversation is None and any("{conversation}" in word for word in words):
        conversation = str(uuid.uuid4())
    in_words = prompt if runtime.prompt is PromptWay.ARG or "{prompt}" in words else None
    argv: list[str] = []
    for word in words:
        if word == "{command}":
            argv += runtime.argv
        elif word == "{lifecycle}":
            argv += lifecycle
        elif word == "{prompt}":
            argv += [in_words] if in_words is not None and runtime.prompt is PromptWay.ARG else []
        else:
            argv.append(word.replace("{conversation}", conversation or ""))
    stdin = prompt if runtime.prompt is PromptWay.STDIN else None
    return Command(tuple(argv), stdin, conversation)


def split_command(text: str) -> tuple[str, ...]:
    """Split a command into words as a POSIX shell would; nothing in it is expanded or run.

    Raises:
        Refused: it is empty, a quote in it is not closed, or it holds a NUL.
    """
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        raise Refused(
            f"the command {text!r} cannot be understood: {str(error).lower()}",
            hint="close every quote, and write a backslash twice to keep it",
        ) from error
    if not words or not words[0]:
        raise Refused("the command is empty", hint="write a program and its arguments")
    if "\0" in text:
        raise Refused(f"the command {text!r} holds a NUL character", hint="remove it")
    return words


@cache
def preset_names() -> tuple[str, ...]:
    """The names of the presets, the embedded agent first."""
    files = (resources.files("gastown") / "presets").iterdir()
    names = sorted(PurePath(file.name).stem for file in files if file.name.endswith(".toml"))
    return ("shell", *(name for name in names if name != "shell"))


def preset(name: str, python: str) -> Runtime:
    """A runtime that comes with gt; `python` is the interpreter that has gastown.

    Raises:
        NotFound: there is none of that name.
    """
    if name not in preset_names():
        raise NotFound(f"no preset {name!r}", hint="known: " + ", ".join(preset_names()))
    runtime = _load(name)
    return replace(runtime, argv=tuple(word.replace("{python}", python) for word in runtime.argv))


@cache
def _load(name: str) -> Runtime:
    data = (resources.files("gastown") / "presets" / f"{name}.toml").read_text(encoding="utf-8")
    found: dict[str, Any] = tomllib.loads(data)
    return Runtime(
        name=name,
        argv=tuple(found["command"]),
        env=tuple(found.get("env", {}).items()),
        title=found["title"],
        prompt=PromptWay(found["prompt"]),
        forms={Form(form): tuple(words) for form, words in found["forms"].items()},
        ready=tuple(found.get("ready", ())),
        busy=tuple(found.get("busy", ())),
        patience_s=found.get("patience_s", 60),
        lifecycle=found.get("lifecycle"),
        transcript=found.get("transcript"),
        dialogs=tuple(
            Dialog(one["name"], tuple(one["signs"]), one["advice"])
            for one in found.get("dialogs", ())
        ),
        get=found["get"],
    )


def alike(argv: tuple[str, ...]) -> str | None:
    """The preset whose program a command runs.

    So are `/opt/bin/claude`, `claude-glm` and `env A=1 claude` like `claude`.
    """
    words = iter(argv)
    program = next(words)
    if PurePath(program).name == "env":
        program = next((word for word in words if "=" not in word), program)
    program = PurePath(program).name
    for name in preset_names():
        known = PurePath(_load(name).argv[0]).name
        if name != "shell" and (program == known or program.startswith(f"{known}-")):
            return name
    return None
