"""Variables in commands: values reach the program, and are never read as shell code. Pure.

A value travels in the environment (`GT_VAR_x`); in the command's text `{{x}}` becomes a quoted
expansion of it, by the quoting that holds at that place::

    ./ship {{x}}           ./ship "${GT_VAR_x}"
    git tag "v{{x}}"       git tag "v${GT_VAR_x}"
    echo 'v{{x}}'          echo 'v'"${GT_VAR_x}"''
    cat <<EOF              unquoted here-documents: ${GT_VAR_x}; quoted ones: refused
    # {{x}}                comments: left

The text is read as a POSIX shell reads it. Where shells differ in how they read it (`$'…'`,
`[[ … ]]`, `((…))`, quotes inside `${…}`), and where a value would become code after all (`sh -c`,
`eval`, arithmetic; see `command_danger`), the command is refused with what to write instead.
A command without variables is never touched, and never refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gastown.domain.formulas.command_danger import Danger, find_danger
from gastown.domain.formulas.shell_lexer import PREFIX, Lexer
from gastown.domain.formulas.variables import names_in
from gastown.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Bound:
    """A command that can be run: the text for `sh -c`, and the variables it wants exported."""

    script: str
    environment: Mapping[str, str] = field(default_factory=dict)


def bind(command: str, variables: Mapping[str, str]) -> Bound:
    """A command with its variables bound.

    Raises:
        Refused: a value would be read as code, a variable has no value, or a value cannot be an
            environment variable. The hint says what to write instead.
    """
    environment = {f"{PREFIX}{name}": value for name, value in variables.items()}
    used = names_in(command)
    for name in used:
        if name not in variables:
            raise Refused(f"{_short(command)}: {{{{{name}}}}} has no value",
                          hint=f"give it one: --var {name}=VALUE")  # fmt: skip
    for name, value in variables.items():
        if "\0" in value:
            raise Refused(f"the value of {name} holds a NUL", hint="no program can be given one")
    return Bound(_script(command) if used else command, environment)


def check_command(command: str) -> None:
    """Look at a command without values.

    Raises:
        Refused: as `bind`, for what is wrong with the text itself.
    """
    if names_in(command):
        _script(command)


def _script(command: str) -> str:
    try:
        lexer = Lexer(command)
        lexer.bare(nested=False)
        if lexer.placed and lexer.unsure is not None:
            raise lexer.unsure
        danger = find_danger(lexer.commands) if lexer.placed else None
        if danger is not None:
            raise danger
    except Danger as found:
        raise Refused(f"{_short(command)}: {found.why}", hint=found.instead) from None
    return "".join(lexer.out)


def _short(command: str) -> str:
    line = " ".join(command.split())
    return repr(line if len(line) <= 60 else line[:59] + "…")
