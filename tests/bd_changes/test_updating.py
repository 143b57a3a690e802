"""bd update, claim, defer, pin, edit and the short forms: what changes, and what does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.desk import Desk
from tests.support.people import write
from tests.support.soundness import history, message, subjects


def test_update_changes_what_is_named(desk: Desk) -> None:
    """Every option changes its key and leaves the others as they were."""
    bead = desk.bead("Title", "-d", "text", "-l", "keep,drop")
    desk.bd("update", bead, "--title", "New", "-p", "0", "-t", "bug", "--notes", "n",
            "--add-label", "new", "--remove-label", "drop", "--design", "d", "-a", "ada",
            "--acceptance", "a")  # fmt: skip
    desk.bd("update", bead, "--append-notes", "more")
    shown = desk.shown(bead)
    wanted = {"title": "New", "priority": 0, "issue_type": "bug", "notes": "n\nmore",
              "labels": ["keep", "new"], "design": "d", "assignee": "ada", "description": "text",
              "acceptance_criteria": "a"}  # fmt: skip
    assert {key: shown[key] for key in wanted} == wanted
    desk.bd("update", bead, "-a", "")
    assert "assignee" not in desk.shown(bead)


def test_a_description_comes_from_standard_input(desk: Desk) -> None:
    """`-d -` reads the text as it is."""
    text = "one\n\n```sh\ntrue\n```\n"
    bead = desk.bd("create", "x", "-d", "-", "--silent", stdin=text).out.strip()
    assert desk.shown(bead)["description"] == text
    desk.bd("update", bead, "-d", "-", stdin="two")
    assert desk.shown(bead)["description"] == "two"


def test_nothing_new_is_no_commit(desk: Desk) -> None:
    """An update that changes nothing leaves the ledger as it was."""
    bead = desk.bead("x")
    commit = desk.town.commit()
    desk.bd("update", bead, "--title", "x", "-p", "2", "--status", "open")
    assert desk.town.commit() == commit


def test_a_claim_is_for_one(desk: Desk) -> None:
    """Who claims first has it; a claim of one's own is repeated without complaint."""
    bead = desk.bead("x")
    desk.bd("update", bead, "--claim")
    desk.bd("update", bead, "--claim")
    assert (desk.shown(bead)["status"], desk.shown(bead)["assignee"]) == ("in_progress", "human")
    desk.gt("crew", "add", "me")
    said = desk.bd("update", bead, "--claim", at="mp/crew/me", status=1)
    assert "is human's" in said.err


def test_statuses_follow_the_table(desk: Desk) -> None:
    """A status that cannot be reached is refused with the command that leads there."""
    bead = desk.bead("x")
    assert "bd close" in desk.bd("update", bead, "--status", "closed", status=4).err
    assert "gt sling" in desk.bd("update", bead, "--status", "hooked", status=4).err
    desk.bd("update", bead, "--status", "nonsense", status=2)
    desk.bd("close", bead)
    desk.bd("close", bead, status=4)
    desk.bd("update", bead, "--status", "deferred", status=4)
    desk.bd("update", bead, "--status", "open")
    assert desk.shown(bead)["status"] == "open"
    assert "Move: bead" in message(desk.town)


def test_a_slung_bead_keeps_its_agent(desk: Desk) -> None:
    """Neither assignee nor status of a slung bead can be set so that bead and hook disagree."""
    bead, _ = desk.sling()
    said = desk.bd("update", bead, "-a", "ada", status=1)
    assert "gt unsling" in said.err
    desk.bd("update", bead, "-a", "", status=1)
    desk.bd("update", bead, "--title", "fine")
    desk.bd("update", bead, "--status", "open")
    assert "assignee" not in desk.shown(bead)
    assert desk.hook("mp/toast").bead is None


def test_what_is_not_named_stays(desk: Desk) -> None:
    """A change of one key leaves labels, links, metadata and keys nobody knows as they were."""
    other = desk.bead("other")
    bead = desk.bead("x", "-l", "a,b", "--deps", other, "--metadata", '{"k": {"deep": [1]}}')
    desk.bd("comment", bead, "said")
    before = desk.town.read().bead(bead)
    desk.bd("update", bead, "--title", "y", "-p", "0", "--notes", "n")
    after = desk.town.read().bead(bead)
    changed = {"title", "priority", "notes", "updated_at"}
    assert {k: v for k, v in after.data.items() if k not in changed} == {
        k: v for k, v in before.data.items() if k not in changed
    }
    assert len(desk.bd("comments", bead, "--json").json) == 1


def test_several_beads_are_one_commit(desk: Desk) -> None:
    """What is refused is told, does not keep the others from it, and leaves nothing behind."""
    beads = [desk.bead(str(n)) for n in range(3)]
    desk.bd("claim", beads[1])
    desk.gt("crew", "add", "me")
    before = len(history(desk.town))
    said = desk.bd("update", beads[0], "nope", *beads[1:], "--claim", "-p", "0",
                   at="mp/crew/me", status=3)  # fmt: skip
    assert len(history(desk.town)) == before + 1
    assert subjects(desk.town)[-1] == f"update {beads[0]}, {beads[2]}"
    assert "nope" in said.err
    assert "is human's" in said.err
    assert [desk.shown(bead)["priority"] for bead in beads] == [0, 2, 0]


def test_a_hand_edit_blocks_its_own_bead_alone(desk: Desk) -> None:
    """A record with an uncommitted edit is refused; the others named with it are changed."""
    a, b = desk.bead("a"), desk.bead("b")
    [file] = (desk.root / "hq" / "beads").rglob(f"{a}.json")
    file.write_text(file.read_text().replace('"title": "a"', '"title": "by hand"'))
    said = desk.bd("update", a, b, "-p", "0", status=1)
    assert f"{a}.json has a change that is not committed" in said.err
    assert desk.shown(b)["priority"] == 0
    assert "by hand" in file.read_text()
    desk.run("git", "-C", "hq", "restore", ".")


def test_labels_are_set_added_and_removed(desk: Desk) -> None:
    """--set-labels replaces them all, then others are added and removed."""
    bead = desk.bead("x", "-l", "a,b")
    desk.bd("update", bead, "--set-labels", "c,d", "--add-label", "e,f", "--remove-label", "d")
    assert desk.shown(bead)["labels"] == ["c", "e", "f"]
    desk.bd("update", bead, "--set-labels", "")
    assert "labels" not in desk.shown(bead)


def test_metadata_is_merged(desk: Desk) -> None:
    """Keys are set one by one, null removes one; what is no object is not merged into."""
    bead = desk.bead("x", "--metadata", '{"a": 1, "b": 2}')
    desk.bd("update", bead, "--metadata", '{"b": null, "c": {"d": true}}')
    assert desk.shown(bead)["metadata"] == {"a": 1, "c": {"d": True}}
    desk.bd("update", bead, "--metadata", "[1]", status=2)
    desk.bd("update", bead, "--unset-metadata")
    assert "metadata" not in desk.shown(bead)
    odd = desk.bead("y", "--metadata", "[1]")
    assert "--unset-metadata" in desk.bd("update", odd, "--metadata", '{"a": 1}', status=1).err


def test_moments_are_set_and_taken_away(desk: Desk) -> None:
    """--due and --defer take words; an empty text removes the key."""
    bead = desk.bead("x")
    said = desk.bd("update", bead, "--due", "tomorrow", "--defer", "+1h").out
    assert "due: " in said
    assert "ready again: " in said
    assert desk.bd("ready", "--json").json == []
    desk.bd("update", bead, "--due", "", "--defer", "")
    assert not {"due_at", "defer_until"} & desk.shown(bead).keys()
    desk.bd("update", bead, "--due", "some day", status=2)


def test_the_short_forms(desk: Desk) -> None:
    """start, assign, note, retitle and priority are what agents type for an update."""
    bead = desk.bead("x")
    desk.bd("start", bead)
    assert (desk.shown(bead)["status"], desk.shown(bead)["assignee"]) == ("in_progress", "human")
    for words in (("assign", bead, "ada"), ("note", bead, "one", "two"), ("rename", bead, "New"),
                  ("priority", bead, "high")):  # fmt: skip
        desk.bd(*words)
    shown = desk.shown(bead)
    assert [shown[key] for key in ("assignee", "notes", "title", "priority")] == [
        "ada", "one two", "New", 1,
    ]  # fmt: skip
    assert "nothing to change" in desk.bd("update", bead, status=2).err


def test_an_ephemeral_bead_becomes_a_lasting_one(desk: Desk) -> None:
    """--persistent takes away what an import brought."""
    bead = desk.bead("x")
    [file] = (desk.root / "hq" / "beads").rglob(f"{bead}.json")
    text = file.read_text().replace('"title": "x",', '"title": "x",\n  "ephemeral": true,')
    file.write_text(text)
    desk.run("git", "-C", "hq", "commit", "-qam", "ephemeral")
    assert desk.bd("ready", "--json").json == []
    desk.bd("update", bead, "--persistent")
    assert len(desk.bd("ready", "--json").json) == 1


def test_a_polecat_claims_what_is_below_its_hook(desk: Desk) -> None:
    """Its hook's bead has children it may claim; anything else is for an agent of its own."""
    bead, tree = desk.sling()
    child, other = desk.bead("step", "--parent", bead), desk.bead("other")
    desk.bd("update", child, "--claim", at=tree)
    assert desk.shown(child)["assignee"] == "mp/toast"
    said = desk.bd("update", other, "--claim", at=tree, status=1)
    assert f"gt sling {other} mp" in said.err
    assert "assignee" not in desk.shown(other)


def test_ten_claims_have_one_winner(desk: Desk) -> None:
    """Of several who claim at the same time exactly one is told that it is theirs."""
    bead = desk.bead("x")
    for name in "abcd":
        desk.gt("crew", "add", name)
    said = desk.together(*[("env", "-C", f"mp/crew/{name}", "bd", "claim", bead)
                           for name in "abcd"])  # fmt: skip
    winners = [name for name, one in zip("abcd", said, strict=True) if one.status == 0]
    assert len(winners) == 1
    assert desk.shown(bead)["assignee"] == f"mp/{winners[0]}"


# Put off, pinned


def test_put_off_until_somebody_takes_it_up(desk: Desk) -> None:
    """`bd defer` without a moment is a status; undefer opens the bead again."""
    bead = desk.bead("x")
    desk.bd("defer", bead)
    assert desk.shown(bead)["status"] == "deferred"
    desk.bd("undefer", bead)
    assert desk.shown(bead)["status"] == "open"
    assert "not put off" in desk.bd("undefer", bead, status=4).err


def test_put_off_until_a_moment(desk: Desk) -> None:
    """With a moment the bead comes back by itself, so that nobody has to remember it."""
    bead, past = desk.bead("x"), desk.bead("past")
    desk.bd("defer", bead, "--until", "+2d")
    desk.bd("defer", past, "--until", "2020-01-01")
    assert [one["id"] for one in desk.bd("ready", "--json").json] == [past]
    assert desk.shown(bead)["status"] == "open"
    desk.bd("defer", bead)
    desk.bd("defer", bead, "--until", "2020-01-01")
    assert len(desk.bd("ready", "--json").json) == 2
    desk.bd("undefer", bead)
    assert "defer_until" not in desk.shown(bead)
    desk.bd("close", bead)
    desk.bd("defer", bead, "--until", "+1d", status=4)


def test_pinned_beads_are_no_work(desk: Desk) -> None:
    """A pinned bead is not ready and holds nobody back."""
    a = desk.bead("a")
    b = desk.bead("b", "--deps", a)
    desk.bd("pin", a)
    assert [one["id"] for one in desk.bd("ready", "--json").json] == [b]
    desk.bd("unpin", a)
    assert "not pinned" in desk.bd("unpin", a, status=4).err


def test_a_blocked_bead_keeps_its_hook(desk: Desk) -> None:
    """Its status says that it is stuck; opening it takes it off the hook."""
    bead, _ = desk.sling()
    desk.bd("block", bead)
    assert desk.hook("mp/toast").bead == bead
    desk.bd("unblock", bead)
    assert desk.hook("mp/toast").bead is None


# In an editor


def editor(desk: Desk, script: str) -> str:
    """A program that does something with the file it is given, as $EDITOR."""
    path = desk.root.parent / "editor"
    write(desk.root.parent, {"editor": f"#!/bin/sh\n{script}\n"})
    path.chmod(0o755)
    return str(path)


def test_a_text_is_edited(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the editor saves is the new text; $VISUAL is asked before $EDITOR."""
    bead = desk.bead("x", "-d", "one")
    monkeypatch.setenv("EDITOR", "false")
    monkeypatch.setenv("VISUAL", editor(desk, 'sed -i s/one/two/ "$1"'))
    desk.bd("edit", bead)
    assert desk.shown(bead)["description"] == "two"
    monkeypatch.setenv("VISUAL", editor(desk, 'echo "new title" > "$1"'))
    desk.bd("edit", bead, "--title")
    assert desk.shown(bead)["title"] == "new title"
    monkeypatch.setenv("VISUAL", editor(desk, ': > "$1"'))
    desk.bd("edit", bead)
    assert "description" not in desk.shown(bead)


@pytest.mark.parametrize("script", ["exit 0", "exit 1", 'touch "$1"'])
def test_an_editor_that_is_left_changes_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    """Not saved, failed, or saved as it was: no commit."""
    bead = desk.bead("x", "-d", "one")
    commit = desk.town.commit()
    monkeypatch.setenv("VISUAL", editor(desk, script))
    desk.bd("edit", bead, status=1 if script == "exit 1" else 0)
    assert desk.town.commit() == commit


def test_an_edit_does_not_undo_what_others_did(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the text was changed meanwhile the edit is refused, and one's text is kept."""
    bead = desk.bead("x", "-d", "one")
    script = f'cd "{desk.root}" && bd update {bead} -d theirs >/dev/null && echo mine > "$1"'
    folder = Path(desk._argv(("bd",))[0]).parent
    monkeypatch.setenv("VISUAL", editor(desk, f'PATH="{folder}:$PATH"; {script}'))
    said = desk.run("bd", "edit", bead, status=1)
    assert "was changed while you edited it" in said.err
    kept = Path(said.err.split("your text is in ")[1].splitlines()[0])
    assert kept.read_text().strip() == "mine"
    kept.unlink()
    assert desk.shown(bead)["description"] == "theirs"


def test_without_an_editor_it_says_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """No editor and no terminal: a sentence, and what to type instead."""
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)
    assert "--body-file" in desk.bd("edit", desk.bead("x"), status=2).err
