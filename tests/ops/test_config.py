"""Settings in odd situations: short forms, slips of the pen, other branches, many at once."""

from __future__ import annotations

import pytest

from tests.support.desk import Desk
from tests.support.people import git
from tests.support.queue import request
from tests.support.soundness import history, subjects

SETTINGS = "town.toml"


def test_a_short_form_grows_when_it_must(desk: Desk) -> None:
    """Found as a bug: a gate set by one command could not get its time limit by another.

    `x = "CMD"` is short for `x = {command = "CMD"}`, of gates and of agents.
    """
    desk.gate("make test")
    desk.gt("config", "set", "rigs.mp.gates.test.timeout_s", "60")
    assert desk.gt("config", "get", "rigs.mp.gates.test", "--json").data == {
        "command": "make test", "timeout_s": 60,
    }  # fmt: skip
    desk.gt("config", "agent", "set", "fake", "fake --run")
    desk.gt("config", "set", "agents.fake.env.COLOUR", "blue")
    told = desk.gt("config", "agent", "get", "fake", "--json").data
    assert (told["command"], told["env"]) == ("fake --run", {"COLOUR": "blue"})
    desk.gt("config", "set", "town.name.x", "y", status=2)
    # Nothing of this waits for anybody's word.
    assert "Not accepted" not in desk.gt("config", "show").out


@pytest.mark.parametrize(
    ("key", "value", "status", "said"),
    [
        ("town.default_agent", "nope", 3, "nope"),
        ("roles.mayor", "nope", 3, "nope"),
        ("roles.boss", "shell", 2, "roles.boss"),
        ("rigs.mp.agent", "nope", 3, "nope"),
        ("prices.m.input", "cheap", 2, "prices.m.input"),
        ("agents.fake", "sh -c 'open", 1, "closing quotation"),
        ("agents.fake.command", "", 2, "agents.fake.command"),
        ("agents.fake.env.1X", "y", 2, "agents.fake"),
        ("town.runner", "5", 2, "'5' is none of auto, tmux, process"),
        ("rigs.mp.gates.test.timeout_s", "0", 2, "rigs.mp.gates.test"),
        ("rigs.mp.gates.test.timeout_s", "soon", 2, "rigs.mp.gates.test"),
        ("rigs.nope.gates.test", "true", 3, "nope"),
        ("rigs..gates", "true", 2, "rigs..gates"),
        ("owner", "x", 2, "owner"),
        ("schema", "2", 2, "schema"),
    ],
)
def test_what_does_not_fit_changes_nothing(
    desk: Desk, key: str, value: str, status: int, said: str
) -> None:
    """The message names what is wrong; file and history stay as they are."""
    before, text = history(desk.town), desk.town.layout.settings.read_bytes()
    assert said in desk.gt("config", "set", key, value, status=status).err
    assert history(desk.town) == before
    assert desk.town.layout.settings.read_bytes() == text


def test_a_slip_in_one_command_keeps_no_other_from_running(desk: Desk) -> None:
    """Found as a bug: an open quote in any agent's command made every sling fail."""
    with desk.town.layout.settings.open("a") as file:
        file.write('\n[agents.odd]\ncommand = "sh -c \'open"\n')
    bead = desk.bead()
    desk.gt("config", "accept")
    desk.gt("sling", bead, "mp", "--no-start")
    other = desk.bead()
    assert "quot" in desk.gt("sling", other, "mp", "--agent", "odd", status=1).err
    assert desk.shown(other)["status"] == "open"


def test_a_shell_of_ones_own_is_listed_once(desk: Desk) -> None:
    """Who names a command `shell` replaces the embedded one, also in the list."""
    desk.gt("config", "agent", "set", "shell", "sh -c true")
    told = desk.gt("config", "agent", "list", "--json").data
    assert [one["embedded"] for one in told if one["name"] == "shell"] == [False]


def test_a_key_may_hold_a_dot(desk: Desk) -> None:
    """Found as a bug: the price of a model with a dot in its name could not be set."""
    desk.gt("config", "set", 'prices."gpt-5.1".input', "1.25")
    assert desk.gt("config", "get", 'prices."gpt-5.1"', "--json").data == {"input": 1.25}
    assert desk.town.settings().prices == {"gpt-5.1": {"input": 1.25}}


@pytest.mark.parametrize(
    ("durability", "fsync"), [("full", "committed"), ("os", "-loose-object"), ("none", "none")]
)
def test_durability_is_what_git_is_told(desk: Desk, durability: str, fsync: str) -> None:
    """The setting reaches git's own configuration of the ledger."""
    desk.gt("config", "set", "town.durability", "os" if durability == "none" else "none")
    desk.gt("config", "set", "town.durability", durability)
    assert git(desk.town.layout.town_git, "config", "core.fsync") == fsync
    assert desk.run("git", "status", at="hq").err == ""  # git knows the word


def test_comments_and_order_survive(desk: Desk) -> None:
    """What a person wrote around the settings stays as it is, byte for byte."""
    file = desk.town.layout.settings
    text = file.read_text().replace("[town]", "# mine\n[town]  # and mine", 1)
    file.write_text(text + "\n# the last word\n")
    desk.gt("config", "set", "town.name", "new")
    assert "hand edit of town.toml" in subjects(desk.town)[-2]
    before = file.read_text()
    desk.gt("config", "set", "town.name", "newer")
    assert file.read_text() == before.replace('"new"', '"newer"')
    assert "# mine\n[town]  # and mine" in before
    assert "# the last word" in before


def test_a_person_who_looks_at_an_older_town(desk: Desk) -> None:
    """Found as a bug: with hq on another branch a change took all others back that it showed."""
    old = desk.town.commit()
    desk.gt("config", "set", "town.name", "kept")
    git(desk.root / "hq", "switch", "--quiet", "--create", "look", old)
    desk.gt("config", "set", "owner.name", "Grace")
    assert desk.gt("config", "get", "town.name").out == "kept\n"
    assert desk.gt("config", "get", "owner.name").out == "Grace\n"
    git(desk.root / "hq", "switch", "--quiet", "town")
    desk.bead("the next operation")
    assert desk.gt("config", "get", "town.name").out == "kept\n"
    assert desk.gt("config", "get", "owner.name").out == "Grace\n"


def test_ten_settings_at_once(desk: Desk) -> None:
    """Of gates that are set at the same time none is lost, and none is left unaccepted."""
    said = desk.together(
        *[("gt", "config", "set", f"rigs.mp.gates.g{number}", f"echo {number}")
          for number in range(10)]
    )  # fmt: skip
    assert [one.status for one in said] == [0] * 10
    assert len(desk.gt("config", "get", "rigs.mp.gates", "--json").data) == 10
    assert "Not accepted" not in desk.gt("config", "show").out
    bead, _ = desk.hand_in()
    desk.gt("refinery", "run")
    assert request(desk, bead)["state"] == "merged"
