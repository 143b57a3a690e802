"""The bead for solving a conflict: made once for each request, and closed when that merges.

It is a task, child of the bead whose work conflicts. The agent that handed the work in gets it with
that; where there is no such agent any more it is slung to a new polecat, which merges the branch
into its own. A person's own work, and the embedded agent's, makes none: the mail says what is
to be done. The label `wants-agent` says that it is still to be slung, so that a refinery that is
killed before leaves it to the next one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gastown.domain.bead import Bead, BeadFacts, BeadState
from gastown.errors import GitFailed
from gastown.ops.bead_status import reopen_bead
from gastown.ops.beads import NewBead, build, rules_of
from gastown.ops.moves import hook_of, move_bead
from gastown.store.worktree import Worktrees

if TYPE_CHECKING:
    from gastown.domain.hook import Hook
    from gastown.domain.merge import Merge
    from gastown.store.town import Town
    from gastown.store.transaction import Transaction

LABEL, WANTS_AGENT = "conflict", "wants-agent"
_REFINERY = "refinery"
_PATHS, _COMMITS, _TITLE = 10, 3, 200


def sides_of(town: Town, merge: Merge, paths: tuple[str, ...]) -> str:
    """What conflicts, and the last commits that touched it on either side; asks git, bounded."""
    git = Worktrees(town.layout, merge.rig).git
    target = git.oid(f"refs/heads/{merge.target}") or merge.target
    lines = [f"{merge.branch} ({merge.head}) conflicts with {merge.target} ({target})."]
    for path in paths[:_PATHS]:
        lines += ["", f"- {_shown(path)}"]
        for name, span in ((merge.branch, f"{target}..{merge.head}"),
                           (merge.target, f"{merge.head}..{target}")):  # fmt: skip
            try:
                log = git.text(
                    "log", f"--max-count={_COMMITS}", "--format=%h %s (%an)", span, "--",
                    f":(top,literal){path}",
                )  # fmt: skip
            except (GitFailed, ValueError):
                continue
            lines += [f"    on {name}: {_shown(one)}" for one in log.splitlines()]
    if len(paths) > _PATHS:
        lines += ["", f"and {len(paths) - _PATHS} more files: gt mq show {merge.id}"]
    return "\n".join(lines)


def ensure(
    tx: Transaction, town: Town, merge: Merge, sides: str, *, solver: Hook | None, wants: bool
) -> Bead:  # fmt: skip
    """The conflict bead of a request, made, or brought up to date and opened again.

    Args:
        solver: the agent that has the request's bead on its hook, and gets this one with it.
        wants: it is to be slung to a new polecat after the commit.
    """
    text = f"{sides}\n\n{_how(merge, solver)}"
    found = tx.find_bead(merge.conflict_bead) if merge.conflict_bead is not None else None
    if found is not None and found.state is BeadState.CLOSED:
        found = reopen_bead(tx, town, found)
    if found is None or found.state is BeadState.TOMBSTONE:
        found = _new(tx, town, merge, text)
    if solver is not None and found.state is BeadState.IN_PROGRESS and found.assignee != solver.id:
        found = _freed(tx, town, found)
    if solver is None:
        found = _freed(tx, town, found)
    labels = {*found.data.get("labels", ()), LABEL} - {WANTS_AGENT}
    if wants and found.state is BeadState.OPEN:
        labels |= {WANTS_AGENT}
    found = found.with_(description=text, labels=sorted(labels), updated_at=town.now())
    tx.put(found)
    if solver is not None and found.state is BeadState.OPEN:
        found = move_bead(tx, town, found, "claim", assignee=solver.id)
    return found


def named(tx: Transaction, town: Town, merge: Merge, bead: str) -> Merge:
    """A request that names its conflict bead."""
    if merge.conflict_bead != bead:
        merge = replace(merge, conflict_bead=bead, updated_at=town.now())
        tx.put(merge)
    return merge


def settle(tx: Transaction, town: Town, merge: Merge, why: str) -> str | None:
    """Close the conflict bead of a request that needs it no more; its id, if it was closed.

    One that a polecat has on its hook stays: it is that one's to hand in.
    """
    bead = tx.find_bead(merge.conflict_bead) if merge.conflict_bead is not None else None
    if bead is None or not bead.is_live or hook_of(tx, bead) is not None:
        return None
    labels = [label for label in bead.data.get("labels", ()) if label != WANTS_AGENT]
    move_bead(
        tx, town, bead, "close", BeadFacts(merged=True), closed_at=town.now(), close_reason=why,
        labels=labels or None,
    )  # fmt: skip
    return bead.id


def _new(tx: Transaction, town: Town, merge: Merge, text: str) -> Bead:
    above = tx.find_bead(merge.bead) if merge.bead is not None else None
    priority = above.priority if above is not None else merge.priority
    title = f"Solve the conflict of {merge.subject} with {merge.target}"[:_TITLE]
    wanted = NewBead(
        title, text, priority=2 if priority is None else priority, labels=(LABEL,),
        parent=above.id if above is not None else None,
    )  # fmt: skip
    rig = above.rig if above is not None else merge.rig
    return build(tx, town, wanted, rig, rules_of(town), actor=_REFINERY, flat=True)


def _freed(tx: Transaction, town: Town, bead: Bead) -> Bead:
    if bead.state is not BeadState.IN_PROGRESS or hook_of(tx, bead) is not None:
        return bead
    return move_bead(tx, town, bead, "withdraw", assignee=None)


def _how(merge: Merge, solver: Hook | None) -> str:
    if solver is not None:
        return (
            f"In your worktree: git merge {merge.target}, solve the files so that both sides'"
            " intent stays, git add and git commit, then gt done. This bead is closed with the"
            " merge."
        )
    return (
        f"In your worktree: git merge {merge.head} (that is {merge.branch}), solve the files so"
        " that both sides' intent stays, git add and git commit, run the tests, then gt done. When"
        f" that is on {merge.target}, {merge.id} is merged with it: do not do its work anew, and do"
        " not cherry-pick or squash it."
    )


def _shown(text: str) -> str:
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
