"""Events: what they mean, whom they are about, and where a feed begins. All of it is pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gastown.domain.health import Condition, Health, Wait
from gastown.errors import UsageTrouble
from gastown.feed.filtering import filter_of
from gastown.render.feed import STYLES, SYMBOLS, line, moment
from gastown.render.text import width
from gastown.runtime.journal import Journal
from gastown.views.feed import _MARKS, KINDS, Mark, Since, event_of, since_of
from gastown.views.feed_health import changes, noted
from gastown.views.history import Operation

NOW = datetime(2026, 1, 5, 10, tzinfo=UTC)
AT = "2026-01-05T09:59:00+00:00"
PREFIXES = {"mp": "mp", "web": "website", "web-x": "extra"}


def operation(subject: str, *moves: str, actor: str = "human") -> Operation:
    return Operation("c" * 40, AT, subject, actor, "01", moves, None)


@pytest.mark.parametrize(
    ("moves", "mark"),
    [
        (["bead mp-a none -> open"], Mark.CREATED),
        (["hook mp/nux none -> created", "bead mp-a open -> hooked"], Mark.SLUNG),
        (["bead mp-a hooked -> in_progress"], Mark.WORKED),
        (["hook mp/nux active -> completed", "merge mr-mp-a-1 none -> queued"], Mark.HANDED_IN),
        (["merge mr-mp-a-1 queued -> testing"], Mark.TESTED),
        (["merge mr-mp-a-1 testing -> merged", "bead mp-a in_progress -> closed"], Mark.MERGED),
        (["merge mr-mp-a-1 testing -> merged", "convoy cv-1 open -> landed"], Mark.LANDED),
        (["merge mr-mp-a-1 testing -> failed"], Mark.CAME_BACK),
        (["merge mr-mp-a-1 queued -> conflicted"], Mark.CAME_BACK),
        (["hook mp/nux active -> suspended"], Mark.SUSPENDED),
        (["hook mp/nux suspended -> active"], Mark.RESUMED),
        (["hook mp/nux created -> active"], Mark.OTHER),
        (["escalation es-1 none -> open", "mail m none -> unread"], Mark.ESCALATED),
        (["escalation es-1 open -> resolved"], Mark.SETTLED),
        (["mail m none -> unread"], Mark.TOLD),
        (["mail m unread -> read"], Mark.OTHER),
        (["dispatch mp-a none -> queued"], Mark.WAITS),
        ([], Mark.OTHER),
    ],
)
def test_the_weightiest_move_of_a_commit_gives_its_mark(moves: list[str], mark: Mark) -> None:
    assert event_of(operation("what was done", *moves), PREFIXES).mark is mark


def test_a_commit_is_about_the_rigs_that_its_actor_records_and_words_name() -> None:
    by_agent = event_of(operation("mp/nux works on mp-a: x", actor="mp/nux"), PREFIXES)
    assert (by_agent.text, by_agent.rigs, by_agent.agent) == ("works on mp-a: x", ("mp",), "mp/nux")
    several = event_of(operation("nudge website/slit: look", "bead web-x-1 none -> open"), PREFIXES)
    assert set(several.rigs) == {"website", "extra"}  # the longest prefix that fits
    assert several.agent == "website/slit"
    assert event_of(operation("merge x", "merge mr-mp-a-1 testing -> merged"), PREFIXES).rigs == (
        "mp",
    )
    elsewhere = event_of(operation("http://other/thing is up"), PREFIXES)
    assert (elsewhere.rigs, elsewhere.agent) == ((), None)


def test_that_a_convoy_landed_is_said() -> None:
    found = event_of(operation("merge mp-a into main", "convoy cv-1 open -> landed"), PREFIXES)
    assert found.text == "merge mp-a into main; convoy cv-1 landed"


@pytest.mark.parametrize(
    ("text", "since"),
    [
        ("90s", Since(at=NOW - timedelta(seconds=90))),
        ("15m", Since(at=NOW - timedelta(minutes=15))),
        ("15 min ago", Since(at=NOW - timedelta(minutes=15))),
        ("2h", Since(at=NOW - timedelta(hours=2))),
        ("3d", Since(at=NOW - timedelta(days=3))),
        ("2026-01-04T08:00:00Z", Since(at=datetime(2026, 1, 4, 8, tzinfo=UTC))),
        ("2026-01-04", Since(at=datetime(2026, 1, 4, tzinfo=UTC))),
        ("deadbee", Since(commit="deadbee")),
    ],
)
def test_where_a_feed_begins(text: str, since: Since) -> None:
    assert since_of(text, NOW) == since


@pytest.mark.parametrize("text", ["", "soon", "deadbe", "2026-13-01", "1y", "-1h"])
def test_what_is_neither_a_moment_nor_a_commit_is_refused(text: str) -> None:
    with pytest.raises(UsageTrouble):
        since_of(text, NOW)


def test_every_mark_has_a_symbol_of_one_column() -> None:
    assert set(SYMBOLS) == set(Mark)
    assert {width(symbol) for symbol in SYMBOLS.values()} == {1}
    assert set(STYLES) <= set(Mark)
    assert {kind for _, kind, _, _ in _MARKS} <= set(KINDS)


@given(st.text(), st.text())
def test_a_line_is_one_line_whatever_it_says(actor: str, subject: str) -> None:
    shown = line(event_of(operation(subject, actor=actor), PREFIXES), NOW)
    assert "\n" not in shown
    assert "\x1b" not in shown


def test_the_day_is_said_where_it_is_another_one() -> None:
    assert moment(AT, NOW, UTC) == "09:59:00"
    assert moment("2026-01-03T09:59:00Z", NOW, UTC) == "Jan 03 09:59"


def health(condition: Condition, **more: object) -> Health:
    return Health(condition, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        (health(Condition.WORKING), health(Condition.IDLE), None),
        (health(Condition.STALLED), health(Condition.STALLED, detail="for 20m"), None),
        (health(Condition.WORKING), health(Condition.DEAD, evidence=("it is gone",)),
         "mp/nux is dead, was working: it is gone"),
        (health(Condition.DEAD), health(Condition.STARTING), "mp/nux is starting, was dead"),
        (health(Condition.WORKING), health(Condition.WAITING, wait=Wait.ANSWER, detail="Tabs?"),
         "mp/nux is waiting for an answer, was working: Tabs?"),
    ],
)  # fmt: skip
def test_only_trouble_and_its_end_are_news(before: Health, now: Health, said: str | None) -> None:
    found = changes({"mp/nux": before}, {"mp/nux": now, "mp/new": now}, AT)
    assert [event.text for event in found] == ([said] if said else [])
    assert all(event.rigs == ("mp",) for event in found)


def test_a_filter_asks_for_rigs_kinds_and_words() -> None:
    chosen = filter_of("mp Merge parser", ["mp", "website"])
    assert (chosen.rigs, chosen.kinds, chosen.words) == ({"mp"}, {"merge"}, ("parser",))
    merged = event_of(
        operation("merge mp-a: Parser", "merge mr-mp-a-1 testing -> merged"), PREFIXES
    )
    assert chosen.takes_event(merged)
    assert not filter_of("website", ["mp", "website"]).takes_event(merged)
    assert not filter_of("mail", ["mp"]).takes_event(merged)
    assert filter_of("", ["mp"]).is_empty


def test_what_the_monitor_noted_of_health_is_told(tmp_path: Path) -> None:
    log = tmp_path / "monitor.log"
    journal = Journal(log, lambda: "2026-01-05T09:59:00.000000Z")
    journal.info("started", pid=1)
    journal.info("health", hook="mp/nux", now="dead", was="working", why="exit 137",
                 evidence="its process has ended; mp-a is on its hook")  # fmt: skip
    journal.info("health", hook="mp/slit", now="stalled", why="", evidence="silent; alone")
    journal.close()
    assert [event.text for event in noted(log)] == [
        "mp/nux is dead, was working: exit 137", "mp/slit is stalled: silent",
    ]  # fmt: skip
    assert noted(tmp_path / "none") == []
