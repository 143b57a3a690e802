"""Integration branches: the work of an epic is merged into a branch of its own, to land as one.

Work that is slung from below the epic has that branch as its target. Landing asks for the branch
like for any other: it is tested, merged by the queue, and closes the epic. A record follows its
request: merged, and it has landed; come back, and it is open again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gastown.domain.integration import INTEGRATION, Integration, IntegrationState
from gastown.domain.merge import MergeState
from gastown.errors import GitFailed, GtError, NotFound, Refused
from gastown.ops import mq
from gastown.ops.observe import MONITOR, Seen
from gastown.ops.refining.branch_requests import move_on, pending_of, put_request
from gastown.ops.rigs import refresh
from gastown.store.merging import contains
from gastown.store.refs import Refs
from gastown.store.worktree import Worktrees
from gastown.views.integrations import integration_by_id, integration_view

if TYPE_CHECKING:
    from gastown.domain.merge import Merge
    from gastown.store.git import Git
    from gastown.store.town import Town
    from gastown.store.transaction import Transaction

_LIVE = (IntegrationState.OPEN, IntegrationState.LANDING)
_UNDER_WAY = (MergeState.QUEUED, MergeState.TESTING, MergeState.PROPOSED)
_NOTHING = "0" * 40


def create(
    town: Town, epic: str, *, branch: str | None, target: str | None, actor: str
) -> Integration:
    """Begin an integration branch for an epic, at its target's commit.

    Raises:
        NotFound: the epic or the target does not exist.
        Refused: it is no epic of a rig and has no children, it has such a branch already, or a
            branch of that name is there.
    """
    reader = town.read()
    bead = reader.bead(epic)
    if reader.path_of("rig", bead.rig) is None:
        raise Refused(f"{epic} is of no rig", hint="an integration branch is a branch of a project")
    if bead.data.get("issue_type") != "epic" and not reader.children(epic):
        raise Refused(f"{epic} is no epic and has no children", hint=f"bd update {epic} -t epic")
    _check_none(reader.find("integration", epic))
    rig = reader.rig(bead.rig)
    name = branch or f"integration/{epic}"
    onto = target or rig.branch
    git = Worktrees(town.layout, rig.id).git
    if onto == rig.branch:
        refresh(town, rig)
    base = git.oid(f"refs/heads/{onto}")
    if base is None:
        raise NotFound(f"{rig.id} has no branch {onto!r}", hint="gt rig list")
    _make_branch(git, name, base)
    try:
        with town.transaction(f"integrate {epic} on {name}", actor=actor) as tx:
            before = tx.read.find("integration", epic)
            _check_none(before)
            now = town.now()
            found = Integration(
                id=epic, state=IntegrationState.OPEN, rig=rig.id, branch=name, target=onto,
                base=base, created_at=before.created_at if before else now, updated_at=now,
            )  # fmt: skip
            tx.put(found)
    except BaseException:
        git.run("update-ref", "-d", f"refs/heads/{name}", base, accept=(0, 1, 128))
        raise
    return found


def _check_none(found: Integration | None) -> None:
    if found is not None and found.state in _LIVE:
        raise Refused(
            f"{found.id} has an integration branch already: {found.branch}",
            hint=f"gt mq integration status {found.id}",
        )
    if found is not None and found.state is IntegrationState.CLOSED:
        raise Refused(f"the integration of {found.id} was closed", hint="make another epic")


def _make_branch(git: Git, name: str, base: str) -> None:
    if not git.holds("check-ref-format", f"refs/heads/{name}") or name.startswith("-"):
        raise Refused(f"{name!r} can be no branch", hint="--branch NAME")
    try:
        git.run("update-ref", "-m", "gt: integration", f"refs/heads/{name}", base, _NOTHING)
    except GitFailed as failure:
        if git.oid(f"refs/heads/{name}") is None:
            raise Refused(f"{name} cannot be made: {failure.stderr}", hint="--branch") from failure
        raise Refused(f"there is a branch {name} already", hint="--branch NAME") from failure


def land(town: Town, epic: str, *, force: bool, actor: str) -> tuple[Integration, Merge]:
    """Ask for an integration branch to be merged into its target.

    Raises:
        NotFound: the epic has no integration branch.
        Refused: it has landed or was closed, it has nothing to merge, or its work is not done
            (`force` does not mind that).
        MoveRefused: its request is being tested just now.
    """
    view = integration_view(town, integration_by_id(town.read(), epic))
    if view.integration.state not in _LIVE:
        raise Refused(f"{epic} is {view.integration.state}", hint="gt mq integration list")
    head = view.head
    if head is None or not view.ahead:
        raise Refused(f"{view.integration.branch} has nothing to merge", hint="gt mq list")
    if view.waits and not force:
        raise Refused(
            f"{epic} cannot land yet: {'; '.join(view.waits)}",
            hint=f"gt mq integration status {epic}; --force lands what is there",
        )
    with town.transaction(f"land {epic}", actor=actor) as tx:
        found: Integration = tx.read.find("integration", epic)
        merge = pending_of(tx.read, found.rig, found.branch)
        bead = tx.bead(epic)
        if merge is None:
            merge = put_request(
                tx, town, rig=found.rig, branch=found.branch, target=found.target, head=head,
                bead=epic if bead.is_live else None, author=actor, priority=None,
            )  # fmt: skip
        elif merge.head != head or merge.state not in _UNDER_WAY:
            merge = move_on(tx, town, tx.merge(merge.id), head)
        return _follow(tx, town, found, merge), merge


def close(town: Town, epic: str, *, actor: str) -> Integration:
    """Give up an integration branch; the branch itself stays.

    Raises:
        NotFound: the epic has none.
        Refused: work is still on its way into it.
        MoveRefused: it is not open.
    """
    view = integration_view(town, integration_by_id(town.read(), epic))
    if view.requests or view.agents:
        names = ", ".join([*view.requests, *view.agents])
        raise Refused(f"work is on its way into it: {names}", hint="gt mq withdraw, gt unsling")
    with town.transaction(f"give up the integration of {epic}", actor=actor) as tx:
        found: Integration = tx.read.find("integration", epic)
        return _move(tx, town, found, "close")


def settle(town: Town, rig: str) -> Seen:
    """Bring the records of integration branches to where their requests are; reads records only."""
    reader = town.read()
    deeds: list[str] = []
    for one in reader.integrations(rig):
        merge = reader.find("merge", one.merge) if one.merge else None
        if merge is None or _trigger(town, one, merge) is None:
            continue
        with town.transaction(f"integration of {one.id}", actor=MONITOR) as tx:
            now = tx.read.find("integration", one.id)
            before, after = now.state, _follow(tx, town, now, tx.merge(merge.id)).state
            tx.subject = f"the integration of {one.id} is {after}: {merge.id} is {merge.state}"
            if before != after:
                deeds.append(tx.subject)
    return Seen(tuple(deeds))


def look_at_integrations(town: Town, rig: str) -> Seen:
    """Take notice of integration branches that somebody merged into their target by hand."""
    reader = town.read()
    seen = Seen()
    trees = Worktrees(town.layout, rig)
    for one in reader.integrations(rig):
        if one.state is not IntegrationState.OPEN:
            continue
        refs = Refs(trees.repository)
        head = refs.oid(f"refs/heads/{one.branch}")
        target = refs.oid(f"refs/heads/{one.target}")
        if None in (head, target) or head == one.base or one.merge is not None:
            continue
        if head is not None and target is not None and contains(trees.git, target, head):
            seen += _landed_by_hand(town, one, head, target)
    return seen + settle(town, rig)


def _landed_by_hand(town: Town, one: Integration, head: str, target: str) -> Seen:
    subject = f"{one.branch} was merged into {one.target} by hand"
    try:
        with town.transaction(subject, actor=MONITOR) as tx:
            bead = tx.bead(one.id)
            merge = put_request(
                tx, town, rig=one.rig, branch=one.branch, target=one.target, head=head,
                bead=one.id if bead.is_live else None, author="", priority=None,
            )  # fmt: skip
            _follow(tx, town, tx.read.find("integration", one.id), merge)
        mq.merged(town, merge, result=target, contained=True, actor=MONITOR)
    except GtError:
        return Seen()
    return Seen((subject,))


def _trigger(town: Town, one: Integration, merge: Merge) -> str | None:
    """How a record has to move to be where its request is."""
    if merge.state is MergeState.MERGED:
        head = Refs(town.layout.repository(one.rig)).oid(f"refs/heads/{one.branch}")
        is_all = head in (None, merge.head)
        if one.state in _LIVE and is_all:
            return "land"
        return "reopen" if one.state is IntegrationState.LANDING else None
    if merge.state in _UNDER_WAY:
        return "request" if one.state is IntegrationState.OPEN else None
    return "reopen" if one.state is IntegrationState.LANDING else None


def _follow(tx: Transaction, town: Town, one: Integration, merge: Merge) -> Integration:
    trigger = _trigger(town, one, merge)
    if trigger is not None:
        return _move(tx, town, one, trigger, merge=merge.id)
    if one.merge != merge.id:
        one = replace(one, merge=merge.id, updated_at=town.now())
        tx.put(one)
    return one


def _move(
    tx: Transaction, town: Town, one: Integration, trigger: str, merge: str | None = None
) -> Integration:
    state = INTEGRATION.after(one.state, trigger, None)
    one = replace(one, state=state, merge=merge or one.merge, updated_at=town.now())
    tx.put(one)
    return one
