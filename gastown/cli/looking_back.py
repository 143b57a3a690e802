"""Which commands can look back (`gt --at T …`): those that tell nothing but what records tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from gastown.errors import UsageTrouble

if TYPE_CHECKING:
    import click

LOOKING_BACK = {
    "gt": frozenset({
        "agents", "config get", "convoy list", "convoy show", "crew list", "escalate list",
        "escalate show", "hooks list", "log", "mail inbox", "mail search", "mail thread",
        "mq list", "mq next", "mq show", "ready", "rig list", "status", "trail",
    }),
    "bd": frozenset({
        "blocked", "children", "comments list", "count", "dep cycles", "dep list", "dep tree",
        "epic status", "export", "gate list", "gate show", "graph", "label list",
        "label list-all", "lint", "list", "memories", "mol list", "mol progress", "mol show",
        "query", "ready", "recall", "search", "show", "stale", "stats",
    }),
}  # fmt: skip
"""By program. Worktrees, sessions, health and logs are those of this machine, now."""


def check_first(word: str, program: str) -> None:
    """Check that a command, or something in this group of commands, can look back.

    Raises:
        UsageTrouble: nothing of it can.
    """
    if not any(word in name.split(" ") for name in LOOKING_BACK[program]):
        _refuse(word, program)


def check(context: click.Context, program: str) -> None:
    """Check that the command that runs can look back.

    Raises:
        UsageTrouble: it acts, or tells of more than records.
    """
    name = command_name(context)
    if name not in LOOKING_BACK[program]:
        _refuse(name, program)


def _refuse(name: str, program: str) -> NoReturn:
    known = ", ".join(sorted(LOOKING_BACK[program]))
    raise UsageTrouble(
        f"{program} {name} has no past: leave --at out", hint=f"what looks back: {known}"
    )


def command_name(context: click.Context) -> str:
    """What a command is called, whichever way it was typed, without the program."""
    names: list[str] = []
    at: click.Context | None = context
    while at is not None and at.parent is not None:
        names.insert(0, at.command.name or "")
        at = at.parent
    return " ".join(names)
