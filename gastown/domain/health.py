"""What can be said of an agent's health, and by what evidence.

Health is not stored: it is judged anew from what is there. A verdict always names its evidence;
what nobody could look at is `unknown`, never fine and never zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Condition(StrEnum):
    """How an agent is.

    STARTING: its client is on its way to a prompt. WORKING, WAITING (for somebody, see `Wait`),
    IDLE: as they say. STALLED: it works, or should, and gives no sign of life. PROPULSION: there is
    work on its hook, its session runs, and nothing happens. DEAD: its session has ended with work
    on its hook. CRASH_LOOP: again and again. DONE: its work is handed in, and its session goes on.
    UNKNOWN: nobody can tell.
    """

    STARTING = "starting"
    WORKING = "working"
    WAITING = "waiting"
    IDLE = "idle"
    STALLED = "stalled"
    PROPULSION = "propulsion violation"
    DEAD = "dead"
    CRASH_LOOP = "crash loop"
    DONE = "done, not gone"
    UNKNOWN = "unknown"


class Wait(StrEnum):
    """What a waiting agent waits for."""

    PERMISSION = "permission"
    ANSWER = "an answer"
    DIALOG = "a dialog"
    LIMIT = "a rate limit"


TROUBLE = (
    Condition.STALLED, Condition.PROPULSION, Condition.DEAD, Condition.CRASH_LOOP, Condition.DONE,
)  # fmt: skip
"""The conditions that recovery acts on."""


@dataclass(frozen=True)
class Health:
    """A verdict on one agent.

    Attributes:
        detail: in words: the question it asks, the dialog, how it ended.
        evidence: what told so, the strongest first.
        wait: what it waits for; there if and only if it is waiting.
        until: until when a rate limit holds, in seconds since 1970, if anybody knows.
        since: since when it has been so, in seconds since 1970; None: nobody knows.
        advice: what the person can do about it.
        needs_restart: calling it does not help: only a new session does.
    """

    condition: Condition
    detail: str | None = None
    evidence: tuple[str, ...] = ()
    wait: Wait | None = None
    until: float | None = None
    since: float | None = None
    advice: str | None = None
    needs_restart: bool = False

    @property
    def needs_person(self) -> bool:
        """Whether only a person can help."""
        return self.condition is Condition.CRASH_LOOP or (
            self.condition is Condition.WAITING and self.wait is not Wait.LIMIT
        )

    @property
    def words(self) -> str:
        """For a table: the condition, and what it waits for."""
        return f"waiting for {self.wait}" if self.wait is not None else self.condition.value
