"""The tray's menu: a pure function of how the town is. Each entry names one deed of `deeds`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gastown.domain.merge import MergeState
from gastown.domain.notifying.words import shortened
from gastown.render.text import age
from gastown.views.needs import Kind
from gastown_tray.face import asking, headline, troubles, working

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gastown.views.agents import AgentView
    from gastown.views.needs import Need
    from gastown.views.status import Status
    from gastown_tray.face import Seen

MOST_NEEDS = 8
_LISTED = 15
_WIDE = 64
_PAGES = {
    Kind.ESCALATION: "needs/{}", Kind.REVIEW: "queue/{}", Kind.MERGE: "queue/{}",
    Kind.DISPATCH: "beads/{}",
}  # fmt: skip


@dataclass(frozen=True)
class Item:
    """One entry.

    Attributes:
        deed: what is done when it is chosen, with its arguments; empty: it only says something.
        items: the menu it opens.
        ticked: whether it is ticked; None: it cannot be.
    """

    label: str
    deed: tuple[str, ...] = ()
    items: tuple[Item, ...] = ()
    ticked: bool | None = None

    @property
    def is_enabled(self) -> bool:
        """Whether it can be chosen."""
        return bool(self.deed or self.items)


LINE = Item("")
"""A line between entries."""


@dataclass(frozen=True)
class Facts:
    """What the menu says besides the town itself.

    Attributes:
        muted: until when, in seconds since 1970; `*`: everything is.
        spent: what the day has used, in words; None: not known yet.
        towns: names by folders; `town`: the folder of the one that is shown.
        at_login: whether the tray starts at login; None: it cannot be set here.
    """

    muted: Mapping[str, float]
    spent: str | None
    towns: Mapping[str, str]
    town: str
    at_login: bool | None


def menu_of(seen: Seen, facts: Facts, now: float) -> tuple[Item, ...]:
    """The menu of a town."""
    found = seen.status
    return (
        *_head(seen),
        *(_of_town(found, facts, now) if found is not None else ()),
        *_mute(facts, now),
        Item("Open dashboard", ("page", "")),
        *(_power(found) if found is not None else ()),
        *_towns(facts),
        LINE,
        *([Item("Start at login", ("login",), ticked=facts.at_login)]
          if facts.at_login is not None else []),
        Item("Preferences…", ("page", "settings")),
        Item("Quit (the town goes on)", ("quit",)),
    )  # fmt: skip


def _head(seen: Seen) -> Iterator[Item]:
    said = headline(seen.status) if seen.status is not None else "looking …"
    yield Item(f"{shortened(seen.name, 30)}: {said}", ("page", ""))
    if seen.trouble is not None:
        yield Item(shortened(seen.trouble, _WIDE))
    yield LINE


def _of_town(found: Status, facts: Facts, now: float) -> Iterator[Item]:
    needed = [*troubles(found), *asking(found)]
    agents = {agent.id: agent for agent in found.agents}
    if needed:
        yield Item(f"Needs you ({len(needed)})")
        yield from (_need(one, agents) for one in needed[:MOST_NEEDS])
        if len(needed) > MOST_NEEDS:
            yield Item(f"and {len(needed) - MOST_NEEDS} more", ("page", "needs"))
        yield LINE
    busy = [agents[name] for name in working(found)]
    rows = [_agent(agent, now) for agent in busy]
    yield _submenu(f"Working ({len(rows)})", rows, "agents")
    convoys = [
        Item(f"{shortened(one.convoy.title, 40)}  {one.completed}/{one.total}",
             ("page", f"convoys/{one.convoy.id}")) for one in found.convoys
    ]  # fmt: skip
    yield _submenu(f"Convoys ({len(convoys)})", convoys, "convoys")
    yield _queue(found)
    if facts.spent is not None:
        yield Item(f"Today: {facts.spent}", ("page", "costs"))
    yield LINE
    paused = found.scheduler.paused
    waiting = f" ({found.scheduler.queued} wait)" if paused and found.scheduler.queued else ""
    yield (Item(f"Resume dispatch{waiting}", ("resume",)) if paused else
           Item("Pause dispatch", ("pause",)))  # fmt: skip


def _need(need: Need, agents: Mapping[str, AgentView]) -> Item:
    agent = agents.get(need.subject)
    who = agent.id if agent is not None else need.subject
    label = f"{who}: {shortened(need.said, _WIDE)}" if need.kind is not Kind.TOWN else (
        shortened(need.said, _WIDE))  # fmt: skip
    if agent is not None and need.kind in (Kind.ASKING, Kind.CRASH_LOOP):
        return Item(label, ("attach", agent.id) if _has_terminal(agent) else
                    ("page", f"agents/{agent.id}"))  # fmt: skip
    return Item(label, ("page", _PAGES.get(need.kind, "needs").format(need.subject)))


def _agent(agent: AgentView, now: float) -> Item:
    said = datetime.fromtimestamp(now, UTC)
    bead = f"  {agent.bead} {shortened(agent.title or '', 36)}" if agent.bead else ""
    how = f" · {agent.health.words}" if agent.health is not None else ""
    label = f"{agent.id}{bead} · {age(agent.since, said)}{how}"
    deed = ("attach", agent.id) if _has_terminal(agent) else ("page", f"agents/{agent.id}")
    return Item(label, deed)


def _has_terminal(agent: AgentView) -> bool:
    return agent.runner == "tmux"


def _queue(found: Status) -> Item:
    rows = []
    total = 0
    for rig in found.rigs:
        number = sum(rig.queue.values())
        total += number
        if not number and rig.paused is None:
            continue
        testing = rig.queue.get(MergeState.TESTING.value, 0)
        words = [f"{number} in line", f"{testing} tested" if testing else "",
                 "paused" if rig.paused is not None else ""]  # fmt: skip
        rows.append(Item(f"{rig.name}: {', '.join(filter(None, words))}", ("page", "queue")))
    return _submenu(f"Merge queue ({total})", rows, "queue")


def _mute(facts: Facts, now: float) -> Iterator[Item]:
    until = facts.muted.get("*", 0.0)
    agents = [name for name, end in facts.muted.items() if name != "*" and end > now]
    is_muted = until > now
    then = datetime.fromtimestamp(until, UTC).astimezone().strftime("%H:%M") if is_muted else ""
    yield Item(f"Muted until {then}" if is_muted else "Mute", items=(
        Item("For 1 hour", ("mute", "*", "hour")),
        Item("Until tomorrow", ("mute", "*", "tomorrow")),
        *([Item("Not any more", ("mute", "*", "off"))] if is_muted else []),
        *(Item(f"{name}: not any more", ("mute", name, "off")) for name in agents),
    ))  # fmt: skip


def _power(found: Status) -> Iterator[Item]:
    if found.watch.down:
        yield Item("Bring the town up", ("up",))
        return
    if not found.watch.monitor:
        yield Item("Start the monitor", ("up",))
    yield Item("Take the town down", items=(
        Item("Stop the monitor and all agents; their work is kept", ("down",)),
    ))  # fmt: skip


def _towns(facts: Facts) -> Iterable[Item]:
    if len(facts.towns) > 1:
        yield Item("Town", items=tuple(
            Item(f"{name}  {folder}", ("town", folder), ticked=folder == facts.town)
            for folder, name in facts.towns.items()
        ))  # fmt: skip


def _submenu(label: str, rows: list[Item], page: str) -> Item:
    """A menu of rows; without rows a line that says so."""
    if not rows:
        return Item(label, ("page", page))
    more = [Item(f"all {len(rows)} …", ("page", page))] if len(rows) > _LISTED else []
    return Item(label, items=(*rows[:_LISTED], *more))
