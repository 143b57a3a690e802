"""What the ledger wants of worktrees, queues, convoys and branches, at one of its commits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.bead import LIVE
from gastown.domain.convoy import ConvoyState
from gastown.domain.merge import MergeState
from gastown.domain.queue import QueueState
from gastown.ops.bead_gates import Waiting, waiting
from gastown.ops.sling_formula import wants_going_on
from gastown.views.queue import queue_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gastown.domain.hook import Hook
    from gastown.domain.rig import Rig
    from gastown.store.reader import Reader

_WAITING = (MergeState.QUEUED, MergeState.TESTING)


@dataclass(frozen=True)
class Wanted:
    """What the ledger wants, at one of its commits; it changes only with that commit.

    Attributes:
        hooks: the live ones.
        queues: rigs with requests that wait, and which (id and commit), if they are not paused.
        complete: open convoys of which every bead is closed.
        torn: landed convoys of which a bead is open: its close was taken back.
        advancing: molecules of the convoy kind with steps that nobody has slung yet.
        gates: what the gates wait for that are closed.
        proposed: rigs with pull requests that are open.
        integrations: the rig and the full name of each integration branch.
    """

    commit: str
    rigs: tuple[Rig, ...]
    hooks: tuple[Hook, ...]
    queues: Mapping[str, frozenset[tuple[str, str]]]
    complete: tuple[str, ...]
    torn: tuple[str, ...] = ()
    advancing: tuple[str, ...] = ()
    gates: tuple[Waiting, ...] = ()
    proposed: tuple[str, ...] = ()
    integrations: tuple[tuple[str, str], ...] = ()


def wanted(reader: Reader) -> Wanted:
    """What the ledger wants."""
    queues: dict[str, set[tuple[str, str]]] = {}
    for merge in reader.merges(states=_WAITING):
        if queue_of(reader, merge.rig).state is QueueState.OPEN:
            queues.setdefault(merge.rig, set()).add((merge.id, merge.head))
    return Wanted(
        reader.commit, tuple(reader.rigs()), tuple(reader.hooks()),
        {rig: frozenset(queue) for rig, queue in queues.items()}, tuple(_complete(reader)),
        tuple(_torn(reader)), tuple(_advancing(reader)), tuple(waiting(reader)),
        tuple(sorted({m.rig for m in reader.merges(states=(MergeState.PROPOSED,))})),
        integrations=tuple((one.rig, f"refs/heads/{one.branch}") for one in reader.integrations()),
    )  # fmt: skip


def _complete(reader: Reader) -> Iterator[str]:
    for convoy in reader.convoys(ConvoyState.OPEN):
        statuses = reader.statuses(convoy.beads)
        if convoy.beads and not any(statuses.get(b, "tombstone") in LIVE for b in convoy.beads):
            yield convoy.id


def _torn(reader: Reader) -> Iterator[str]:
    landed = reader.convoys(ConvoyState.LANDED)
    statuses = reader.statuses({bead for convoy in landed for bead in convoy.beads})
    for convoy in landed:
        if any(statuses.get(bead, "tombstone") in LIVE for bead in convoy.beads):
            yield convoy.id


def _advancing(reader: Reader) -> Iterator[str]:
    for molecule in reader.molecules():
        if molecule.is_convoy and wants_going_on(reader, molecule):
            yield molecule.id
