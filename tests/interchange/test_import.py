"""`bd import` and `bd export`: files of every era come in, and go out as they were."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.interchange.samples import (
    BEADS,
    EARLY,
    GRAVE,
    LONG,
    MEMORY,
    TALKED,
    TWIN,
    bead,
    file_of,
    spelt,
)
from tests.support.desk import Desk
from tests.support.people import commit_all, git, write
from tests.support.soundness import message, subjects, trailers


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of lines of every era."""
    path = tmp_path / "issues.jsonl"
    path.write_text(file_of(*BEADS, MEMORY), encoding="utf-8")
    return path


def test_a_file_comes_back_byte_for_byte(desk: Desk, file: Path, tmp_path: Path) -> None:
    """Import, then export: the same bytes; and what does not read as it stood is said."""
    said = desk.bd("import", file)
    assert f"{len(BEADS)} new beads, 3 comments, 1 remembered" in said.out
    assert "'review' counts as open here" in said.out
    assert "hooked for other/crew/wolf, not of this town" in said.out
    assert "no priority" in said.out
    assert desk.bd("export", "--rig", "mp").out == file.read_text()
    assert "in " in desk.bd("export", "-o", tmp_path / "out.jsonl").out
    assert (tmp_path / "out.jsonl").read_bytes() == file.read_bytes()


def test_the_same_file_again_changes_nothing(desk: Desk, file: Path) -> None:
    """A second import makes no commit, also of what was exported here."""
    desk.bd("import", file)
    mine = desk.bead("Made here")
    desk.bd("comments", "add", mine, "a word")
    before = desk.town.commit()
    assert desk.bd("import", "-i", file, "--json").json["unchanged"] == len(BEADS) + 1
    for schema in ([], ["--schema", "v0.47"], ["--schema", "v1"]):
        again = desk.bd("export", *schema).out
        assert desk.bd("import", "-", "--json", stdin=again).json["created"] == 0
    assert desk.town.commit() == before


def test_one_operation_that_a_revert_takes_back(desk: Desk, file: Path) -> None:
    """An import is one readable commit; git takes it back, and it can be made again."""
    desk.bd("import", file)
    assert subjects(desk.town)[-1] == f"import {len(BEADS)} beads into mp from issues.jsonl"
    assert [key for key, _ in trailers(desk.town)] == ["Op", "Actor", "Import"]
    assert f"New: {len(BEADS)} beads, 3 comments, 1 memories." in message(desk.town)
    assert desk.gt("log", "ex-1").out.count("import") == 1
    git(desk.root / "hq", "revert", "--no-edit", "HEAD")
    assert desk.bd("export").out == ""
    assert desk.bd("import", file, "--json").json["created"] == len(BEADS)
    assert desk.bd("export").out == file.read_text()


def test_a_dry_run_writes_nothing(desk: Desk, file: Path) -> None:
    """It says what would come."""
    before = desk.town.commit()
    assert "would import" in desk.bd("import", "--dry-run", file).out
    assert desk.town.commit() == before


def test_bad_lines_are_named_and_the_rest_is_taken(desk: Desk, tmp_path: Path) -> None:
    """Each bad line is named with its reason; the good ones are there; the status is 1."""
    rows = [
        spelt(EARLY), "{nonsense", '["a list"]', '{"title":"no id"}', spelt(EARLY),
        spelt({**EARLY, "title": "other"}), spelt({**EARLY, "id": "EX-1"}),
        spelt({"id": "../../x", "title": "t"}), spelt({"id": "ex-z", "title": "t", "labels": 1}),
        '{"id":"ex-y","id":"ex-y","title":"t"}', spelt(bead("ex-w", "good")), '{"id":"ex-x","ti',
    ]  # fmt: skip
    path = tmp_path / "bad.jsonl"
    path.write_bytes("\n".join(rows).encode() + b"\n\xff\xfe\n")
    told = desk.bd("import", path, "--json", status=1).json
    assert told["ids"] == ["ex-1", "ex-w"]
    reasons = {one["line"]: one["what"] for one in told["errors"]}
    assert reasons.keys() == {2, 3, 4, 6, 7, 8, 9, 10, 12, 13}
    assert "line 1 already, with other content" in reasons[6]
    assert "only by case" in reasons[7]
    assert "not allowed" in reasons[8]
    assert "labels" in reasons[9]
    assert "stands twice" in reasons[10]
    assert "not UTF-8" in reasons[13]
    assert "line 9 (ex-z): not taken: labels" in desk.bd("import", path, status=1).out


def test_what_is_another_rigs_stays_there(desk: Desk, project: Path) -> None:
    """An id that lives in another rig is refused by name."""
    desk.gt("rig", "add", "other", project)
    desk.bd("import", "-", "--rig", "mp", stdin=file_of(EARLY))
    said = desk.bd("import", "-", "--rig", "other", stdin=file_of(EARLY), status=1)
    assert "bead ex-1 is in rig mp" in said.out
    assert "which rig?" in desk.bd("import", "-", stdin=file_of(TWIN), status=2).err
    desk.bd("import", "-", stdin=file_of(TWIN), at="other")
    assert desk.bd("export", "--rig", "other").out == file_of(TWIN)
    assert desk.bd("export").out == file_of(TWIN, EARLY)
    assert desk.bd("export", at="mp").out == file_of(EARLY)


def test_odd_spelling_is_taken_and_said(desk: Desk) -> None:
    """Unescaped HTML, spaces and a byte order mark mean the same; exports are canonical."""
    odd = '\ufeff{"_schema":"beads-jsonl/1","by":"x"}\r\n{ "id": "ex-1", "title": "<b>" }\r\n\n'
    said = desk.bd("import", "-", stdin=odd)
    assert "1 line will be exported canonically" in said.out
    assert desk.bd("export").out == '{"id":"ex-1","title":"\\u003cb\\u003e"}\n'


def test_equal_content_and_zero_priority(desk: Desk) -> None:
    """Beads that say the same are two; 0 stays 0, and a missing priority counts as 0."""
    desk.bd("import", "-", stdin=file_of(LONG, TWIN, EARLY, {"id": "ex-c", "title": "Bare"}))
    assert desk.shown("ex-1")["priority"] == 0
    assert desk.town.read().bead("ex-c").priority == 0
    assert len(desk.bd("list", "--json").json) == 4


def test_a_tombstone_keeps_its_id(desk: Desk) -> None:
    """What was deleted here, or came as deleted, is not brought back by a file."""
    desk.bd("import", "-", stdin=file_of(GRAVE))
    alive = bead("ex-3", "Alive", status="open")
    for _ in range(2):
        said = desk.bd("import", "-", stdin=file_of(alive))
        assert "it was deleted here, and stays so" in said.out
    assert desk.bd("export").out == file_of(GRAVE)


def test_links_to_nowhere_do_no_harm(desk: Desk) -> None:
    """Dependencies on missing and external beads are kept, and block nothing."""
    desk.bd("import", "-", stdin=file_of(TALKED))
    assert [one["id"] for one in desk.bd("ready", "--json").json] == ["ex-4.1"]


def test_moved_beads_say_their_own_status(desk: Desk) -> None:
    """A status of elsewhere is exported only until the bead moves here, even back again."""
    line = bead("ex-5", "r") | {"status": "review"}
    desk.bd("import", "-", stdin=file_of(line))
    desk.bd("update", "ex-5", "--title", "s")
    assert '"status":"review"' in desk.bd("export").out
    desk.bd("update", "ex-5", "--status", "deferred")
    desk.bd("update", "ex-5", "--status", "open")
    assert '"status":"open"' in desk.bd("export").out


def test_schemas_and_statuses(desk: Desk, file: Path) -> None:
    """v0.47 has no types and counts, v1 has both and memories; --status chooses."""
    desk.bd("import", file)
    desk.bd("comments", "add", "ex-4.1", "new")
    old = [json.loads(row) for row in desk.bd("export", "--schema", "v0.47").out.splitlines()]
    new = [json.loads(row) for row in desk.bd("export", "--schema", "v1").out.splitlines()]
    assert len(old) == len(BEADS)
    assert len(new) == len(BEADS) + 1
    assert not any(key in row for row in old for key in ("_type", "comment_count"))
    assert all(next(iter(row)) == "_type" for row in new)
    assert all(list(row)[-1] == "comment_count" for row in new[:-1])
    talked = next(row for row in new if row["id"] == "ex-4.1")
    assert talked["comment_count"] == 3
    assert all(isinstance(one["id"], str) for one in talked["comments"])
    assert desk.bd("export", "--status", "tombstone").out == file_of(GRAVE)


def test_a_project_brings_its_beads(desk: Desk, project: Path) -> None:
    """`gt rig add` tells that a project carries beads, or imports them; so does --from-repo."""
    write(project, {".beads/issues.jsonl": file_of(EARLY)})
    commit_all(project)
    assert "bd import --from-repo --rig a" in desk.gt("rig", "add", "a", project).out
    assert "1 new bead" in desk.bd("import", "--from-repo", at="a").out
    assert desk.gt("rig", "add", "b", project, "--json").data["carried"]["lines"] == 1
    write(project, {".beads/issues.jsonl": file_of(TWIN)})
    commit_all(project)
    added = desk.gt("rig", "add", "c", project, "--import-beads")
    assert "1 new bead" in added.out
    assert desk.bd("export", "--rig", "c").out == file_of(TWIN)
    assert "carries no .beads" in desk.bd("import", "--from-repo", "--rig", "mp", status=3).err


def test_nothing_to_import(desk: Desk, tmp_path: Path) -> None:
    """No file, or one that is not there, is told with what to type."""
    assert "bd import FILE" in desk.bd("import", status=2).err
    assert desk.bd("import", tmp_path / "none", "--json", status=3).err.startswith("{")
    assert "nothing" in desk.bd("import", "-", stdin="").out
