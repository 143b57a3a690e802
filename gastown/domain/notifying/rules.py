"""Whom to tell what, when: a pure function of what is so, what was told, and the clock.

- Told is what needs the person, what failed, and what they wait for (a convoy that lands).
- A question must stand for a while; a request for permission is told at once.
- After something was told of an agent, other things of it wait for a while.
- The same words of the same session are not told twice within an hour; a request for permission
  that is made anew is a new one.
- Three things within ten seconds become one notice, which stands in for those on the screen.
- What the person looks at just now is not told: an agent in whose terminal they type, anything
  while the dashboard or the feed is in front of them.
- In quiet hours, and of muted agents, nothing is told before that is over.
- A request for permission is never held back: muted or in quiet hours it is shown without a sound.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from gastown.domain.notifying.memory import FAILED_AGAIN_S, Known, Memory
from gastown.domain.notifying.occurrence import Kind, Occurrence
from gastown.domain.notifying.words import Notice

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gastown.domain.notifying.memory import Shown
    from gastown.domain.notifying.settings import NotifySettings

EVERYBODY = "*"
MONITOR_DWELL_S = 30.0
"""A monitor that is being started again is not missed at once."""
_LOOK_AGAIN_S = 10.0


@dataclass(frozen=True)
class Around:
    """What is true of the person and their desk.

    Attributes:
        now: in seconds since 1970; `minute`: minutes since midnight by the person's clock.
        seen: agents in whose terminal somebody types.
        in_front: whether the dashboard or the feed is in front of the person.
        muted: until when, in seconds since 1970, nothing is told of an agent, or of `*`.
    """

    now: float
    minute: int
    seen: frozenset[str] = frozenset()
    in_front: bool = False
    muted: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Waiting:
    """Something that is not told yet. `until`: when it is looked at again; `why`: what for."""

    occurrence: Occurrence
    until: float
    why: str


@dataclass(frozen=True)
class Decision:
    """What is to be done.

    Attributes:
        memory: what is remembered from now on, before anything is told.
        tell: notices to show; `close`: those to take off the screen, for all in them is over.
        again_at: when to look again though nothing happens, in seconds since 1970.
    """

    memory: Memory
    tell: tuple[Notice, ...] = ()
    close: tuple[Shown, ...] = ()
    waiting: tuple[Waiting, ...] = ()

    @property
    def again_at(self) -> float | None:
        """When to look again though nothing happens, in seconds since 1970; None: never."""
        return min((one.until for one in self.waiting), default=None)


def decide(
    memory: Memory, found: Iterable[Occurrence], around: Around, rules: NotifySettings, town: str
) -> Decision:  # fmt: skip
    """What is told now."""
    live = {one.key: one for one in found if one.kind not in rules.skip}
    memory = _refreshed(memory, live, around.now, rules)
    known = dict(memory.known)
    seen = dict(memory.known)  # as if what is due now were told already
    due: list[tuple[Occurrence, bool]] = []
    waiting: list[Waiting] = []
    for one in sorted(live.values(), key=_gravity):
        if seen[one.key].told is not None:
            continue
        before = _told_before(one, seen.values(), around.now, rules)
        if before is None and one.is_over and around.in_front:
            before = around.now
        if before is not None:  # they know
            known[one.key] = seen[one.key] = replace(seen[one.key], told=before)
            continue
        held = _held(one, seen[one.key], seen.values(), around, rules)
        if held is not None:
            waiting.append(Waiting(one, *held))
            continue
        seen[one.key] = replace(seen[one.key], told=around.now)
        due.append((one, _is_quiet(one, around, rules)))
    memory = replace(memory, known=known)
    memory, close = _closed(memory, live)
    return Decision(memory, _notices(memory, due, live, around, rules, town), close,
                    tuple(waiting))  # fmt: skip


def _gravity(one: Occurrence) -> tuple[int, str]:
    return list(Kind).index(one.kind), one.key


def _refreshed(
    memory: Memory, live: Mapping[str, Occurrence], now: float, rules: NotifySettings
) -> Memory:
    """With what is new and what is over, without what nobody needs to remember."""
    known: dict[str, Known] = {}
    for key, old in memory.known.items():
        if key in live:
            if old.over is None or not live[key].is_approval:
                known[key] = replace(old, over=None)
            continue
        ended = replace(old, over=old.over if old.over is not None else now)
        if ended.told is not None and now - max(ended.told, ended.over or 0.0) < rules.repeat_s:
            known[key] = ended
    for key, one in live.items():
        if key not in known:
            first = min(now, one.since) if one.since is not None else now
            known[key] = Known(key, one.kind, one.agent, one.session, one.words, first)
    shown = tuple(one for one in memory.shown if any(key in known for key in one.keys))
    return replace(memory, known=known, shown=shown)


def _told_before(
    one: Occurrence, known: Iterable[Known], now: float, rules: NotifySettings
) -> float | None:
    """When an agent's very words were told a short while ago; permission is asked for anew."""
    if one.is_approval or one.agent is None:
        return None
    same = (one.kind, one.agent, one.session, one.words)
    return max((
        old.told for old in known
        if old.told is not None and now - old.told < rules.repeat_s and old.key != one.key
        and (old.kind, old.agent, old.session, old.words) == same
    ), default=None)  # fmt: skip


def _held(
    one: Occurrence, known: Known, others: Iterable[Known], around: Around, rules: NotifySettings
) -> tuple[float, str] | None:
    """Until when it is not told, and why; None: it is told now."""
    now = around.now
    if known.failed is not None and now - known.failed < FAILED_AGAIN_S:
        return known.failed + FAILED_AGAIN_S, "nobody was there to be told"
    if one.is_approval:
        return None
    if not rules.enabled:
        return now + rules.repeat_s, "notices are switched off"
    quiet = rules.quiet_for_s(around.minute)
    if quiet is not None:
        return now + quiet, "quiet hours"
    muted = _muted_until(one, around)
    if muted is not None:
        return muted, "muted"
    if one.agent in around.seen or around.in_front:
        return now + _LOOK_AGAIN_S, "you look at it"
    dwell = {Kind.QUESTION: float(rules.dwell_s), Kind.MONITOR: MONITOR_DWELL_S}.get(one.kind, 0.0)
    if now < known.first + dwell:
        return known.first + dwell, "it may be over in a moment"
    last = max((old.told for old in others
                if old.told is not None and one.agent is not None and old.agent == one.agent),
               default=None)  # fmt: skip
    if last is not None and now < last + rules.cooldown_s:
        return last + rules.cooldown_s, f"something was told of {one.agent} just now"
    return None


def _muted_until(one: Occurrence, around: Around) -> float | None:
    until = max(around.muted.get(EVERYBODY, 0.0), around.muted.get(one.agent or "", 0.0))
    return until if until > around.now else None


def _is_quiet(one: Occurrence, around: Around, rules: NotifySettings) -> bool:
    """Whether it is told without a sound; only requests for permission come so far then."""
    quiet = rules.quiet_for_s(around.minute) is not None or not rules.enabled
    return quiet or _muted_until(one, around) is not None


def _closed(memory: Memory, live: Mapping[str, Occurrence]) -> tuple[Memory, tuple[Shown, ...]]:
    """Notices all of which is over come off the screen; what has happened stays to be read."""
    over = tuple(
        one for one in memory.shown
        if not one.gone and not any(_stays(memory, live, key) for key in one.keys)
    )  # fmt: skip
    gone = {one.id for one in over}
    shown = tuple(replace(one, gone=True) if one.id in gone else one for one in memory.shown)
    return replace(memory, shown=shown), over


def _stays(memory: Memory, live: Mapping[str, Occurrence], key: str) -> bool:
    known = memory.known.get(key)
    return key in live or (known is not None and known.kind is Kind.LANDED)


def _notices(
    memory: Memory, due: list[tuple[Occurrence, bool]], live: Mapping[str, Occurrence],
    around: Around, rules: NotifySettings, town: str,
) -> tuple[Notice, ...]:  # fmt: skip
    """One notice for each thing, or one for all of them and for what was shown just before."""
    recent = tuple(
        one for one in memory.shown
        if not one.gone and around.now - one.at < rules.group_s
        and any(key in live for key in one.keys)
    )  # fmt: skip
    before = [live[key] for one in recent for key in one.keys if key in live]
    together = {one.key: one for one in (*before, *(one for one, _ in due))}
    if due and len(together) >= rules.group:
        members = tuple(sorted(together.values(), key=_gravity))
        quiet = all(quiet for _, quiet in due)
        return (Notice(_id(members, around.now), town, members, quiet, recent),)
    return tuple(Notice(_id((one,), around.now), town, (one,), quiet) for one, quiet in due)


def _id(members: tuple[Occurrence, ...], now: float) -> str:
    text = "\0".join([*(one.key for one in members), f"{now:.3f}"])
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:12]
