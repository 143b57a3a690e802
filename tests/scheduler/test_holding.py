"""What a monitor makes of agents that wait for a rate limit; jobs are done at once here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gastown.domain.health import Condition, Health, Wait
from gastown.domain.hook import Hook, HookState
from gastown.monitor import holding
from gastown.monitor.holding import Holding
from gastown.monitor.workers import Later
from gastown.ops.scheduling.holds import UNKNOWN_S, release
from gastown.runtime.journal import Journal
from gastown.store.town import Edge, Town
from tests.support.desk import host
from tests.support.towns import a_hook, make_town

BEGIN = datetime(2026, 1, 5, 10, tzinfo=UTC)
AGENTS = ("mp/ace", "mp/nux", "mp/toast")


class Night:
    """A town whose clock is turned by hand, and what its monitor has done."""

    def __init__(self, root: Path) -> None:
        make_town(root).close()
        self.now = BEGIN
        self.town = Town(root, Edge(clock=lambda: self.now))
        self.hooks = [_hook(agent) for agent in AGENTS]
        self.jobs: list[str] = []
        journal = Journal(root / "log", self.town.now)
        self.holding = Holding(host(), journal, self._give, self._give)

    def _give(self, key: str, job: Callable[[Town], None]) -> bool:
        self.jobs.append(key)
        try:
            job(self.town)
        except Later:
            return False
        return True

    def look(self, *limited: str, until: datetime | None = None) -> list[str]:
        """One round, in which these agents wait for a limit; the jobs that were given."""
        self.jobs = []
        moment = until.timestamp() if until is not None else None
        health = Health(Condition.WAITING, "limit reached", wait=Wait.LIMIT, until=moment)
        healths = dict.fromkeys(limited, health)
        self.holding.look(self.town, self.hooks, healths)
        return self.jobs

    @property
    def until(self) -> list[object]:
        """Until when runtimes are held."""
        return [one["until"] for one in self.town.read().scheduler().holds]


def _hook(agent: str) -> Hook:
    return a_hook(agent, state=HookState.ACTIVE, runtime="claude", bead=f"mp-{agent[3:]}")


@pytest.fixture
def night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Night:
    """A town at night."""
    monkeypatch.setattr(holding, "STAGGER_S", 0.0)
    return Night(tmp_path / "town")


def test_one_notice_however_many_agents_say_so(night: Night) -> None:
    """A later end only moves the hold, an earlier one does nothing."""
    three = BEGIN + timedelta(hours=3)
    assert night.look("mp/ace", "mp/nux", until=three) == ["hold claude", "hold claude"]
    assert night.look(*AGENTS, until=three) == []
    assert night.look("mp/nux", until=three - timedelta(hours=1)) == []
    assert night.until == ["2026-01-05T13:00:00Z"]
    assert night.look("mp/nux", until=three + timedelta(hours=1)) == ["hold claude"]
    assert night.until == ["2026-01-05T14:00:00Z"]
    [mail] = night.town.read().mail("human")
    assert mail.subject == "claude is held until 2026-01-05T13:00:00Z"


def test_where_nobody_knows_until_when(night: Night) -> None:
    """It is tried again after a quarter of an hour, and held again if it is the same still."""
    assert night.look("mp/ace") == ["hold claude"]
    assert night.until == ["2026-01-05T10:15:00Z"]
    night.now += timedelta(seconds=UNKNOWN_S)
    assert night.look("mp/ace") == ["lift"]
    assert night.look("mp/ace") == ["wake mp/ace"]
    assert night.look("mp/ace") == []
    night.now += timedelta(seconds=holding.AGAIN_S)
    assert night.look("mp/ace") == ["hold claude"]


def test_when_it_has_passed_each_is_woken_alone(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not all at once; whoever goes on by itself is let be."""
    night.look(*AGENTS, until=BEGIN + timedelta(minutes=5))
    night.now += timedelta(minutes=6)
    past = BEGIN + timedelta(minutes=5)
    assert night.look(*AGENTS, until=past) == ["lift"]
    assert night.until == []
    assert night.look(*AGENTS, until=past) == ["wake mp/ace"]
    assert night.look("mp/ace", "mp/toast", until=past) == ["wake mp/toast"]
    assert night.look("mp/ace", "mp/toast", until=past) == []
    monkeypatch.setattr(holding, "STAGGER_S", 1000.0)
    assert night.look(*AGENTS, until=past) == ["wake mp/nux"]
    night.now += timedelta(seconds=holding.AGAIN_S)
    assert night.look(*AGENTS, until=past) == []  # the others have to wait for their turn


def test_a_person_who_releases_it_has_the_last_word(night: Night) -> None:
    """What was said before that is no news, although its end is still to come."""
    late = BEGIN + timedelta(hours=3)
    night.look("mp/ace", until=late)
    release(night.town, "claude", actor="human")
    assert night.look("mp/ace", until=late) == ["wake mp/ace"]
    assert night.look("mp/ace", until=late) == []
    assert night.until == []


def test_a_monitor_that_begins_after_the_end_wakes_whoever_waits(night: Night) -> None:
    """Nothing is held for what has passed."""
    assert night.look("mp/ace", until=BEGIN - timedelta(minutes=1)) == ["wake mp/ace"]


def test_whose_health_has_changed_with_the_end_is_woken_all_the_same(night: Night) -> None:
    """Found as a bug: at its end a limit is no verdict any more, and nobody was woken."""
    night.look("mp/ace", "mp/nux", "mp/toast", until=BEGIN + timedelta(minutes=1))
    night.now = BEGIN + timedelta(minutes=2)
    healths = {
        "mp/ace": Health(Condition.IDLE), "mp/nux": Health(Condition.WORKING),
        "mp/toast": Health(Condition.DEAD),
    }  # fmt: skip
    woken = []
    for _ in range(4):
        night.jobs = []
        night.holding.look(night.town, night.hooks, healths)
        woken += night.jobs
    assert woken == ["lift", "wake mp/ace"]
