"""Requests for branches that no hook hands in: submitted by name, or pushed for merging.

A branch has one pending request at most: more commits on it move that one. Its bead is the one that
is named, else the one in the branch's name, else the one that all `Bead:` trailers of its commits
agree on; who handed in the branch is its author, and no hook is finished by it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from gastown.domain.merge import Merge, MergeState
from gastown.errors import GitFailed, MoveRefused, NotFound, Refused
from gastown.ops.moves import hook_of, move_merge

if TYPE_CHECKING:
    from gastown.domain.bead import Bead
    from gastown.store.git import Git
    from gastown.store.reader import Reader
    from gastown.store.town import Town
    from gastown.store.transaction import Transaction

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_ID_LENGTH = 5
_POLECAT_BRANCH = re.compile(r"polecat/[^/]+/(?P<bead>[^/]+)@[0-9]+")
_MOST_COMMITS = 500
_BACK = (MergeState.FAILED, MergeState.CONFLICTED, MergeState.REJECTED)


def pending_of(reader: Reader, rig: str, branch: str) -> Merge | None:
    """The request that still wants something from a branch, if there is one."""
    return next(
        (m for m in reader.merges(rig=rig) if m.branch == branch and m.is_pending), None
    )  # fmt: skip


def bead_of_branch(reader: Reader, git: Git, rig: str, branch: str, span: str) -> str | None:
    """The live bead of the rig that a branch is for, by its name or its commits' trailers."""
    named = _POLECAT_BRANCH.fullmatch(branch)
    return (_live(reader, rig, named["bead"]) if named else None) or bead_of_commits(
        reader, git, rig, span
    )


def bead_of_commits(reader: Reader, git: Git, rig: str, span: str) -> str | None:
    """The live bead of the rig that all `Bead:` trailers of some commits agree on."""
    try:
        said = git.text(
            "log", f"--max-count={_MOST_COMMITS}", "--no-merges",
            "--format=%(trailers:key=Bead,valueonly,separator=%x0a)", "--end-of-options", span,
            "--",
        )  # fmt: skip
    except GitFailed:
        return None
    names = {line.strip() for line in said.splitlines() if line.strip()}
    return _live(reader, rig, names.pop()) if len(names) == 1 else None


def _live(reader: Reader, rig: str, identifier: str) -> str | None:
    bead = reader.find("bead", identifier)
    return identifier if bead is not None and bead.rig == rig and bead.is_live else None


def check_bead(tx: Transaction, identifier: str, rig: str, *, branch: str, actor: str) -> Bead:
    """A bead that a branch may be for.

    Raises:
        NotFound: there is no such bead.
        Refused: it is closed, of another rig, on somebody else's hook, or another branch of it
            waits in the queue already.
    """
    bead = tx.bead(identifier)
    if bead.rig != rig:
        raise Refused(f"{identifier} is no bead of {rig}", hint=f"bd list --rig {rig}")
    if not bead.is_live:
        raise Refused(f"{identifier} is {bead.state} already", hint=f"bd reopen {identifier}")
    for merge in tx.read.merges(rig=rig):
        if merge.bead == identifier and merge.is_pending and merge.branch != branch:
            raise Refused(
                f"{identifier} has a request already: {merge.id}, of {merge.branch}",
                hint=f"take it off first: gt mq withdraw {merge.id}",
            )
    holder = hook_of(tx, bead)
    if holder is not None and holder.id != actor:
        raise Refused(
            f"{identifier} is on the hook of {holder.id}",
            hint=f"gt done there hands it in; or take it away: gt unsling {identifier}",
        )
    return bead


def put_request(
    tx: Transaction, town: Town, *, rig: str, branch: str, target: str, head: str,
    bead: str | None, author: str, priority: int | None,
) -> Merge:  # fmt: skip
    """Put a new request for a branch into the queue."""
    now = town.now()
    merge = Merge(
        id=_new_id(tx, town, rig, bead), state=MergeState.QUEUED, rig=rig, bead=bead, hook=None,
        author=author, priority=priority, branch=branch, target=target, head=head,
        created_at=now, updated_at=now,
    )  # fmt: skip
    tx.put_new(merge)
    return merge


def move_on(tx: Transaction, town: Town, merge: Merge, head: str) -> Merge:
    """A request asks for another commit of its branch; one that had come back is queued again.

    Raises:
        MoveRefused: it is being tested just now.
    """
    if merge.state is MergeState.TESTING:
        raise MoveRefused(
            f"{merge.id} is being tested just now", hint="say it again when gt mq list says how"
        )
    if merge.state is MergeState.QUEUED:
        merge = replace(merge, head=head, reason=None, updated_at=town.now())
        tx.put(merge)
        return merge
    if merge.state in _BACK:
        return move_merge(
            tx, town, merge, "retry", head=head, reason=None, gate=None, conflicts=(),
            retries=merge.retries + 1,
        )  # fmt: skip
    return move_merge(tx, town, merge, "requeue", head=head, reason=None)


def _new_id(tx: Transaction, town: Town, rig: str, bead: str | None) -> str:
    taken = {merge.id for merge in tx.read.merges()}
    if bead is not None:
        number = 1 + sum(merge.bead == bead for merge in tx.read.merges(rig=rig))
        while f"mr-{bead}-{number}" in taken:
            number += 1
        return f"mr-{bead}-{number}"
    for _ in range(100):
        number = int.from_bytes(town.edge.entropy(8), "big")
        digits = ""
        for _ in range(_ID_LENGTH):
            number, digit = divmod(number, len(_DIGITS))
            digits += _DIGITS[digit]
        if f"mr-{digits}" not in taken:
            return f"mr-{digits}"
    raise NotFound("no free id for a merge request was found", hint="try again")
