"""The batches that will be next if the one that is tested now lands as it is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gastown.domain.queueing.window import after_batch
from gastown.ops.refining.forming import line_up, stack_up

if TYPE_CHECKING:
    from gastown.domain.merge_settings import MergePolicy
    from gastown.ops.refining.forming import Line, Member
    from gastown.store.git import Git
    from gastown.store.stacking import Stacked
    from gastown.store.town import Town


def predicted(
    town: Town, git: Git, members: list[Member], line: Line, policy: MergePolicy,
    skip: frozenset[str], depth: int,
) -> list[Stacked]:  # fmt: skip
    """The tips of the next batches, each stacked on the one before.

    Args:
        members: the batch that is tested now.
        depth: how many batches are looked ahead.
    """
    taken = skip | {member.merge.id for member in members}
    inside = {member.merge.bead for member in members}
    found = line_up(town, members[0].merge.rig, policy, taken)
    tip, size = members[-1].stacked.commit, line.queue.window
    tips: list[Stacked] = []
    while found is not None and found.target == line.target and len(tips) < depth:
        size = after_batch(size, landed=1, rejected=0, most=policy.batch_max)
        left = tuple(
            replace(one, after=tuple(bead for bead in one.after if bead not in inside))
            for one in found.candidates if one.merge.id not in taken
        )  # fmt: skip
        batch = stack_up(git, town.read(), tip, left, policy, size).members
        if not batch:
            break
        taken |= {member.merge.id for member in batch}
        inside |= {member.merge.bead for member in batch}
        tip = batch[-1].stacked.commit
        tips.append(batch[-1].stacked)
    return tips
