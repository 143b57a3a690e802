"""The README tells the truth: diagrams, commands and words."""

import re
from pathlib import Path
from typing import Any

import click
import pytest

from gastown import __version__
from gastown.cli.bd import root as bd
from gastown.cli.gt import root as gt
from gastown.domain.hook import HOOK
from gastown.domain.lifecycle import Lifecycle
from gastown.domain.step import STEP

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
_LINE = re.compile(r"^\s*(gt|bd) ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?", re.MULTILINE)


def _blocks() -> str:
    """The README's shell blocks, without the part about what is not there yet."""
    return "\n".join(re.findall(r"^`{3,4}sh\n(.*?)^`{3,4}$", README, re.MULTILINE | re.DOTALL))


def _commands() -> list[tuple[str, str, str]]:
    return sorted({match.groups(default="") for match in _LINE.finditer(_blocks())})


@pytest.mark.parametrize("words", _commands(), ids=" ".join)
def test_every_command_of_the_readme_exists(words: tuple[str, str, str]) -> None:
    """Each `gt …` and `bd …` line of a shell block names a command that is there."""
    program, name, second = words
    root = {"gt": gt, "bd": bd}[program]
    context = click.Context(root, info_name=program)
    command = root.get_command(context, name)
    assert command is not None
    if isinstance(command, click.Group) and second:
        assert command.get_command(click.Context(command), second) is not None


def test_the_readme_names_many_commands() -> None:
    """The test above has something to look at."""
    assert len(_commands()) > 30


@pytest.mark.parametrize("table", [HOOK, STEP], ids=["hook", "step"])
def test_a_diagram_is_its_table(table: Lifecycle[Any]) -> None:
    """The mermaid diagrams are those that the lifecycle tables give."""
    assert f"```mermaid\n{table.mermaid()}\n```" in README


def test_the_changelog_knows_what_is_unreleased() -> None:
    """The changelog has a place for what comes, and the version is one."""
    assert "## Unreleased" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.fullmatch(r"\d+\.\d+\.\d+", __version__)


def test_the_map_of_the_code_names_every_folder() -> None:
    """Each package of gastown stands in the README's map."""
    packages = [p.parent.name for p in (ROOT / "gastown").glob("*/__init__.py")]
    assert [name for name in packages if f"gastown/{name}/" not in README] == []
