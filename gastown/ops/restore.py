"""Bringing a hook's work back from what is held of it, and showing what that is.

What is there before is held first, so restoring can itself be taken back. The branch only ever
moves forward: to the commit that a snapshot was made on where it was reset back from it, or where
it is gone. A branch with newer commits stays, and the files become uncommitted changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.errors import GitFailed, Refused
from gastown.ops import sessions
from gastown.ops.repair import mend_held
from gastown.ops.retire import place_held
from gastown.ops.snapshots import hold
from gastown.runtime.sessions import State
from gastown.store.checkout import check_empty, check_way, into_folder, into_worktree
from gastown.store.contents import admin_of, doing, look, private_index
from gastown.store.git import ZERO, Git
from gastown.store.objects import changes
from gastown.store.worktree import Worktrees
from gastown.views.hook_log import BEFORE_RESTORE, pick
from gastown.views.hooks import has_worktree

if TYPE_CHECKING:
    from pathlib import Path

    from gastown.domain.hook import Hook
    from gastown.ops.host import Host
    from gastown.ops.repair import Finding
    from gastown.store.contents import Contents
    from gastown.store.history import Told
    from gastown.store.town import Town

_DIFF = (
    "--no-ext-diff", "--no-textconv", "--no-color", "--no-relative", "--ignore-submodules=none",
    "-O/dev/null", "--src-prefix=a/", "--dst-prefix=b/", "-M",
)  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """What a snapshot or commit brings, or what is not committed now, as a patch or as statistics.

    Attributes:
        old, new: the commits or trees that were compared.
        left_out: secrets and repositories that are not in it.
    """

    hook: Hook
    old: str
    new: str
    text: str
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class Restored:
    """A worktree that was brought to what a snapshot or commit holds.

    Attributes:
        files: how many changed.
        before: the snapshot of what was there, or None where its commit holds all of it.
        moved: where the branch was (empty: nowhere) and is now, if it was moved.
        stays: the branch's commit, if that is not the one it was made on.
        mended: what was wrong with the worktree.
        left_out: what is not in the snapshot.
    """

    hook: Hook
    id: str
    kind: str
    subject: str
    files: int
    before: str | None
    moved: tuple[str, str] | None
    stays: str | None
    mended: tuple[Finding, ...]
    left_out: tuple[str, ...]
    warnings: tuple[str, ...]
    dry_run: bool


@dataclass(frozen=True)
class Placed:
    """Files that were put into an ordinary folder. `advice`: commands to go on with."""

    path: Path
    id: str
    kind: str
    subject: str
    files: int
    branch: str | None
    left_out: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()
    dry_run: bool = False


def diff(town: Town, hook: Hook, revision: str | None, *, stat: bool) -> Difference:
    """What is not committed now or, with `revision`, what that snapshot or commit brings.

    Raises:
        Refused: without `revision`: there is no worktree.
        NotFound, UsageTrouble: nothing that is held is called so.
    """
    trees = Worktrees(town.layout, hook.rig)
    if revision is not None:
        _, told = pick(town, hook, revision)
        old = told.parents[0] if told.parents else _empty_tree(trees.git)
        text = _diff(trees.git, old, told.oid, stat)
        return Difference(hook, old, told.oid, text, (*told.left_out, *told.nested))
    now = _look(town, trees, hook)
    old = now.head or _empty_tree(trees.git)
    text = _diff(trees.git, old, now.tree, stat)
    return Difference(hook, old, now.tree, text, (*now.left_out, *now.nested))


def restore(town: Town, hook: Hook, revision: str | None, *, host: Host, dry_run: bool) -> Restored:
    """Bring a hook's worktree to what a snapshot or commit holds; by default the newest snapshot.

    Raises:
        Refused: the hook has no worktree any more, git is in the middle of something there, or
            files that no snapshot holds are in the way; nothing was changed.
        Busy: somebody's git is at work there.
        NotFound, UsageTrouble: nothing that is held is called so.
    """
    found, told = pick(town, hook, revision)
    with place_held(town, hook):
        now = town.read().hook(hook.id)
        if now is None or not now.is_live or now.generation != hook.generation:
            raise Refused(
                f"the hook of {hook.id} is archived: there is no worktree to restore into",
                hint=f"gt hooks restore {hook.id} {told.oid[:10]} --to PATH; or: gt rescue list",
            )
        mended = () if dry_run else tuple(f for f in mend_held(town, now) if f.mended)
        run = _Restore(town, now, told)
        files = run.rehearse() if dry_run else run.perform()
    return Restored(
        now, told.oid[:10], found.kind, told.subject, files, run.before, run.moved, run.stays,
        mended, (*told.left_out, *told.nested), (*_at_work(town, host, now), *run.warnings()),
        dry_run,
    )  # fmt: skip


def restore_to(
    town: Town, hook: Hook, revision: str | None, folder: Path, *, dry_run: bool
) -> Placed:
    """Put the files of a snapshot or commit into a new or empty folder, away from any repository.

    Raises:
        Refused: something is there, or it is a place of the town's own.
        NotFound, UsageTrouble: nothing that is held is called so.
    """
    found, told = pick(town, hook, revision)
    check_place(town, folder)
    git = Worktrees(town.layout, hook.rig).git
    if dry_run:
        check_empty(folder)
        files = git.run("ls-tree", "-r", "-z", "--name-only", told.oid).stdout.count(b"\0")
    else:
        files = into_folder(git, told.oid, folder)
    return Placed(
        folder, told.oid[:10], found.kind, told.subject, files, None,
        (*told.left_out, *told.nested), dry_run=dry_run,
    )  # fmt: skip


def check_place(town: Town, folder: Path) -> None:
    """Check that files may be put into a folder.

    Raises:
        Refused: the town keeps its own things there.
    """
    for own in (town.layout.hq, town.layout.machine):
        if folder.is_relative_to(own):
            raise Refused(f"{folder} is inside {own}", hint="give a folder of your own: --to PATH")


class _Restore:
    """One restoring of a worktree: what it will do, or what it has done."""

    def __init__(self, town: Town, hook: Hook, told: Told) -> None:
        self._town = town
        self._hook = hook
        self._told = told
        self._trees = Worktrees(town.layout, hook.rig)
        self.before: str | None = None
        self.moved: tuple[str, str] | None = None
        self.stays: str | None = None
        self._merging = False

    def rehearse(self) -> int:
        """Find out what would be done."""
        self._plan()
        path = self._trees.path(self._hook)
        if not has_worktree(self._town, self._hook):
            tip = self._trees.git.oid(self._hook.full_branch)
            return len(changes(self._trees.git, tip, self._told.tree)) if tip else 0
        now = _look(self._town, self._trees, self._hook)
        check_way(Git(path), now.tree, self._told.tree)
        return len(changes(self._trees.git, now.tree, self._told.tree))

    def perform(self) -> int:
        """Do it."""
        path = self._trees.path(self._hook)
        self._check_quiet(path)
        laid = into_worktree(
            path, self._told, hold=self._hold, move=self._move,
            quarantine=self._town.layout.quarantine,
        )  # fmt: skip
        self._merging = laid.merging
        return laid.files

    def warnings(self) -> tuple[str, ...]:
        """What a person should know of a merge or something else that was in progress."""
        told = self._told
        if self._merging:
            end = " (conflicts are to be resolved again)" if told.has_conflicts else ""
            return (f"the merge of {told.merging[0][:10]} is in progress again{end}",)
        if told.merging:
            command = f"git -C {self._hook.path} merge {' '.join(m[:10] for m in told.merging)}"
            return (f"a merge was in progress; begin it again from its start: {command}",)
        if told.doing:
            return (f"a {told.doing} was in progress; it is not taken up again",)
        return ()

    def _check_quiet(self, path: Path) -> None:
        busy = doing(admin_of(Git(path)))
        if busy is not None:
            verb = "reset" if busy == "bisect" else "quit"
            flag = verb if busy == "bisect" else f"--{verb}"
            raise Refused(
                f"git is in the middle of a {busy} in {path}",
                hint=f"end it: git -C {self._hook.path} {busy} {flag}; or use --to PATH",
            )

    def _hold(self, git: Git, contents: Contents) -> None:
        taken = hold(self._trees, self._hook, git, contents, BEFORE_RESTORE)
        if taken is not None:
            self.before = taken.oid

    def _plan(self) -> str | None:
        """Decide what becomes of the branch; returns the commit that it will be at."""
        tip = self._trees.git.oid(self._hook.full_branch)
        head = self._told.head
        if head is None or head == tip:
            return tip
        mine = self._told.branch in (None, self._hook.full_branch)
        if tip is None or (mine and self._trees.git.holds(
            "merge-base", "--is-ancestor", tip, head
        )):  # fmt: skip
            self.moved = (tip or "", head)
            return head
        self.stays = tip
        return tip

    def _move(self) -> str | None:
        """Move the branch forward, and HEAD back onto it."""
        to = self._plan()
        branch = self._hook.full_branch
        git = Git(self._trees.path(self._hook))
        if self.moved is not None:
            git.run("update-ref", "-m", "gt: restored", branch, self.moved[1],
                    self.moved[0] or ZERO)  # fmt: skip
        git.run("merge", "--quit")
        git.run("symbolic-ref", "-m", "gt: restored", "HEAD", branch)
        return to


def _at_work(town: Town, host: Host, hook: Hook) -> tuple[str, ...]:
    found = sessions.liveness(sessions.sessions_of(town, host), hook)
    if found is None or found.state is not State.RUNNING:
        return ()
    return (f"the agent of {hook.id} is at work there and does not know of this",)


def _look(town: Town, trees: Worktrees, hook: Hook) -> Contents:
    if not has_worktree(town, hook):
        raise Refused(
            f"{hook.id} has no worktree", hint=f"gt hooks repair; or see: gt hooks log {hook.id}"
        )
    git = Git(trees.path(hook))
    admin = admin_of(git)
    with private_index(admin) as extra:
        return look(git, admin, extra)


def _diff(git: Git, old: str, new: str, stat: bool) -> str:
    form = ("--stat=100", "--summary") if stat else ("-p",)
    try:
        found = git.run("diff-tree", "-r", *form, *_DIFF, old, new, "--")
    except GitFailed as failure:
        raise Refused(f"git cannot tell the difference: {failure.stderr}") from failure
    return found.stdout.decode("utf-8", "backslashreplace")


def _empty_tree(git: Git) -> str:
    return git.run("mktree", stdin=b"").text
