"""Giving the origin what was tested, before the branch moves here.

What the origin refuses because it has moved on is stacked and tested anew. Any other trouble holds
the work up only where the rig says that it is always pushed; else it lands here, the person is told
once, and the next push brings all of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from gastown.domain.merge_settings import Phase
from gastown.errors import GitFailed
from gastown.ops.refining.once import tell_once, works_again
from gastown.store.pushing import has_work_tree, push, redacted
from gastown.store.repository import fetch

if TYPE_CHECKING:
    from gastown.domain.merge_settings import Gate, MergePolicy
    from gastown.domain.rig import Rig
    from gastown.store.git import Git
    from gastown.store.town import Town

_PUSH = "push"


@dataclass(frozen=True)
class Published:
    """What came of it.

    Attributes:
        state: moved: the origin has commits that this branch can follow. failed: any other
            trouble, also an origin that has gone another way.
        why: what stood in the way, in words.
    """

    state: Literal["pushed", "skipped", "moved", "failed"]
    why: str = ""


def publish(
    town: Town, rig: Rig, git: Git, commit: str, policy: MergePolicy, gates: tuple[Gate, ...]
) -> Published:
    """Push a tested commit to the rig's branch on its origin, if the rig wants that.

    The person is told of what fails, once until it works again.
    """
    if not push_wanted(git, policy, gates):
        return Published("skipped")
    found = _standing(git, rig, commit) or _pushed(git, rig, commit)
    if found.state == "pushed":
        works_again(town, rig.id, _PUSH)
    elif found.state == "failed":
        _tell(town, rig, found.why, policy)
    return found


def push_wanted(git: Git, policy: MergePolicy, gates: tuple[Gate, ...]) -> bool:
    """Whether the origin is to get what is merged."""
    if policy.push != "auto":
        return policy.push == "always"
    if not any(gate.required and gate.phase is Phase.MERGE for gate in gates):
        return False
    try:
        return not has_work_tree(git)
    except GitFailed:  # no origin at all
        return False


def _pushed(git: Git, rig: Rig, commit: str) -> Published:
    done = push(git, commit, rig.branch)
    if done.ok:
        return Published("pushed")
    if not done.moved:
        return Published("failed", done.said)
    said = fetch(git)
    if said is not None:
        return Published("failed", f"{done.said}; and it cannot be fetched: {redacted(said)}")
    return _standing(git, rig, commit) or Published("failed", done.said)


def _standing(git: Git, rig: Rig, commit: str) -> Published | None:
    """What the origin's commit, as far as it is known, says of a push; None: it may go through."""
    there, here = git.oid(_tracking(rig)), git.oid(rig.target)
    if there is None or git.holds("merge-base", "--is-ancestor", there, commit):
        return None
    if here is not None and git.holds("merge-base", "--is-ancestor", here, there):
        return Published("moved", f"{rig.branch} of the origin has moved on")
    return Published(
        "failed",
        f"{rig.branch} here and {rig.branch} of the origin have diverged: each has commits that the"
        f" other has not (git -C {rig.id}/repo.git log --oneline --left-right"
        f" {rig.branch}...refs/remotes/origin/{rig.branch})",
    )


def _tracking(rig: Rig) -> str:
    return f"refs/remotes/origin/{rig.branch}"


def _tell(town: Town, rig: Rig, why: str, policy: MergePolicy) -> None:
    held = policy.push == "always"
    what = "Nothing is merged until it can be." if held else "It is merged here all the same."
    body = (
        f"{why}\n\n{what} The next merge pushes all of it; by hand:\n"
        f"git -C {rig.id}/repo.git push origin {rig.branch}\n\n"
        f"Never to push: gt config set rigs.{rig.id}.merge.push never"
    )
    subject = f"{rig.branch} of {rig.id} cannot be pushed"
    tell_once(town, rig.id, _PUSH, subject=subject, why=why, body=body)
