"""The town as it was: its records and settings of then, and nothing of the machine of now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gastown.domain.bead import BeadState
from gastown.errors import NotFound, Refused, UsageTrouble
from gastown.store.past import Moment, Past, moment_of, moments
from gastown.views.then import status_then
from tests.support.desk import Desk

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
KNOWN = [
    Moment("aaaa" + "0" * 36, int(NOW.timestamp()) - 7200, "install"),
    Moment("bbbb" + "0" * 36, int(NOW.timestamp()) - 3600, "rig add"),
    Moment("bbcc" + "0" * 36, int(NOW.timestamp()) - 60, "sling"),
]


@pytest.mark.parametrize(("text", "place"), [
    ("aaaa" + "0" * 36, 0), ("AAAA", 0), ("bbcc0", 2),
    ("90m", 0), ("1h", 1), ("59m ago", 1), ("30s", 2), ("0s", 2), ("2 h", 0),
    ("2026-01-31T10:30:00Z", 0), ("2026-01-31T11:59:30+00:00", 2), ("2026-01-31 13:00", 2),
])  # fmt: skip
def test_a_moment_is_a_commit_a_time_or_how_long_ago(text: str, place: int) -> None:
    assert moment_of(KNOWN, text, NOW) == KNOWN[place]


@pytest.mark.parametrize(("text", "error"), [
    ("3h", NotFound), ("2020-01-01", NotFound), ("dddd", NotFound), ("d" * 40, NotFound),
    ("yesterday", UsageTrouble), ("", UsageTrouble), ("-1h", UsageTrouble),
    ("--help", UsageTrouble),
])  # fmt: skip
def test_what_is_no_moment_is_said(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        moment_of(KNOWN, text, NOW)


def test_looking_back_shows_records_of_then_and_changes_nothing(desk: Desk) -> None:
    bead, _tree = desk.sling("Look at me")
    town = desk.town
    before = town.commit()
    desk.gt("config", "set", "scheduler.max_polecats", "3")
    desk.gt("unsling", bead)
    desk.bd("close", bead, "-r", "not wanted")
    now = town.commit()
    known = moments(town.ledger, now)
    assert known[-1].commit == now
    assert [one.at for one in known] == sorted(one.at for one in known)

    then = next(one for one in known if one.commit == before)
    past = Past(town.layout.root, then.commit, then.time)
    assert past.read().bead(bead).state is BeadState.HOOKED
    assert past.settings().scheduler.max_polecats == 0
    assert past.edge.clock() - then.time == timedelta(0)
    seen = status_then(past)
    assert [(one.bead, one.session, one.health) for one in seen.agents if one.bead] == [
        (bead, "unknown", None)
    ]
    assert not seen.watch.monitor
    with pytest.raises(Refused):
        past.transaction("change it", actor="human")
    past.close()

    assert town.read().bead(bead).state is BeadState.CLOSED
    assert town.settings().scheduler.max_polecats == 3
    assert town.commit() == now
    town.close()
