"""Moving a target to a commit that was tested, and recording what that merged.

The origin gets it first, where it is to get it: what it refuses because it has moved on is stacked
and tested anew. Then the target moves, by compare-and-swap from the very commit that was tested on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.ops import mq, rigs
from gastown.ops.gating.running import gates_of
from gastown.ops.refining.publishing import publish
from gastown.store import faults, locks
from gastown.store.merging import TargetHeld, TargetMoved, check_followers, move_target
from gastown.store.stacking import prove

if TYPE_CHECKING:
    from collections.abc import Callable

    from gastown.domain.merge_settings import MergePolicy
    from gastown.ops.mq import Verdict
    from gastown.ops.refining.forming import Member
    from gastown.ops.refining.testing import Test
    from gastown.store.git import Git
    from gastown.store.town import Town


@dataclass(frozen=True)
class Landing:
    """What a target is to be moved to.

    Attributes:
        base: the target's commit that the members are stacked on.
        members: those that land.
        test: the green test of the last of them.
        flaky: gates that passed only when they were run again.
    """

    rig: str
    target: str
    base: str
    members: tuple[Member, ...]
    test: Test
    flaky: tuple[str, ...]

    @property
    def commit(self) -> str:
        """What the target is moved to."""
        return self.members[-1].stacked.commit


class Stopped(Exception):
    """The target could not be moved; nothing is recorded but why.

    Attributes:
        why: what stood in the way, in words.
        held: what the requests wait for; None: they are tested again at once.
    """

    def __init__(self, why: str, held: TargetHeld | None = None, *, waits: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.held = held
        self.waits = waits


def land(
    town: Town, git: Git, landing: Landing, policy: MergePolicy, announce: Callable[[str], None]
) -> list[Verdict]:  # fmt: skip
    """Move the target, then record each request.

    Raises:
        Stopped: the target, or the origin, is elsewhere by now, or cannot be moved.
    """
    ref = f"refs/heads/{landing.target}"
    if git.oid(ref) != landing.base:
        raise Stopped(f"{landing.target} moved")
    try:
        check_followers(git, ref, landing.base, landing.commit)
        pushed = _publish(town, git, landing, policy)
        lock = town.layout.rig_lock(landing.rig, "target")
        with locks.hold(lock, what=f"rig {landing.rig}"):
            move_target(git, ref, landing.base, landing.commit)
    except TargetMoved:
        raise Stopped(f"{landing.target} moved") from None
    except TargetHeld as held:
        raise Stopped(held.message, held) from None
    faults.reach("refinery:moved")
    now = git.oid(ref) or landing.base
    verdicts = []
    for member in landing.members:
        verdict = _record(town, git, landing, member, now, pushed)
        if verdict is not None:
            announce(f"{member.merge.subject} is on {landing.target} as"
                     f" {member.stacked.commit[:12]}")  # fmt: skip
            verdicts.append(verdict)
        faults.reach("refinery:recorded")
    return verdicts


def _record(
    town: Town, git: Git, landing: Landing, member: Member, now: str, pushed: str | None
) -> Verdict | None:
    merge, stacked = member.merge, member.stacked
    proof = prove(git, now, merge.head, stacked.commit)
    results = landing.test.outcome
    try:
        return mq.merged(
            town, merge, result=stacked.commit, contained=proof is not None, actor=mq.REFINERY,
            style=stacked.style.value, proof=proof.value if proof is not None else None,
            tested=results.tree, flaky=landing.flaky, advisory=results.advisory, pushed=pushed,
            log=landing.test.log,
        )  # fmt: skip
    except mq.Superseded:
        return None


def _publish(town: Town, git: Git, landing: Landing, policy: MergePolicy) -> str | None:
    """Give the origin what is about to land; the remote that has it now, or None.

    Raises:
        Stopped: the origin has moved on, or must have it and does not take it.
    """
    rig = town.read().rig(landing.rig)
    if landing.target != rig.branch:
        return None
    gates = gates_of(town, rig.id)
    done = publish(town, rig, git, landing.commit, policy, gates)
    if done.state == "moved":
        followed = rigs.refresh(town, rig)
        if followed.moved:
            raise Stopped(f"{landing.target} of the origin moved")
        raise Stopped(f"the origin moved: {followed.warning or done.why}", waits=True)
    if done.state == "failed" and policy.push == "always":
        raise Stopped(f"it cannot be pushed: {done.why}", waits=True)
    return "origin" if done.state == "pushed" else None
