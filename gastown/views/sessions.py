"""Sessions that run on this machine, and the conversations that agents have had."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.conversation import ConversationState
from gastown.runtime.readiness import NO_SIGN
from gastown.runtime.sessions import State
from gastown.runtime.tmux import TmuxError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from gastown.domain.conversation import Conversation
    from gastown.domain.hook import Hook
    from gastown.runtime.readiness import Readiness
    from gastown.runtime.sessions import Sessions
    from gastown.store.reader import Reader


@dataclass(frozen=True)
class SessionView:
    """A session that runs.

    Attributes:
        runner: `tmux`, or `process` where there is no terminal to attach to.
        attached: how many terminals look at it.
        state: how far its client is, in words.
        bead: what is on its hook.
        conversation: the one its client is in, as far as it is known.
        since: when it was started.
    """

    agent: str
    runtime: str
    runner: str
    attached: int
    state: str
    bead: str | None
    conversation: str | None
    since: str
    advice: str | None = None


@dataclass(frozen=True)
class Former:
    """A conversation of an agent.

    Attributes:
        running: it goes on just now.
        how: how it ended.
        note: what was handed on.
        tokens: what it used in all, as counted when it ended; None: it was not counted.
        transcript: the client's file of it, if it is still there.
    """

    id: str
    agent: str
    generation: int
    bead: str | None
    title: str | None
    runtime: str
    running: bool
    how: str | None
    note: str | None
    tokens: int | None
    transcript: str | None
    began: str
    ended: str | None


@dataclass(frozen=True)
class SessionList:
    """What runs; `former`: what has ended, where that was asked for."""

    running: tuple[SessionView, ...]
    former: tuple[Former, ...] | None = None


def in_words(seen: Readiness) -> str:
    """How far a client is; one without signs is said to run, and no more."""
    return "running" if seen.evidence == NO_SIGN else seen.words


def attached_to(sessions: Sessions) -> Mapping[str, tuple[str, ...]]:
    """The terminals that look at sessions, by the names of those in tmux."""
    if sessions.tmux is None:
        return {}
    try:
        return sessions.tmux.clients()
    except TmuxError:
        return {}


def running_sessions(
    sessions: Sessions, hooks: Mapping[str, Hook], readiness: Mapping[str, Readiness],
    conversations: Mapping[str, str],
) -> tuple[SessionView, ...]:  # fmt: skip
    """The sessions that run, those of no live hook as well.

    Args:
        hooks, readiness, conversations: by the ids of the agents.
    """
    attached = attached_to(sessions)
    found = []
    for session in sessions.all().sessions:
        if sessions.look(session).state is not State.RUNNING:
            continue
        hook, standing = hooks.get(session.id), readiness.get(session.id)
        found.append(
            SessionView(
                agent=session.id, runtime=session.runtime, runner=session.runner.value,
                attached=len(attached.get(session.tmux_session or "", ())),
                state=in_words(standing) if standing else "running",
                bead=hook.bead if hook else None, conversation=conversations.get(session.id),
                since=session.started_at, advice=standing.advice if standing else None,
            )
        )  # fmt: skip
    return tuple(found)


def formers(
    reader: Reader, found: Iterable[Conversation], transcripts: Mapping[str, Path | None]
) -> tuple[Former, ...]:
    """Conversations with what is known of them besides.

    Args:
        transcripts: by the conversations' ids.
    """
    found = list(found)
    wanted = sorted({one.bead for one in found if one.bead})
    titles = {bead.id: bead.title for bead in reader.beads(identifiers=wanted)} if wanted else {}
    return tuple(_former(one, titles, transcripts.get(one.id)) for one in found)


def _former(one: Conversation, titles: Mapping[str, str], transcript: Path | None) -> Former:
    running = one.state is ConversationState.RUNNING
    return Former(
        id=one.id, agent=one.agent, generation=one.generation, bead=one.bead,
        title=titles.get(one.bead or ""), runtime=one.runtime, running=running, how=one.how,
        note=one.note, tokens=_tokens(one), transcript=str(transcript) if transcript else None,
        began=one.started_at, ended=None if running else one.updated_at,
    )  # fmt: skip


def _tokens(one: Conversation) -> int | None:
    if not one.usage:
        return None
    kinds = ("input", "output", "cache_read", "cache_write")
    numbers = (row.get(kind) for row in one.usage for kind in kinds)
    return sum(number for number in numbers if isinstance(number, int))
