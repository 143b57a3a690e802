"""What is wrong in the town, the gravest first: who is stuck, what came back, what nobody works on.

What needs the person (`views/needs`) is among it, and so is what recovery is about to help: here a
person looks for what is stuck, there for what waits for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gastown.domain.health import TROUBLE, Condition
from gastown.views.needs import Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from gastown.views.agents import AgentView
    from gastown.views.needs import Need
    from gastown.views.status import Status
    from gastown.views.stranded import Stranded


class Grade(StrEnum):
    """What sort of problem it is, the gravest first."""

    TOWN = "town"
    CRASH_LOOP = "crash loop"
    WAITING = "waiting"
    ESCALATION = "escalation"
    DEAD = "dead"
    PROPULSION = "propulsion violation"
    STALLED = "stalled"
    MERGE = "came back"
    REVIEW = "review"
    STRANDED = "stranded convoy"
    DISPATCH = "dispatch"
    UNKNOWN = "unknown"
    DONE = "done, not gone"
    PAUSED = "paused"
    RECORD = "record"


_OF_NEED = {
    Kind.TOWN: Grade.TOWN, Kind.ESCALATION: Grade.ESCALATION, Kind.REVIEW: Grade.REVIEW,
    Kind.MERGE: Grade.MERGE, Kind.DISPATCH: Grade.DISPATCH, Kind.PAUSED: Grade.PAUSED,
    Kind.RECORD: Grade.RECORD,
}  # fmt: skip
_OF_CONDITION = {
    Condition.CRASH_LOOP: Grade.CRASH_LOOP, Condition.WAITING: Grade.WAITING,
    Condition.DEAD: Grade.DEAD, Condition.PROPULSION: Grade.PROPULSION,
    Condition.STALLED: Grade.STALLED, Condition.DONE: Grade.DONE, Condition.UNKNOWN: Grade.UNKNOWN,
}  # fmt: skip
_ADVICE = {
    Condition.CRASH_LOOP: ("gt peek {0}", "gt session restart {0}"),
    Condition.DEAD: ("gt peek {0}", "gt session restart {0}"),
    Condition.STALLED: ('gt nudge {0} "…"', "gt peek {0}", "gt session restart {0}"),
    Condition.PROPULSION: ("gt nudge {0}", "gt peek {0}"),
    Condition.DONE: ("gt session stop {0}",),
    Condition.UNKNOWN: ("gt peek {0}", "gt hooks list"),
}
_SHOWN = 4


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        title: what it is, in a few words; `words`: the question, the reason.
        evidence: what told so; `advice`: what the person can do, as it is typed.
        since: in seconds since 1970, or as records have it; None: nobody knows.
        agent: whom to nudge, or whose screen to look at.
        about: the bead, request, convoy or escalation, where it is about one.
    """

    grade: Grade
    subject: str
    title: str
    words: str
    evidence: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()
    since: float | str | None = None
    agent: str | None = None
    about: str | None = None

    @property
    def key(self) -> str:
        """Tells it from all others."""
        return f"{self.grade} {self.subject}"


def problems(found: Status, stranded: Iterable[Stranded] = ()) -> tuple[Problem, ...]:
    """Everything that is wrong; of a convoy that a sling made, its one agent tells."""
    mine = [
        *(_of_need(need) for need in found.needs if need.kind in _OF_NEED),
        *(problem for agent in found.agents for problem in _of_agent(agent)),
    ]
    by_itself = {view.convoy.id for view in found.convoys if view.convoy.automatic}
    mine += _of_convoys((one for one in stranded if one.convoy not in by_itself), mine)
    grades = list(Grade)
    return tuple(sorted(mine, key=lambda one: (grades.index(one.grade), one.subject)))


def _of_need(need: Need) -> Problem:
    grade = _OF_NEED[need.kind]
    title = f"{need.severity} {grade}" if need.severity is not None else grade.value
    return Problem(
        grade, need.subject, title, need.said, advice=tuple(need.command.split(", then ")),
        since=need.since, about=need.subject,
    )  # fmt: skip


def _of_agent(agent: AgentView) -> Iterator[Problem]:
    health = agent.health
    if health is None or not (health.condition in TROUBLE or health.needs_person):
        nobody_knows = health is not None and health.condition is Condition.UNKNOWN
        if not nobody_knows or agent.runtime is None:
            return
    assert health is not None
    words = health.detail or agent.reason or ""
    usual = _ADVICE.get(health.condition, ("gt session attach {0}",))
    advice = (health.advice, *(one.format(agent.id) for one in usual))
    yield Problem(
        _OF_CONDITION[health.condition], agent.id, health.words,
        words.removeprefix(f"{health.words}: "), health.evidence,
        tuple(dict.fromkeys(one for one in advice if one)), since=health.since or agent.since,
        agent=agent.id, about=agent.bead,
    )  # fmt: skip


def _of_convoys(found: Iterable[Stranded], told: Collection[Problem]) -> Iterator[Problem]:
    """Convoys that do not get on by themselves, for reasons that nothing else has told yet."""
    subjects = {problem.subject for problem in told} | {problem.about for problem in told}
    for convoy in found:
        troubles = [
            one for one in convoy.troubles
            if one.bead not in subjects and one.why.partition(" ")[0].rstrip(":") not in subjects
        ]  # fmt: skip
        if not troubles or convoy.convoy in subjects:
            continue
        yield Problem(
            Grade.STRANDED, convoy.convoy, Grade.STRANDED.value,
            f"{convoy.title}: {convoy.completed} of {convoy.total} closed",
            evidence=tuple(f"{one.bead}: {one.why}" if one.bead else one.why
                           for one in troubles[:_SHOWN]),
            advice=tuple(dict.fromkeys(
                command for one in troubles[:_SHOWN] for command in one.command.split(", or ")
            )),
            about=convoy.convoy,
        )  # fmt: skip
