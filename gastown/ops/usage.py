"""What a conversation has used, read from its client's own transcript where there is one.

A turn that was made before a conversation began belongs to the one it was forked from.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

from gastown.errors import GtError, Unreadable
from gastown.runtime.agent_folder import Thread, agent_folder
from gastown.runtime.transcripts import TOKENLESS, Turn, moment, turns
from gastown.views.costs import Tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gastown.domain.conversation import Conversation
    from gastown.domain.hook import Hook
    from gastown.domain.record import Json
    from gastown.ops.host import Host
    from gastown.store.town import Town

_NO_FILE = "its client told of no transcript"
_NO_MODEL = ""


def usage_of(
    thread: Thread, form: str | None, *, since: str = ""
) -> tuple[Mapping[str, Json], ...]:  # fmt: skip
    """What a conversation has used, for its record: one row for each day (UTC) and model.

    Empty: it is not known. A conversation without a turn has one row of zeros.

    Args:
        form: the format of its transcript, as its runtime says.
        since: when it began; what its transcript copied from an earlier one does not count.
    """
    try:
        return rows(_turns(thread, form), since)
    except Unreadable:
        return ()


def usage_at_end(
    town: Town, host: Host, conversation: Conversation
) -> tuple[Mapping[str, Json], ...]:
    """What `usage_of` tells, for a conversation of the ledger whose agent is on this machine."""
    try:
        return rows(Machine(town, host).turns_of(conversation), conversation.started_at)
    except Unreadable:
        return ()


def rows(found: Iterable[Turn], since: str = "") -> tuple[Mapping[str, Json], ...]:
    """Turns as the rows of a record; those before `since` are left out."""
    sums: dict[tuple[str, str], Tokens] = {}
    begun = moment(since)
    for turn in found:
        at = moment(turn.at)
        if begun is None or at is None or at >= begun:
            key = (at.astimezone(UTC).date().isoformat() if at else since[:10], turn.model)
            one = Tokens(1, turn.input, turn.output, turn.cache_read, turn.cache_write)
            sums[key] = sums.get(key, Tokens()) + one
    if not sums:
        sums[(since[:10], _NO_MODEL)] = Tokens()
    return tuple(
        {
            "day": day, "model": model, "turns": sum_.turns, "input": sum_.input,
            "output": sum_.output, "cache_read": sum_.cache_read, "cache_write": sum_.cache_write,
        }
        for (day, model), sum_ in sorted(sums.items())
    )  # fmt: skip


class Machine:
    """What can be read here: which transcript a conversation has, and in which format."""

    def __init__(self, town: Town, host: Host) -> None:
        self._town = town
        self._host = host
        self._forms: dict[str, str | None] = {}

    def form(self, runtime: str) -> str | None:
        """The format of the transcripts of an agent command; None: none that we know."""
        if runtime not in self._forms:
            self._forms[runtime] = self._form(runtime)
        return self._forms[runtime]

    def _form(self, runtime: str) -> str | None:
        from gastown.ops.runtimes import of_settings
        from gastown.runtime.agents import preset

        entry = self._town.settings().agents.get(runtime)
        try:
            if entry is not None:
                return of_settings(runtime, entry, self._host.python).transcript
            return preset(runtime, self._host.python).transcript
        except GtError:
            return None  # it is not known here any more

    def turns_of(self, conversation: Conversation) -> list[Turn]:
        """The turns of a conversation, with those that were copied into it.

        Raises:
            Unreadable: nobody can tell; the message says why.
        """
        form = self.form(conversation.runtime)
        thread = agent_folder(self._town.layout.agents, conversation.agent).thread()
        if thread is not None and thread.transcript is not None:
            if thread.conversation == conversation.id:
                return _turns(thread, form)
            if form == "claude":  # an earlier one of the same client: its transcript lies beside
                file = Path(thread.transcript).with_name(f"{conversation.id}.jsonl")
                return _turns(replace(thread, transcript=str(file)), form)
        hook = self._town.read().hook(conversation.agent)
        for name, found in self.found_sessions(hook) if hook is not None else ():
            if name == conversation.id:
                return found
        raise Unreadable(why_unread(form, conversation.runtime))

    def found_sessions(self, hook: Hook) -> list[tuple[str, list[Turn]]]:
        """The sessions of a client that tells us of none, by the folder they were started in."""
        if self.form(hook.runtime or "") != "codex":
            return []
        from gastown.runtime.transcripts.codex import sessions, started_in

        place = self._town.layout.root / hook.path
        found = started_in(sessions(self._host.env), place)
        return [(name, list(turns("codex", file))) for name, file in found]


def _turns(thread: Thread, form: str | None) -> list[Turn]:
    if form == TOKENLESS:
        return []
    if form is None or thread.transcript is None:
        raise Unreadable(why_unread(form, thread.runtime))
    return list(turns(form, Path(thread.transcript)))


def why_unread(form: str | None, runtime: str) -> str:
    """Why nobody can tell what a client of a runtime used."""
    return _NO_FILE if form is not None else f"transcripts of {runtime} are not read"
