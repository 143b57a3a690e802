"""Pausing a rig's merge queue: nothing is tested or merged until it is resumed.

What is being tested just now is finished. Requests are still taken, and merges that a person makes
are still seen.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gastown.domain.queue import QUEUE, Queue, QueueState
from gastown.errors import NotFound, Refused
from gastown.ids import MAYOR
from gastown.ops.actors import is_person
from gastown.ops.batch import each
from gastown.views.queue import queue_of

if TYPE_CHECKING:
    from gastown.ops.batch import Batch
    from gastown.store.town import Town


def pause(town: Town, rig: str | None, *, reason: str | None, actor: str) -> Batch[Queue]:
    """Stop testing and merging in a rig, or in all that are not paused.

    Raises:
        NotFound: there is no such rig, or nothing to pause.
        Refused: it is an agent that asks.
    """
    return _turn(town, rig, "pause", reason=reason, paused_by=actor, actor=actor)


def resume(town: Town, rig: str | None, *, actor: str) -> Batch[Queue]:
    """Go on with a rig's queue, or with all that are paused.

    Raises:
        NotFound: there is no such rig, or nothing to resume.
        Refused: it is an agent that asks.
    """
    return _turn(town, rig, "resume", reason=None, paused_by=None, actor=actor)


def _turn(
    town: Town, rig: str | None, trigger: str, *, reason: str | None, paused_by: str | None,
    actor: str,
) -> Batch[Queue]:  # fmt: skip
    reader = town.read()
    if actor != MAYOR and not is_person(reader, actor):
        raise Refused(
            f"{actor} may not {trigger} a queue: that is a person's, or the mayor's",
            hint="tell them: gt mail send mayor -s 'the queue' -m WHY",
        )
    wanted = QueueState.OPEN if trigger == "pause" else QueueState.PAUSED
    names = [reader.rig(rig).id] if rig is not None else [
        one.id for one in reader.rigs() if queue_of(reader, one.id).state is wanted
    ]  # fmt: skip
    if not names:
        raise NotFound(f"there is no queue to {trigger}", hint="gt mq list")

    def one(name: str) -> Queue:
        why = f": {reason}" if reason else ""
        with town.transaction(f"{trigger} the queue of {name}{why}", actor=actor) as tx:
            queue = queue_of(tx.read, name)
            state = QUEUE.after(queue.state, trigger, None)
            queue = replace(
                queue, state=state, reason=reason, paused_by=paused_by, updated_at=town.now()
            )
            tx.put(queue)
        return queue

    return each(tuple(names), one)
