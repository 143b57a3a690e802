"""A conversation: what an agent's client and its model have said to each other.

The words stay in the client's own transcript on the machine; the record says whose conversation it
was, about what, how it ended, the note that was handed on, and what it used. It outlives the
client: a restarted client resumes it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from gastown.domain.lifecycle import Lifecycle, Move
from gastown.domain.record import Json, Record

if TYPE_CHECKING:
    from collections.abc import Mapping

_ID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,78}[A-Za-z0-9])?\Z")


class ConversationState(StrEnum):
    """Whether it goes on."""

    RUNNING = "running"
    ENDED = "ended"


CONVERSATION = Lifecycle(
    "conversation",
    ConversationState,
    [
        Move("end", ConversationState.RUNNING, ConversationState.ENDED),
        Move("resume", ConversationState.ENDED, ConversationState.RUNNING),
    ],
    initial=(ConversationState.RUNNING, ConversationState.ENDED),
)


@dataclass(frozen=True, kw_only=True)
class Conversation(Record):
    """One conversation.

    Attributes:
        id: the client's own id of it; one of ours where the client tells none.
        agent: the id of the hook it belongs to, e.g. `myproject/toast` or `mayor`.
        generation: of that hook.
        bead: what was on the hook when it began.
        runtime: the name of the agent command.
        how: how it ended: `handed off`, `exit 0`, `killed`, `stopped`, `/clear`, …
        note: what was handed on to the next conversation of this agent.
        usage: one row for each day (UTC) and model: `day`, `model`, `turns` and the numbers of
            tokens `input`, `output`, `cache_read`, `cache_write`, as counted when it ended;
            empty: not known.
    """

    KIND: ClassVar[str] = "conversation"
    LIFECYCLE: ClassVar[Lifecycle[Any] | None] = CONVERSATION

    state: ConversationState
    agent: str
    generation: int
    bead: str | None = None
    runtime: str
    how: str | None = None
    note: str | None = None
    usage: tuple[Mapping[str, Json], ...] = ()
    started_at: str
    updated_at: str


def is_conversation_id(text: str) -> bool:
    """Whether a client's id of a conversation can name a file and stand in a command."""
    return _ID.match(text) is not None
