"""A file that comes again, changed there and here: three-way, by key."""

from __future__ import annotations

import json
from typing import Any

from tests.interchange.samples import bead, file_of
from tests.support.desk import Desk
from tests.support.people import git

LATER = "2099-01-01T00:00:00Z"


def line(desk: Desk, identifier: str) -> dict[str, Any]:
    """A bead as it is exported."""
    rows = [json.loads(row) for row in desk.bd("export").out.splitlines()]
    return next(row for row in rows if row["id"] == identifier)


def take(desk: Desk, *rows: Any) -> Any:
    """Import lines; what the command says as JSON."""
    return desk.bd("import", "-", "--json", stdin=file_of(*rows)).json


def attic(desk: Desk) -> list[dict[str, Any]]:
    """What lies in the attic."""
    found = sorted((desk.root / "hq" / "attic").glob("*/*.json"))
    return [json.loads(path.read_text()) for path in found]


def test_each_side_keeps_what_it_changed(desk: Desk) -> None:
    """Different keys changed there and here are both there; once more, nothing happens."""
    take(desk, bead("ex-1", "t", notes="n"))
    desk.bd("update", "ex-1", "--priority", "0", "--add-label", "mine")
    changed = bead("ex-1", "theirs", notes="n", updated_at=LATER, labels=["yours"])
    assert take(desk, changed)["updated"] == 1
    found = line(desk, "ex-1")
    assert (found["title"], found["priority"]) == ("theirs", 0)
    assert found["labels"] == ["mine", "yours"]
    assert attic(desk) == []
    before = desk.town.commit()
    assert take(desk, changed)["unchanged"] == 1
    assert desk.town.commit() == before


def test_the_later_of_two_wins_and_the_other_is_kept(desk: Desk) -> None:
    """Of one key changed on both sides the later value holds; the loser is in the attic."""
    take(desk, bead("ex-1", "t"))
    desk.bd("update", "ex-1", "--title", "mine")
    told = take(desk, bead("ex-1", "older", updated_at="2026-02-01T00:00:00Z"))
    assert told["attic"] == 1
    assert line(desk, "ex-1")["title"] == "mine"
    assert [(one["key"], one["value"], one["whose"]) for one in attic(desk)] == [
        ("title", "older", "import")
    ]
    take(desk, bead("ex-1", "newest", updated_at=LATER))
    assert line(desk, "ex-1")["title"] == "newest"


def test_what_was_changed_here_stays_when_the_file_did_not(desk: Desk) -> None:
    """An unchanged file never takes back what was done here, also after a disputed import."""
    take(desk, bead("ex-1", "t"))
    older = bead("ex-1", "older", updated_at="2026-02-01T00:00:00Z")
    desk.bd("update", "ex-1", "--title", "mine")
    take(desk, older)
    before = desk.town.commit()
    take(desk, older)
    assert desk.town.commit() == before
    desk.bd("update", "ex-1", "--title", "again mine")
    take(desk, older)
    assert line(desk, "ex-1")["title"] == "again mine"
    assert len(attic(desk)) == 1


def test_a_reverted_import_was_never_made(desk: Desk) -> None:
    """After a revert of the second import its file counts as new again."""
    take(desk, bead("ex-1", "t"))
    second = bead("ex-1", "u", updated_at=LATER)
    take(desk, second)
    git(desk.root / "hq", "revert", "--no-edit", "HEAD")
    assert line(desk, "ex-1")["title"] == "t"
    assert take(desk, second)["updated"] == 1
    assert line(desk, "ex-1")["title"] == "u"


def test_closing_there_closes_here_and_lands_the_convoy(desk: Desk) -> None:
    """A status moves by the table; convoys follow; what is reopened here stays open."""
    take(desk, bead("ex-1", "t"))
    desk.gt("convoy", "create", "c", "ex-1")
    closed = bead("ex-1", "t", closed_at=LATER, updated_at=LATER) | {"status": "closed"}
    take(desk, closed)
    assert desk.shown("ex-1")["status"] == "closed"
    [convoy] = desk.town.read().convoys()
    assert convoy.state == "landed"
    desk.bd("reopen", "ex-1")
    take(desk, closed | {"title": "still closed there"})
    assert desk.shown("ex-1")["status"] == "open"
    assert desk.shown("ex-1")["title"] == "still closed there"


def test_work_in_progress_here_is_not_moved_by_a_file(desk: Desk) -> None:
    """A bead on a hook keeps status and owner, and the import says so; the rest comes."""
    take(desk, bead("mp-1", "t"))
    desk.gt("sling", "mp-1", "mp", "--no-start")
    owner = desk.shown("mp-1")["assignee"]
    closed = bead("mp-1", "u", closed_at=LATER, updated_at=LATER) | {"status": "closed"}
    told = take(desk, closed)
    assert [one["what"] for one in told["warnings"]] == [
        f"it is on the hook of {owner}: its status and owner stay"
    ]
    found = desk.shown("mp-1")
    assert (found["status"], found["assignee"], found["title"]) == ("hooked", owner, "u")
    exported = desk.bd("export").out
    assert desk.bd("import", "-", "--json", stdin=exported).json["unchanged"] == 1


def test_another_bead_of_the_same_id_is_refused(desk: Desk) -> None:
    """A bead that was made here is not overwritten by somebody else's of the same id."""
    desk.bd("create", "Mine", "--id", "mp-1", "--rig", "mp")
    said = desk.bd("import", "-", stdin=file_of(bead("mp-1", "Theirs")), status=1)
    assert "mp-1 is another bead here: 'Mine'" in said.out
    assert line(desk, "mp-1")["title"] == "Mine"


def test_comments_are_added_once_whatever_their_number(desk: Desk) -> None:
    """A comment is the same by author, moment and text; new ones come, none is taken away."""
    desk.bd("create", "Mine", "--id", "mp-1", "--rig", "mp")
    desk.bd("comments", "add", "mp-1", "from here")
    row = line(desk, "mp-1")
    theirs = {"id": 99, "issue_id": "mp-1", "author": "x", "text": "from there",
              "created_at": "2026-02-01T00:00:00Z"}  # fmt: skip
    assert take(desk, row | {"comments": [theirs]})["comments"] == 1
    assert [one["text"] for one in line(desk, "mp-1")["comments"]] == ["from there", "from here"]
    assert take(desk, row | {"comments": [theirs]})["comments"] == 0
    assert take(desk, row | {"comments": [theirs | {"id": 5}]})["comments"] == 0
