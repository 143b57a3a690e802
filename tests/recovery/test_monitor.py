"""The monitor helps agents by itself, by the verdicts that it comes to itself."""

from __future__ import annotations

import os
import signal

import pytest

from gastown.ops.monitor import log_file
from gastown.ops.sessions import sessions_of
from gastown.runtime.journal import read
from gastown.runtime.process import is_alive
from gastown.runtime.records import Session
from tests.monitor.conftest import monitor
from tests.recovery.conftest import FAILS, SLEEPS, begun
from tests.support.desk import Desk, host
from tests.support.waiting import until

__all__ = ["monitor"]


def session(desk: Desk, agent: str = "mp/toast") -> Session:
    """An agent's latest session, when it has one."""
    found = until(lambda: sessions_of(desk.town, host()).get(agent))
    assert found is not None
    return found


def did(desk: Desk) -> list[str]:
    """What the log says was done."""
    found = [entry for entry in read(log_file(desk.town), 1000) if entry.event == "recovery"]
    return [entry.fields.get("did", "") for entry in found]


def test_killed_it_is_back_at_once_and_its_bead_is_merged(monitor: Desk) -> None:
    """Nobody types a word."""
    mark = monitor.root / "go-on"
    bead = monitor.bead("A", "-d", f"```sh\necho a > begun.txt; [ -e '{mark}' ] || sleep 600\n```")
    monitor.gt("sling", bead, "mp")
    until(lambda: begun(monitor.root / "mp" / "polecats" / "toast"))
    mark.touch()
    os.killpg(session(monitor).process.pid, signal.SIGKILL)
    until(lambda: monitor.shown(bead)["status"] == "closed", 20)
    assert did(monitor) == ["restart"]


def test_a_crash_loop_is_over_soon_and_told_once(monitor: Desk) -> None:
    """The hook is suspended and the person has mail."""
    monitor.gt("config", "set", "recovery.backoff_s", "1")
    monitor.gt("config", "set", "recovery.crash_loop", "2")
    monitor.gt("sling", monitor.bead("A", "-d", FAILS), "mp")
    until(lambda: monitor.hook("mp/toast").state == "suspended", 20)
    [told] = monitor.town.read().escalations()
    assert "mp/toast was suspended: crash loop: it ended 2 times" in told.title
    assert [mail.about for mail in monitor.town.read().unread("human")] == [told.id]
    until(lambda: did(monitor) == ["restart", "suspend"])


@pytest.mark.parametrize("point", ["recover:held", "recover:started"])
def test_a_monitor_that_is_killed_at_it_leaves_exactly_one_restart(desk: Desk, point: str) -> None:
    """Before the restart the next one makes it; after it the next one sees it."""
    child = desk.start("gt", "daemon", "run", env={"GT_FAULT": f"{point}:kill"})
    desk.gt("sling", desk.bead("A", "-d", SLEEPS), "mp")
    until(lambda: begun(desk.root / "mp" / "polecats" / "toast"))
    first = session(desk).process
    os.killpg(first.pid, signal.SIGKILL)
    child.communicate(timeout=20)
    assert child.returncode == -signal.SIGKILL
    left = session(desk).process
    assert (left == first) is (point == "recover:held")
    desk.run("gt", "daemon", "start")
    until(lambda: is_alive(session(desk).process))
    told = desk.town.layout.recovery.read_text()
    assert told.count("killed") == 1
    assert point == "recover:held" or session(desk).process == left
    desk.run("gt", "daemon", "stop")
