"""Branches that were pushed to be merged: `mq/NAME` in a rig's repository, or on its origin.

Each is a request as long as it is there: made when it is seen, moved on with its branch, taken off
when the branch is deleted before it merged. What a person took off is not asked for again by the
same commit. Reading refs needs no git process; only what is new is looked at closely.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.merge import Merge, MergeState
from gastown.errors import GtError, MoveRefused
from gastown.ids import HUMAN
from gastown.ops.moves import move_merge
from gastown.ops.observe import MONITOR, Seen
from gastown.ops.refining.branch_requests import (
    bead_of_commits,
    check_bead,
    move_on,
    pending_of,
    put_request,
)
from gastown.store.evidence import already_applied
from gastown.store.refs import Refs
from gastown.store.worktree import Worktrees

if TYPE_CHECKING:
    from gastown.store.git import Git
    from gastown.store.reader import Reader
    from gastown.store.town import Town

LOCAL, ORIGIN = "refs/heads/mq/", "refs/remotes/origin/mq/"
_DELETED = "its branch was deleted"


@dataclass(frozen=True)
class Pushed:
    """A branch that somebody pushed to be merged. `ref`: its full name."""

    ref: str
    head: str

    @property
    def branch(self) -> str:
        """The name that its request has: `mq/NAME`, or `origin/mq/NAME`."""
        return self.ref.removeprefix("refs/heads/").removeprefix("refs/remotes/")


def pushed(refs: Refs) -> tuple[Pushed, ...]:
    """Every such branch; one that is here and on the origin alike counts once."""
    here = refs.below(LOCAL)
    there = refs.below(ORIGIN)
    twice = {ref for ref, head in there.items() if here.get(LOCAL + ref[len(ORIGIN) :]) == head}
    both = {**here, **{ref: head for ref, head in there.items() if ref not in twice}}
    return tuple(Pushed(ref, head) for ref, head in both.items())


def look_at_pushed(town: Town, rig: str) -> Seen:
    """Make, move or take off the requests of pushed branches, as these are now."""
    trees = Worktrees(town.layout, rig)
    if not trees.repository.is_dir():
        return Seen()
    found = pushed(Refs(trees.repository))
    reader = town.read()
    mine = [m for m in reader.merges(rig=rig) if m.hook is None and _is_pushed(m.branch)]
    deeds: list[str] = []
    for one in found:
        deeds += _follow(town, trees.git, rig, one, [m for m in mine if m.branch == one.branch])
    there = {one.branch for one in found}
    heads = {one.head for one in found}
    for merge in mine:
        gone = merge.branch not in there and merge.head not in heads
        if merge.is_pending and merge.state is not MergeState.TESTING and gone:
            deeds += _take_off(town, merge)
    return Seen(tuple(deeds))


def _is_pushed(branch: str) -> bool:
    return branch.startswith(("mq/", "origin/mq/"))


def _follow(town: Town, git: Git, rig: str, one: Pushed, mine: list[Merge]) -> list[str]:
    """One branch against the requests that it had."""
    waiting = [merge for merge in mine if merge.is_pending]
    if waiting:
        [merge] = waiting[-1:]
        if merge.head == one.head or merge.state is MergeState.TESTING:
            return []  # one that is tested just now is looked at again once that is decided
        return _move(town, merge, one)
    if any(merge.head == one.head and merge.reason != _DELETED for merge in mine):
        return []
    reader = town.read()
    known = any(merge.head == one.head for merge in mine)
    if not known and already_applied(town, _evidence(one), f"merges/{rig}"):
        return []
    target = reader.rig(rig).branch
    if any(m.head == one.head and m.is_pending for m in reader.merges(rig=rig)):
        return []
    span = f"refs/heads/{target}..{one.head}"
    if git.oid(f"{one.head}^{{commit}}") is None or git.text("rev-list", "--count", span) == "0":
        return []
    return _make(town, git, rig, one, target, bead_of_commits(reader, git, rig, span))


def _make(town: Town, git: Git, rig: str, one: Pushed, target: str, bead: str | None) -> list[str]:
    author = _author(town.read(), git, one.head)
    subject = f"{one.branch} was pushed to be merged"
    with town.transaction(subject, actor=MONITOR, cause=_evidence(one)) as tx:
        if pending_of(tx.read, rig, one.branch) is not None:
            return []
        if bead is not None:
            try:
                check_bead(tx, bead, rig, branch=one.branch, actor=author)
            except GtError:
                bead = None  # it is somebody else's: the branch is merged, the bead stays theirs
        merge = put_request(
            tx, town, rig=rig, branch=one.branch, target=target, head=one.head, bead=bead,
            author=author, priority=None,
        )  # fmt: skip
    return [f"{subject}: {merge.id}"]


def _move(town: Town, merge: Merge, one: Pushed) -> list[str]:
    subject = f"{one.branch} was pushed again: {merge.id} asks for {one.head[:12]}"
    try:
        with town.transaction(subject, actor=MONITOR, cause=_evidence(one)) as tx:
            now = tx.merge(merge.id)
            if not now.is_pending or now.head == one.head:
                return []
            move_on(tx, town, now, one.head)
    except MoveRefused:
        return []
    return [subject]


def _take_off(town: Town, merge: Merge) -> list[str]:
    subject = f"withdraw {merge.id}: {merge.branch} was deleted"
    try:
        with town.transaction(subject, actor=MONITOR) as tx:
            now = tx.merge(merge.id)
            if not now.is_pending or now.head != merge.head:
                return []
            move_merge(tx, town, now, "withdraw", reason=_DELETED)
    except MoveRefused:
        return []
    return [subject]


def _author(reader: Reader, git: Git, head: str) -> str:
    """The agent that committed it, if the town knows it; else the person."""
    name, _, domain = git.text("log", "-n1", "--format=%ce", head, "--").rpartition("@")
    address = f"{domain.removesuffix('.gt')}/{name}"
    return address if domain.endswith(".gt") and reader.hook(address) is not None else HUMAN


def _evidence(one: Pushed) -> str:
    return f"{one.ref}:{one.head}"
