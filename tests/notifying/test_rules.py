"""Whom to tell what, when: every rule as a table over events and a clock, and what always holds."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gastown.domain.notifying.memory import Memory
from gastown.domain.notifying.occurrence import Kind, Occurrence, Urgency
from gastown.domain.notifying.rules import MONITOR_DWELL_S, Around, decide
from gastown.domain.notifying.settings import NotifySettings
from gastown.domain.notifying.words import Notice

NOON = 12 * 60
START = 1_000_000.0


def permission(agent: str = "mp/toast", said: str = "May I run it?", at: float = 0) -> Occurrence:
    return Occurrence(
        f"permission {agent} 1 {at:.3f}", Kind.PERMISSION, agent, said, Urgency.CRITICAL,
        agent=agent, session="1", since=START + at,
    )  # fmt: skip


def question(
    agent: str = "mp/toast", said: str = "Red or blue?", at: float = 0, session: str = "1"
) -> Occurrence:
    return Occurrence(
        f"question {agent} {session} {at:.3f}", Kind.QUESTION, agent, said, Urgency.NORMAL,
        agent=agent, session=session, since=START + at,
    )  # fmt: skip


def crash(agent: str = "mp/toast") -> Occurrence:
    return Occurrence(f"crash-loop {agent}", Kind.CRASH_LOOP, agent, "5 ends", Urgency.CRITICAL,
                      agent=agent, session="1", since=START)  # fmt: skip


def merge(name: str = "mr-1") -> Occurrence:
    return Occurrence(f"merge {name}", Kind.MERGE, name, "the gate is red", Urgency.NORMAL)


def landed(name: str = "cv-1") -> Occurrence:
    return Occurrence(f"landed {name} x", Kind.LANDED, name, "all closed", Urgency.LOW)


def monitor() -> Occurrence:
    return Occurrence("monitor /t", Kind.MONITOR, "the town", "no monitor runs", Urgency.NORMAL)


@dataclass
class Person:
    """Somebody at a desk, as a series of looks sees them."""

    rules: NotifySettings = field(default_factory=NotifySettings)
    minute: int = NOON
    seen: frozenset[str] = frozenset()
    in_front: bool = False
    muted: dict[str, float] = field(default_factory=dict)
    reached: bool = True
    memory: Memory = field(default_factory=lambda: Memory(START))
    told: list[tuple[float, Notice]] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    why: list[str] = field(default_factory=list)

    def look(self, at: float, *found: Occurrence) -> list[str]:
        """The titles of what is told at a moment, in seconds after the start."""
        now = START + at
        muted = {name: START + until for name, until in self.muted.items()}
        around = Around(now, self.minute, self.seen, self.in_front, muted)
        decision = decide(self.memory, found, around, self.rules, "gt")
        self.memory = decision.memory
        self.closed += [one.title for one in decision.close]
        self.why = [one.why for one in decision.waiting]
        for notice in decision.tell:
            self.memory = self.memory.with_told(notice, now, "needs")
            if self.reached:
                self.memory = self.memory.with_place(notice, "dbus", len(self.told) + 1, ":1")
                self.told.append((at, notice))
            else:
                self.memory = self.memory.with_failure(notice, now)
        return [notice.title for notice in decision.tell] if self.reached else []


ASKS, MAY = "mp/toast asks", "mp/toast asks for permission"
TABLE: list[tuple[str, Person, list[tuple[float, list[Occurrence], list[str]]]]] = [
    ("a question must stand for 5 s", Person(), [
        (0, [question()], []), (4.9, [question()], []), (5, [question()], [ASKS]),
        (6, [question()], []), (7200, [question()], []),
    ]),
    ("one that is answered before is not told", Person(), [
        (0, [question()], []), (4, [], []), (9, [], []),
    ]),
    ("one that stood before we looked is told at once", Person(), [(60, [question()], [ASKS])]),
    ("dwell_s is a setting", Person(NotifySettings(dwell_s=0)), [(0, [question()], [ASKS])]),
    ("permission is told at once", Person(), [(0, [permission()], [MAY])]),
    ("each request for permission is a new one", Person(), [
        (0, [permission()], [MAY]), (1, [permission()], []), (2, [], []),
        (3, [permission(at=3)], [MAY]),
    ]),
    ("also where nobody knows since when", Person(), [
        (0, [replace(permission(), key="permission mp/toast 1 x", since=None)], [MAY]), (2, [], []),
        (9, [replace(permission(), key="permission mp/toast 1 x", since=None)], [MAY]),
    ]),
    ("of one agent nothing else for 60 s", Person(), [
        (0, [crash()], ["mp/toast ends again and again"]), (10, [crash(), question()], []),
        (59, [crash(), question()], []), (60, [crash(), question()], [ASKS]),
    ]),
    ("of another agent at once", Person(), [
        (0, [crash()], ["mp/toast ends again and again"]),
        (20, [crash(), question("mp/nux")], ["mp/nux asks"]),
    ]),
    ("permission knows no cooldown", Person(), [
        (0, [crash()], ["mp/toast ends again and again"]), (1, [crash(), permission()], [MAY]),
    ]),
    ("the same words of a session not within an hour", Person(), [
        (5, [question()], [ASKS]), (100, [], []),
        (200, [question(said="RED or  blue?", at=190)], []),
        (3000, [], []), (3700, [question(at=3600)], [ASKS]),
    ]),
    ("other words are another question", Person(), [
        (5, [question(said="Port 8080?")], [ASKS]),
        (70, [question(said="Port 9090?", at=60)], [ASKS]),
    ]),
    ("another session may ask the same", Person(), [
        (5, [question()], [ASKS]), (70, [question(at=60, session="2")], [ASKS]),
    ]),
    ("two that wait are two notices", Person(), [
        (0, [permission(), permission("mp/nux")], ["mp/nux asks for permission", MAY]),
    ]),
    ("three at once are one", Person(), [
        (0, [permission(), permission("mp/nux"), permission("mp/slit")], ["3 agents need you"]),
    ]),
    ("three within 10 s become one", Person(), [
        (0, [permission()], [MAY]), (4, [permission(), permission("mp/nux")],
                                     ["mp/nux asks for permission"]),
        (9, [permission(), permission("mp/nux"), permission("mp/slit")], ["3 agents need you"]),
        (15, [permission(), permission("mp/nux"), permission("mp/slit"), permission("mp/ace")],
         ["4 agents need you"]),
    ]),
    ("three in half a minute are three", Person(), [
        (0, [permission()], [MAY]),
        (11, [permission(), permission("mp/nux")], ["mp/nux asks for permission"]),
        (22, [permission(), permission("mp/nux"), permission("mp/slit")],
         ["mp/slit asks for permission"]),
    ]),
    ("a group of all kinds", Person(), [
        (0, [merge(), landed(), crash()], ["3 things to look at in gt"]),
    ]),
    ("convoys together", Person(), [
        (0, [landed("a"), landed("b"), landed("c")], ["3 convoys have landed"]),
    ]),
    ("not while its terminal is looked at", Person(seen=frozenset(["mp/toast"])), [
        (9, [question(), question("mp/nux")], ["mp/nux asks"]),
    ]),
    ("not while the dashboard is in front", Person(in_front=True), [
        (9, [question(), merge(), crash("mp/nux")], []),
    ]),
    ("presence does not keep permission back",
     Person(in_front=True, seen=frozenset(["mp/toast"])), [(0, [permission()], [MAY])]),
    ("quiet hours hold all but permission", Person(NotifySettings(quiet="11:00-13:00")), [
        (9, [question("mp/nux"), crash("mp/ace"), merge(), landed(), permission()], [MAY]),
    ]),
    ("quiet hours across midnight", Person(NotifySettings(quiet="22:00-13:00")), [
        (9, [question()], []),
    ]),
    ("after quiet hours", Person(NotifySettings(quiet="13:00-14:00")), [(9, [question()], [ASKS])]),
    ("an agent that is muted", Person(muted={"mp/toast": 3600}), [
        (9, [question(), question("mp/nux")], ["mp/nux asks"]), (3599, [question()], []),
        (3601, [question()], [ASKS]),
    ]),
    ("everybody is muted", Person(muted={"*": 3600}), [
        (9, [crash(), merge(), landed()], []), (10, [crash(), permission("mp/nux")],
                                                ["mp/nux asks for permission"]),
    ]),
    ("kinds that are skipped", Person(NotifySettings(skip=("merge", "landed"))), [
        (0, [merge(), landed(), crash()], ["mp/toast ends again and again"]),
    ]),
    ("switched off", Person(NotifySettings(enabled=False)), [
        (9, [question("mp/nux"), crash("mp/ace"), permission()], [MAY]),
    ]),
    ("a monitor that is started again is not missed", Person(), [
        (0, [monitor()], []), (MONITOR_DWELL_S - 1, [monitor()], []),
        (MONITOR_DWELL_S, [monitor()], ["the town is not watched"]),
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("person", "looks"), [row[1:] for row in TABLE], ids=[r[0] for r in TABLE])
def test_the_rules(person: Person, looks: list[tuple[float, list[Occurrence], list[str]]]) -> None:
    """Look by look: what is told, and nothing else."""
    mine = replace(person, memory=Memory(START), told=[], closed=[])
    assert [mine.look(at, *found) for at, found, _ in looks] == [told for _, _, told in looks]


def test_without_a_sound() -> None:
    """What is held back by the person's own wish is told without a sound, and does not press."""
    for person in (Person(muted={"mp/toast": 99}), Person(NotifySettings(quiet="11:00-13:00"))):
        person.look(0, permission())
        [(_, notice)] = person.told
        assert (notice.quiet, notice.urgency) == (True, Urgency.LOW)
    loud = Person()
    loud.look(0, permission())
    assert (loud.told[0][1].quiet, loud.told[0][1].urgency) == (False, Urgency.CRITICAL)


def test_what_is_answered_leaves_the_screen() -> None:
    """A notice all of which is over is closed; of a group only with the last; news stays."""
    person = Person()
    person.look(0, permission(), landed())
    person.look(5, landed())
    assert person.closed == [MAY]
    person.look(6)
    assert person.closed == [MAY]
    group = Person()
    three = [permission(name) for name in ("mp/a", "mp/b", "mp/c")]
    group.look(0, *three)
    group.look(5, three[2])
    assert group.closed == []
    group.look(6)
    assert group.closed == ["3 agents need you"]


def test_a_group_stands_in_for_those_on_the_screen() -> None:
    """It replaces them; what was told long ago is left where it is."""
    person = Person()
    person.look(0, crash("mp/old"))
    person.look(20, crash("mp/old"), permission("mp/a", at=20))
    person.look(21, crash("mp/old"), permission("mp/a", at=20), permission("mp/b", at=21))
    person.look(22, crash("mp/old"), *(permission(f"mp/{n}", at=20 + i)
                                       for i, n in enumerate("abc")))  # fmt: skip
    group = person.told[-1][1]
    assert [one.title for one in group.replaces] == [
        "mp/a asks for permission", "mp/b asks for permission"]  # fmt: skip
    assert {one.who for one in group.occurrences} == {"mp/a", "mp/b", "mp/c"}
    assert [one.title for one in person.memory.shown] == [
        "mp/old ends again and again", "3 agents need you"]  # fmt: skip


def test_nobody_was_there() -> None:
    """What could not be shown is tried again after a minute, and told when somebody is there."""
    person = Person(reached=False)
    person.look(0, crash())
    assert person.memory.known[crash().key].told is None
    person.look(30, crash())
    assert person.why == ["nobody was there to be told"]
    person.reached = True
    assert person.look(61, crash()) == ["mp/toast ends again and again"]


def test_what_was_looked_at_is_known() -> None:
    """A convoy that lands in front of the person is not told when they turn away."""
    person = Person(in_front=True)
    person.look(0, landed())
    person.in_front = False
    assert person.look(60, landed()) == []


def test_why_it_waits_and_until_when() -> None:
    """What is not told yet says what it waits for."""
    person = Person(NotifySettings(quiet="11:00-13:00"))
    around = Around(START, NOON)
    decision = decide(person.memory, [question()], around, person.rules, "gt")
    assert [(one.why, one.until - START) for one in decision.waiting] == [("quiet hours", 3600)]
    assert decision.again_at == START + 3600
    assert decide(person.memory, [], around, person.rules, "gt").again_at is None


def test_words() -> None:
    """The title says who, the body quotes in at most 140 characters; controls are left out."""
    long = "x" * 200
    [one] = [Notice("1", "gt", (question(said=f"a\x1b[31m\n{long}"),))]
    assert one.body.startswith("“a [31m xxx")
    assert (len(one.body), one.body[-2:]) == (142, "…”")
    group = Notice("1", "gt", tuple(question(f"mp/{n}") for n in range(7)))
    assert group.title == "7 agents need you"
    assert group.body.splitlines()[-1] == "and 2 more"
    assert (group.agent, one.agent) == (None, "mp/toast")


WHO = st.sampled_from(["mp/a", "mp/b", "mp/c", "mp/d"])
THINGS = st.one_of(
    st.builds(permission, WHO, at=st.integers(0, 3)), st.builds(question, WHO),
    st.builds(crash, WHO), st.builds(merge, st.sampled_from("xyz")),
    st.builds(landed, st.sampled_from("uvw")),
)  # fmt: skip
LOOKS = st.lists(
    st.tuples(st.integers(0, 400), st.lists(THINGS, max_size=6, unique_by=lambda one: one.key)),
    max_size=25,
)


@given(LOOKS, st.booleans(), st.booleans(), st.sampled_from(["", "11:00-13:00"]))
def test_what_always_holds(
    looks: list[tuple[int, list[Occurrence]]], in_front: bool, muted: bool, quiet: str
) -> None:
    """Permission is told in the look that sees it; nothing goes on being told; no bursts."""
    person = Person(NotifySettings(quiet=quiet), in_front=in_front,
                    muted={"*": 1e9} if muted else {})  # fmt: skip
    at = 0.0
    waiting: set[str] = set()
    for pause, found in looks:
        at += pause
        before = len(person.told)
        person.look(at, *found)
        fresh = [one for _, notice in person.told[before:] for one in notice.occurrences]
        asked = {one.key for one in found if one.is_approval}
        assert asked - waiting <= {one.key for one in fresh}
        waiting = asked
        known = person.memory.known
        assert all(known[one.key].told is not None for one in fresh)
        if muted or quiet:
            assert all(one.is_approval for one in fresh)
        assert len(person.told) - before <= 2  # three or more are one
        again = len(person.told)
        person.look(at, *found)
        assert len(person.told) == again
    shown = [key for one in person.memory.shown for key in one.keys]
    assert len(set(shown)) <= len(person.memory.known)


@given(st.integers(0, 1439), st.integers(0, 1439), st.integers(0, 1439))
def test_quiet_hours(begin: int, end: int, minute: int) -> None:
    """From the first minute to the last, also across midnight; the same hour twice: never."""
    text = f"{begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}"
    inside = begin <= minute < end if begin <= end else (minute >= begin or minute < end)
    left = NotifySettings(quiet=text).quiet_for_s(minute)
    assert (left is not None) == inside
    if left is not None:
        assert left == ((end - minute) % 1440) * 60
