"""A town with one rig, somebody at a desk in it, and recovery as it looks in single rounds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gastown.domain.health import Condition, Health
from gastown.domain.hook import HookState
from gastown.domain.recovery_memory import Memory
from gastown.monitor.recovery import Recovery
from gastown.monitor.workers import Later
from gastown.ops.monitor import log_file
from gastown.ops.sessions import sessions_of
from gastown.ops.wants import wanted
from gastown.runtime.journal import Journal, read
from gastown.runtime.records import Session
from gastown.runtime.sessions import State
from gastown.store.town import Town
from tests.support.desk import Desk, host
from tests.support.desks import broken_town, desk, project, template

__all__ = ["broken_town", "desk", "project", "rounds", "template"]

SLEEPS = "```sh\necho begun > begun.txt\nsleep 600\n```"
FAILS = "```sh\nexit 1\n```"


@dataclass
class Rounds:
    """The recovery of a town, look by look; what is to be done is done at once.

    Attributes:
        steady: the clock that nobody sets.
        verdicts: conditions that are given in place of what the sessions say.
        put_off: jobs that had nothing to do, or found somebody else at work.
    """

    desk: Desk
    recovery: Recovery
    journal: Journal
    town: Town
    steady: float = 0.0
    verdicts: dict[str, Condition] = field(default_factory=dict)
    put_off: list[str] = field(default_factory=list)

    @classmethod
    def begin(cls, desk: Desk, town: Town | None = None) -> Rounds:
        """As a monitor begins."""
        town = town or desk.town
        journal = Journal(log_file(town), town.now)
        made: list[Rounds] = []

        def submit(worker: str, key: str, job: Callable[[Town], None]) -> bool:
            try:
                job(town)
            except Later:
                made[0].put_off.append(key)
            return True

        recovery = Recovery(town, host(), journal, submit, steady=lambda: made[0].steady)
        made.append(cls(desk, recovery, journal, town))
        return made[0]

    def look(self) -> None:
        """One round."""
        hooks = self.town.read().hooks()
        healths: Mapping[str, Health] = {
            hook.id: Health(self.verdicts.get(hook.id) or self._condition(hook.id))
            for hook in hooks if hook.state in (HookState.ACTIVE, HookState.CREATED)
            or hook.id in self.verdicts
        }  # fmt: skip
        self.recovery.look(wanted(self.town.read()), healths)

    def _condition(self, hook: str) -> Condition:
        session = self.session(hook)
        if session is None:
            return Condition.STARTING
        runs = sessions_of(self.town, host()).look(session).state is State.RUNNING
        return Condition.WORKING if runs else Condition.DEAD

    def session(self, agent: str = "mp/toast") -> Session | None:
        """An agent's latest session."""
        return sessions_of(self.town, host()).get(agent)

    def runs(self, agent: str = "mp/toast") -> bool:
        """Whether an agent runs."""
        return self._condition(agent) is Condition.WORKING

    def did(self, event: str = "recovery") -> list[str]:
        """What the log says was done."""
        found = [entry for entry in read(log_file(self.town), 1000) if entry.event == event]
        return [entry.fields.get("did", "") for entry in found]

    @property
    def memory(self) -> Memory:
        """What is remembered."""
        return self.recovery._now_known()


@pytest.fixture
def rounds(desk: Desk) -> Iterator[Rounds]:
    """Recovery in a town whose monitor does not run."""
    made = Rounds.begin(desk)
    yield made
    made.journal.close()


def begun(tree: Path) -> bool:
    """Whether the bead's commands have begun in a worktree."""
    return (tree / "begun.txt").exists()
