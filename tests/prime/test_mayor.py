"""What the mayor is told, and that the commands in all these texts can be typed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from gastown.cli.bd import root as bd_root
from gastown.cli.gt import root as gt_root
from tests.prime.test_polecat import hand_on
from tests.support.desk import Desk
from tests.support.queue import RED

ROLES = Path(__file__).parents[2] / "gastown" / "templates" / "roles"
_TYPED = re.compile(r"`((?:gt|bd) [^`]+)`")


def test_the_mayor_learns_the_way_and_the_town(desk: Desk) -> None:
    """How a wish gets done, then rigs, convoys, agents, what is ready."""
    bead, _ = desk.sling("Busy")
    ready = desk.bead("Something ready")
    said = desk.gt("prime", at="mayor").out
    for words in ("# You are the mayor of ", "## How a wish gets done", "--acceptance",
                  "bd dep add A B", "gt convoy create", "gt sling", "- mp (branch main",
                  "Work: Busy: 0 of 1", f"- mp/toast: active, {bead}",
                  f"- {ready} P2"):  # fmt: skip
        assert words in said
    assert "In the way" not in said
    assert desk.gt("prime").out == desk.gt("prime", "--agent", "mayor").out == said


def test_the_mayor_learns_what_came_back(desk: Desk) -> None:
    """A failed merge, with the command that gives it back; its own note, whatever it was about."""
    desk.gate(RED)
    bead, _ = desk.hand_in()
    desk.gt("refinery", "run", status=1)
    hand_on(desk, "mayor", None, "the person wants it by noon")
    said = desk.gt("prime", at="mayor").out
    assert (
        f"- mr-{bead}-1 failed: gate test ended with status 1; `gt sling {bead} mp/toast`" in said
    )
    assert "> the person wants it by noon" in said


def test_the_way_that_is_told_works(desk: Desk) -> None:
    """Beads with criteria, a dependency, a convoy, slings, a merge, a report: as it is written."""
    first = desk.bd("create", "One", "--rig", "mp", "-d", "why", "--acceptance", "when",
                    "--silent").out.strip()  # fmt: skip
    second = desk.bead("Two", "--rig", "mp")
    desk.bd("dep", "add", second, first)
    desk.gt("convoy", "create", "Both", first, second, "--notify", "mayor", "--human")
    assert second not in desk.bd("ready").out
    for bead in (first, second):
        [slung] = desk.gt("sling", bead, "mp", "--no-start", "--json").data
        desk.work(Path(slung["path"]))
        desk.gt("done", at=slung["path"])
        desk.gt("refinery", "run")
    said = desk.gt("prime", at="mayor").out
    assert "## Mail (1 unread" in said
    assert "Both" in said.partition("## Mail")[2].partition("\n\n")[0]
    convoy = next(c.id for c in desk.town.read().convoys() if c.title == "Both")
    desk.gt("costs", convoy)


def test_a_great_town_fits(desk: Desk) -> None:
    """Many of everything, with long titles: the way is whole, the lists name the rest."""
    title = "日本語 " * 60
    for number in range(12):
        desk.gt("convoy", "create", f"{title} {number}", desk.bead(f"{title} {number}"))
    found = desk.gt("prime", "--json").data
    assert found["size"] <= 6000
    assert (ROLES / "mayor.md").read_text().strip() in found["text"]
    assert "- … more: gt convoy list" in found["text"]


def typed(text: str) -> list[list[str]]:
    """The commands of ours in a text, as words."""
    return [shlex.split(found.replace("…", "")) for found in _TYPED.findall(text)]


def check(words: list[str]) -> None:
    """A command that exists takes these options, and so many arguments."""
    command: click.Command | None = {"gt": gt_root, "bd": bd_root}[words[0]]
    ctx = click.Context(command or gt_root, info_name=words[0])
    rest = words[1:]
    while isinstance(command, click.Group) and rest:
        name = rest.pop(0)
        command = command.get_command(ctx, name)
        assert command is not None, f"{words}: {name} is no command"
    assert command is not None
    command.make_parser(ctx).parse_args(list(rest))  # an unknown option raises


@pytest.mark.parametrize("role", ["mayor", "polecat", "crew", "mend"])
def test_every_command_of_a_role_can_be_typed(role: str) -> None:
    """Each one exists, with its options; nobody is sent to what is not there."""
    text = (ROLES / f"{role}.md").read_text()
    found = typed(text)
    assert found
    for words in found:
        check(words)


def test_every_command_that_is_told_can_be_typed(desk: Desk) -> None:
    """The same of the parts that are made from the town."""
    desk.gate(RED)
    _, tree = desk.hand_in()
    desk.gt("refinery", "run", status=1)
    for at in ("", "mayor", tree):
        for words in typed(desk.gt("prime", at=at).out):
            check(words)


def test_role_texts_are_short() -> None:
    """They are part of every context: at most 1.5 kB, lines that a terminal shows."""
    for file in ROLES.iterdir():
        assert len(file.read_bytes()) <= 1500, file
        assert max(map(len, file.read_text().splitlines())) <= 110, file
