"""`gt --at T` and `bd --at T`: reading commands on the town as it was; nothing is touched."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from gastown.cli.bd import root as bd
from gastown.cli.gt import root as gt
from gastown.cli.looking_back import LOOKING_BACK
from tests.support.desk import Desk
from tests.support.people import git
from tests.support.waiting import until

ROOTS: dict[str, click.Group] = {"gt": gt, "bd": bd}
WORDS = {
    "config get": ("town.name",), "escalate show": ("{escalation}",), "mail search": ("hello",),
    "mail thread": ("{mail}",), "mq show": ("{merge}",), "children": ("{bead}",),
    "comments list": ("{bead}",), "dep list": ("{bead}",), "dep tree": ("{bead}",),
    "graph": ("{bead}",), "label list": ("{bead}",), "mol progress": ("{molecule}",),
    "mol show": ("{molecule}",), "query": ("priority<3",), "recall": ("clock",),
    "search": ("work",), "show": ("{bead}",), "gate show": ("{gate}",), "log": ("{bead}",),
    "trail": ("{bead}",),
}  # fmt: skip


def leaves(
    command: click.Command, context: click.Context, names: tuple[str, ...] = ()
) -> Iterator[str]:
    """Every command below one, without those that are hidden."""
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None and not below.hidden:
                inner = click.Context(below, parent=context, info_name=name)
                yield from leaves(below, inner, (*names, name))
        return
    yield " ".join(names)


def all_commands(program: str) -> set[str]:
    """Every command of `gt` or `bd`."""
    return set(leaves(ROOTS[program], click.Context(ROOTS[program], info_name=program)))


@pytest.fixture
def old(desk: Desk) -> tuple[Desk, str, dict[str, str]]:
    """A town in which everything was once, a commit of that time, and what its things are called.

    By now all of it is gone.
    """
    bead, _ = desk.hand_in("Work")
    other = desk.bead("Waits", "--deps", bead, "-l", "ui")
    desk.bd("comments", "add", bead, "said")
    desk.bd("remember", "the tests need a clock", "--key", "clock")
    desk.gt("convoy", "create", "C", bead, other)
    desk.gt("mail", "send", "human", "-s", "hello", "-m", "there")
    desk.gt("escalate", "it burns", "-s", "low")
    molecule = desk.bd("mol", "pour", "bugfix", "--var", "bug=b", "--rig", "mp", "--yes", "--json")
    gate = desk.bd("gate", "create", "--type", "human", "--title", "Go?", "--json", status=None)
    reader = desk.town.read()
    names = {
        "bead": bead, "merge": reader.merges()[0].id, "mail": reader.mail("human")[0].id,
        "escalation": reader.escalations()[0].id, "molecule": molecule.json["new_epic_id"],
        "gate": gate.json.get("id", "") if gate.status == 0 else "",
    }  # fmt: skip
    commit = desk.town.commit()
    desk.gt("undo", "--since", git(desk.root / "hq", "rev-list", "--max-parents=0", "HEAD"),
            status=None)  # fmt: skip
    return desk, commit, names


def state(desk: Desk) -> dict[str, str]:
    """What nobody may change by looking back."""
    kept = [desk.root / "hq", desk.root / ".gt" / "run", desk.root / ".gt" / "spool"]
    files = [file for place in kept for file in place.rglob("*") if file.is_file()]
    found = {str(file): str(file.stat().st_mtime_ns) for file in files if "locks" not in file.parts}
    return found | {"refs": git(desk.root / "hq", "for-each-ref")}


def test_all_that_is_said_to_look_back_is_there() -> None:
    for program, names in LOOKING_BACK.items():
        assert names <= all_commands(program)


def test_every_reading_command_looks_back(old: tuple[Desk, str, dict[str, str]]) -> None:
    """And answers; with records of then."""
    desk, commit, names = old
    before = state(desk)
    for program, commands in LOOKING_BACK.items():
        for command in sorted(commands):
            words = [word.format(**names) for word in WORDS.get(command, ())]
            if "" in words:
                continue
            type_ = desk.gt if program == "gt" else desk.bd
            said = type_("--at", commit, *command.split(" "), *words, status=None)
            assert said.status == (1 if command == "lint" else 0), (program, command, said)
    assert state(desk) == before
    assert names["bead"] in desk.bd("--at", commit, "list").out
    assert desk.bd("show", names["bead"], status=3)


def test_nothing_else_does(old: tuple[Desk, str, dict[str, str]], tmp_path: Path) -> None:
    """What acts is refused before it has begun, whatever its words are."""
    desk, commit, names = old
    before = state(desk)
    acting = [
        ("gt", "sling", names["bead"], "mp"), ("gt", "undo"), ("gt", "convoy", "create", "x"),
        ("gt", "rig", "add", "x", str(tmp_path)), ("gt", "up"), ("gt", "mail", "read", "x"),
        ("gt", "install", str(tmp_path / "new")), ("gt", "config", "set", "town.name", "x"),
        ("bd", "create", "x"), ("bd", "close", names["bead"]), ("gt", "hooks", "repair"),
        ("gt", "refinery", "run"), ("bd", "comments", "add", names["bead"], "x"),
        ("gt", "session", "start", "mp/toast"), ("bd", "import", "-"), ("gt", "dashboard"),
    ]  # fmt: skip
    for program, *words in acting:
        type_ = desk.gt if program == "gt" else desk.bd
        said = type_("--at", commit, *words, status=2)
        assert "has no past" in said.err, words
    assert state(desk) == before
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("form", ["commit", "short", "operation", "time", "ago", "HEAD~1"])
def test_moments(desk: Desk, form: str) -> None:
    desk.bead("One", "--id", "mp-one")
    made = desk.gt("log", "--json").data[0]
    start = time.time()
    until(lambda: int(time.time()) > int(start))  # times of commits are told in seconds
    desk.bd("close", "mp-one")
    at = {
        "commit": made["commit"], "short": made["commit"][:8], "operation": made["op"],
        "time": made["at"], "ago": "1s", "HEAD~1": "HEAD~1",
    }[form]  # fmt: skip
    said = desk.bd("--at", at, "list", "--json")
    if form != "ago":
        assert [(one["id"], one["status"]) for one in said.json] == [("mp-one", "open")]
    assert [one["status"] for one in desk.bd("list", "--all", "--json").json] == ["closed"]


@pytest.mark.parametrize(
    ("at", "status"),
    [("abcdef12", 3), ("HEAD~999", 3), ("1999-01-01", 3), ("whenever", 2), ("", 2),
     ("01ARZ3NDEKTSV4RRFFQ69G5FAV", 3), ("HEAD^{/x}", 2), ("--upload-pack=x", 2)],
)  # fmt: skip
def test_what_is_no_moment(desk: Desk, at: str, status: int) -> None:
    desk.gt(f"--at={at}", "status", status=status)


def test_ages_are_told_from_then(desk: Desk) -> None:
    """And that nobody knows how agents were."""
    desk.sling("One")
    said = desk.gt("--at", desk.town.commit(), "status", "--json").data
    [agent] = [one for one in said["agents"] if one["id"] == "mp/toast"]
    assert agent["session"] == "unknown"
    told = desk.gt("--at", desk.town.commit(), "hooks", "list")
    assert "as recorded" in told.out
    assert "as it was on " in told.err
    assert "as it was on " not in desk.gt("--at", desk.town.commit(), "status", "--json").err
