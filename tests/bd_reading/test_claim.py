"""`bd ready --claim`: each bead has one winner."""

from __future__ import annotations

from tests.bd_reading.beads import put
from tests.support.desk import Desk
from tests.support.soundness import message


def test_the_first_one_is_taken(desk: Desk) -> None:
    """The most urgent ready bead becomes the caller's; with nothing left it exits with 1."""
    put(desk.town, low={"priority": 3}, top={"priority": 0, "deps": ("blocks:low",)})
    [told] = desk.bd("ready", "--claim", "--json").json
    assert (told["id"], told["status"], told["assignee"]) == ("mp-low", "in_progress", "human")
    assert message(desk.town).startswith("claim mp-low: low\n")
    assert desk.bd("ready", "--claim", "--json", status=1).json == []
    assert "nothing is ready" in desk.bd("ready", "--claim", status=1).out


def test_what_others_have_is_passed_over(desk: Desk) -> None:
    """Beads assigned to others are theirs; one's own and nobody's are taken in order."""
    put(desk.town, a={"assignee": "ada", "priority": 0}, b={"assignee": "human", "priority": 1},
        c={"priority": 2})  # fmt: skip
    taken = [desk.bd("ready", "--claim", "--json").json[0]["id"] for _ in range(2)]
    assert taken == ["mp-b", "mp-c"]
    desk.bd("ready", "--claim", status=1)


def test_conditions_choose_what_is_taken(desk: Desk) -> None:
    """The conditions of `bd ready` hold for a claim, too."""
    put(desk.town, a={"priority": 0}, b={"issue_type": "bug"}, d={"defer_until": "2999-01-01"})
    assert desk.bd("ready", "--claim", "-t", "bug", "--json").json[0]["id"] == "mp-b"
    desk.bd("ready", "--claim", "-t", "bug", "--include-deferred", status=1)


def test_ten_at_once(desk: Desk) -> None:
    """Of ten callers at once for six beads, six win a bead each, and four are told so."""
    put(desk.town, **{f"n{number}": {} for number in range(6)})
    said = desk.together(*[("bd", "ready", "--claim", "--json")] * 10)
    won = [one.json[0]["id"] for one in said if one.status == 0]
    assert sorted(won) == [f"mp-n{number}" for number in range(6)]
    assert [one.status for one in said].count(1) == 4
