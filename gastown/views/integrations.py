"""Integration branches: how far the work of an epic is, and whether it may land."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.integration import Integration
from gastown.domain.merge import MergeState
from gastown.errors import NotFound
from gastown.store.worktree import Worktrees

if TYPE_CHECKING:
    from gastown.domain.bead import Bead
    from gastown.store.reader import Reader
    from gastown.store.town import Town


@dataclass(frozen=True)
class IntegrationView:
    """An integration branch as it is now.

    Attributes:
        title: of its epic.
        beads: how many beads below the epic are in each status.
        open: those of them that are not closed.
        requests: merge requests on their way into the branch.
        agents: whose work is meant for it.
        landing: the request that lands it, and its state.
        head: the branch's commit; None: the branch is gone.
        ahead, behind: commits that only it has, and that only its target has.
        waits: why it may not land yet.
    """

    integration: Integration
    title: str
    beads: dict[str, int]
    open: tuple[str, ...]
    requests: tuple[str, ...]
    agents: tuple[str, ...]
    landing: str | None
    head: str | None
    ahead: int
    behind: int
    waits: tuple[str, ...]


def integration_by_id(reader: Reader, epic: str) -> Integration:
    """The integration branch of an epic.

    Raises:
        NotFound: it has none.
    """
    found = reader.find("integration", epic)
    if not isinstance(found, Integration):
        raise NotFound(f"{epic} has no integration branch", hint=f"gt mq integration create {epic}")
    return found


def integration_view(town: Town, one: Integration) -> IntegrationView:
    """An integration branch as it is now."""
    reader = town.read()
    below = _below(reader, one.id)
    counts: dict[str, int] = {}
    for bead in below:
        counts[bead.state.value] = counts.get(bead.state.value, 0) + 1
    undone = tuple(bead.id for bead in below if bead.is_live)
    requests = tuple(
        m.id for m in reader.merges(rig=one.rig) if m.target == one.branch and m.is_pending
    )
    agents = tuple(h.id for h in reader.hooks(rig=one.rig)
                   if h.target == one.branch and h.bead is not None)  # fmt: skip
    merge = reader.find("merge", one.merge) if one.merge else None
    landing = f"{merge.id} ({merge.state})" if merge is not None else None
    head, ahead, behind = _compared(town, one)
    waits = _waits(undone, requests, merge.state if merge is not None else None)
    epic = reader.find("bead", one.id)
    return IntegrationView(
        one, epic.title if epic is not None else "", counts, undone, requests, agents, landing,
        head, ahead, behind, waits,
    )  # fmt: skip


def _below(reader: Reader, epic: str) -> list[Bead]:
    found: dict[str, Bead] = {}
    ahead = [epic]
    while ahead:
        for bead in reader.children(ahead.pop()):
            if bead.id not in found and bead.state != "tombstone":
                found[bead.id] = bead
                ahead.append(bead.id)
    return list(found.values())


def _compared(town: Town, one: Integration) -> tuple[str | None, int, int]:
    git = Worktrees(town.layout, one.rig).git
    ours, theirs = f"refs/heads/{one.branch}", f"refs/heads/{one.target}"
    head = git.oid(ours)
    if head is None or git.oid(theirs) is None:
        return head, 0, 0
    ahead, behind = git.text(
        "rev-list", "--left-right", "--count", f"{ours}...{theirs}", "--"
    ).split()
    return head, int(ahead), int(behind)


def _waits(
    undone: tuple[str, ...], requests: tuple[str, ...], landing: MergeState | None
) -> tuple[str, ...]:
    found = []
    if undone:
        found.append(f"{len(undone)} of its beads are open ({', '.join(undone[:5])})")
    if requests:
        found.append(f"requests wait to be merged into it ({', '.join(requests[:5])})")
    if landing is MergeState.TESTING:
        found.append("its landing is being tested just now")
    return tuple(found)
