"""Draining the spool: what git hooks have reported becomes a look at what is there.

Events are hints. All that wait are read first, what they name is looked at once each, and only then
they are removed: whoever is killed in between looks once more, and a burst of thousands costs one
look for each hook. Without a monitor every writing command drains before it begins.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gastown.errors import Busy, DiskTrouble, GtError
from gastown.ops.observe import Seen, look_at_hook, look_at_rig
from gastown.ops.refining.integration import look_at_integrations
from gastown.ops.refining.pushed import LOCAL, look_at_pushed
from gastown.store import locks
from gastown.store.adoption import adopt_now
from gastown.store.spool import BadEvent, Spool

if TYPE_CHECKING:
    from collections.abc import Callable

    from gastown.store.spool import Event
    from gastown.store.town import Town

HQ = "hq"
_BATCH = 5000


@dataclass(frozen=True)
class Subjects:
    """What a batch of events names.

    Attributes:
        clones: rigs of which a person's own clone outside the town has moved.
    """

    hooks: tuple[str, ...] = ()
    rigs: tuple[str, ...] = ()
    clones: tuple[str, ...] = ()
    ledger: bool = False


@dataclass(frozen=True)
class Drained:
    """What a drain did.

    Attributes:
        events: how many were taken.
        bad: names of those that were put aside, with the reasons.
        troubles: what could not be done now, by its subject; reconciling finds it again.
    """

    events: int = 0
    bad: tuple[tuple[str, str], ...] = ()
    subjects: Subjects = field(default_factory=Subjects)
    seen: Seen = field(default_factory=Seen)
    troubles: tuple[tuple[str, GtError], ...] = ()


def drain(town: Town) -> Drained:
    """Take what waits in the spool, a batch at most; nothing if somebody else is at it.

    Raises:
        DiskTrouble: nothing can be written; the events stay.
    """
    spool = Spool(town.layout.spool)
    if spool.is_empty():
        return Drained()
    try:
        with locks.hold(town.layout.locks / "spool", wait_s=0, what="the spool"):
            return _drain(town, spool)
    except Busy:
        return Drained()


def _drain(town: Town, spool: Spool) -> Drained:
    names = spool.waiting()[:_BATCH]
    events = []
    bad = []
    for name in names:
        try:
            event = spool.read(name)
        except BadEvent as wrong:
            spool.reject(name, str(wrong))
            bad.append((name, str(wrong)))
            continue
        if event is not None:
            events.append(event)
    subjects = subjects_of(town, events)
    seen, troubles = look(town, subjects)
    for event in events:
        spool.done(event.name)
    return Drained(len(events), tuple(bad), subjects, seen, troubles)


def look(town: Town, subjects: Subjects) -> tuple[Seen, tuple[tuple[str, GtError], ...]]:
    """Look at everything that is named; one trouble does not keep the rest from being looked at.

    Raises:
        DiskTrouble: nothing can be written.
    """
    seen = Seen()
    troubles: list[tuple[str, GtError]] = []
    looks: list[tuple[str, Callable[[str], Seen]]] = []
    looks += [(HQ, lambda _: _adopt(town))] if subjects.ledger else []
    looks += [(hook, lambda hook: look_at_hook(town, hook)) for hook in subjects.hooks]
    looks += [(rig, lambda rig: _look_at_rig(town, rig)) for rig in subjects.rigs]
    for subject, look_at in looks:
        try:
            seen += look_at(subject)
        except GtError as trouble:
            if isinstance(trouble, DiskTrouble):
                raise
            troubles.append((subject, trouble))
    return seen, tuple(troubles)


def subjects_of(town: Town, events: list[Event]) -> Subjects:
    """What these events are about: each hook and rig once, in the order of their first event."""
    reader = town.read()
    known = {rig.id: rig.target for rig in reader.rigs()}
    others = {(one.rig, f"refs/heads/{one.branch}") for one in reader.integrations()}
    hooks: dict[str, None] = {}
    rigs: dict[str, None] = {}
    clones: dict[str, None] = {}
    ledger = False
    for event in events:
        if event.hook == HQ:
            ledger = True
        elif event.hook is not None:
            hooks[event.hook] = None
            rig = event.hook.partition("/")[0]
            asks = any(ref.startswith(LOCAL) or (rig, ref) in others for ref in event.refs)
            if known.get(rig) in event.refs or asks or event.kind in ("post-merge", "post-rewrite"):
                rigs[rig] = None
        elif event.rig in known:
            inside = event.gitdir.startswith(f"{town.layout.root}/")
            (rigs if inside else clones)[event.rig] = None
    present = (hook for hook in hooks if hook.partition("/")[0] in known)
    return Subjects(tuple(present), tuple(rigs), tuple(clones), ledger)


def _look_at_rig(town: Town, rig: str) -> Seen:
    return look_at_rig(town, rig) + look_at_integrations(town, rig) + look_at_pushed(town, rig)


def _adopt(town: Town) -> Seen:
    adopted = adopt_now(town)
    return Seen((adopted,)) if adopted else Seen()
