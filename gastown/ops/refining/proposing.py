"""Pull requests: where a rig works so, what was tested is offered on GitHub, and merged there.

The refinery pushes the branch, opens the pull request, and waits. What the target really holds
decides, and not what GitHub says: a request is merged when the fetched target contains its work.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from gastown.domain.merge import Merge, MergeState, Proof
from gastown.domain.merge_settings import Phase
from gastown.errors import GtError, Refused
from gastown.ops import mq, rigs
from gastown.ops.moves import move_merge
from gastown.ops.mq import REFINERY, Verdict, same
from gastown.ops.refining import following
from gastown.ops.refining.once import tell_once, works_again
from gastown.runtime import gh
from gastown.store.files import read_or_none, write_atomically
from gastown.store.merging import contains
from gastown.store.pushing import push
from gastown.store.stacking import prove
from gastown.store.worktree import Worktrees

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gastown.domain.rig import Rig
    from gastown.ops.host import Host
    from gastown.store.git import Git
    from gastown.store.town import Town

_WHAT = "pull-request"


def propose(
    town: Town, host: Host, merge: Merge, announce: Callable[[str], None] = lambda _: None
) -> Verdict:
    """Offer a tested request as a pull request; one that is open for it already is taken.

    Where that cannot be done the request is queued again with the reason, and the person told once.

    Raises:
        Superseded: more work was handed in.
    """
    rig = town.read().rig(merge.rig)
    try:
        url = _offered(town, host, rig, merge)
    except GtError as trouble:
        return _wait(town, rig, merge, trouble)
    works_again(town, rig.id, _WHAT)
    with town.transaction(f"offer {merge.id} as a pull request", actor=REFINERY) as tx:
        found = move_merge(
            tx, town, same(tx, merge), "propose", pull_request=url, reason=None, gate=None
        )
    announce(f"{merge.id} is offered as {url}")
    return Verdict(found)


def is_due(town: Town, rig: str) -> bool:
    """Whether open pull requests of a rig are to be looked at again by now."""
    if not town.read().merges(rig=rig, states=(MergeState.PROPOSED,)):
        return False
    text = (read_or_none(_last_look(town, rig)) or b"").decode("ascii", "replace").strip()
    try:
        since = (town.edge.clock() - datetime.fromisoformat(text)).total_seconds()
    except (ValueError, TypeError):
        return True
    return not 0 <= since < town.settings().rig(rig).merge.pr_poll_s


def look(town: Town, host: Host, rig: str) -> list[Verdict]:
    """Look at every open pull request of a rig; what came of those that are not open any more."""
    waiting = town.read().merges(rig=rig, states=(MergeState.PROPOSED,))
    if not waiting:
        return []
    last = _last_look(town, rig)
    last.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(last, f"{town.edge.clock().isoformat()}\n".encode())
    found = [_looked_at(town, host, town.read().rig(rig), merge) for merge in waiting]
    return [verdict for verdict in found if verdict is not None]


def _offered(town: Town, host: Host, rig: Rig, merge: Merge) -> str:
    """The address of the pull request.

    Raises:
        GtError: the branch could not be pushed, or GitHub not be asked.
    """
    git = Worktrees(town.layout, rig.id).git
    branch = f"gt/{merge.id}"
    ours = f"refs/gt/offered/{merge.id}"  # what others have pushed to it is never replaced
    done = push(git, merge.head, branch, instead_of=git.oid(ours))
    if not done.ok:
        raise Refused(f"{branch} cannot be pushed: {done.said}")
    git.run("update-ref", "-m", "gt: offered", ours, merge.head)
    title, body = _words(town, merge)
    return gh.open_pull_request(
        gh.Proposal(branch, merge.target, title, body), url=rig.url,
        cwd=town.layout.repository(rig.id), env=host.clean_env(),
    )  # fmt: skip


def _words(town: Town, merge: Merge) -> tuple[str, str]:
    reader = town.read()
    bead = reader.find("bead", merge.bead) if merge.bead is not None else None
    title = f"{merge.subject}: {getattr(bead, 'title', merge.branch)}"
    gates = town.settings().rig(merge.rig).gates
    names = [gate.name for gate in gates if gate.required and gate.phase is not Phase.POST_MERGE]
    passed = f"Passed, merged with {merge.target} at {(merge.base or '?')[:12]}: " + (
        ", ".join(names) or "no gates"
    )
    trailers = [("Bead", merge.bead), ("Agent", merge.hook), ("Merge-Request", merge.id),
                ("Commit", merge.head)]  # fmt: skip
    lines = "\n".join(f"{key}: {value}" for key, value in trailers if value)
    return " ".join(title.split()), f"{passed}\n\n{lines}\n"


def _wait(town: Town, rig: Rig, merge: Merge, trouble: GtError) -> Verdict:
    why = f"it cannot be offered as a pull request: {trouble.message}"
    with town.transaction(f"{merge.id} waits: {why}", actor=REFINERY) as tx:
        now = same(tx, merge)
        if now.state is MergeState.TESTING:
            now = move_merge(tx, town, now, "requeue", reason=why)
    _tell(town, rig, why, trouble)
    return Verdict(now, held=why)


def _tell(town: Town, rig: Rig, why: str, trouble: GtError) -> None:
    subject = f"pull requests of {rig.id} do not work"
    body = f"{why}\n\n{trouble.hint or ''}\n\nIt is tried again by itself."
    tell_once(town, rig.id, _WHAT, subject=subject, why=trouble.message, body=body)


def _looked_at(town: Town, host: Host, rig: Rig, merge: Merge) -> Verdict | None:
    """What came of a pull request; None: nothing yet."""
    found = gh.view_pull_request(
        merge.pull_request or "", url=rig.url, cwd=town.layout.repository(rig.id),
        env=host.clean_env(),
    )  # fmt: skip
    if found.state == "unknown":
        why = f"its pull request cannot be looked at: {found.why or 'gh does not say how it is'}"
        _tell(town, rig, why, Refused(why, hint="gh auth status"))
        return Verdict(merge, held=why)
    works_again(town, rig.id, _WHAT)
    try:
        if found.state == "merged":
            return _merged(town, rig, merge, found)
        if found.state == "closed":
            failure = following.Failure(
                "pull request", "its pull request was closed", f"{merge.pull_request}\n"
            )
            return following.failed(town, host, merge, failure)
    except mq.Superseded:
        pass  # there is more work, which is looked at by itself
    return None


def _merged(town: Town, rig: Rig, merge: Merge, found: gh.Seen) -> Verdict | None:
    followed = rigs.refresh(town, rig)
    git = Worktrees(town.layout, rig.id).git
    target = git.oid(f"refs/heads/{merge.target}")
    proven = _proven(git, target, merge, found) if target is not None else None
    if proven is None:
        why = f"its pull request is merged, and {merge.target} here does not hold it"
        return Verdict(merge, held=f"{why}: {followed.warning}" if followed.warning else why)
    if mq.was_taken_back(town, merge):
        return None
    result, proof = proven
    return mq.merged(
        town, merge, result=result, contained=True, actor=REFINERY, proof=proof.value,
        pushed="origin",
    )  # fmt: skip


def _proven(git: Git, target: str, merge: Merge, found: gh.Seen) -> tuple[str, Proof] | None:
    """The commit of the target that the work became, and how that is known."""
    if found.commit is not None and git.oid(found.commit) is not None:
        proof = prove(git, target, merge.head, found.commit)
        if proof is not None:
            return found.commit, proof
    if not contains(git, target, merge.head):
        return None
    return target, prove(git, target, merge.head, target) or Proof.TREE


def _last_look(town: Town, rig: str) -> Path:
    return town.layout.run / "looked" / f"{rig}.pull-requests"
