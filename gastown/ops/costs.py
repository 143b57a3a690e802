"""Costs: tokens of a town or a part of it, and money where a person has set prices.

A conversation that has ended carries its numbers in its record; one that goes on is read now.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from gastown.domain.conversation import Conversation, ConversationState
from gastown.domain.hook import Role
from gastown.errors import NotFound, Unreadable, UsageTrouble
from gastown.ops.usage import Machine, rows, usage_at_end, usage_of, why_unread
from gastown.runtime.transcripts import TOKENLESS, Turn, moment, number, text
from gastown.views.costs import (
    By,
    Costs,
    PriceList,
    Spent,
    Tokens,
    Unknown,
    line_of,
    lines_of,
    unpriced,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gastown.domain.hook import Hook
    from gastown.domain.record import Json
    from gastown.ops.host import Host
    from gastown.store.reader import Reader
    from gastown.store.town import Town

__all__ = ["costs", "first_day", "usage_at_end", "usage_of"]

_AGO = re.compile(r"(\d{1,4})([dw])\Z")


def first_day(words: str, now: datetime) -> str:
    """The first day that counts: YYYY-MM-DD, `today`, or the days and weeks up to now: `7d`, `2w`.

    Raises:
        UsageTrouble: it is none of these.
    """
    found = _AGO.match(words)
    if words == "today":
        return now.date().isoformat()
    if found:
        days = int(found[1]) * (7 if found[2] == "w" else 1)
        return (now.date() - timedelta(days=max(days, 1) - 1)).isoformat()
    try:
        return date.fromisoformat(words).isoformat()
    except ValueError:
        raise UsageTrouble(f"{words!r} is no day", hint="e.g. 2026-02-01, today, 7d, 2w") from None


def costs(
    town: Town, host: Host, of: str | None = None, *, by: By | None = None,
    since: str | None = None, until: str | None = None,
) -> Costs:  # fmt: skip
    """Tokens of a town, an agent, a bead, a convoy or a rig.

    Args:
        by: what the lines are of; None: what says most about `of`.
        since, until: the first and the last day (UTC) that count, as YYYY-MM-DD.

    Raises:
        NotFound: there is nothing of that name.
    """
    reader = town.read()
    wanted = _wanted(reader, of)
    spent, unknown, tokenless = _Gathered(town, host, reader).result()
    spent = [
        one for one in spent
        if wanted.takes(one) and (since or "") <= one.day <= (until or one.day)
    ]  # fmt: skip
    missing = [one for one in unknown if wanted.takes_unknown(one)]
    prices = PriceList(town.settings().prices)
    chosen = by or wanted.by
    titles = _titles(reader, chosen, spent)
    return Costs(
        by=chosen, of=of, since=since,
        lines=lines_of(spent, chosen, prices, lambda name: titles.get(name, "")),
        sum=line_of("all", spent, prices),
        unknown=tuple(missing),
        tokenless=tuple(sorted(agent for agent in tokenless if wanted.takes_agent(agent))),
        unpriced=unpriced(spent, prices),
    )  # fmt: skip


@dataclass(frozen=True)
class _Wanted:
    """Which part of the town is asked for; all of it where nothing is named."""

    by: By
    agent: str | None = None
    rig: str | None = None
    beads: frozenset[str] | None = None

    def takes(self, one: Spent) -> bool:
        return self.takes_agent(one.agent) and (self.beads is None or one.bead in self.beads)

    def takes_unknown(self, one: Unknown) -> bool:
        return self.takes_agent(one.agent) and (self.beads is None or one.bead in self.beads)

    def takes_agent(self, agent: str) -> bool:
        of_rig = self.rig is None or agent.startswith(f"{self.rig}/")
        return of_rig and self.agent in (None, agent)


def _wanted(reader: Reader, of: str | None) -> _Wanted:
    """What a name stands for.

    Raises:
        NotFound: there is nothing of that name.
    """
    if of is None:
        return _Wanted(By.AGENT)
    if reader.find("hook", of) is not None:
        return _Wanted(By.BEAD, agent=of)
    if reader.find("rig", of) is not None:
        return _Wanted(By.AGENT, rig=of)
    convoy = reader.find("convoy", of)
    if convoy is not None:
        return _Wanted(By.BEAD, beads=frozenset(convoy.beads))
    if reader.find("bead", of) is not None:
        return _Wanted(By.SESSION, beads=frozenset((of,)))
    raise NotFound(f"no agent, bead, convoy or rig is called {of!r}",
                   hint="gt agents --all, bd list, gt convoy list, gt rig list")  # fmt: skip


def _titles(reader: Reader, by: By, spent: list[Spent]) -> dict[str, str]:
    if by is By.BEAD:
        beads = reader.beads(identifiers=[one.bead for one in spent if one.bead])
        return {bead.id: bead.title for bead in beads}
    if by is By.CONVOY:
        return {convoy.id: convoy.title for convoy in reader.convoys()}
    if by is By.SESSION:
        return {one.conversation: " ".join(filter(None, (one.agent, one.bead))) for one in spent}
    return {}


class _Gathered:
    """All conversations of a town, as far as they can be counted."""

    def __init__(self, town: Town, host: Host, reader: Reader) -> None:
        self._machine = Machine(town, host)
        self._reader = reader
        self._convoys: dict[str, tuple[str, ...]] = {}
        for convoy in reader.convoys():
            for bead in convoy.beads:
                self._convoys[bead] = (*self._convoys.get(bead, ()), convoy.id)
        self._spent: list[Spent] = []
        self._unknown: list[Unknown] = []
        self._seen: dict[str, set[str]] = {}

    def result(self) -> tuple[list[Spent], list[Unknown], set[str]]:
        """What was used, what is not known, and the agents whose client asks no model."""
        tokenless: set[str] = set()
        told: dict[str, set[str]] = {}
        for conversation in self._reader.conversations():
            told.setdefault(conversation.agent, set()).add(conversation.id)
            if self._machine.form(conversation.runtime) == TOKENLESS:
                tokenless.add(conversation.agent)
            else:
                self._count(conversation)
        for hook in self._reader.hooks(live=False):
            if hook.runtime is not None:
                self._found(hook, told.get(hook.id, set()), tokenless)
        return self._spent, self._unknown, tokenless

    def _found(self, hook: Hook, told: set[str], tokenless: set[str]) -> None:
        """What an agent left beside its noted conversations."""
        form = self._machine.form(str(hook.runtime))
        found = [one for one in self._machine.found_sessions(hook) if one[0] not in told]
        for name, turns in found:
            self._spent += [self._row(one, row) for one, row in _of_session(hook, name, turns)]
        if found or told:
            return
        if form == TOKENLESS:
            tokenless.add(hook.id)
        else:
            why = "none of its conversations was noted" if form else ""
            why = why or why_unread(None, str(hook.runtime))
            self._unknown.append(Unknown(hook.id, None, hook.bead, why))

    def _count(self, one: Conversation) -> None:
        found: tuple[Mapping[str, Json], ...] = one.usage
        trouble = ""
        if one.state is ConversationState.RUNNING or not found:
            try:
                found = rows(self._fresh(one), one.started_at)
            except Unreadable as error:
                trouble = error.message
        if not found:
            self._unknown.append(Unknown(one.agent, one.id, one.bead, trouble))
        self._spent += [self._row(one, row) for row in found]

    def _fresh(self, one: Conversation) -> list[Turn]:
        """Turns that no other conversation of the agent has shown yet."""
        seen = self._seen.setdefault(one.agent, set())
        fresh = [turn for turn in self._machine.turns_of(one) if turn.id not in seen]
        seen.update(turn.id for turn in fresh)
        return fresh

    def _row(self, one: Conversation, row: Mapping[str, Json]) -> Spent:
        kinds = ("turns", "input", "output", "cache_read", "cache_write")
        tokens = Tokens(*(number(row.get(kind)) for kind in kinds))
        return Spent(
            conversation=one.id, agent=one.agent, rig=one.agent.partition("/")[0], bead=one.bead,
            convoys=self._convoys.get(one.bead or "", ()),
            day=text(row.get("day")) or one.updated_at[:10], model=text(row.get("model")),
            tokens=tokens, running=one.state is ConversationState.RUNNING,
        )  # fmt: skip


def _of_session(
    hook: Hook, name: str, turns: list[Turn]
) -> Iterator[tuple[Conversation, Mapping[str, Json]]]:
    """The rows of a session that nobody noted; what a polecat did before its bead is of none."""
    begun = moment(hook.created_at)
    for is_now in (True, False):
        found = [turn for turn in turns if is_now == _is_since(turn, begun)]
        bead = hook.bead if is_now and hook.role is Role.POLECAT else None
        one = Conversation(
            id=name, state=ConversationState.ENDED, agent=hook.id, generation=hook.generation,
            bead=bead, runtime=str(hook.runtime), started_at=hook.created_at,
            updated_at=hook.updated_at,
        )  # fmt: skip
        yield from ((one, row) for row in (rows(found) if found else ()))


def _is_since(turn: Turn, begun: datetime | None) -> bool:
    at = moment(turn.at)
    return at is None or begun is None or at >= begun
