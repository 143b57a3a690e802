"""Looking again: what the target branches hold decides what is merged and what has landed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.convoy import Convoy, ConvoyState
from gastown.domain.merge import MergeState
from gastown.ops import refinery, rigs
from gastown.ops.convoys import land
from gastown.ops.observe import observe
from gastown.views.convoys import ConvoyView, convoy_view, pick

if TYPE_CHECKING:
    from gastown.ops.host import Host
    from gastown.store.town import Town

_OBSERVABLE = (MergeState.QUEUED, MergeState.FAILED, MergeState.CONFLICTED)


@dataclass(frozen=True)
class Refreshed:
    """What a second look found.

    Attributes:
        merged: beads whose work somebody had merged by hand.
        landed: convoys that landed now.
        warnings: rigs that could not be fetched.
    """

    convoys: tuple[ConvoyView, ...]
    merged: tuple[str, ...]
    landed: tuple[Convoy, ...]
    warnings: tuple[str, ...] = ()


def refresh(town: Town, convoy_id: str | None, *, host: Host, actor: str) -> Refreshed:
    """Recompute one convoy, or all open ones, from the beads and the target branches.

    Raises:
        NotFound: there is no such convoy.
    """
    reader = town.read()
    chosen = [pick(reader, convoy_id)] if convoy_id else reader.convoys(ConvoyState.OPEN)
    beads = {bead for convoy in chosen for bead in convoy.beads}
    waiting = [m for m in reader.merges(states=_OBSERVABLE) if m.bead in beads]
    found = (rigs.refresh(town, reader.rig(name)) for name in sorted({m.rig for m in waiting}))
    warnings = tuple(one.warning for one in found if one.warning)
    merged: list[str] = []
    landed: list[Convoy] = []
    for merge in waiting:
        verdict = observe(town, merge)
        if verdict is not None:
            merged.append(merge.subject)
            landed += verdict.landed
            if verdict.retired is not None:
                refinery.retire_hook(town, host, verdict.retired)
    for convoy in chosen:
        arrived = land(town, convoy.id, actor=actor)
        landed += [arrived] if arrived is not None else []
    reader = town.read()
    views = tuple(convoy_view(reader, pick(reader, convoy.id)) for convoy in chosen)
    return Refreshed(views, tuple(merged), tuple(landed), warnings)
