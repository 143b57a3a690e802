"""gt mq list, next, show, log, pause, resume: what is in the queue, and why in this order."""

from __future__ import annotations

from pathlib import Path

from tests.support.desk import Desk
from tests.support.queue import requests


def test_the_order_and_what_others_wait_for(desk: Desk) -> None:
    """Scores order the queue; who depends on another comes after it; who cannot, waits."""
    low, _ = desk.hand_in("Low", {"low": "x\n"})
    urgent, _ = desk.hand_in("Urgent", {"urgent": "x\n"})
    stuck, _ = desk.hand_in("Stuck", {"stuck": "x\n"})
    other = desk.bead("Other", "--rig", "mp")
    desk.bd("update", low, "-p", 3)
    desk.bd("update", urgent, "-p", 0)
    desk.bd("dep", "add", stuck, other)
    listed = desk.gt("mq", "list", "--json").data
    assert [one["bead"] for one in listed] == [urgent, stuck, low]
    assert [one["place"] for one in listed] == [1, 2, 3]
    assert f"waits for {other}" in desk.gt("mq", "list").out
    [found] = desk.gt("mq", "next", "--json").data
    assert [turn["merge"]["bead"] for turn in found["batch"]] == [urgent, low]
    assert found["batch"][0]["parts"]["priority"] == 400
    assert [turn["merge"]["bead"] for turn in found["waiting"]] == [stuck]
    said = desk.gt("mq", "next").out
    assert "400 priority" in said
    assert f"({stuck}) waits for {other} to be closed" in said


def test_a_paused_queue_tests_nothing(desk: Desk) -> None:
    """It says so everywhere, still takes requests, and goes on when it is resumed."""
    bead, tree = desk.hand_in("Work")
    desk.gt("mq", "pause", "mp", "-r", "the machine is needed")
    assert "PAUSED by human: the machine is needed" in desk.gt("mq", "list").out
    assert "the queue of mp is paused: the machine is needed" in desk.gt("status").out
    assert "paused" in desk.gt("mq", "next").out
    desk.gt("refinery", "run")
    assert requests(desk)[0]["state"] == "queued"
    desk.gt("mq", "pause", "mp", status=4)
    desk.gt("mq", "resume", at=tree, status=1)
    desk.gt("mq", "resume")
    desk.gt("mq", "resume", status=3)
    desk.gt("refinery", "run")
    assert desk.shown(bead)["status"] == "closed"


def test_show_and_log(desk: Desk) -> None:
    """The history with its moves, and what each gate printed under its own header."""
    desk.gate("echo lint-says-hello", "lint")
    desk.gate("echo test-says-hello", "test")
    bead, _ = desk.hand_in("Work")
    desk.gt("mq", "log", bead, status=3)
    desk.gt("refinery", "run")
    shown = desk.gt("mq", "show", bead, "--json").data
    assert [deed["move"] for deed in shown["history"]] == [
        "none -> queued", "queued -> testing", "testing -> merged",
    ]  # fmt: skip
    said = desk.gt("mq", "show", bead).out
    assert "history:" in said
    assert shown["batch"] in said
    log = desk.gt("mq", "log", bead).out
    assert log.index("lint-says-hello") < log.index("== test (01-1) ==")
    assert {one["name"] for one in desk.gt("mq", "log", bead, "--json").data} == {"lint", "test"}
    assert "test-says-hello" in desk.gt("mq", "log", bead, "--all").out
    assert "test-says-hello" in desk.gt("mq", "log", bead, "--follow").out


def test_a_log_is_followed_until_it_is_decided(desk: Desk, tmp_path: Path) -> None:
    """Who follows sees the output as it comes, and ends with the request."""
    go = tmp_path / "go"
    desk.gate(f"echo begun; until test -e {go}; do sleep 0.05; done; echo ended")
    bead, _ = desk.hand_in("Work")
    follower = desk.start("gt", "mq", "log", bead, "-f")
    worker = desk.start("gt", "refinery", "run")
    assert follower.stdout is not None
    line = follower.stdout.readline()
    while "begun" not in line.split():
        assert line, "it ended before anything came"
        line = follower.stdout.readline()
    go.touch()
    out, err = follower.communicate(timeout=30)
    assert (follower.returncode, err) == (0, "")
    assert "ended" in out
    worker.communicate(timeout=30)
