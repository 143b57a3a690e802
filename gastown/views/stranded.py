"""Convoys that do not get on by themselves: which, why, and the command that helps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.bead import Bead, BeadState
from gastown.domain.convoy import Convoy, ConvoyState
from gastown.domain.dispatch import Dispatch, DispatchState
from gastown.domain.health import Condition, Health
from gastown.domain.hook import Hook, HookState
from gastown.domain.merge import MergeState
from gastown.domain.queue import QueueState
from gastown.domain.scheduler import SchedulerState
from gastown.ids import TOWN_RIG
from gastown.views.obstacles import Obstacle, obstacles
from gastown.views.queue import queue_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from gastown.domain.merge import Merge
    from gastown.store.reader import Reader

_CAME_BACK = (MergeState.FAILED, MergeState.CONFLICTED, MergeState.REJECTED)


@dataclass(frozen=True)
class Trouble:
    """One thing that keeps a convoy. `bead`: None: it is about the convoy as such."""

    bead: str | None
    why: str
    command: str


@dataclass(frozen=True)
class Stranded:
    """A convoy that does not get on by itself."""

    convoy: str
    title: str
    completed: int
    total: int
    troubles: tuple[Trouble, ...]


@dataclass(frozen=True)
class _Look:
    reader: Reader
    healths: Mapping[str, Health]
    dispatches: Mapping[str, Dispatch]
    helped: bool
    paused: bool


def stranded(
    reader: Reader, healths: Mapping[str, Health], now: datetime, *, helped: bool
) -> list[Stranded]:
    """Open convoys that do not get on by themselves, newest first.

    Args:
        helped: a monitor starts agents again that died.
    """
    look = _Look(
        reader, healths, {one.id: one for one in reader.dispatches()}, helped,
        reader.scheduler().state is SchedulerState.PAUSED,
    )  # fmt: skip
    found = []
    for convoy in reader.convoys(ConvoyState.OPEN):
        beads = reader.beads(identifiers=convoy.beads)
        troubles = tuple(_troubles(look, convoy, beads, now))
        closed = sum(bead.state is BeadState.CLOSED for bead in beads)
        if troubles:
            found.append(Stranded(convoy.id, convoy.title, closed, len(convoy.beads), troubles))
    return found


def _troubles(
    look: _Look, convoy: Convoy, beads: list[Bead], now: datetime
) -> Iterator[Trouble]:  # fmt: skip
    if not convoy.beads:
        give_up = f"gt convoy add {convoy.id} ISSUE…, or gt convoy close {convoy.id}"
        yield Trouble(None, "there is nothing in it", give_up)
        return
    if convoy.paused is not None:
        how = f"gt convoy launch {convoy.id} lets it go on all the same"
        yield Trouble(None, f"it is paused: {convoy.paused}", how)
    live = {bead.id: bead for bead in beads if bead.is_live}
    if not live:
        yield Trouble(None, "all of its beads are closed", f"gt convoy refresh {convoy.id}")
        return
    held = {one.bead: one for one in obstacles(look.reader, convoy, now)}
    for bead in live.values():
        trouble = _of(look, convoy, bead, held.get(bead.id))
        if trouble is not None:
            yield trouble
    for identifier, one in held.items():
        if identifier not in live:
            yield Trouble(identifier, one.why, f"gt convoy close {convoy.id}")


def _of(look: _Look, convoy: Convoy, bead: Bead, held: Obstacle | None) -> Trouble | None:
    agent = bead.assignee or ""
    hook = look.reader.hook(agent) if "/" in agent else None
    if hook is not None and hook.is_live and hook.bead == bead.id:
        return _on_hook(look, bead, hook)
    if bead.state in (BeadState.HOOKED, BeadState.IN_PROGRESS):
        return _of_merges(look, bead, None)
    if held is not None:
        return _held(look, convoy, bead, held)
    waiting = look.dispatches.get(bead.id)
    if waiting is not None and waiting.state is DispatchState.FAILED:
        return Trouble(bead.id, f"it could not be slung: {waiting.reason}",
                       f"gt sling {bead.id} {waiting.rig}")  # fmt: skip
    if waiting is not None and waiting.state is DispatchState.QUEUED:
        return Trouble(bead.id, "the scheduler is paused", "gt scheduler resume") if (
            look.paused) else None  # fmt: skip
    rig = bead.rig if bead.rig != TOWN_RIG else convoy.launch_rig or "RIG"
    if waiting is None and convoy.launched:
        return None  # it is queued with the next pass
    why = "nobody has it"
    if waiting is not None and convoy.launched:
        why = f"it was taken back{f': {waiting.reason}' if waiting.reason else ''}"
    return Trouble(bead.id, why, f"gt sling {bead.id} {rig}, or gt convoy launch {convoy.id}")


def _on_hook(look: _Look, bead: Bead, hook: Hook) -> Trouble | None:
    health = look.healths.get(hook.id)
    if hook.state is HookState.SUSPENDED:
        said = f": {hook.reason}" if hook.reason else ""
        return Trouble(bead.id, f"{hook.id} is suspended{said}", f"gt hooks resume {hook.id}")
    if hook.state is HookState.COMPLETED:
        return _of_merges(look, bead, hook)
    if health is None:
        return None
    said = f"{hook.id}: {health.words}{f', {health.detail}' if health.detail else ''}"
    if health.needs_person:
        return Trouble(bead.id, said, health.advice or f"gt peek {hook.id}")
    if health.condition is Condition.DEAD and not look.helped:
        return Trouble(bead.id, said, f"gt session start {hook.id}, or gt up")
    return None


def _of_merges(look: _Look, bead: Bead, hook: Hook | None) -> Trouble | None:
    """What keeps work that was handed in."""
    rig = hook.rig if hook is not None else bead.rig
    merges = look.reader.merges_of(bead.id, rig)
    merge = merges[-1] if merges else None
    if merge is None:
        return None
    if merge.state in _CAME_BACK and not _is_solved(look, merge):
        to = hook.id if hook is not None else rig
        return Trouble(bead.id, f"{merge.id} {merge.state}, and nobody reworks it",
                       f"gt mq show {merge.id}; gt sling {bead.id} {to}")  # fmt: skip
    paused = queue_of(look.reader, rig).state is QueueState.PAUSED
    if merge.state is MergeState.QUEUED and paused:
        return Trouble(bead.id, f"the merge queue of {rig} is paused", f"gt mq resume {rig}")
    return None


def _is_solved(look: _Look, merge: Merge) -> bool:
    """Whether somebody is at work on the conflict, or will be."""
    name = merge.conflict_bead
    [*found] = look.reader.beads(identifiers=[name]) if name is not None else []
    if not found or not found[0].is_live:
        return False
    waiting = look.dispatches.get(found[0].id)
    queued = waiting is not None and waiting.state is DispatchState.QUEUED
    return queued or found[0].state in (BeadState.HOOKED, BeadState.IN_PROGRESS)


def _held(look: _Look, convoy: Convoy, bead: Bead, held: Obstacle) -> Trouble | None:
    if not held.passes:
        return Trouble(bead.id, held.why, f"bd show {bead.id}")
    blockers = look.reader.beads(identifiers=look.reader.open_blockers(bead))
    idle = [one for one in blockers
            if one.id not in convoy.beads and one.state is BeadState.OPEN
            and not _waits(look, one)]  # fmt: skip
    if blockers and len(idle) == len(blockers):
        names = ", ".join(one.id for one in idle)
        return Trouble(bead.id, f"it waits for {names}, which is not on the convoy and is nobody's",
                       f"gt convoy add {convoy.id} {' '.join(one.id for one in idle)}")  # fmt: skip
    return None


def _waits(look: _Look, bead: Bead) -> bool:
    waiting = look.dispatches.get(bead.id)
    return waiting is not None and waiting.state is DispatchState.QUEUED
