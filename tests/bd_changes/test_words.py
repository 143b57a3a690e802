"""bd comments, label, remember, config, init, sync: what is kept beside the beads."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.support.desk import Desk
from tests.support.soundness import history, subjects

OSC = "\x1b]52;c;cHduZWQ=\x07"

# Comments


def test_comments_are_said_and_read(desk: Desk, tmp_path: Path) -> None:
    """In the order they were made, by whoever says them, however the command is spelt."""
    bead = desk.bead("x")
    (tmp_path / "long.md").write_text("from\na file")
    desk.bd("comments", "add", bead, "one", "two")
    desk.bd("comment", bead, "-", stdin="from standard input")
    made = desk.bd("comment", bead, "-f", tmp_path / "long.md", "--author", "ada", "--json").json
    assert (made["author"], made["text"], made["issue_id"]) == ("ada", "from\na file", bead)
    found = desk.bd("comments", bead, "--json").json
    assert [one["text"] for one in found] == ["one two", "from standard input", "from\na file"]
    assert [one["author"] for one in found] == ["human", "human", "ada"]
    assert len({one["id"] for one in found}) == 3
    assert found == desk.bd("comments", "list", bead, "--json").json
    assert "from\na file" in desk.bd("comments", bead).out


def test_a_comment_leaves_its_bead_alone(desk: Desk) -> None:
    """The bead's record is the same bytes as before, so that comments never conflict."""
    bead = desk.bead("x")
    [file] = (desk.root / "hq" / "beads").rglob(f"{bead}.json")
    before = file.read_bytes()
    desk.bd("comment", bead, "hello")
    assert file.read_bytes() == before
    assert len(list((desk.root / "hq" / "comments").rglob("*.json"))) == 1
    assert subjects(desk.town)[-1] == f"comment on {bead}"


def test_comments_that_cannot_be(desk: Desk) -> None:
    """No bead, no text, or a text in two places."""
    bead = desk.bead("x")
    desk.bd("comment", "nope", "x", status=3)
    desk.bd("comment", bead, status=2)
    desk.bd("comment", bead, " ", status=2)
    desk.bd("comment", bead, "x", "-f", "y", status=2)
    assert desk.bd("comments", bead, "--json").json == []
    desk.bd("comments", status=2)


def test_what_is_said_is_shown_safe(desk: Desk) -> None:
    """No comment, label or memory sends a control to a terminal."""
    bead = desk.bead("x")
    desk.bd("comment", bead, f"a{OSC}b")
    desk.bd("remember", f"c{OSC}d", "--key", "k")
    for words in (("comments", bead), ("memories",), ("recall", "k"), ("forget", "k")):
        shown = desk.bd(*words).out
        assert not {"\x1b", "\x07"} & set(shown)
    desk.bd("label", "add", bead, f"x{OSC}", status=2)


# Labels


def test_labels_of_many_beads_are_one_commit(desk: Desk) -> None:
    """First the beads, then the labels; the answer names each pair."""
    a, b = desk.bead("a"), desk.bead("b", "-l", "old")
    before = len(history(desk.town))
    told = desk.bd("label", "add", a, b, "x,y", "z", "--json").json
    assert len(history(desk.town)) == before + 1
    assert len(told) == 6
    assert told[0] == {"status": "added", "issue_id": a, "label": "x"}
    assert desk.bd("label", "list", b, "--json").json == ["old", "x", "y", "z"]
    desk.bd("tag", a, "more")
    desk.bd("label", "rm", a, b, "x", "z")
    assert desk.bd("label", "list-all", "--json").json == [
        {"label": "more", "count": 1}, {"label": "old", "count": 1}, {"label": "y", "count": 2},
    ]  # fmt: skip


def test_a_bead_that_is_missing_is_no_label(desk: Desk) -> None:
    """A slip in an id is an error, not a label on the bead before it."""
    a = desk.bead("a")
    assert "mp-zzz" in desk.bd("label", "add", a, "mp-zzz", "x", status=3).err
    desk.bd("label", "add", "nope", "x", status=3)
    desk.bd("label", "add", a, status=2)
    desk.bd("label", "add", a, "x" * 101, status=2)
    assert desk.bd("label", "list", a, "--json").json == []


# Memories


def test_what_is_remembered_is_recalled(desk: Desk) -> None:
    """By key, or by words; under the same key the new takes the place of the former."""
    made = desk.bd("remember", "use make test", "--key", "build", "--json").json
    assert made == {"key": "build", "value": "use make test", "action": "remembered"}
    assert desk.bd("remember", "use tox", "-k", "build", "--json").json["action"] == "updated"
    desk.bd("remember", "The", "sky is blue, mostly")
    assert desk.bd("recall", "build").out == "use tox\n"
    assert desk.bd("recall", "SKY", "the", "--json").json == [
        {"key": "the-sky-is-blue-mostly", "value": "The sky is blue, mostly"},
    ]  # fmt: skip
    assert len(desk.bd("memories", "--json").json) == 2
    assert desk.bd("memories", "nothing", "--json").json == []


def test_what_is_forgotten(desk: Desk) -> None:
    """Its file is gone, the history has it, and a revert brings it back."""
    desk.bd("remember", "x", "--key", "build")
    assert "did you mean build" in desk.bd("forget", "buidl", status=3).err
    desk.bd("forget", "build")
    desk.bd("recall", "build", status=3)
    desk.run("git", "-C", "hq", "revert", "--no-edit", "HEAD")
    assert desk.bd("recall", "build").out == "x\n"
    for words in (("remember", " "), ("remember", "x", "-k", " "), ("remember", "...")):
        desk.bd(*words, status=2)


def test_rigs_remember_for_themselves(desk: Desk, project: Path) -> None:
    """Of the rig one stands in, the named one, the only one, else of the town."""
    desk.bd("remember", "of mp", "-k", "k")
    desk.gt("rig", "add", "second", project)
    desk.bd("remember", "of second", "-k", "k", at="second")
    desk.bd("remember", "of the town", "-k", "k")
    assert desk.bd("recall", "k", "--rig", "mp").out == "of mp\n"
    assert desk.bd("recall", "k", at="second").out == "of second\n"
    assert desk.bd("recall", "k").out == desk.bd("recall", "k", "--rig", "hq").out


# Settings


def test_settings_stand_in_a_table_of_their_own(desk: Desk) -> None:
    """They can be edited by hand, quoted or as tables; keys nobody knows are kept."""
    assert desk.bd("config", "list", "--json").json == {}
    said = desk.bd("config", "set", "jira.url", "https://example.org")
    assert "does not read this key" in said.out
    assert desk.bd("config", "set", "types.custom", "spec", "--json").json == {
        "key": "types.custom", "value": "spec",
    }  # fmt: skip
    file = desk.root / "hq" / "town.toml"
    assert tomllib.loads(file.read_text())["beads"]["types.custom"] == "spec"
    text = file.read_text().replace('"jira.url" = "https://example.org"', "jira.url = 7")
    file.write_text(text + "\n[beads.validation]\non-create = true\n")
    assert desk.bd("config", "list", "--json").json == {
        "jira.url": "7", "types.custom": "spec", "validation.on-create": "true",
    }  # fmt: skip
    desk.bd("config", "set", "validation.on-create", "false")
    desk.bd("config", "unset", "jira.url")
    assert desk.bd("config", "list", "--json").json == {
        "types.custom": "spec", "validation.on-create": "false",
    }  # fmt: skip
    assert desk.bd("config", "get", "types.custom").out == "spec\n"


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("set", "hierarchy.max-depth", "deep"), 2), (("set", "a..b", "x"), 2),
        (("set", "types.custom", "a b"), 2), (("set", "x", "a\nb"), 2), (("get", "nope"), 3),
        (("unset", "nope"), 3), (("get", "typs.custom"), 3),
    ],
)  # fmt: skip
def test_settings_that_cannot_be(desk: Desk, words: tuple[str, ...], status: int) -> None:
    """A value that does not fit is refused with what the key is for."""
    commit = desk.town.commit()
    assert desk.bd("config", *words, status=status).err
    assert desk.town.commit() == commit


def test_a_wrong_setting_by_hand_is_named(desk: Desk) -> None:
    """An edit of town.toml that does not fit stops the next operation with file and key."""
    with (desk.root / "hq" / "town.toml").open("a") as file:
        file.write('\n[beads.hierarchy]\nmax-depth = "deep"\n')
    said = desk.bd("create", "x", status=1)
    desk.run("git", "-C", "hq", "restore", "town.toml")
    assert "beads.hierarchy.max-depth" in said.err
    assert "town.toml" in said.err


def test_a_polecat_changes_no_settings(desk: Desk) -> None:
    """Settings are for people and the mayor."""
    _, tree = desk.sling()
    commit = desk.town.commit()
    said = desk.bd("config", "set", "types.custom", "x", at=tree, status=1)
    assert "person" in said.err
    assert desk.town.commit() == commit


# What a town has no need of


def test_init_and_sync_say_what_is_true(desk: Desk) -> None:
    """Agents type them by habit, with options of all versions; they end well and do nothing."""
    commit = desk.town.commit()
    assert "nothing to do" in desk.bd("init", "--prefix", "x", "--stealth").out
    assert desk.bd("init", "--json").json["prefixes"] == {"mp": "mp"}
    assert commit[:12] in desk.bd("sync", "--flush-only", "-m", "x").out
    assert desk.bd("sync", "--json").json["commit"] == commit
    assert desk.town.commit() == commit


def test_init_outside_of_a_town_says_how_to_make_one(tmp_path: Path) -> None:
    """There it is an error with the command to type."""
    assert "gt install" in Desk(tmp_path).bd("init", status=3).err
