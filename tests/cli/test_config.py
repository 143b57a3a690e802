"""gt config: each change a commit, each command accepted by a person."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.desk import Desk
from tests.support.soundness import subjects, trailers
from tests.support.waiting import until


def test_agent_commands(desk: Desk) -> None:
    """set, get, list, remove; the default is marked; every change is one commit."""
    desk.gt("config", "agent", "set", "claude-glm", "claude-glm --model glm-4")
    assert subjects(desk.town)[-1] == "config: set agents.claude-glm"
    assert "claude-glm --model glm-4" in desk.gt("config", "agent", "get", "claude-glm").out
    desk.gt("config", "default-agent", "claude-glm")
    assert desk.gt("config", "default-agent").out == "claude-glm\n"
    told = desk.gt("config", "agent", "list", "--json").data
    assert [(a["name"], a["embedded"]) for a in told if a["default"]] == [("claude-glm", False)]
    assert all(a["accepted"] for a in told)
    assert "is the default" in desk.gt("config", "agent", "remove", "claude-glm", status=1).err
    desk.gt("config", "default-agent", "shell")
    desk.gt("config", "agent", "remove", "claude-glm")
    desk.gt("config", "agent", "get", "claude-glm", status=3)
    desk.gt("config", "agent", "remove", "claude-glm", status=3)
    told = desk.gt("config", "agent", "list", "--json").data
    assert all(a["embedded"] for a in told)


def test_settings(desk: Desk) -> None:
    """set, get, show, with numbers as numbers, tables as JSON, and comments kept."""
    settings = desk.root / "hq" / "town.toml"
    before = settings.read_text()
    desk.gt("config", "set", "town.name", "city")
    assert desk.gt("config", "get", "town.name").out == "city\n"
    assert desk.gt("config", "set", "town.name", "gt", "--json").data["before"] == "city"
    assert settings.read_text() == before
    desk.gt("config", "set", "rigs.mp.gates.test.command", "make test")
    desk.gt("config", "set", "rigs.mp.gates.test.timeout_s", "60")
    assert desk.gt("config", "get", "rigs.mp.gates.test", "--json").data == {
        "command": "make test", "timeout_s": 60,
    }  # fmt: skip
    assert "make test" in desk.gt("config", "get", "rigs").out
    assert desk.gt("config", "show").out.rstrip() == settings.read_text().rstrip()
    assert desk.gt("config", "show", "--json").data["settings"]["name"] == "gt"


def test_a_setting_is_taken_away(desk: Desk) -> None:
    """What is unset is as by default again; what holds others up stays."""
    desk.gt("config", "set", "scheduler.max_polecats", "3")
    gone = desk.gt("config", "unset", "scheduler.max_polecats", "--json").data
    assert (gone["value"], gone["before"]) == (None, 3)
    assert desk.town.settings().scheduler.max_polecats == 0
    desk.gt("config", "unset", "scheduler.max_polecats", status=3)
    desk.gt("config", "unset", "scheduler", status=3)
    desk.gt("config", "unset", "town.name.deeper", status=3)
    desk.gt("config", "set", "rigs.mp.gates.test.command", "true")
    desk.gt("config", "set", "rigs.mp.gates.test.timeout_s", "60")
    said = desk.gt("config", "unset", "rigs.mp.gates.test.command", status=2)
    assert "rigs.mp.gates.test" in said.err
    desk.gt("config", "unset", "rigs.mp.gates.test")
    assert desk.town.settings().rig("mp").gates == ()


@pytest.mark.parametrize(
    ("key", "value", "status"),
    [
        ("nope", "x", 2), ("", "x", 2), ("town.", "x", 2), (".town", "x", 2),
        ("town.nope", "x", 2), ("nope.name", "x", 2), ("town.runner", "rocket", 2),
        ("town.name", "a\nb", 2), ("rigs.nope.gates.x", "true", 3), ("rigs.mp.gates.A", "x", 2),
        ("rigs.mp.gates.x", "", 2), ("rigs.mp.gates.x", " ", 2), ("rigs.mp.nope", "x", 2),
        ("town.name.deeper", "x", 2), ("schema", "9", 2), ("agents.A B", "x", 2),
    ],
)  # fmt: skip
def test_what_is_no_setting_is_refused(desk: Desk, key: str, value: str, status: int) -> None:
    """Unknown keys and unfitting values name the key and change nothing."""
    before, commit = (desk.root / "hq" / "town.toml").read_bytes(), desk.town.commit()
    said = desk.gt("config", "set", key, value, status=status)
    assert "bug" not in said.err
    assert ((desk.root / "hq" / "town.toml").read_bytes(), desk.town.commit()) == (before, commit)
    desk.gt("config", "get", "town.nope", status=3)


@pytest.mark.parametrize(
    ("name", "command", "status"),
    [("Bad", "x", 2), ("x", "", 1), ("x", "unclosed 'quote", 1), ("x", "a\nb", 2), ("-x", "y", 2)],
)
def test_what_is_no_command_is_refused(desk: Desk, name: str, command: str, status: int) -> None:
    """An agent command needs a name and words that a shell could split."""
    desk.gt("config", "agent", "set", name, command, status=status)
    desk.gt("config", "default-agent", "nope", status=3)


def test_a_hand_edit_becomes_a_commit_of_its_own(desk: Desk) -> None:
    """An edited town.toml takes effect at once and is committed before the next operation."""
    settings = desk.root / "hq" / "town.toml"
    settings.write_text(settings.read_text().replace('name = "gt"', 'name = "mine"'))
    assert desk.gt("status").out.startswith("mine ")
    desk.bead()
    assert subjects(desk.town)[-2] == "hand edit of town.toml"
    assert ("Actor", "hand edit") in trailers(desk.town, "HEAD^")


def test_a_broken_hand_edit_is_named(desk: Desk) -> None:
    """A town.toml that cannot be read says where, stops what needs it, and stays as it is."""
    settings = desk.root / "hq" / "town.toml"
    good = settings.read_text()
    for text, words in (
        (good + "\n[town\n", "line"), (good.replace("runner", "runer"), "town.runer"),
        (good.replace('"process"', "7"), "town.runner"), ("\xff", ""),
    ):  # fmt: skip
        settings.write_text(text, encoding="latin-1")
        said = desk.gt("status", status=1)
        assert "town.toml" in said.err
        assert words in said.err
        assert "bug" not in said.err
        desk.bd("create", "x", status=1)
        desk.gt("config", "set", "town.name", "x", status=1)
    settings.write_text(good)
    desk.bead()


def test_agents_may_not_change_settings(desk: Desk) -> None:
    """A polecat is refused; a person in a crew worktree and the mayor are not."""
    _, tree = desk.sling()
    desk.gt("crew", "add", "me")
    for words in (("set", "town.name", "x"), ("agent", "set", "x", "true"),
                  ("default-agent", "shell"), ("accept",)):  # fmt: skip
        said = desk.gt("config", *words, at=tree, status=1)
        assert "person" in said.err
    desk.gt("config", "set", "town.name", "x", at="mp/crew/me")
    desk.gt("config", "set", "town.name", "y", at="mayor")
    assert ("Actor", "mayor") in trailers(desk.town)


def test_what_a_command_sets_is_accepted_alone(desk: Desk) -> None:
    """Setting one command does not accept another that was written by hand."""
    settings = desk.root / "hq" / "town.toml"
    with settings.open("a") as file:
        file.write('\n[rigs.mp.gates]\nhand = "true"\n')
    desk.gt("config", "agent", "set", "fake", "true")
    told = desk.gt("config", "show", "--json").data
    assert told["pending"] == ["rigs.mp.gates.hand = true"]
    desk.gt("config", "set", "rigs.mp.gates.hand", "true")
    assert desk.gt("config", "show", "--json").data["pending"] == []
    assert "nothing waited" in desk.gt("config", "accept").out


def test_a_hand_written_agent_waits_for_acceptance(desk: Desk) -> None:
    """A runtime from a hand edit does not start, and nothing is assigned, before it is accepted."""
    settings = desk.root / "hq" / "town.toml"
    settings.write_text(settings.read_text().replace("\n[agents]", '\n[agents]\nhand = "true"'))
    bead = desk.bead()
    assert "gt config accept" in desk.gt("sling", bead, "mp", "--agent", "hand", status=1).err
    assert desk.shown(bead)["status"] == "open"
    desk.gt("config", "accept")
    desk.gt("sling", bead, "mp", "--agent", "hand")


def test_an_agent_gets_its_words_and_the_callers_world(desk: Desk, tmp_path: Path) -> None:
    """The command is split as a shell would, runs in the hook, and inherits the environment."""
    script = tmp_path / "agent.py"
    script.write_text(
        "import json, os, sys\n"
        f"out = {str(tmp_path / 'said')!r}\n"
        "told = {'argv': sys.argv[1:], 'cwd': os.getcwd(), 'env': dict(os.environ)}\n"
        "open(out + '.tmp', 'w').write(json.dumps(told))\n"
        "os.rename(out + '.tmp', out)\n"
    )
    command = f"python3 {script} 'two words' \"$HOME\" a\\ b '' ; echo `x` #no"
    desk.run("gt", "config", "agent", "set", "fake", command)
    bead = desk.bead()
    stale = {"GT_ROLE": "mp/ghost", "GT_RIG": "ghost", "GIT_DIR": "/nonexistent"}
    desk.run("gt", "sling", bead, "mp", "--agent", "fake",
             env={**stale, "MY_TOKEN": "inherited $x", "ODD": "line\nbreak"})  # fmt: skip
    until((tmp_path / "said").exists)
    told = json.loads((tmp_path / "said").read_text())
    assert told["argv"] == ["two words", "$HOME", "a b", "", ";", "echo", "`x`", "#no"]
    assert told["cwd"] == str(desk.root / "mp" / "polecats" / "toast")
    env = told["env"]
    wanted = {"MY_TOKEN": "inherited $x", "ODD": "line\nbreak", "GT_ROLE": "mp/toast",
              "GT_RIG": "mp", "GT_AGENT": "toast", "BD_ACTOR": "mp/toast",
              "GT_BRANCH": f"polecat/toast/{bead}@1", "GIT_AUTHOR_NAME": "mp/toast"}  # fmt: skip
    assert {key: env.get(key) for key in wanted} == wanted
    assert "GIT_DIR" not in env


def test_an_agent_with_an_environment_of_its_own(desk: Desk, tmp_path: Path) -> None:
    """A table with command and env is a runtime as well."""
    desk.gt(
        "config",
        "set",
        "agents.fake.command",
        f"sh -c 'echo \"$COLOUR\" >{tmp_path}/said.tmp; mv {tmp_path}/said.tmp {tmp_path}/said'",
    )
    desk.gt("config", "set", "agents.fake.env.COLOUR", "deep blue")
    desk.gt("sling", desk.bead(), "mp", "--agent", "fake")
    until((tmp_path / "said").exists)
    assert (tmp_path / "said").read_text() == "deep blue\n"


def test_the_default_agent_is_what_a_sling_starts(desk: Desk) -> None:
    """Without --agent the default runs; `shell` is there in every town."""
    desk.gt("config", "agent", "set", "fake", "true")
    desk.gt("config", "default-agent", "fake")
    [slung] = desk.gt("sling", desk.bead(), "mp", "--json").data
    assert slung["hook"]["runtime"] == "fake"
    [slung] = desk.gt("sling", desk.bead(), "mp", "--agent", "shell", "--json").data
    assert slung["hook"]["runtime"] == "shell"


def test_a_secret_in_the_environment_stays_out_of_the_ledger(desk: Desk) -> None:
    """What agents inherit is written into no commit and no log."""
    bead = desk.bead("x", "-d", "```sh\ntrue\n```")
    desk.run("gt", "sling", bead, "mp", env={"MY_TOKEN": "hush-hush"})
    until(lambda: desk.gt("agents", "--json").data[-1]["session"] != "running")
    held = [path for path in desk.root.rglob("*")
            if path.is_file() and b"hush-hush" in path.read_bytes()]  # fmt: skip
    assert held == []
