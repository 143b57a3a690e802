"""`gt verify`: a sound ledger is found sound, and each kind of damage is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from gastown.ids import ulid
from tests.support.desk import Desk
from tests.support.people import git

SECONDS = 1_767_225_600


def lived_in(desk: Desk) -> tuple[str, str]:
    """A town in which much has happened, undone and by hand, too: a slung bead, a merged one."""
    merged, _ = desk.hand_in("Merged")
    desk.gt("convoy", "create", "C", merged)
    desk.gt("refinery", "run")
    slung, _ = desk.sling("Slung")
    desk.bd("close", desk.bead("Closed"))
    desk.gt("undo")
    desk.gt("undo")
    git(desk.root / "hq", "revert", "--no-edit", "HEAD")
    desk.gt("config", "set", "town.name", "other")
    desk.bd("remember", "this", "--key", "k")
    desk.bd("forget", "k")
    return slung, merged


def flaws(desk: Desk) -> list[tuple[str, str]]:
    """Rule and sentence of what `gt verify` finds."""
    said = desk.gt("verify", "--json", status=None).data
    return [(one["rule"], one["what"]) for one in said["flaws"]]


def test_a_sound_ledger(desk: Desk) -> None:
    lived_in(desk)
    said = desk.gt("verify")
    assert said.out.startswith("✓ the ledger is sound")
    assert desk.gt("verify", "--json").data["commits"] > 15


def test_a_name_that_is_given_out_again_by_the_same_operation(desk: Desk) -> None:
    """Found as a bug: an agent whose own issue was slung to it by force, as to another one."""
    bead, _ = desk.sling("Work")
    desk.gt("sling", bead, "mp/toast", "--force", "--no-start")
    assert desk.hook("mp/toast").generation == 2
    desk.gt("verify")


def by_hand(desk: Desk, path: str, message: str = "by hand", **changes: Any) -> None:
    """Commit a record past the guard of hq."""
    hq = desk.root / "hq"
    [file] = hq.glob(path)
    text = json.loads(file.read_text()) | changes
    file.write_text(json.dumps({k: v for k, v in text.items() if v is not None}, indent=2) + "\n")
    commit(desk, message)


def commit(desk: Desk, message: str, *env: str) -> None:
    """Commit all of hq with git hooks off."""
    hq = desk.root / "hq"
    git(hq, "add", "-A")
    git(hq, *env, "-c", "core.hooksPath=/dev/null", "commit", "-qm", message)


def forged(desk: Desk, message: str, author: str = "Ada Person") -> None:
    """Commit all of hq as if an operation had done it, past the guard."""
    hq = desk.root / "hq"
    git(hq, "add", "-A")
    tree = git(hq, "write-tree")
    head = git(hq, "rev-parse", "HEAD")
    who = f"{author} <x@example.org> {SECONDS} +0000"
    text = f"tree {tree}\nparent {head}\nauthor {who}\ncommitter {who}\n\n{message}\n"
    file = desk.root / "forged"
    file.write_text(text)
    new = git(hq, "hash-object", "-t", "commit", "-w", str(file))
    git(hq, "-c", "core.hooksPath=/dev/null", "update-ref", "refs/heads/town", new)


OP = ulid(SECONDS * 1000, b"0123456789")  # of the second in which `forged` commits


def illegal_move(desk: Desk, slung: str, merged: str) -> None:
    by_hand(desk, f"beads/mp/*/{merged}.json", status="hooked", assignee="mp/toast")


def unreadable(desk: Desk, slung: str, merged: str) -> None:
    next((desk.root / "hq/beads").rglob(f"{slung}.json")).write_text("{")
    commit(desk, "broken")


def deleted(desk: Desk, slung: str, merged: str) -> None:
    next((desk.root / "hq/beads").rglob(f"{merged}.json")).unlink()
    commit(desk, "gone")


def stranger(desk: Desk, slung: str, merged: str) -> None:
    (desk.root / "hq/link").symlink_to("town.toml")
    commit(desk, "a link")


def two_hooks(desk: Desk, slung: str, merged: str) -> None:
    hooks = desk.root / "hq/hooks/mp"
    text = json.loads((hooks / "toast.json").read_text()) | {"id": "mp/nux"}
    (hooks / "nux.json").write_text(json.dumps(text, indent=2) + "\n")
    commit(desk, "a second one")


def untold(desk: Desk, slung: str, merged: str) -> None:
    file = next((desk.root / "hq/beads").rglob(f"{merged}.json"))
    file.write_text(json.dumps(json.loads(file.read_text()) | {"status": "open"}, indent=2) + "\n")
    forged(desk, f"nothing at all\n\nOp: {OP}\nActor: human")


def told_wrongly(desk: Desk, slung: str, merged: str) -> None:
    forged(desk, f"words\n\nOp: {OP}\nActor: human\nMove: bead {merged} closed -> open")


def another_actor(desk: Desk, slung: str, merged: str) -> None:
    forged(desk, f"words\n\nOp: {OP}\nActor: mayor")


def named_twice(desk: Desk, slung: str, merged: str) -> None:
    forged(desk, f"words\n\nOp: {OP}\nActor: human")
    forged(desk, f"words again\n\nOp: {OP}\nActor: human")


def settings(desk: Desk, slung: str, merged: str) -> None:
    (desk.root / "hq/town.toml").write_text("no = = toml\n")
    commit(desk, "settings")


def rewritten(desk: Desk, slung: str, merged: str) -> None:
    hq = desk.root / "hq"
    git(hq, "-c", "core.hooksPath=/dev/null", "reset", "-q", "--hard", "HEAD~2")


def false_undo(desk: Desk, slung: str, merged: str) -> None:
    by_hand(desk, f"beads/mp/*/{merged}.json", message=f"x\n\nUndo: {'0' * 26}",
            status="hooked", assignee="mp/toast", title="never so")  # fmt: skip


DAMAGE: dict[str, tuple[Callable[[Desk, str, str], None], str, str]] = {
    "an illegal move": (illegal_move, "move", "cannot go from closed to hooked"),
    "a record that cannot be read": (unreadable, "record", "no readable record"),
    "a deleted record": (deleted, "move", "was deleted: its record has to stay"),
    "a file that has no place": (stranger, "file", "has a place in hq"),
    "a bead on two hooks": (two_hooks, "hook", "is on several hooks"),
    "a move that is not told": (untold, "move", "does not tell that bead"),
    "a move that was not made": (told_wrongly, "move", "but its file is as it was"),
    "somebody else's name": (another_actor, "actor", "it says that mayor did it, but Ada"),
    "a name twice": (named_twice, "operation", "is that of"),
    "settings that cannot be read": (settings, "settings", "town.toml"),
    "a history that was rewritten": (rewritten, "rewritten", "lost it since"),
    "an undo of what was never so": (false_undo, "move", "cannot go from closed to hooked"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_named(desk: Desk, broken_town: None, name: str) -> None:
    do, rule, words = DAMAGE[name]
    slung, merged = lived_in(desk)
    assert flaws(desk) == []
    do(desk, slung, merged)
    found = flaws(desk)
    assert any(one[0] == rule and words in one[1] for one in found), found
    assert desk.gt("verify", status=1).out
