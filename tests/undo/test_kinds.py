"""Each kind of operation, taken back: the ledger's tree is what it was, and so is reality."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from tests.support.desk import Desk
from tests.support.people import git


def tree(desk: Desk) -> str:
    """The ledger's present tree."""
    return git(desk.root / "hq", "rev-parse", "refs/heads/town^{tree}")


def reality(desk: Desk) -> set[str]:
    """The worktrees and rigs that are on the disk, with the files of the worktrees."""
    places = [desk.root / "mp" / folder for folder in ("polecats", "crew")]
    trees = [tree for place in places if place.is_dir() for tree in place.iterdir()]
    files = [file for tree in trees for file in tree.rglob("*") if ".git" not in file.parts]
    rigs = [folder.parent for folder in desk.root.glob("*/repo.git")]
    return {str(path.relative_to(desk.root)) for path in (*trees, *files, *rigs)}


@dataclass
class Kind:
    """An operation: what is there before it, itself, and where whoever undoes it stands."""

    do: Callable[[Desk], object]
    before: Callable[[Desk], object] = field(default=lambda _: None)
    at: str = ""


def _mp(desk: Desk, name: str = "mp-x", *words: object) -> str:
    return desk.bead("Work", "--id", name, "--rig", "mp", *words)


def _slung(desk: Desk) -> None:
    _mp(desk)
    desk.gt("sling", "mp-x", "mp/toast", "--no-start")


def _handed_in(desk: Desk) -> None:
    _slung(desk)
    desk.work(desk.root / "mp/polecats/toast")


KINDS = {
    "create": Kind(_mp),
    "create with links": Kind(lambda d: _mp(d, "mp-y", "--deps", "mp-x"), _mp),
    "update": Kind(lambda d: d.bd("update", "mp-x", "-p", "0", "--title", "New"), _mp),
    "claim": Kind(lambda d: d.bd("update", "mp-x", "--claim"), _mp),
    "defer": Kind(lambda d: d.bd("defer", "mp-x"), _mp),
    "label": Kind(lambda d: d.bd("label", "add", "mp-x", "ui"), _mp),
    "comment": Kind(lambda d: d.bd("comments", "add", "mp-x", "said"), _mp),
    "dependency": Kind(
        lambda d: d.bd("dep", "add", "mp-x", "mp-y"), lambda d: (_mp(d), _mp(d, "mp-y"))
    ),
    "close": Kind(lambda d: d.bd("close", "mp-x"), _mp),
    "close, which lands a convoy": Kind(
        lambda d: d.bd("close", "mp-x"), lambda d: (_mp(d), d.gt("convoy", "create", "C", "mp-x"))
    ),
    "close of what is on a hook": Kind(lambda d: d.bd("close", "mp-x", "--force"), _slung),
    "reopen": Kind(
        lambda d: d.bd("reopen", "mp-x"), lambda d: (_mp(d), d.bd("close", "mp-x"))
    ),
    "delete": Kind(lambda d: d.bd("delete", "mp-x", "--force"), _mp),
    "remember": Kind(lambda d: d.bd("remember", "the tests need a clock")),
    "convoy create": Kind(lambda d: d.gt("convoy", "create", "C", "mp-x"), _mp),
    "convoy add": Kind(
        lambda d: d.gt("convoy", "add-issue", "mp-y"),
        lambda d: (_mp(d), _mp(d, "mp-y"), d.gt("convoy", "create", "C", "mp-x")),
    ),
    "convoy close": Kind(
        lambda d: d.gt("convoy", "close", d.town.read().convoys()[0].id),
        lambda d: (_mp(d), d.gt("convoy", "create", "C", "mp-x")),
    ),
    "sling": Kind(lambda d: d.gt("sling", "mp-x", "mp", "--no-start"), _mp),
    "sling by force": Kind(
        lambda d: d.gt("sling", "mp-x", "mp/nux", "--force", "--no-start"), _slung
    ),
    "unsling": Kind(lambda d: d.gt("unsling", "mp-x"), _slung),
    "done": Kind(
        lambda d: d.gt("done", at="mp/polecats/toast"), _handed_in, at="mp/polecats/toast"
    ),
    "suspend": Kind(lambda d: d.gt("hooks", "suspend", "mp/toast"), _slung),
    "resume": Kind(
        lambda d: d.gt("hooks", "resume", "mp/toast"),
        lambda d: (_slung(d), d.gt("hooks", "suspend", "mp/toast")),
    ),
    "withdraw a request": Kind(
        lambda d: d.gt("mq", "withdraw", d.town.read().merges()[0].id),
        lambda d: (_handed_in(d), d.gt("done", at=d.root / "mp/polecats/toast")),
    ),
    "pause the queue": Kind(lambda d: d.gt("mq", "pause", "mp")),
    "crew add": Kind(lambda d: d.gt("crew", "add", "ada", "--rig", "mp")),
    "crew remove": Kind(
        lambda d: d.gt("crew", "remove", "ada", "--rig", "mp"),
        lambda d: d.gt("crew", "add", "ada", "--rig", "mp"),
    ),
    "rig add": Kind(lambda d: d.gt("rig", "add", "other", d.root.parent / "project")),
    "rig remove": Kind(
        lambda d: d.gt("rig", "remove", "other"),
        lambda d: d.gt("rig", "add", "other", d.root.parent / "project"),
    ),
    "config": Kind(lambda d: d.gt("config", "set", "town.name", "other")),
    "mail": Kind(lambda d: d.gt("mail", "send", "mayor", "-s", "Hello", "-m", "there")),
    "escalate": Kind(lambda d: d.gt("escalate", "it burns", "-s", "low")),
    "scheduler pause": Kind(lambda d: d.gt("scheduler", "pause")),
    "pour": Kind(
        lambda d: d.bd("mol", "pour", "bugfix", "--var", "bug=b", "--rig", "mp", "--yes")
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_taken_back_and_back_again(desk: Desk, name: str) -> None:
    """One commit gives the very tree and the very worktrees of before; an undo of it the others."""
    kind = KINDS[name]
    kind.before(desk)
    before, there = tree(desk), reality(desk)
    kind.do(desk)
    after, then = tree(desk), reality(desk)
    assert after != before
    last = desk.town.commit()
    told = desk.gt("undo", "--dry-run", "--json", at=kind.at).data
    assert told["operations"]
    assert (desk.town.commit(), tree(desk)) == (last, after)
    undone = desk.gt("undo", "--json", at=kind.at).data
    assert undone["failed"] == []
    assert (tree(desk), reality(desk)) == (before, there), undone
    assert git(desk.root / "hq", "rev-parse", "refs/heads/town^") == last
    assert git(desk.root / "hq", "status", "--porcelain") == ""
    desk.gt("hooks", "list")
    again = desk.gt("undo", undone["op"], "--json").data
    assert again["failed"] == []
    assert (tree(desk), reality(desk)) == (after, then), again
    desk.gt("hooks", "list")
