"""Calling agents: a short durable text in their mailbox, and the doorbell in their terminal.

The text is committed first, so that it is told whatever becomes of the doorbell; what is typed is
a fixed line. Ringing holds a lock for each agent, taken before the town's, so that the monitor and
a person do not ring at once.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.mail import MailKind
from gastown.errors import Busy, Refused, Unreadable, UsageTrouble
from gastown.ids import HUMAN
from gastown.ops.addresses import ALL, readers_of
from gastown.ops.mailing import checked_body, post_copies
from gastown.ops.runtimes import described
from gastown.ops.sessions import sessions_of
from gastown.runtime.agent_folder import agent_folder
from gastown.runtime.doorbell import Call, Heard, Rung, clock, ring
from gastown.runtime.sessions import State
from gastown.store import locks
from gastown.store.files import write_atomically
from gastown.store.layout import mail_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from gastown.domain.hook import Hook
    from gastown.ops.host import Host
    from gastown.runtime.records import Session
    from gastown.runtime.sessions import Sessions
    from gastown.store.town import Town

LONGEST = 4000
_SUBJECT = 100
_AT_ONCE = 8
_WAIT_S = 10.0
BEING_RUNG = "somebody else rings just now"


@dataclass(frozen=True)
class Nudged:
    """What became of a call to one agent.

    Attributes:
        message: the id of the text that was queued; None: there was none.
        heard: what came of the doorbell; `why`: more of it.
    """

    agent: str
    message: str | None
    heard: Heard
    why: str | None = None


@dataclass(frozen=True)
class Calls:
    """What became of each call."""

    agents: tuple[Nudged, ...]


def nudge(
    town: Town, host: Host, addresses: Sequence[str], text: str | None, *, actor: str
) -> Calls:
    """Queue a text for agents and ring; without a text only ring: look at your hook.

    Raises:
        UsageTrouble: no address, or the text is empty.
        NotFound: nobody is called so.
        Refused: an agent is gone, the text is too long, or the person is meant.
    """
    readers = readers_of(town.read(), addresses, sender=actor)
    if HUMAN in readers:
        raise Refused(
            "the person has no doorbell", hint="gt mail send human -s SUBJECT, or talk to them"
        )
    return _call(town, host, readers, text, actor=actor)


def broadcast(town: Town, host: Host, text: str, *, rig: str | None, actor: str) -> Calls:
    """Queue a text for every agent whose session runs, and ring; of one rig or of all.

    Raises:
        NotFound: there is no such rig.
        Refused: the text is too long, or no agent runs.
        UsageTrouble: the text is empty.
    """
    reader = town.read()
    where = reader.rig(rig).id if rig is not None else None
    sessions = sessions_of(town, host)
    running = [
        hook.id for hook in reader.hooks(rig=where)
        if hook.id != actor and running_session(sessions, hook) is not None
    ]  # fmt: skip
    if not running:
        raise Refused(
            f"no agent is running{f' in {rig}' if rig else ''}",
            hint=f'gt nudge {f"@{rig}" if rig else ALL} "…" leaves it in their mailboxes',
        )
    return _call(town, host, running, text, actor=actor)


def _call(town: Town, host: Host, agents: Sequence[str], text: str | None, *, actor: str) -> Calls:
    body = None if text is None else _checked(text)
    with ExitStack() as held:
        mine = set()
        for agent in sorted(agents):  # in one order, so that two of us never wait for each other
            with suppress(Busy):
                held.enter_context(bell_lock(town, agent, wait_s=_WAIT_S))
                mine.add(agent)
        queued = _queue(town, agents, body, actor) if body is not None else {}
        call = Call.HOOK if body is None else None
        reader, sessions = town.read(), sessions_of(town, host)
        bells = [
            _bell(town, host, sessions, reader.hook(agent), call) if agent in mine
            else lambda: Rung(Heard.WORKING, BEING_RUNG)
            for agent in agents
        ]  # fmt: skip
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            rung = list(pool.map(lambda bell: bell(), bells))
    return Calls(tuple(
        Nudged(agent, queued.get(agent), one.heard, one.why)
        for agent, one in zip(agents, rung, strict=True)
    ))  # fmt: skip


def _checked(text: str) -> str:
    body = checked_body(text)
    if not body.strip():
        raise UsageTrouble("the text is empty", hint="leave it out to only ring")
    if len(body) > LONGEST:
        raise Refused(
            f"the text has {len(body):,} characters, the limit is {LONGEST:,}",
            hint="gt mail send ADDRESS -s SUBJECT -m TEXT takes more",
        )
    return body


def _queue(town: Town, agents: Sequence[str], body: str, actor: str) -> dict[str, str]:
    first = " ".join(body.split())
    subject = first if len(first) <= _SUBJECT else f"{first[: _SUBJECT - 1]}…"
    names = f"{', '.join(agents[:3])}{', …' if agents[3:] else ''}"
    with town.transaction(f"nudge {names}: {subject}", actor=actor) as tx:
        live = readers_of(tx.read, agents, sender=actor)
        sent = post_copies(
            tx, town, live, sender=actor, subject=subject, body=body, about=None,
            kind=MailKind.NUDGE,
        )  # fmt: skip
    return {mail.to: mail.id for mail in sent}


def ring_for_mail(town: Town, host: Host, hook: Hook) -> Rung:
    """Ring for the unread mail of an agent.

    Raises:
        Busy: somebody rings there just now.
    """
    with bell_lock(town, hook.id, wait_s=0):
        return _bell(town, host, sessions_of(town, host), hook, None)()


def bell_lock(town: Town, agent: str, *, wait_s: float) -> AbstractContextManager[int]:
    """The lock of an agent's doorbell.

    Raises:
        Busy: somebody rings there just now.
    """
    lock = town.layout.locks / f"bell.{mail_folder(agent)}"
    return locks.hold(lock, wait_s=wait_s, what=f"the doorbell of {agent}")


def running_session(sessions: Sessions, hook: Hook) -> Session | None:
    """The session of a hook's agent, if it runs for certain."""
    try:
        session = sessions.get(hook.id)
    except Unreadable:
        return None
    if session is None or session.generation != hook.generation:
        return None
    return session if sessions.look(session).state is State.RUNNING else None


def _bell(
    town: Town, host: Host, sessions: Sessions, hook: Hook | None, call: Call | None
) -> Callable[[], Rung]:
    """What rings one agent; it may be called in another thread."""
    session = running_session(sessions, hook) if hook is not None else None
    if session is None:
        return lambda: Rung(Heard.GONE)
    runtime = described(town, host, session)
    folder = agent_folder(town.layout.agents, session.id)
    box = town.layout.mailbox(session.id)
    line = call or (Call.MAIL if runtime.lifecycle is not None else Call.MAIL_UNHEARD)

    def press() -> Rung:
        changed = changed_at(box)  # what comes while it rings deserves another
        rung = ring(sessions.tmux, session, runtime, folder, line, now=clock())
        if rung.heard in (Heard.RANG, Heard.UNCONFIRMED) and line is not Call.HOOK:
            write_atomically(folder.rung, f"{changed or 0}\n".encode())
        return rung

    return press


def changed_at(box: Path) -> int | None:
    """When a mailbox last changed, in nanoseconds since 1970; None: there is none."""
    try:
        return box.stat().st_mtime_ns
    except OSError:
        return None
