"""Workers: a job at a time, none twice, and no trouble ends the thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gastown.errors import DiskTrouble, Refused
from gastown.monitor.workers import Later, Worker
from gastown.runtime.journal import Journal, read
from gastown.store.town import Town
from tests.support.waiting import until


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """The log of the worker."""
    return tmp_path / "monitor.log"


@pytest.fixture
def worker(bare_town: Town, log: Path) -> Iterator[Worker]:
    """A worker with towns of its own."""
    journal = Journal(log, bare_town.now)
    made = Worker("test", lambda: Town(bare_town.layout.root), journal)
    yield made
    made.stop()
    assert made.join(10)
    journal.close()


def test_jobs_are_done_in_order_each_once(worker: Worker) -> None:
    """A job that waits already is not queued again."""
    done: list[str] = []
    gate = threading.Event()

    def first(town: Town) -> None:
        assert gate.wait(10)
        done.append(town.read().commit[:4])

    assert worker.submit("a", first)
    until(lambda: worker.busy_with == "a")
    assert not worker.submit("a", first)
    assert worker.submit("b", lambda _: done.append("b"))
    assert not worker.submit("b", lambda _: done.append("b"))
    gate.set()
    until(lambda: len(done) == 2)
    assert done[1] == "b"
    until(lambda: worker.busy_with is None)
    assert worker.submit("b", lambda _: done.append("again"))
    until(lambda: done[-1] == "again")


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (Refused("no", hint="do this"), "trouble"),
        (DiskTrouble("full"), "trouble"),
        (ValueError("oops"), "bug"),
    ],
)
def test_a_job_that_fails_is_put_off(
    worker: Worker, log: Path, trouble: Exception, said: str
) -> None:
    """It is logged, others go on, and forgiving it lets it be tried at once."""

    def fail(_: Town) -> None:
        raise trouble

    assert worker.submit("bad", fail)
    until(lambda: [entry.event for entry in read(log, 5)] == [said])
    until(lambda: worker.busy_with is None)
    assert not worker.submit("bad", fail)
    done: list[int] = []
    assert worker.submit("good", lambda _: done.append(1))
    until(lambda: done)
    worker.forgive("bad")
    assert worker.submit("bad", lambda _: done.append(2))
    until(lambda: done[-1] == 2)


def test_a_job_can_ask_for_another_time_without_alarm(worker: Worker, log: Path) -> None:
    """What is merely busy does not fill the log."""

    def busy(_: Town) -> None:
        raise Later(0.05)

    assert worker.submit("busy", busy)
    until(lambda: worker.busy_with is None)
    until(lambda: worker.submit("busy", lambda _: None))
    assert read(log, 5) == []


def test_a_stopped_worker_takes_nothing(worker: Worker) -> None:
    """Jobs that wait are dropped: the next monitor finds them again."""
    done: list[int] = []
    gate = threading.Event()
    worker.submit("a", lambda _: done.append(gate.wait(10)))
    worker.submit("b", lambda _: done.append(2))
    until(lambda: worker.busy_with == "a")
    worker.stop()
    assert worker.stopping
    gate.set()
    assert worker.join(10)
    assert done == [True]
    assert not worker.submit("c", lambda _: None)
