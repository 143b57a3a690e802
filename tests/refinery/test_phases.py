"""Gates before a request joins a batch and after the target has moved; the next batch ahead."""

from __future__ import annotations

from tests.refinery.conftest import Yard
from tests.support.queue import requests


def set_gate(yard: Yard, name: str, command: str, **more: str) -> None:
    """Set a gate with more than a command."""
    yard.desk.gate(command, name)
    for key, value in more.items():
        yard.desk.gt("config", "set", f"rigs.mp.gates.{name}.{key}", value)


def test_before_it_joins_a_batch(yard: Yard) -> None:
    """A request that is red by itself never meets the others; the gates of a merge never see it."""
    set_gate(yard, "own", "! ls bad-*", phase="pre-merge")
    yard.submit(["good", "bad"])
    yard.run(1)
    assert yard.states() == ["merged", "failed"]
    assert requests(yard.desk)[1]["gate"] == "own"
    assert len(yard.runs) == 1


def test_after_the_target_has_moved(yard: Yard) -> None:
    """What is red then is told to the person, once; the work stays merged."""
    set_gate(yard, "smoke", "false", phase="post-merge", required="false")
    yard.submit(["good"])
    yard.run(0)
    assert yard.states() == ["merged"]
    inbox = yard.desk.gt("mail", "inbox", "--json").data
    assert [mail["subject"] for mail in inbox] == ["main of mp fails smoke"]


def test_an_advisory_gate_is_only_told(yard: Yard) -> None:
    """It holds nothing up, and the request says which it was."""
    set_gate(yard, "style", "false", required="false")
    yard.submit(["good"])
    yard.run(0)
    assert [(m["state"], m["advisory"]) for m in requests(yard.desk)] == [("merged", ["style"])]


def test_the_next_batch_is_tested_ahead(yard: Yard) -> None:
    """While a batch is tested, the one behind it is; each tree is run on once, and all is green."""
    yard.desk.gt("config", "set", "rigs.mp.merge.speculate", "1")
    yard.submit(["good", "good", "good", "good", "good"])
    yard.run(0)
    assert yard.states() == ["merged"] * 5
    assert len(yard.runs) == len(set(yard.runs)) == 2
    assert [one.name for one in (yard.desk.root / ".gt/log/merges/mp/ahead").iterdir()] == [
        "01-tip"
    ]
    yard.assert_target_is_green()


def test_ahead_of_a_batch_that_is_red(yard: Yard) -> None:
    """What was tested ahead of what did not land counts for nothing."""
    yard.desk.gt("config", "set", "rigs.mp.merge.speculate", "2")
    yard.submit(["bad", "good", "good", "bad", "good", "flaky"])
    yard.run(1)
    assert yard.states() == ["failed", "merged", "merged", "failed", "merged", "merged"]
    yard.assert_target_is_green()
    tested = set(yard.runs)
    assert all(m["tested"] in tested for m in requests(yard.desk) if m["state"] == "merged")
