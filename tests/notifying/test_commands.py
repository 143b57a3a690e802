"""`gt notify` as it is typed, and the settings behind it."""

from __future__ import annotations

import pytest

from gastown.domain.notifying.settings import notify_settings
from gastown.domain.record import BadRecord
from gastown.ops import notifying
from gastown.ops.notifying import notify_once, turn
from gastown.store.notices import note_presence, read_memory
from tests.support.desk import Desk, host


def test_muting(desk: Desk) -> None:
    """An agent or everything, for a while or until a moment; and told again."""
    desk.sling()
    assert "mp/toast is muted until" in desk.gt("notify", "mute", "mp/toast", "--for", "2h").out
    told = desk.gt("notify", "mute", "--until", "tomorrow", "--json").data
    assert set(told) == {"*", "mp/toast"}
    assert "everything is muted until" in desk.gt("notify", "rules").out
    desk.gt("notify", "mute", "--off")
    assert desk.gt("notify", "mute", "mp/toast", "--off").out == "nobody is muted\n"
    desk.gt("notify", "mute", "mp/nobody", status=3)
    desk.gt("notify", "mute", "--for", "long", status=2)
    desk.gt("notify", "mute", "--for", "1h", "--off", status=2)
    desk.gt("notify", "mute", "--until", "2001-01-01", status=2)


def test_nobody_to_tell(desk: Desk) -> None:
    """What nobody was shown is on record as such, waits, and is tried again."""
    desk.gt("escalate", "The keys expire", "-s", "high")
    [found] = desk.town.read().escalations()
    assert "high notify, 1 try" in found.undelivered[0]
    listed = desk.gt("notify", "list", "--json").data
    assert [one["event"] for one in listed["told"]] == ["untold"]
    assert [one["why"] for one in listed["waiting"]] == ["nobody was there to be told"]
    assert "The keys expire" in desk.gt("notify", "list").out


def test_one_teller_at_a_time(desk: Desk) -> None:
    """Who finds another at it does nothing; a memory nobody can read is begun anew."""
    town = desk.town
    with turn(town) as mine:
        assert mine
        assert "the tray tells you" in desk.run("gt", "notify", "rules").out
        assert desk.run("gt", "notify", "list").out.startswith("nothing was told yet")
    assert notify_once(town, host()) is not None
    town.layout.notices.write_text('{"schema": 99}')
    assert read_memory(town.layout, 5.0).began == 5.0
    note_presence(town.layout, "feed")
    assert "is in front of you" in desk.gt("notify", "rules").out
    assert notifying.log_file(town.layout).name == "notices.log"


@pytest.mark.parametrize(("data", "said"), [
    ({"quiet": "25:00-07:00"}, "expected hours like"), ({"dwell_s": -1}, "expected a number"),
    ({"skip": ["permission"]}, "always told"), ({"skip": ["x"]}, "is none of"),
    ({"skip": "x"}, "expected a list"), ({"enabled": 1}, "expected true or false"),
    ({"other": 1}, "unknown key"), ({"group": 1}, "expected a number from 2"),
])  # fmt: skip
def test_bad_settings(data: dict[str, object], said: str) -> None:
    """Each names its key."""
    with pytest.raises(BadRecord, match=said):
        notify_settings(data)
