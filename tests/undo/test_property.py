"""Whatever was done, taken back all of it leaves the very tree there was, and the very worktrees.

Three ways: everything since a moment at once; one operation after the other, the latest first; and
the person's, by their number, together with what others did later.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.desk import Desk, copy_template
from tests.undo.test_kinds import reality, tree

Deed = Callable[[Desk, str, str], object]


def _work(desk: Desk, one: str, _: str) -> None:
    trees = desk.root / "mp/polecats"
    for worktree in sorted(trees.iterdir()) if trees.is_dir() else []:
        desk.work(worktree, {f"{one}.txt": f"{desk.town.commit()}\n"})
        desk.gt("done", at=worktree, status=None)


def _typed(*words: str) -> Deed:
    """A command; `ONE` and `TWO` stand for issues. It may be refused."""

    def type_(desk: Desk, one: str, two: str) -> None:
        program, *rest = words
        filled = [{"ONE": one, "TWO": two}.get(word, word) for word in rest]
        (desk.gt if program == "gt" else desk.bd)(*filled, status=None)

    type_.__name__ = " ".join(words)
    return type_


DEEDS: tuple[Deed, ...] = (
    _typed("bd", "create", "A bead", "--id", "ONE", "--rig", "mp"),
    _typed("bd", "create", "Below", "--id", "TWO", "--deps", "ONE"),
    _typed("bd", "update", "ONE", "-p", "0"),
    _typed("bd", "update", "ONE", "--claim"),
    _typed("bd", "close", "ONE"),
    _typed("bd", "close", "ONE", "--force"),
    _typed("bd", "reopen", "ONE"),
    _typed("bd", "defer", "ONE"),
    _typed("bd", "dep", "add", "ONE", "TWO"),
    _typed("bd", "comments", "add", "ONE", "said"),
    _typed("bd", "delete", "ONE", "--force"),
    _typed("gt", "convoy", "create", "C", "ONE", "TWO", "--human"),
    _typed("gt", "convoy", "add-issue", "TWO"),
    _typed("gt", "sling", "ONE", "mp", "--no-start"),
    _typed("gt", "sling", "TWO", "mp/toast", "--no-start", "--force"),
    _typed("gt", "unsling", "ONE"),
    _typed("gt", "hooks", "suspend", "mp/toast"),
    _typed("gt", "hooks", "resume", "mp/toast"),
    _typed("gt", "crew", "add", "ada", "--rig", "mp"),
    _typed("gt", "crew", "remove", "ada", "--rig", "mp"),
    _typed("gt", "config", "set", "town.name", "ONE"),
    _typed("gt", "mail", "send", "human", "-s", "ONE", "-m", "x"),
    _typed("gt", "escalate", "it burns", "--bead", "ONE"),
    _typed("gt", "mq", "pause", "mp"),
    _work,
)
ISSUES = st.sampled_from(["mp-a", "mp-b", "mp-c"])


@pytest.mark.parametrize("way", ["at once", "one by one", "by number"])
def test_no_trace_is_left(template: Path, way: str) -> None:
    @settings(max_examples=10)
    @given(st.lists(st.tuples(st.sampled_from(DEEDS), ISSUES, ISSUES), min_size=3, max_size=14))
    def leaves_no_trace(deeds: list[tuple[Deed, str, str]]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            desk = copy_template(template, Path(folder))
            before, there, since = tree(desk), reality(desk), desk.town.commit()
            for deed, one, two in deeds:
                deed(desk, one, two)
            if desk.town.commit() != since:
                take_back(desk, since, way)
            assert tree(desk) == before
            assert reality(desk) == there
            desk.gt("hooks", "list")

    leaves_no_trace()


def take_back(desk: Desk, since: str, way: str) -> None:
    """Take back all that was done since a commit, if anything is left of it."""
    if way == "at once":
        _undo(desk, "--since", since)
        return
    line = desk.gt("log", "-n", "200", "--json").data
    done = line[: [one["commit"] for one in line].index(since)]
    if way == "one by one":
        for one in done:
            _undo(desk, one["commit"])
        return
    mine = [one for one in done if one["actor"] == "human"]
    _undo(desk, str(len(mine)), "--with-later")


def _undo(desk: Desk, *words: str) -> None:
    """Take back, unless nothing of it is left."""
    said = desk.gt("undo", *words, "--json", status=None)
    done_already = ("left to take back", "is taken back already")
    assert said.status == 0 or any(w in said.error["message"] for w in done_already), said
