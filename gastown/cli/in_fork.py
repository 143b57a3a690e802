"""Which commands work in a fork: those that do nothing but read and change records."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from gastown.cli.looking_back import LOOKING_BACK, command_name
from gastown.errors import UsageTrouble

if TYPE_CHECKING:
    import click

_GT = LOOKING_BACK["gt"] | {
    "bisect run", "config set", "config show", "config unset", "convoy add", "convoy add-issue",
    "convoy close", "convoy create", "convoy launch", "convoy stranded", "diff", "fork diff",
    "fork list", "hq-guard", "scheduler clear", "scheduler list", "scheduler pause",
    "scheduler resume", "scheduler run", "scheduler status", "sling", "undo", "unsling", "verify",
}  # fmt: skip
_INNER = {"hq-guard"}
"""What git hooks ask."""
_REAL = {"cook", "mol wisp"}
"""Of bd: what runs commands, and what is on this machine alone."""


def check_word(word: str, program: str) -> None:
    """Check that a command, or something in this group of commands, works in a fork.

    Raises:
        UsageTrouble: nothing of it does.
    """
    if program == "gt" and not any(word in name.split(" ") for name in _GT):
        _refuse(word, program)


def check(context: click.Context, program: str) -> None:
    """Check that the command that runs works in a fork.

    Raises:
        UsageTrouble: it would reach for worktrees, agents, or what else a fork has not.
    """
    name = command_name(context)
    if program == "bd":
        works = not any(name == one or name.startswith(f"{one} ") for one in _REAL)
    else:
        works = name in _GT
    if not works:
        _refuse(name, program)


def _refuse(name: str, program: str) -> NoReturn:
    known = sorted(_GT - LOOKING_BACK["gt"] - _INNER)
    raise UsageTrouble(
        f"{program} {name} needs more than records, and a fork has nothing else",
        hint="type it in the town itself; in a fork work bd and what only changes records:"
        f" {', '.join(known)}",
    )
