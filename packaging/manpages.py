"""Man pages from the commands: one for each of `gt` and `bd`, with all that is below it.

    python packaging/manpages.py FOLDER

Written in man(7), so that every system's `man` shows them.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gastown import __version__
from gastown.cli.bd import root as bd
from gastown.cli.gt import root as gt

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAMS = {"gt": gt, "bd": bd}
_STATUSES = (
    ("0", "done"), ("1", "refused or failed"), ("2", "wrong usage"), ("3", "not found"),
    ("4", "a move that is not legal now"), ("70", "a bug in gastown; its trace is kept"),
    ("74", "the disk refuses"), ("75", "busy: somebody else is at it"), ("130", "Ctrl-C"),
)  # fmt: skip
_PARAGRAPH = re.compile(r"\n\s*\n")


def pages() -> Iterator[tuple[str, str]]:
    """The names of the files and what stands in them."""
    for program, root in PROGRAMS.items():
        names = _names(root)
        yield f"{program}.1", _page((program,), root, [f"{program}-{name}" for name in names])
        for name in names:
            yield f"{program}-{name}.1", _page((program, name), _below(root, name), [program])


def write(folder: Path) -> list[Path]:
    """Write all of them into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in pages():
        file = folder / name
        file.write_text(text, encoding="utf-8")
        written.append(file)
    return written


def _page(words: tuple[str, ...], command: click.Command, also: list[str]) -> str:
    name = "-".join(words)
    summary = _summary(command)
    parts = [
        f'.TH "{_roff(name.upper())}" "1" "" "gastown {__version__}" "Gas Town"',
        ".SH NAME", f"{_roff(name)} \\- {_roff(summary)}",
        ".SH SYNOPSIS", _synopsis(words, command),
        ".SH DESCRIPTION", *_described(command),
        *_options(words, command, ".SH OPTIONS"),
        *_commands(words, command),
        ".SH EXIT STATUS",
        *(line for status, said in _STATUSES for line in (".TP", status, _roff(said))),
        ".SH SEE ALSO", ", ".join(f"\\fB{_roff(one)}\\fR(1)" for one in also),
    ]  # fmt: skip
    return "\n".join(parts) + "\n"


def _commands(words: tuple[str, ...], command: click.Command) -> Iterator[str]:
    """What is below a command; of the program itself only the names."""
    if not isinstance(command, click.Group):
        return
    yield ".SH COMMANDS"
    for name in _names(command):
        below = _below(command, name)
        if len(words) == 1:
            yield from (".TP", f"\\fB{_roff(' '.join((*words, name)))}\\fR", _roff(_summary(below)))
        else:
            yield from _whole((*words, name), below)


def _whole(words: tuple[str, ...], command: click.Command) -> Iterator[str]:
    yield f".SS {_synopsis(words, command, bold=False)}"
    yield from _described(command)
    yield from _options(words, command, None)
    if isinstance(command, click.Group):
        for name in _names(command):
            yield from _whole((*words, name), _below(command, name))


def _described(command: click.Command) -> Iterator[str]:
    for number, paragraph in enumerate(_PARAGRAPH.split((command.help or "").strip())):
        if number:
            yield ".PP"
        as_it_is = paragraph.startswith("\b")
        lines = [line.strip() for line in paragraph.strip("\b\n ").splitlines()]
        if as_it_is:
            yield from (".nf", *(_roff(line) for line in lines), ".fi")
        else:
            yield _roff(" ".join(lines))


def _options(words: tuple[str, ...], command: click.Command, title: str | None) -> Iterator[str]:
    context = click.Context(command, info_name=" ".join(words))
    records = [
        found for one in command.get_params(context) if isinstance(one, click.Option)
        and (found := one.get_help_record(context)) is not None
    ]  # fmt: skip
    if records and title is not None:
        yield title
    for flags, said in records:
        yield from (".TP", f"\\fB{_roff(flags)}\\fR", _roff(" ".join(said.split())) or "\\&")


def _synopsis(words: tuple[str, ...], command: click.Command, *, bold: bool = True) -> str:
    context = click.Context(command, info_name=" ".join(words))
    pieces = " ".join(command.collect_usage_pieces(context))
    name = _roff(" ".join(words))
    shown = f"\\fB{name}\\fR" if bold else name
    return f"{shown} {_roff(pieces)}".rstrip()


def _summary(command: click.Command) -> str:
    first = _PARAGRAPH.split((command.help or "").strip())[0]
    return " ".join(first.split()).rstrip(".")


def _names(group: click.Command) -> list[str]:
    if not isinstance(group, click.Group):
        return []
    context = click.Context(group)
    return [name for name in group.list_commands(context) if not _below(group, name).hidden]


def _below(group: click.Group, name: str) -> click.Command:
    found = group.get_command(click.Context(group), name)
    assert found is not None
    return found


def _roff(text: str) -> str:
    """Text as man(7) shows it letter by letter."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga")
    text = text.replace("^", "\\(ha").replace("~", "\\(ti").replace('"', "\\(dq")
    return f"\\&{text}" if text[:1] == "." else text


if __name__ == "__main__":
    print(f"{len(write(Path(sys.argv[1])))} pages")
