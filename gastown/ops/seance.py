"""Former conversations: what is left of them, and questions to them.

Only its client can answer for a conversation, out of the transcript on this machine; what is on
record (when, about what, how it ended, the note that was handed on) is left in any case.
A client is run in the hook's worktree, or in an empty folder where that is gone. Claude Code finds
a conversation by its id only in the folder that it was in, so it is given the transcript's file.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gastown.errors import NotFound, Refused, UsageTrouble
from gastown.ids import HUMAN, ulid_ms
from gastown.ops import asking
from gastown.ops.runtimes import runtime_for
from gastown.ops.usage import Machine
from gastown.runtime.agent_folder import agent_folder
from gastown.runtime.agents import Form
from gastown.runtime.transcripts.places import transcript_of
from gastown.views.sessions import Former, formers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gastown.domain.conversation import Conversation
    from gastown.ops.asking import Answer, Question
    from gastown.ops.host import Host
    from gastown.store.town import Town


def former(
    town: Town, host: Host, agent: str | None = None, *, running: bool = True
) -> tuple[Former, ...]:  # fmt: skip
    """Conversations, of one agent or of all, the latest first.

    Args:
        running: also those that go on.
    """
    reader = town.read()
    found = sorted(reader.conversations(agent), key=lambda one: (one.started_at, one.id))
    kept = [one for one in reversed(found) if running or one.state != "running"]
    places = {one.id: _transcript(town, host, one) for one in kept}
    return formers(reader, kept, places)


def pick(town: Town, host: Host, agent: str | None, wanted: str | None) -> Former:
    """One conversation: by its id or the beginning of it, or the latest one of an agent.

    Of an agent the latest that has ended is meant, and only if there is none, the one it is in.

    Raises:
        NotFound: there is none.
        UsageTrouble: several begin like that, or neither is named.
    """
    found = former(town, host, agent)
    if wanted is not None:
        return _by_id(found, wanted)
    if agent is None:
        raise UsageTrouble("whose conversation?", hint="gt seance lists them; name the agent or ID")
    if not found:
        raise NotFound(f"no conversation of {agent} is on record", hint="gt seance lists all")
    return next((one for one in found if not one.running), found[0])


def _by_id(found: Sequence[Former], wanted: str) -> Former:
    alike = [one for one in found if one.id.casefold().startswith(wanted.casefold())]
    exact = [one for one in alike if one.id == wanted]
    if len(exact or alike) == 1:
        return (exact or alike)[0]
    if not alike:
        raise NotFound(f"no conversation {wanted!r}", hint="gt seance lists them")
    names = ", ".join(one.id for one in alike[:4])
    raise UsageTrouble(f"{len(alike)} conversations begin with {wanted!r}: {names}",
                       hint="write more of the ID")  # fmt: skip


def ask(
    town: Town, host: Host, one: Former, text: str, *, actor: str, timeout_s: float | None,
    show: Callable[[str], None] | None = None,
) -> Answer:  # fmt: skip
    """Ask a conversation something, without going on with it.

    Raises:
        Refused: its client cannot be asked, or nothing of it is left to ask.
        NotFound: its agent command is not known any more.
    """
    question = _question(town, host, one, _worded(text, actor))
    return asking.ask(town, host, question, timeout_s=timeout_s, show=show)


def _question(town: Town, host: Host, one: Former, text: str) -> Question:
    hook = town.read().hook(one.agent)
    if hook is None:
        raise Refused(f"the hook of {one.agent} is not on record any more",
                      hint=f"its note is: gt seance {one.id}")  # fmt: skip
    if ulid_ms(one.id) is not None:
        raise Refused(f"{one.runtime or 'its client'} did not name this conversation, so it cannot "
                      "be asked", hint=f"what was handed on: gt seance {one.id}")  # fmt: skip
    runtime = runtime_for(town, host, one.runtime or hook.runtime, role=hook.role, rig=hook.rig)
    asking.check(runtime, Form.ASK)
    transcript = Path(one.transcript) if one.transcript is not None else None
    if runtime.transcript in ("claude", "codex") and transcript is None:
        raise Refused(f"the transcript of conversation {one.id} is not on this machine any more",
                      hint=f"what is on record of it: gt seance {one.id}")  # fmt: skip
    worktree = town.layout.root / hook.path
    is_there = worktree.is_dir() and any(worktree.iterdir())
    folder = worktree if is_there else asking.quiet_folder(town)
    if transcript is not None and runtime.has(Form.ASK_FILE):
        return asking.of_transcript(hook, runtime, one.id, transcript, text, folder=folder)
    return asking.of_conversation(hook, runtime, one.id, text, folder=folder)


def _worded(text: str, actor: str) -> str:
    who = "the person of this town" if actor == HUMAN else actor
    return (
        f"[gt] A question from {who} about this conversation. Answer it from what you know by now, "
        f"shortly and in words. Change nothing: this is a copy of the conversation.\n\n{text}"
    )


def _transcript(town: Town, host: Host, one: Conversation) -> Path | None:
    """Where the transcript of a conversation is, as its client told or as such clients do it."""
    thread = agent_folder(town.layout.agents, one.agent).thread()
    if thread is not None and thread.conversation == one.id and thread.transcript is not None:
        file = Path(thread.transcript)
        if file.is_file():
            return file
    return transcript_of(Machine(town, host).form(one.runtime), one.id, host.env)
