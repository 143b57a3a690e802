"""Whatever is done on a fork, merging it gives the fork's tree and a sound town, or is refused."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.desk import Desk, copy_template
from tests.undo.test_kinds import reality, tree
from tests.undo.test_property import DEEDS, ISSUES, Deed

Steps = list[tuple[Deed, str, str]]
STEPS = st.lists(st.tuples(st.sampled_from(DEEDS), ISSUES, ISSUES), max_size=8)


def do(desk: Desk, steps: Steps) -> None:
    """Type commands, as far as they are allowed where one stands."""
    for deed, one, two in steps:
        deed(desk, one, two)


def forked(template: Path, folder: str, before: Steps) -> tuple[Desk, Desk]:
    """A town in which something was done, and a fork of it."""
    desk = copy_template(template, Path(folder))
    do(desk, before)
    desk.gt("fork", "plan")
    return desk, Desk(desk.root / ".gt/forks/plan")


def test_a_town_that_stood_still(template: Path) -> None:
    """The merge gives the very tree of the fork, worktrees to it, and an undo takes it back."""

    @settings(max_examples=12)
    @given(STEPS, STEPS)
    def is_the_forks(before: Steps, then: Steps) -> None:
        with tempfile.TemporaryDirectory() as folder:
            desk, inside = forked(template, folder, before)
            was, there = tree(desk), reality(desk)
            do(inside, then)
            assert (tree(desk), reality(desk)) == (was, there)
            wanted = tree(inside)
            said = desk.gt("fork", "merge", "plan", "--json", status=None)
            assert said.status in (0, 1, 4), said
            if said.status:
                assert wanted == was or "was removed" in said.error["message"], said
                assert tree(desk) == was
                return
            assert said.data["failed"] == []
            assert tree(desk) == wanted
            desk.gt("verify")
            desk.gt("hooks", "list")
            desk.gt("undo", said.data["op"])
            assert (tree(desk), reality(desk)) == (was, there)

    is_the_forks()


def test_a_town_that_went_on(template: Path) -> None:
    """What both have done is in the town then, and it is sound; or nothing was done."""

    @settings(max_examples=12)
    @given(STEPS, STEPS, STEPS)
    def is_both(
        before: Steps, then: Steps,
        meanwhile: Steps,
    ) -> None:  # fmt: skip
        with tempfile.TemporaryDirectory() as folder:
            desk, inside = forked(template, folder, before)
            do(inside, then)
            do(desk, meanwhile)
            was, there = tree(desk), reality(desk)
            said = desk.gt("fork", "merge", "plan", "--json", status=None)
            assert said.status in (0, 1, 4), said
            desk.gt("verify")
            desk.gt("hooks", "list")
            if said.status:
                assert (tree(desk), reality(desk)) == (was, there)
            else:
                desk.gt("undo", said.data["op"])
                assert (tree(desk), reality(desk)) == (was, there)

    is_both()
