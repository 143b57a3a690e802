"""What can be done with merge requests and queues: approved, rejected, tried again, paused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.domain.merge import MERGE, MergeState
from gastown.domain.queue import QueueState
from gastown.ops.refining import deciding, pausing
from gastown.render import deciding as words
from gastown.render.queue import turned
from gastown.views.queue import queue_of
from gastown.web.doing import Action, Field, done_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gastown.store.town import Town
    from gastown.web.doing import Doing


def _approve(doing: Doing) -> str:
    found = deciding.approve(
        doing.town, doing.need("merge"), actor=doing.actor, note=doing.get("note") or None,
        commit=doing.get("commit") or None,
    )  # fmt: skip
    return words.approved(found)


def _reject(doing: Doing) -> str:
    found = deciding.reject(
        doing.town, doing.host, doing.need("merge"), reason=doing.need("reason"),
        actor=doing.actor,
    )  # fmt: skip
    return words.rejected(found)


def _withdraw(doing: Doing) -> str:
    reason = doing.get("reason") or None
    return words.withdrawn(
        deciding.withdraw(doing.town, doing.need("merge"), reason=reason, actor=doing.actor)
    )


def _retry(doing: Doing) -> str:
    return words.retried([deciding.retry(doing.town, doing.need("merge"), actor=doing.actor)])


def _pause(doing: Doing) -> str:
    reason = doing.get("reason") or None
    found = pausing.pause(doing.town, doing.get("rig") or None, reason=reason, actor=doing.actor)
    done_of(found)
    return turned(found)


def _resume(doing: Doing) -> str:
    found = pausing.resume(doing.town, doing.get("rig") or None, actor=doing.actor)
    done_of(found)
    return turned(found)


def _that_can(*triggers: str) -> Callable[[Town], Iterable[tuple[str, str]]]:
    """The requests that one of these moves leads on from."""
    states = {state for state in MergeState if {*triggers} & {*MERGE.possible(state)}}

    def offered(town: Town) -> Iterable[tuple[str, str]]:
        found = town.read().merges(states=[state.value for state in states])
        return [(one.id, f"{one.id} {one.subject} ({one.state})") for one in reversed(found)]

    return offered


def _rigs(wanted: QueueState) -> Callable[[Town], Iterable[str]]:
    def offered(town: Town) -> Iterable[str]:
        reader = town.read()
        return [rig.id for rig in reader.rigs() if queue_of(reader, rig.id).state is wanted]

    return offered


def _request(*triggers: str) -> Field:
    return Field("merge", "Request", "choice", required=True, choices=_that_can(*triggers))


ACTIONS: tuple[Action, ...] = (
    Action("merge.approve", "Approve",
           "Say that a request's commit may be merged; with another commit it is void.", _approve,
           (_request("take", "retry"), Field("note", "Comment on its bead"),
            Field("commit", "Only this commit", hint="the one you have looked at"))),
    Action("merge.reject", "Reject", "Say no: its agent gets the reason and its work back.",
           _reject, (_request("reject"), Field("reason", "Why", "area", required=True)),
           destroys="It leaves the queue. Its branch stays, and it can be tried again."),
    Action("merge.retry", "Try again", "Queue a request again that came back.", _retry,
           (_request("retry"),)),
    Action("merge.withdraw", "Withdraw", "Take a request off the queue.", _withdraw,
           (_request("withdraw"), Field("reason", "Why")),
           destroys="It leaves the queue for good; its branch and its work stay."),
    Action("queue.pause", "Pause a queue", "Nothing is tested or merged until it goes on.",
           _pause,
           (Field("rig", "Rig", "choice", choices=_rigs(QueueState.OPEN), hint="none: all"),
            Field("reason", "Why", hint="Everybody who looks is told."))),
    Action("queue.resume", "Go on", "Go on with a queue that is paused.", _resume,
           (Field("rig", "Rig", "choice", choices=_rigs(QueueState.PAUSED), hint="none: all"),)),
)  # fmt: skip
