"""The monitor as a process: one per town, started, stopped, down and up again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from gastown.ops.monitor import log_file
from gastown.runtime.journal import read
from gastown.runtime.process import identify, is_alive
from gastown.store import pulse
from gastown.store.spool import Spool
from tests.monitor.test_plain_git import commit, status_of
from tests.support.desk import SCRIPTS, Desk
from tests.support.queue import assert_no_gate_trees
from tests.support.waiting import until

SLOW = "```sh\necho begun > begun.txt\nsleep 600\n```"


def events(desk: Desk) -> list[str]:
    """The words of the monitor's log, but for its git hooks' (their interpreter may be new)."""
    found = [entry.event for entry in read(log_file(desk.town), 1000)]
    return [event for event in found if event != "githooks"]


def pid_of(desk: Desk) -> int:
    """The monitor's process."""
    known = pulse.read(desk.town.layout)
    assert known is not None
    return known.pid


def test_start_status_stop(desk: Desk) -> None:
    """Each says what it found, and the status has an exit status of its own."""
    assert "no monitor is running" in desk.run("gt", "daemon", "status", status=1).out
    assert "the monitor runs" in desk.run("gt", "daemon", "start").out
    again = desk.run("gt", "daemon", "start")
    assert again.out.startswith(f"the monitor is already running (pid {pid_of(desk)})")
    assert "already running" in desk.run("gt", "daemon", "run").out
    told = desk.run("gt", "daemon", "status", "--json").data
    assert told["running"] is True
    assert told["pulse"]["watching"] == "watching"
    assert told["pulse"]["folders"] >= 3
    assert "has stopped" in desk.run("gt", "daemon", "stop").out
    assert "no monitor was running" in desk.run("gt", "daemon", "stop").out
    assert desk.run("gt", "daemon", "status", "--json", status=1).data["running"] is False
    assert events(desk) == ["started", "watching", "stopped"]
    assert "started" in desk.gt("daemon", "logs").out
    assert desk.gt("daemon", "logs", "--json").data[0]["event"] == "started"


def test_two_starts_at_once_make_one_monitor(desk: Desk) -> None:
    """Both say that it runs."""
    said = desk.together(*[("gt", "daemon", "start")] * 4)
    assert [one.status for one in said] == [0, 0, 0, 0]
    assert events(desk).count("started") == 1
    desk.run("gt", "daemon", "stop")


def test_a_killed_monitor_leaves_nothing_in_the_way(desk: Desk) -> None:
    """The kernel frees its lock; the next one starts, and the status does not lie meanwhile."""
    desk.run("gt", "daemon", "start")
    first = pid_of(desk)
    os.kill(first, signal.SIGKILL)
    until(lambda: "no monitor" in desk.gt("daemon", "status", status=None).out)
    desk.run("gt", "daemon", "start")
    assert pid_of(desk) != first
    desk.run("gt", "daemon", "stop")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_in_a_terminal_it_shows_what_it_does_and_ends_by_a_signal(
    desk: Desk, number: signal.Signals
) -> None:
    """`gt daemon run` is the same monitor, in the foreground."""
    child = desk.start("gt", "daemon", "run")
    assert child.stdout is not None
    assert " info  started " in child.stdout.readline()
    until(lambda: "watching" in events(desk))
    child.send_signal(number)
    out, _ = child.communicate(timeout=20)
    assert child.returncode == 0
    assert " info  stopped " in out


def test_a_stopped_monitor_lets_go_of_its_gate(desk: Desk) -> None:
    """A gate that runs is ended, its request stays queued, and the next monitor merges it."""
    mark = desk.root / "gate-began"
    desk.gate(f"touch '{mark}'; [ -e '{mark}.go' ] || sleep 600")
    bead, _ = desk.hand_in()
    desk.run("gt", "daemon", "start")
    until(mark.exists, 20)
    desk.run("gt", "daemon", "stop")
    [merge] = desk.town.read().merges()
    assert merge.state == "testing"
    Path(f"{mark}.go").touch()
    desk.run("gt", "daemon", "start")
    until(lambda: desk.town.read().bead(bead).state == "closed", 20)
    desk.run("gt", "daemon", "stop")
    assert_no_gate_trees(desk)


def test_down_stops_all_that_is_ours_and_stays_down(desk: Desk) -> None:
    """Agents are suspended with their work held; strangers go on; up brings them back."""
    stranger = subprocess.Popen(["sleep", "600"])
    try:
        bead = desk.bead("A bead", "-d", SLOW)
        desk.run("gt", "up")
        desk.run("gt", "sling", bead, "mp")
        tree = desk.root / "mp" / "polecats" / "toast"
        until(lambda: (tree / "begun.txt").exists(), 20)
        said = desk.run("gt", "down")
        assert "suspended, their work is held: mp/toast" in said.out
        assert desk.hook("mp/toast").state == "suspended"
        assert "the town is down" in desk.run("gt", "hooks", "list").out
        told = desk.run("gt", "agents", "--json").data
        assert [a["session"] for a in told if a["id"] == "mp/toast"] == ["none"]
        assert "the town is down: gt up" in desk.run("gt", "daemon", "status", status=1).out
        refused = desk.run("gt", "daemon", "start", status=1)
        assert "gt up" in refused.err
        other = desk.bead("Another", "-d", SLOW)
        slung = desk.run("gt", "sling", other, "mp")
        assert "the town is down" in slung.out
        assert stranger.poll() is None
        up = desk.run("gt", "up")
        assert "go on where they were: mp/toast" in up.out
        until(lambda: desk.hook("mp/toast").state == "active")
        second = desk.root / "mp" / "polecats" / "nux"
        until(lambda: (second / "begun.txt").exists(), 20)
        assert stranger.poll() is None
        desk.run("gt", "down")
    finally:
        stranger.kill()
        stranger.wait()


def test_down_in_the_face_of_a_monitor_that_hangs(desk: Desk) -> None:
    """A stopped process cannot keep the town up."""
    desk.run("gt", "daemon", "start")
    process = identify(pid_of(desk))
    assert process is not None
    os.kill(process.pid, signal.SIGSTOP)
    desk.run("gt", "down")
    assert not is_alive(process)
    desk.run("gt", "up")
    desk.run("gt", "down")
    (desk.town.layout.down).unlink()


def test_a_monitor_of_a_town_that_went_away_ends(desk: Desk) -> None:
    """It neither hangs on nor makes anything in the place."""
    desk.run("gt", "daemon", "start")
    process = identify(pid_of(desk))
    assert process is not None
    moved = desk.root.with_name("moved")
    desk.root.rename(moved)
    until(lambda: not is_alive(process), 15)
    assert not desk.root.exists()
    moved.rename(desk.root)


def test_a_deaf_watcher_is_replaced(monitor: Desk) -> None:
    """A spool that was removed and made again is watched again."""
    shutil.rmtree(monitor.root / ".gt" / "spool" / "new")
    (monitor.root / ".gt" / "spool" / "new").mkdir()
    until(lambda: events(monitor).count("watching") >= 2, 15)
    bead, tree = monitor.sling()
    commit(tree, "work")
    until(lambda: status_of(monitor, bead) == "in_progress")


def test_bad_events_are_put_aside(monitor: Desk) -> None:
    """With the reason, and the log says so."""
    spool = monitor.root / ".gt" / "spool"
    (spool / "new" / "junk").write_bytes(b"\xff\xfe junk")
    until(lambda: list((spool / "bad").glob("junk.*.reason")))
    until(lambda: "bad-event" in events(monitor))
    until(lambda: monitor.gt("daemon", "status", "--json").data["pulse"]["bad"] == 1)


def test_a_full_disk_is_not_beaten(desk: Desk) -> None:
    """It notes the trouble, waits, and does not try again at once; then all goes on."""
    bead, tree = desk.sling()
    fault = {"GT_FAULT": "tx:before-commit:enospc"}
    child = subprocess.Popen(
        [SCRIPTS / "gt", "daemon", "run"], cwd=desk.root, env={**os.environ, **fault},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until(lambda: "watching" in events(desk))
        commit(tree, "work")
        until(lambda: "trouble" in events(desk))
        (desk.root / ".gt" / "spool" / "new" / "ring").write_text("event x\ngitdir /\n")
        assert status_of(desk, bead) == "hooked"
    finally:
        child.terminate()
        assert child.wait(20) == 0
    assert events(desk).count("trouble") == 1
    assert not Spool(desk.town.layout.spool).is_empty()
    desk.run("gt", "daemon", "start")
    until(lambda: status_of(desk, bead) == "in_progress")
    desk.run("gt", "daemon", "stop")


def test_without_watches_it_polls(desk: Desk) -> None:
    """Where the system gives no inotify instance it says so once, and looks more often."""
    allowed = subprocess.run(["unshare", "-U", "-r", "true"], capture_output=True, check=False)
    if allowed.returncode:
        pytest.skip("no user namespaces here: the limit of inotify cannot be lowered for a test")
    script = 'echo 0 > /proc/sys/user/max_inotify_instances && exec "$0" daemon run'
    child = subprocess.Popen(
        ["unshare", "-U", "-r", "/bin/sh", "-c", script, str(SCRIPTS / "gt")], cwd=desk.root,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until(lambda: "polling" in events(desk), 15)
        bead, tree = desk.sling()
        commit(tree, "work")
        until(lambda: status_of(desk, bead) == "in_progress")
        assert "polling: " in desk.gt("daemon", "status").out
        assert events(desk).count("polling") == 1
    finally:
        child.terminate()
        child.wait(20)
