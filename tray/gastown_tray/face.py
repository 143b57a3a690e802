"""What the icon says of a town: a pure function of how the town is, and of how fresh that is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gastown.domain.health import Wait
from gastown.views.needs import Kind

if TYPE_CHECKING:
    from gastown.views.needs import Need
    from gastown.views.status import Status

STALE_S = 30.0
"""What was found longer ago is not how the town is."""
MOST = 99
_TROUBLE = (Kind.CRASH_LOOP, Kind.MERGE, Kind.RECORD)
_NEEDS = (Kind.ASKING, Kind.ESCALATION, Kind.REVIEW, Kind.DISPATCH)


class Mood(StrEnum):
    """How the town is, in one shape.

    UNKNOWN: nobody knows, or it is down. NEEDS: somebody waits for the person. TROUBLE: something
    failed, and the person is the only one who can help.
    """

    UNKNOWN = "unknown"
    IDLE = "idle"
    WORKING = "working"
    NEEDS = "needs you"
    TROUBLE = "trouble"


@dataclass(frozen=True)
class Face:
    """What the icon shows. `count`: of what waits, or of who works; `tip`: in words."""

    mood: Mood
    count: int
    tip: str


@dataclass(frozen=True)
class Seen:
    """What was seen of a town.

    Attributes:
        status: None: nothing yet.
        at: when that was, in seconds since 1970.
        trouble: why it cannot be looked at now.
    """

    name: str
    status: Status | None = None
    at: float = 0.0
    trouble: str | None = None


def face_of(seen: Seen, now: float) -> Face:
    """What the icon shows of a town."""
    found = seen.status
    if seen.trouble is not None:
        return Face(Mood.UNKNOWN, 0, f"{seen.name}: {seen.trouble}")
    if found is None:
        return Face(Mood.UNKNOWN, 0, f"{seen.name}: looking …")
    if now - seen.at > STALE_S:
        return Face(Mood.UNKNOWN, 0, f"{seen.name}: nothing new for {int(now - seen.at)} s")
    if found.watch.down:
        return Face(Mood.UNKNOWN, 0, f"{seen.name} is down")
    hurt, asked, busy = len(troubles(found)), len(asking(found)), len(working(found))
    tip = f"{seen.name}: {headline(found)}"
    if hurt:
        return Face(Mood.TROUBLE, min(hurt + asked, MOST), tip)
    if asked:
        return Face(Mood.NEEDS, min(asked, MOST), tip)
    if busy and not found.watch.frozen:
        return Face(Mood.WORKING, min(busy, MOST), tip)
    return Face(Mood.IDLE, 0, tip)


def headline(found: Status) -> str:
    """The town in a line."""
    needed, busy, convoys = len(troubles(found)) + len(asking(found)), len(working(found)), len(
        found.convoys)  # fmt: skip
    words = [f"{needed} need{'s' if needed == 1 else ''} you"] if needed else []
    words += ["frozen"] if found.watch.frozen else []
    words += [f"{busy} working"] if busy else []
    words += [f"{convoys} convoy{'' if convoys == 1 else 's'}"] if convoys else []
    return ", ".join(words) or "all is quiet"


def troubles(found: Status) -> list[Need]:
    """What failed: a town nobody watches is one of it, and a provider's or a budget's limit."""
    alone = not (found.watch.down or found.watch.frozen)
    return [
        need for need in found.needs
        if need.kind in _TROUBLE or _is_limit(need) or (need.kind is Kind.TOWN and alone)
    ]  # fmt: skip


def asking(found: Status) -> list[Need]:
    """What waits for the person, requests for permission first."""
    halted = {agent.id for agent in found.agents
              if agent.health is not None and agent.health.wait is Wait.PERMISSION}  # fmt: skip
    waiting = [need for need in found.needs if need.kind in _NEEDS]
    return sorted(waiting, key=lambda need: need.subject not in halted)


def working(found: Status) -> list[str]:
    """The agents that are at work: those with work at hand that do not wait for the person."""
    return [
        agent.id for agent in found.agents
        if agent.state == "active" and agent.runtime is not None
        and not (agent.health is not None and agent.health.needs_person)
    ]  # fmt: skip


def _is_limit(need: Need) -> bool:
    """Whether the town itself holds something back; what a person has paused is no trouble."""
    return need.kind is Kind.PAUSED and ("budget" in need.said or "nothing is started" in need.said)
