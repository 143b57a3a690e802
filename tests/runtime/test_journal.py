"""The monitor's log: people read it, programs parse it."""

from __future__ import annotations

import threading
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from gastown.errors import Refused
from gastown.runtime.journal import Entry, Journal, follow, parse, read


def now() -> str:
    """A clock that stands still."""
    return "2026-01-05T10:00:00.000000Z"


def test_what_is_written_can_be_read(tmp_path: Path) -> None:
    """Every kind of entry comes back as it was."""
    file = tmp_path / "log" / "monitor.log"
    journal = Journal(file, now)
    journal.info("moved", what='toast says "hi"\nthere', cause="abc")
    journal.trouble("mp/toast", Refused("it cannot", hint="do that"))
    journal.bug("round", "Traceback:\n  x = 1")
    journal.close()
    assert file.read_text().count("\n") == 3
    assert file.read_text().startswith("2026-01-05T10:00:00.000000Z info  moved what=")
    assert read(file, 10) == [
        Entry(now(), "info", "moved", {"what": 'toast says "hi"\nthere', "cause": "abc"}),
        Entry(now(), "warn", "trouble", {"subject": "mp/toast", "why": "it cannot",
                                         "hint": "do that"}),
        Entry(now(), "error", "bug", {"where": "round", "trace": "Traceback:\n  x = 1"}),
    ]  # fmt: skip
    assert [entry.event for entry in read(file, 1)] == ["bug"]
    assert read(tmp_path / "none", 5) == []


@given(st.text(max_size=40))
def test_any_text_survives(text: str) -> None:
    """Whatever a value holds, an entry is one line and gives it back."""
    from gastown.runtime.journal import _quoted

    line = f"{now()} info  event what={_quoted(text)} more=1"
    assert len(line.splitlines()) == 1
    [entry] = parse([line])
    assert entry.fields == {"what": text, "more": "1"}


def test_lines_that_are_none_are_left_out() -> None:
    """A torn line, or a word of somebody else's, is not taken for an entry."""
    assert list(parse(["", "half", "Traceback (most recent call last):", "a b c d=1"])) == []


def test_a_log_that_grows_is_followed(tmp_path: Path) -> None:
    """New entries come as they are written, also after a rotation, and none is missed."""
    file = tmp_path / "monitor.log"
    _write(file, "old")
    entries = follow(file, pause_s=0.001)

    def write() -> None:
        _write(file, "new")
        file.rename(file.with_suffix(".1"))
        _write(file, "newer")
        _write(file, "newest")

    timer = threading.Timer(0.05, write)  # the first question says from where on to follow
    timer.start()
    assert [next(entries).event for _ in range(3)] == ["new", "newer", "newest"]
    timer.join()


def _write(file: Path, event: str) -> None:
    journal = Journal(file, now)
    journal.info(event)
    journal.close()
