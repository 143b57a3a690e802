"""Conversations in the ledger: begun when a client says so, ended when it is gone or handed on.

An agent is in one conversation at a time. Only a client that names its conversations has them on
record; for every other one there is a record where a note was handed on.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gastown.domain.conversation import CONVERSATION, Conversation, ConversationState
from gastown.errors import NotFound
from gastown.ids import ulid
from gastown.ops.usage import usage_at_end
from gastown.runtime.agent_folder import Thread, agent_folder

if TYPE_CHECKING:
    from gastown.domain.hook import Hook
    from gastown.ops.host import Host
    from gastown.store.town import Town
    from gastown.store.transaction import Transaction

HANDED_OFF, REPLACED, STOPPED = "handed off", "replaced", "stopped"


def begin(
    town: Town, hook_id: str, *, conversation: str, runtime: str, transcript: str | None
) -> Conversation:
    """A client says which conversation it is in: a new one, or one that it has resumed.

    Raises:
        NotFound: there is no such hook.
    """
    reader = town.read()
    hook = reader.hook(hook_id)
    if hook is None:
        raise NotFound(f"no hook {hook_id!r}", hint="gt hooks list shows all")
    thread = Thread(conversation, transcript, hook.generation, hook.bead, runtime)
    agent_folder(town.layout.agents, hook_id).write_thread(thread)
    others = [one for one in reader.conversations(hook_id) if one.id != conversation]
    replaced = [one for one in others if one.state is ConversationState.RUNNING]
    known: Conversation | None = reader.find("conversation", conversation)
    if not replaced and known is not None and known.state is ConversationState.RUNNING:
        return known  # its context was compacted, no more
    with town.transaction(f"{hook_id} is in conversation {conversation[:8]}", actor=hook_id) as tx:
        for one in replaced:
            _move(tx, town, tx.read.find("conversation", one.id), "end", how=REPLACED)
        known = tx.read.find("conversation", conversation)
        if known is None:
            known = _new(town, hook, conversation, runtime, ConversationState.RUNNING)
            tx.put(known)
            return known
        if known.state is ConversationState.RUNNING:
            return known
        return _move(tx, town, known, "resume", how=None, usage=())


def end(town: Town, host: Host, hook_id: str, *, how: str) -> Conversation | None:
    """The client of an agent is gone: its conversation has ended, for now. Said again: nothing.

    Args:
        how: `exit 0`, `killed`, `stopped`, …

    Returns:
        The record; None: no conversation of it is running.
    """
    thread = agent_folder(town.layout.agents, hook_id).thread()
    running = _running(town, hook_id, thread)
    if running is None:
        return None
    usage = usage_at_end(town, host, running)
    with town.transaction(f"the conversation of {hook_id} ended: {how}", actor=hook_id) as tx:
        now: Conversation = tx.read.find("conversation", running.id)
        if now.state is not ConversationState.RUNNING:
            return None  # somebody was quicker
        return _move(tx, town, now, "end", how=how, usage=usage)


def hand_on(town: Town, host: Host, hook: Hook, note: str | None) -> Conversation:
    """End an agent's conversation for good, with a note for the next one, which begins anew."""
    folder = agent_folder(town.layout.agents, hook.id)
    thread = folder.thread()
    running = _running(town, hook.id, thread)
    usage = usage_at_end(town, host, running) if running is not None else ()
    with town.transaction(f"{hook.id} hands off", actor=hook.id) as tx:
        if running is None:
            name = ulid(int(town.edge.clock().timestamp() * 1000), town.edge.entropy(10))
            runtime = thread.runtime if thread is not None else hook.runtime or ""
            ended = _new(town, hook, name, runtime, ConversationState.ENDED)
            ended = replace(ended, how=HANDED_OFF, note=note)
            tx.put(ended)
        else:
            ended = tx.read.find("conversation", running.id)
            if ended.state is ConversationState.RUNNING:
                ended = _move(tx, town, ended, "end", how=HANDED_OFF, note=note, usage=usage)
            else:  # noted as ended just now
                ended = replace(ended, how=HANDED_OFF, note=note, updated_at=town.now())
                tx.put(ended)
    folder.drop_thread()
    return ended


def _running(town: Town, hook_id: str, thread: Thread | None) -> Conversation | None:
    if thread is None:
        return None
    found: Conversation | None = town.read().find("conversation", thread.conversation)
    if found is None or found.agent != hook_id:
        return None
    return found if found.state is ConversationState.RUNNING else None


def _new(
    town: Town, hook: Hook, name: str, runtime: str, state: ConversationState
) -> Conversation:  # fmt: skip
    now = town.now()
    return Conversation(
        id=name, state=state, agent=hook.id, generation=hook.generation, bead=hook.bead,
        runtime=runtime, started_at=now, updated_at=now,
    )  # fmt: skip


def _move(
    tx: Transaction, town: Town, one: Conversation, trigger: str, **changes: Any
) -> Conversation:  # fmt: skip
    state = CONVERSATION.after(one.state, trigger)
    moved = replace(one, state=state, updated_at=town.now(), **changes)
    tx.put(moved)
    return moved
