"""`bd merge`: for projects that carry their beads as a file, also as git's merge driver."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gastown.domain.merging.files import MergedFile, merge_files
from tests.interchange.samples import BEADS, MEMORY, TALKED, bead, file_of, spelt
from tests.support.desk import SCRIPTS, Desk
from tests.support.people import commit_all, git, make_project, write

LATE = {"updated_at": "2026-02-01T00:00:00Z"}
LATER = {"updated_at": "2026-03-01T00:00:00Z"}
ROWS = st.lists(
    st.builds(
        lambda name, more: bead(f"ex-{name}", **more),
        st.sampled_from("abcd"),
        st.fixed_dictionaries(
            {},
            optional={
                "title": st.sampled_from("uv"), "odd": st.integers(0, 3),
                "updated_at": st.sampled_from([LATE["updated_at"], LATER["updated_at"]]),
                "created_by": st.sampled_from(["wolf", "fox"]),
            },
        ),
    ),
    max_size=4, unique_by=lambda row: row["id"],
)  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Somebody in a folder that is no town."""
    return Desk(tmp_path)


def merged(desk: Desk, base: Any, left: Any, right: Any) -> list[dict[str, Any]]:
    """The rows of a merged file."""
    for name, rows in (("base", base), ("left", left), ("right", right)):
        (desk.root / name).write_text(file_of(*rows), encoding="utf-8")
    desk.bd("merge", "out", "base", "left", "right")
    return [json.loads(row) for row in (desk.root / "out").read_text().splitlines()]


@settings(max_examples=120)
@given(ROWS, ROWS, ROWS)
def test_both_orders_give_the_same_file(base: Any, left: Any, right: Any) -> None:
    """Rows, their order, losers and new ids do not depend on which side is which."""

    def told(one: MergedFile) -> tuple[list[str], object, object]:
        return [spelt(row) for row in one.rows], sorted(map(repr, one.losers)), one.renamed

    assert told(merge_files(base, left, right)) == told(merge_files(base, right, left))
    ids = [row["id"] for row in merge_files(base, left, right).rows]
    assert len(ids) == len(set(ids))


def test_every_key_survives(desk: Desk) -> None:
    """Every key of every era survives; where nothing changed the file is as it was."""
    rows = [*BEADS, MEMORY]
    assert [spelt(row) for row in merged(desk, rows, rows, rows)] == [spelt(row) for row in rows]
    other = [{**row, "notes": "n", **LATER} if row.get("id") == "ex-4.1" else row for row in rows]
    [changed] = [row for row in merged(desk, rows, rows, other) if row.get("id") == "ex-4.1"]
    assert changed == {**TALKED, "notes": "n", **LATER}


def test_comments_and_labels_of_both_sides(desk: Desk) -> None:
    """What upstream's driver dropped: labels and comments of both sides are there."""
    said = {"issue_id": "ex-1", "author": "w", "created_at": "2026-01-01T00:00:00Z"}
    base = [bead("ex-1", labels=["a"])]
    left = [bead("ex-1", labels=["a", "b"], comments=[{"id": 1, **said, "text": "l"}], **LATE)]
    right = [bead("ex-1", labels=["a", "c"], comments=[{"id": 1, **said, "text": "r"}], **LATER)]
    [row] = merged(desk, base, left, right)
    assert row["labels"] == ["a", "b", "c"]
    assert [one["text"] for one in row["comments"]] == ["l", "r"]


def test_two_beads_of_one_id(desk: Desk) -> None:
    """The younger of two beads that got one id has a longer one, and its side's links follow."""
    young = bead("ex-1", "young") | {"created_at": "2026-02-02T00:00:00Z", "created_by": "fox"}
    link = {"issue_id": "ex-2", "depends_on_id": "ex-1", "type": "blocks"}
    rows = merged(desk, [], [bead("ex-1", "old")], [young, bead("ex-2", dependencies=[link])])
    by_title = {row["title"]: row for row in rows}
    assert by_title["old"]["id"] == "ex-1"
    fresh = by_title["young"]["id"]
    assert len(fresh) > len("ex-1")
    assert by_title["A bead"]["dependencies"][0]["depends_on_id"] == fresh


def test_a_broken_line_stops_the_merge(desk: Desk) -> None:
    """A line that is no row is named, and nothing is written."""
    (desk.root / "base").write_text("")
    (desk.root / "left").write_text("<<<<<<< HEAD\n")
    said = desk.bd("merge", "out", "base", "left", "base", status=1)
    assert "line 1 of" in said.err
    assert not (desk.root / "out").exists()
    assert "no file" in desk.bd("merge", "out", "none", "left", "base", status=3).err


def test_git_calls_it(desk: Desk) -> None:
    """As git's merge driver it merges what git's own merge could not."""
    project = desk.root / "project"
    carried = ".beads/issues.jsonl"
    make_project(project, {carried: file_of(bead("ex-1")), ".gitattributes": "*.jsonl merge=bd\n"})
    git(project, "config", "merge.bd.driver", f"{SCRIPTS / 'bd'} merge %A %O %A %B")
    git(project, "switch", "--quiet", "-c", "side")
    write(project, {carried: file_of(bead("ex-1", priority=0, **LATE), bead("ex-2"))})
    commit_all(project)
    git(project, "switch", "--quiet", "main")
    write(project, {carried: file_of(bead("ex-1", title="u", **LATER), bead("ex-3"))})
    commit_all(project)
    git(project, "merge", "--no-edit", "side")
    rows = [json.loads(row) for row in (project / carried).read_text().splitlines()]
    assert [row["id"] for row in rows] == ["ex-1", "ex-2", "ex-3"]
    assert (rows[0]["title"], rows[0]["priority"]) == ("u", 0)
