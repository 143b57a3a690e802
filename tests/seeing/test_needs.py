"""What needs a person is named once, the gravest first, with what to type."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gastown.domain.dispatch import Dispatch, DispatchState
from gastown.domain.escalation import Escalation, EscalationState, Severity
from gastown.domain.health import Condition, Wait
from gastown.domain.hook import HookState
from gastown.domain.merge import MergeState
from gastown.domain.queue import Queue, QueueState
from gastown.domain.scheduler import Scheduler, SchedulerState
from gastown.render.needs import needs as text
from gastown.render.screen import PLAIN, Screen
from gastown.render.text import width
from gastown.store.town import Town
from gastown.views.needs import Kind, Need, Surroundings, needs
from tests.seeing.conftest import LATER, an_agent
from tests.support.towns import (
    NOW,
    SETTINGS,
    a_bead,
    a_convoy,
    a_hook,
    a_merge,
    a_rig,
    make_town,
    put,
)

WATCHED = Surroundings(watched=True, down=False, frozen=False)


def an_escalation(identifier: str = "es-1", **changes: Any) -> Escalation:
    """An open one."""
    values: dict[str, Any] = {
        "id": identifier, "severity": Severity.HIGH, "title": "Look here", "source": "monitor",
        "key": identifier, "last_at": NOW, "created_at": NOW, "updated_at": NOW,
    }  # fmt: skip
    return Escalation(**(values | changes))


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """A small town with a rig."""
    made = make_town(tmp_path / "town")
    put(made, a_rig())
    return made


def asked(town: Town, agents: tuple[Any, ...] = (), around: Surroundings = WATCHED) -> list[Need]:
    """What needs the person."""
    return list(needs(town.read(), town.settings(), agents, around))


def test_a_quiet_town_needs_nobody(town: Town) -> None:
    """A town without agents does not ask for a monitor either."""
    assert asked(town, around=Surroundings(watched=False, down=False, frozen=False)) == []
    assert text([], LATER, PLAIN) == ""
    fine = (an_agent(), an_agent("mp/nux", condition=Condition.WAITING, wait=Wait.LIMIT))
    assert asked(town, fine) == []


@pytest.mark.parametrize(
    ("around", "agents", "command"),
    [
        (Surroundings(watched=False, down=False, frozen=False), 1, "gt daemon start"),
        (Surroundings(watched=False, down=True, frozen=False), 1, "gt up"),
        (Surroundings(watched=True, down=False, frozen=True), 1, "gt thaw"),
        (Surroundings(watched=True, down=False, frozen=False, recovers=False), 1,
         "gt config set recovery.enabled true"),
    ],
)  # fmt: skip
def test_the_town_itself(town: Town, around: Surroundings, agents: int, command: str) -> None:
    """No monitor, down, frozen, no recovery: each with what ends it, before all else."""
    hurt = an_agent(condition=Condition.DEAD)
    found = asked(town, (hurt,) * agents, around)
    assert [need.command for need in found] == [command]
    assert found[0].kind is Kind.TOWN


@pytest.mark.parametrize(
    ("changes", "kind", "said", "command"),
    [
        ({"wait": Wait.PERMISSION, "detail": "May I push?"}, Kind.ASKING, "may it: May I push?",
         "gt session attach mp/toast"),
        ({"wait": Wait.ANSWER, "detail": "Red or blue?"}, Kind.ASKING, "asks: Red or blue?",
         "gt session attach mp/toast"),
        ({"wait": Wait.DIALOG, "detail": "trust dialog"}, Kind.ASKING,
         "is at a dialog: trust dialog", "gt session attach mp/toast"),
        ({"wait": Wait.ANSWER}, Kind.ASKING, "asks: it does not say what",
         "gt session attach mp/toast"),
        ({"wait": Wait.ANSWER, "runner": "process"}, Kind.ASKING, "asks: it does not say what",
         "gt peek mp/toast; it has no terminal: gt nudge mp/toast TEXT"),
        ({"condition": Condition.CRASH_LOOP, "reason": "crash loop: 5 ends"}, Kind.CRASH_LOOP,
         "crash loop: 5 ends", "gt peek mp/toast, then gt hooks resume mp/toast"),
    ],
)  # fmt: skip
def test_agents_with_their_question(
    town: Town, changes: dict[str, Any], kind: Kind, said: str, command: str
) -> None:
    """The question is the agent's own; the command answers it."""
    [need] = asked(town, (an_agent(**({"condition": Condition.WAITING} | changes)),))
    assert (need.kind, need.said, need.command) == (kind, said, command)


def test_the_mayor_is_attached_to_by_name(town: Town) -> None:
    """Its command is another one."""
    mayor = an_agent("mayor", condition=Condition.WAITING, wait=Wait.ANSWER, detail="And now?")
    assert asked(town, (mayor,))[0].command == "gt mayor attach"


def test_escalations_that_nobody_has_taken_on(town: Town) -> None:
    """The gravest first; what a crash loop tells already is told once."""
    put(town, an_escalation("es-1", severity=Severity.LOW),
        an_escalation("es-2", severity=Severity.CRITICAL, count=3),
        an_escalation("es-3", title="Crash loop of mp/toast", agent="mp/toast"))  # fmt: skip
    put(town, replace(an_escalation("es-4"), state=EscalationState.OPEN))
    put(town, replace(an_escalation("es-4"), state=EscalationState.ACKNOWLEDGED))
    found = asked(town, (an_agent(condition=Condition.CRASH_LOOP),))
    assert [need.subject for need in found] == ["mp/toast", "es-2", "es-1"]
    shown = text(found, LATER, Screen(80))
    assert "! es-2  critical: Look here (3 times)  5m" in shown
    assert max(map(width, shown.splitlines())) <= 80


def test_what_came_back_and_nobody_works_on(town: Town) -> None:
    """A failed request counts until its bead is worked on again, by whomever, or closed."""
    beads = {name: a_bead(f"mp-{name}") for name in ("lost", "mine", "other", "closed")}
    put(town, *beads.values())
    for name in beads:
        put(town, a_merge(f"mr-mp-{name}-1", bead=f"mp-{name}", hook=f"mp/{name}"))
        put(town, a_merge(f"mr-mp-{name}-1", bead=f"mp-{name}", hook=f"mp/{name}",
                          state=MergeState.FAILED, reason="gate test is red"))  # fmt: skip
    put(town, a_hook("mp/mine"))
    put(town, a_hook("mp/mine", state=HookState.ACTIVE, bead="mp-mine"),
        beads["mine"].with_(status="hooked", assignee="mp/mine"))  # fmt: skip
    put(town, beads["other"].with_(status="in_progress", assignee="mp/somebody"))
    put(town, beads["closed"].with_(status="closed"))
    [need] = asked(town)
    assert (need.kind, need.subject) == (Kind.MERGE, "mr-mp-lost-1")
    assert need.said == "mp-lost failed: gate test is red"
    assert need.command == "gt mq log mr-mp-lost-1, then gt sling mp-lost mp/lost"


def test_what_is_paused_and_what_could_not_be_slung(town: Town) -> None:
    """Scheduler, runtimes that nobody frees, queues, convoys; and reviews where they are wanted."""
    settings = SETTINGS + b"\n[rigs.mp.merge]\nreview = true\n"
    (town.layout.hq / "town.toml").write_bytes(settings)
    put(town, Queue(id="mp"), a_convoy("cv-1", paused="over its budget", beads=("mp-abc",)),
        a_bead(), a_merge(),
        Scheduler(id="scheduler", state=SchedulerState.PAUSED, reason="lunch",
                  holds=({"runtime": "claude", "until": None, "why": "no licence"},
                         {"runtime": "codex", "until": "2026-01-05T12:00:00Z"})),
        Dispatch(id="mp-abc", rig="mp", by="human", created_at=NOW, updated_at=NOW))  # fmt: skip
    queue, [dispatch] = town.read().find("queue", "mp"), town.read().dispatches()
    put(town, replace(queue, state=QueueState.PAUSED, reason="the disk"),
        replace(dispatch, state=DispatchState.FAILED, reason="no place"))  # fmt: skip
    found = asked(town)
    assert [(need.kind.value, need.command) for need in found] == [
        ("review", "gt mq diff mr-1, then gt mq approve mr-1"),
        ("dispatch", "gt sling mp-abc mp"),
        ("paused", "gt scheduler resume"),
        ("paused", "gt scheduler release claude"),
        ("paused", "gt mq resume mp"),
        ("paused", "gt convoy launch cv-1"),
    ]


def test_many_of_a_kind_are_counted() -> None:
    """Thirty agents that ask do not push the rest off the screen."""
    many = [Need(Kind.ASKING, f"mp/a{i}", "asks: what?", "gt peek", None) for i in range(30)]
    rest = [Need(Kind.PAUSED, "mp", "the queue is paused", "gt mq resume mp")]
    shown = text([*many, *rest], LATER, PLAIN)
    assert "… and 22 more (asking): --json names all" in shown
    assert "the queue is paused" in shown


def test_what_cannot_be_read_does_not_hide_the_rest(tmp_path: Path) -> None:
    """A broken record of the scheduler, of a queue or of a hook is named, and the town is shown."""
    paths = ("scheduler/scheduler.json", "queues/mp.json", "hooks/mp/toast.json")
    broken = dict.fromkeys(paths, b"{ this is no record")
    town = make_town(tmp_path / "town", broken)
    put(town, a_rig(), a_bead(), a_merge("mr-mp-abc-1"))
    put(town, a_merge("mr-mp-abc-1", state=MergeState.FAILED))
    found = asked(town)
    assert sorted(need.subject for need in found if need.kind is Kind.RECORD) == sorted(broken)
    assert found[0].kind is Kind.MERGE
