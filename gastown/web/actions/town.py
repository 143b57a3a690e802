"""What can be done with the town as a whole: stood still, let go, scheduled, escalations."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from gastown.domain.escalation import EscalationState, Severity
from gastown.errors import Busy, UsageTrouble
from gastown.ops import escalating, freezing, monitor, standstill
from gastown.ops.scheduling import dispatches, holds, passing, steering
from gastown.render import escalations as escalation_words
from gastown.render import freezing as freezing_words
from gastown.render import monitor as monitor_words
from gastown.render import scheduler as scheduler_words
from gastown.store.locks import is_held
from gastown.web.doing import Action, Done, Field, done_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gastown.store.town import Town
    from gastown.web.doing import Doing


def _escalate(doing: Doing) -> Done:
    try:
        severity = Severity(doing.get("severity", Severity.MEDIUM))
    except ValueError:
        raise UsageTrouble("there is no such severity", hint=", ".join(Severity)) from None
    town = doing.town
    found = escalating.escalate(
        town, doing.need("title"), severity=severity, body=doing.raw("body"),
        bead=doing.get("bead") or None, actor=doing.actor,
    )  # fmt: skip
    if not is_held(town.layout.monitor_lock):
        with suppress(Busy):  # it is open, and told by the next that looks
            escalating.deliver(town, doing.host)
    return Done(escalation_words.raised(found), to=f"/needs/{found.escalation.id}")


def _acknowledge(doing: Doing) -> str:
    found = escalating.acknowledge(doing.town, doing.words("escalation"), actor=doing.actor)
    return escalation_words.moved(found)


def _resolve(doing: Doing) -> str:
    found = escalating.resolve(
        doing.town, doing.words("escalation"), resolution=doing.get("reason") or None,
        actor=doing.actor,
    )  # fmt: skip
    return escalation_words.moved(found)


def _estop(doing: Doing) -> str:
    found = freezing.estop(
        doing.town, doing.host, reason=doing.get("reason") or None, actor=doing.actor
    )
    return freezing_words.stopped(found)


def _thaw(doing: Doing) -> str:
    return freezing_words.thawed(freezing.thaw(doing.town, doing.host))


def _start_monitor(doing: Doing) -> str:
    return monitor_words.started(monitor.start(doing.town, doing.host))


def _stop_monitor(doing: Doing) -> str:
    return monitor_words.stopped(monitor.stop_monitor(doing.town))


def _up(doing: Doing) -> str:
    return monitor_words.up(standstill.bring_up(doing.town, doing.host, actor=doing.actor))


def _down(doing: Doing) -> str:
    return monitor_words.down(standstill.take_down(doing.town, doing.host, actor=doing.actor))


def _pause(doing: Doing) -> str:
    reason = doing.get("reason") or None
    return scheduler_words.turned(steering.pause(doing.town, reason=reason, actor=doing.actor))


def _resume(doing: Doing) -> str:
    found = steering.resume(doing.town, actor=doing.actor)
    passing.catch_up(doing.town, doing.host)
    return scheduler_words.turned(found)


def _run(doing: Doing) -> str:
    found = passing.dispatch(doing.town, doing.host, actor=doing.actor, hurry=True)
    return scheduler_words.passed(found)


def _clear(doing: Doing) -> str:
    why = f"{doing.actor} took it out of the queue"
    batch = dispatches.withdraw(doing.town, doing.words("bead"), why, actor=doing.actor)
    return scheduler_words.cleared(done_of(batch))


def _release(doing: Doing) -> str:
    holds.release(doing.town, doing.need("runtime"), actor=doing.actor)
    passing.catch_up(doing.town, doing.host)
    return scheduler_words.released(doing.need("runtime"))


def _open_escalations(town: Town) -> Iterable[tuple[str, str]]:
    return [(one.id, f"{one.id} {one.title}") for one in town.read().escalations()]


def _unacknowledged(town: Town) -> Iterable[tuple[str, str]]:
    return [(one.id, f"{one.id} {one.title}") for one in town.read().escalations()
            if one.state is EscalationState.OPEN]  # fmt: skip


def _held(town: Town) -> Iterable[str]:
    return [str(hold.get("runtime")) for hold in town.read().scheduler().holds]


def _queued(town: Town) -> Iterable[str]:
    return [one.id for one in town.read().dispatches()]


_REASON = Field("reason", "Why", hint="Everybody who looks is told.")

ACTIONS: tuple[Action, ...] = (
    Action(
        "town.escalate", "Escalate", "Say that something needs a person.", _escalate,
        (Field("title", "What is the matter", required=True),
         Field("severity", "How urgent", "choice", required=True, default="medium",
               choices=lambda _: list(Severity)),
         Field("bead", "About the bead"), Field("body", "What is known", "area")),
    ),
    Action(
        "escalation.acknowledge", "Acknowledge",
        "Take an escalation on: it does not rise any more.", _acknowledge,
        (Field("escalation", "Escalation", "choice", required=True, choices=_unacknowledged),),
    ),
    Action(
        "escalation.resolve", "Resolve", "Close an escalation.", _resolve,
        (Field("escalation", "Escalation", "choice", required=True, choices=_open_escalations),
         Field("reason", "What was done about it")),
    ),
    Action(
        "town.estop", "Emergency stop",
        "Every process of every agent stands still, where it is; nothing is slung, helped or"
        " merged until you let them go on.", _estop, (_REASON,),
        destroys="All agents stop in the middle of what they do, until you thaw the town. Their"
        " work stays; connections of theirs may time out.",
    ),
    Action("town.thaw", "Thaw", "Let the agents go on that the emergency stop holds.", _thaw),
    Action("monitor.start", "Start the monitor", "It keeps the town moving.", _start_monitor),
    Action(
        "monitor.stop", "Stop the monitor", "Agents go on; nobody merges, helps or schedules.",
        _stop_monitor,
        destroys="Until it is started again nothing is merged, helped or scheduled by itself.",
    ),
    Action("town.up", "Bring the town up",
           "Start the monitor, and the agents that were suspended by taking it down.", _up),
    Action(
        "town.down", "Take the town down",
        "Stop the monitor and all agents; nothing starts until the town is brought up.", _down,
        destroys="Every agent's session ends; its work is held in a snapshot first.",
    ),
    Action("scheduler.pause", "Pause the scheduler",
           "Nothing new is slung; agents at work go on.", _pause, (_REASON,)),
    Action("scheduler.resume", "Resume the scheduler", "Go on with what waits.", _resume),
    Action("scheduler.run", "Run the scheduler",
           "Sling what has a place now, also what has just failed.", _run),
    Action(
        "scheduler.clear", "Take out of the queue",
        "What waits for a place waits no more; it stays open.", _clear,
        (Field("bead", "Beads", required=True, choices=_queued),),
    ),
    Action(
        "scheduler.release", "Release a runtime",
        "Lift the hold on a runtime, whatever its provider says.", _release,
        (Field("runtime", "Runtime", "choice", required=True, choices=_held),),
    ),
)  # fmt: skip
