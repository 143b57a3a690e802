"""Which program an agent is: the runtimes we know, and those of the settings."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.errors import NotFound, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Runtime:
    """A named way to run an agent: a command, and variables it needs besides the usual ones."""

    name: str
    argv: tuple[str, ...]
    env: tuple[tuple[str, str], ...] = ()


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


def builtin(python: str) -> dict[str, Runtime]:
    """The runtimes that come with the town; `python` is the interpreter that has gastown."""
    return {"shell": Runtime("shell", (python, "-m", "gastown", "shell-agent"))}


def resolve(name: str, known: Mapping[str, Runtime], configured: Mapping[str, Runtime]) -> Runtime:
    """The runtime of that name; the settings outvote what is built in.

    Raises:
        NotFound: neither has it; the hint names those there are.
    """
    runtimes = {**known, **configured}
    if name not in runtimes:
        raise NotFound(f"no runtime {name!r}", hint="known: " + ", ".join(sorted(runtimes)))
    return runtimes[name]
