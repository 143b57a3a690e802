"""Convoys and how far they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.convoy import Convoy, ConvoyState
from gastown.errors import NotFound

if TYPE_CHECKING:
    from gastown.store.reader import Reader


@dataclass(frozen=True)
class Member:
    """One bead of a convoy; a status of None: the bead does not exist (any more)."""

    id: str
    title: str | None
    status: str | None
    assignee: str | None
    blocked: bool


@dataclass(frozen=True)
class ConvoyView:
    """A convoy with its beads. `chosen`: not named by the user but picked, in words."""

    convoy: Convoy
    members: tuple[Member, ...]
    chosen: str | None = None

    @property
    def completed(self) -> int:
        """How many of its beads are closed."""
        return sum(member.status == "closed" for member in self.members)

    @property
    def total(self) -> int:
        """How many beads it has."""
        return len(self.members)


def convoy_view(reader: Reader, convoy: Convoy, *, chosen: str | None = None) -> ConvoyView:
    """One convoy with its beads."""
    found = {bead.id: bead for bead in reader.beads(identifiers=convoy.beads)}
    members = []
    for identifier in convoy.beads:
        bead = found.get(identifier)
        if bead is None:
            members.append(Member(identifier, None, None, None, blocked=False))
            continue
        blocked = bead.is_live and bool(reader.open_blockers(bead))
        members.append(Member(bead.id, bead.title, bead.state, bead.assignee, blocked))
    return ConvoyView(convoy, tuple(members), chosen)


def convoy_list(reader: Reader, *, every: bool) -> list[ConvoyView]:
    """Open convoys, or every one, newest first."""
    state = None if every else ConvoyState.OPEN
    return [convoy_view(reader, convoy) for convoy in reader.convoys(state)]


def pick(reader: Reader, convoy_id: str | None) -> Convoy:
    """The named convoy, or the newest open one.

    Raises:
        NotFound: there is none.
    """
    if convoy_id is None:
        still_open = reader.convoys(ConvoyState.OPEN)
        by_hand = [convoy for convoy in still_open if not convoy.automatic]
        if not still_open:
            raise NotFound("no convoy is open", hint='make one: gt convoy create "TITLE" ISSUE…')
        return (by_hand or still_open)[0]
    found = reader.find("convoy", convoy_id)
    if not isinstance(found, Convoy):
        raise NotFound(f"no convoy {convoy_id!r}", hint="gt convoy list --all shows all")
    return found


def newest(reader: Reader) -> ConvoyView:
    """The newest open convoy, or the newest of all when none is open; it says which.

    Raises:
        NotFound: there is none at all.
    """
    if reader.convoys(ConvoyState.OPEN):
        return convoy_view(reader, pick(reader, None), chosen="the newest open one")
    every = reader.convoys()
    if not every:
        return convoy_view(reader, pick(reader, None))
    return convoy_view(reader, every[0], chosen="none is open; this is the newest")
