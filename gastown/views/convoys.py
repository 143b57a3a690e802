"""Convoys and how far they are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gastown.domain.convoy import Convoy, ConvoyState
from gastown.domain.dispatch import DispatchState
from gastown.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gastown.domain.bead import Bead
    from gastown.domain.health import Health
    from gastown.store.reader import Reader


@dataclass(frozen=True)
class Member:
    """One bead of a convoy; a status of None: the bead does not exist (any more).

    Attributes:
        blocked_by: what holds it back, as far as that is not closed.
        health: of the agent that has it; None: it has none, or nobody has looked.
        since: since when it stands as it does: in a place, in the queue, at its end.
        merge: its request that still wants something, and `merge_state`: how far that is.
        queued: it waits for a place.
    """

    id: str
    title: str | None
    status: str | None
    assignee: str | None
    blocked: bool
    blocked_by: tuple[str, ...] = ()
    health: Health | None = None
    since: str | None = None
    merge: str | None = None
    merge_state: str | None = None
    queued: bool = False


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


def convoy_view(
    reader: Reader, convoy: Convoy, *, chosen: str | None = None,
    healths: Mapping[str, Health] | None = None,
) -> ConvoyView:  # fmt: skip
    """One convoy with its beads.

    Args:
        healths: of the agents, by their ids; None: neither agents nor requests are looked at.
    """
    found = {bead.id: bead for bead in reader.beads(identifiers=convoy.beads)}
    queued: dict[str, str] = {}
    if healths is not None:
        queued = {one.id: one.created_at for one in reader.dispatches(DispatchState.QUEUED)}
    members = []
    for identifier in convoy.beads:
        bead = found.get(identifier)
        if bead is None:
            members.append(Member(identifier, None, None, None, blocked=False))
            continue
        blockers = reader.open_blockers(bead) if bead.is_live else ()
        member = Member(
            bead.id, bead.title, bead.state, bead.assignee, bool(blockers), blockers,
            since=_moment(bead),
        )  # fmt: skip
        if healths is not None and bead.is_live:
            member = _looked_at(reader, bead, member, healths, queued.get(bead.id))
        members.append(member)
    return ConvoyView(convoy, tuple(members), chosen)


def _looked_at(
    reader: Reader, bead: Bead, member: Member, healths: Mapping[str, Health], queued: str | None
) -> Member:
    """A live member with what becomes of it just now."""
    pending = [merge for merge in reader.merges_of(bead.id, bead.rig) if merge.is_pending]
    merge = pending[-1] if pending else None
    since = queued or (merge.updated_at if merge else None) or _moment(bead)
    return replace(
        member, health=healths.get(bead.assignee or ""), since=since, queued=queued is not None,
        merge=merge.id if merge else None, merge_state=merge.state.value if merge else None,
    )  # fmt: skip


def _moment(bead: Bead) -> str | None:
    said = bead.data.get("closed_at") or bead.data.get("updated_at")
    return said if isinstance(said, str) else None


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


def newest(reader: Reader, *, healths: Mapping[str, Health] | None = None) -> ConvoyView:
    """The newest open convoy, or the newest of all when none is open; it says which.

    Raises:
        NotFound: there is none at all.
    """
    if reader.convoys(ConvoyState.OPEN):
        open_one = pick(reader, None)
        return convoy_view(reader, open_one, chosen="the newest open one", healths=healths)
    every = reader.convoys()
    if not every:
        return convoy_view(reader, pick(reader, None))
    said = "none is open; this is the newest"
    return convoy_view(reader, every[0], chosen=said, healths=healths)
