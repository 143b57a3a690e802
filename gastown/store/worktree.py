"""Agents' worktrees: added locked, observed, and removed only when their work is held by a ref.

Changes of a repository's worktree registry happen under the rig's `registry` lock (git's own races
make 2 of 30 parallel adds fail); the checkout, which is slow, happens outside of it.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from gastown.errors import GitFailed, Refused
from gastown.store import hookfile
from gastown.store.files import disk_errors, read_or_none, write_atomically
from gastown.store.git import ZERO, Git

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from gastown.domain.hook import Hook
    from gastown.store.layout import Layout

LOCK_REASON = "a gastown hook: remove it with gt"


@dataclass(frozen=True)
class TreeState:
    """What is really there of a hook; compared with its record by `gt hooks list`.

    Attributes:
        head: the commit that the branch points at, or None where the branch is missing.
        dirty: changes that are not committed; None: cannot be told.
    """

    directory: bool
    linked: bool
    registered: bool
    on_branch: bool
    head: str | None
    dirty: bool | None

    @property
    def trouble(self) -> str | None:
        """What is wrong, in words, or None."""
        if self.head is None:
            return "its branch is missing"
        if not self.directory:
            return "its worktree is gone"
        if not self.linked or not self.registered:
            return "its worktree's registration is stale"
        if not self.on_branch:
            return "its worktree is on another branch"
        return None


class Worktrees:
    """The worktrees of one rig (or of the town's own repository, for the mayor)."""

    def __init__(self, layout: Layout, rig: str) -> None:
        self._layout = layout
        self._rig = rig
        sealed = rig == "hq"
        self.repository = layout.town_git if sealed else layout.repository(rig)
        self.git = Git(self.repository, bare=True, sealed=sealed)

    def _registry(self) -> AbstractContextManager[int]:
        """Nobody else changes the repository's list of worktrees meanwhile."""
        from gastown.store.locks import hold  # looking at a hook must not pay for it

        return hold(self._layout.rig_lock(self._rig, "registry"), what=f"rig {self._rig}")

    def path(self, hook: Hook) -> Path:
        """Where the hook's worktree is."""
        return self._layout.root / hook.path

    def add(self, hook: Hook) -> Path:
        """Make the hook's branch, where it is missing, at its base, and its worktree; idempotent.

        Raises:
            Refused: something else is in the worktree's place, or the town is a fork.
            GitFailed, DiskTrouble: what there is of it can be mended with `gt hooks repair`.
        """
        if self._layout.origin is not None:
            raise Refused("a fork has no worktrees", hint="gt fork merge makes it real")
        path = self.path(hook)
        if path.exists() and any(path.iterdir()) and not self._is_unfinished(hook):
            if self.observe(hook).trouble is None:
                return path
            raise Refused(f"{path} is in the way", hint="move it aside, or: gt hooks repair")
        with self._registry():
            if self.git.oid(hook.full_branch) is None:
                self.git.run("update-ref", "-m", "gt: new hook", hook.full_branch, hook.base, ZERO)
            self._register(hook, path)
        self.check_out(hook)
        return path

    def check_out(self, hook: Hook) -> None:
        """Fill a registered worktree with its branch's files (for a new or a lost directory)."""
        path, admin = self.path(hook), self.admin(hook)
        if admin is not None and (admin / "index.lock").exists():
            from gastown.store.stale import set_aside_if_stale

            set_aside_if_stale(admin / "index.lock", path, self._layout.quarantine)
        if (
            admin is None or not (admin / "index").exists()
        ):  # git writes it when all files are there
            Git(path).run("read-tree", "--reset", "-u", "HEAD")
        self.describe(hook)
        self._set_up_git_hooks(hook)

    def describe(self, hook: Hook) -> None:
        """Tell git hooks whose worktree this is: bead, generation, spool; they read only this."""
        admin = self.admin(hook)
        if admin is not None:
            self._describe(hook, admin)

    def _describe(self, hook: Hook, admin: Path) -> None:
        hookfile.write(admin, hook, self._layout.spool)

    def _set_up_git_hooks(self, hook: Hook) -> None:
        from gastown.store.githooks import set_up_worktree

        admin = self.admin(hook)
        if admin is not None:
            set_up_worktree(self._layout, self._rig, hook.role, admin)

    def left_by(self, hook: Hook) -> Hook | None:
        """The hook of an earlier generation whose worktree is still in this one's place, if any."""
        said = hookfile.read(self.admin(hook))
        if said is None or said.hook != hook.id or said.generation >= hook.generation:
            return None
        return replace(hook, generation=said.generation)

    def admin(self, hook: Hook) -> Path | None:
        """The worktree's own folder in the repository, as its `.git` file names it."""
        said = read_or_none(self.path(hook) / ".git") or b""
        if not said.startswith(b"gitdir: "):
            return None
        folder = Path(os.fsdecode(said.removeprefix(b"gitdir: ").strip()))
        return folder if folder.is_dir() and folder.is_relative_to(self.repository) else None

    def observe(self, hook: Hook) -> TreeState:
        """What is really there."""
        path = self.path(hook)
        admin = self.admin(hook)
        head = self.git.oid(hook.full_branch)
        registered = admin is not None and self.is_registered(hook, admin)
        on = read_or_none(admin / "HEAD") if admin else None
        on_branch = on is not None and on.strip() == b"ref: " + os.fsencode(hook.full_branch)
        dirty = self._is_dirty(path) if admin and registered and head else None
        whole = path.is_dir() and not self._is_unfinished(hook)
        return TreeState(whole, admin is not None, registered, on_branch, head, dirty)

    def is_registered(self, hook: Hook, admin: Path) -> bool:
        """Whether the repository knows the worktree in the hook's place, and by this folder."""
        return _path_in(admin / "gitdir") == self.path(hook) / ".git"

    def relink(self, hook: Hook) -> None:
        """Register anew a directory whose registration was lost; its files stay as they are.

        Where only one of the two links between them was lost, branch and index stay as well.
        """
        path = self.path(hook)
        with self._registry():
            admin = self.known_admin(hook) or self._new_admin(hook)
            write_atomically(admin / "gitdir", os.fsencode(f"{path / '.git'}\n"), mode=0o644)
            write_atomically(path / ".git", os.fsencode(f"gitdir: {admin}\n"), mode=0o644)
            self.git.run("worktree", "lock", "--reason", LOCK_REASON, str(path), accept=(0, 128))
            if not (admin / "index").exists():
                Git(path).run("symbolic-ref", "HEAD", hook.full_branch)
                Git(path).run("read-tree", "HEAD")
        self.describe(hook)
        self._set_up_git_hooks(hook)

    def rebuild(self, hook: Hook) -> None:
        """Make the directory of a registered or unregistered hook again, from its branch."""
        path = self.path(hook)
        with self._registry():
            self._register(hook, path)
        self.check_out(hook)

    def remove(self, hook: Hook) -> None:
        """Remove the worktree of a hook; its work must be held by refs already.

        Raises:
            Refused: the directory is not this hook's: another id or generation lives there.
        """
        path = self.path(hook)
        if not path.exists():
            self._forget(path)
            return
        admin = self.admin(hook)
        said = hookfile.read(admin)
        if said is None or not said.is_of(hook):
            raise Refused(
                f"{path} is not the worktree of {hook.id} generation {hook.generation}",
                hint="look at it yourself; gt removes only what it can recognise",
            )
        with self._registry():
            try:
                self.git.run("worktree", "remove", "--force", "--force", str(path))
            except GitFailed as failure:
                if "failed to delete" not in failure.stderr:
                    raise
                # Somebody's git or editor wrote there while it went, after the work was rescued:
                # what is left, of files or of the registration, is kept aside.
                kept = self._layout.quarantine / f"{self._rig}-{path.name}-{time.time_ns()}"
                kept.mkdir(parents=True)
                for left, name in ((path, "files"), (admin, "registration")):
                    if left is not None and left.exists():
                        left.rename(kept / name)

    def _register(self, hook: Hook, path: Path) -> None:
        if not self._is_unfinished(hook):
            with disk_errors():
                path.parent.mkdir(parents=True, exist_ok=True)
            # Detached first: a branch's short name may be ambiguous, a full one means detached.
            self.git.run(
                "worktree", "add", "--detach", "--no-checkout", "--force", "--force",
                "--lock", "--reason", LOCK_REASON, str(path), hook.full_branch,
            )  # fmt: skip
        Git(path).run("symbolic-ref", "HEAD", hook.full_branch)

    def _is_unfinished(self, hook: Hook) -> bool:
        """Whether whoever added the worktree was killed before its files were checked out.

        Nobody has worked in it then: `describe` follows the checkout, an agent follows that.
        """
        admin = self.admin(hook)
        return (
            admin is not None
            and not hookfile.place(admin).exists()
            and _path_in(admin / "gitdir") == self.path(hook) / ".git"
        )

    def known_admin(self, hook: Hook) -> Path | None:
        """The worktree's own folder in the repository, where one link to or from it is left."""
        link = self.path(hook) / ".git"
        admin = self.admin(hook)
        if admin is not None:
            back = _path_in(admin / "gitdir")
            return admin if back in (link, None) or not back.exists() else None
        for folder in (self.repository / "worktrees").glob("*"):
            if _path_in(folder / "gitdir") == link:
                return folder
        return None

    def _new_admin(self, hook: Hook) -> Path:
        """A folder in the repository for a worktree whose own one is lost."""
        import shutil

        spare = self.path(hook).with_name(f".{self.path(hook).name}.relink")
        shutil.rmtree(spare, ignore_errors=True)
        self.git.run(
            "worktree", "add", "--detach", "--no-checkout", "--force", "--force", str(spare),
            hook.base,
        )  # fmt: skip
        admin = Path(Git(spare).text("rev-parse", "--absolute-git-dir"))
        self._describe(hook, admin)  # first, so that it is not taken for one that nobody uses
        shutil.rmtree(spare)
        return admin

    def _forget(self, path: Path) -> None:
        with self._registry():
            self.git.run("worktree", "remove", "--force", "--force", str(path), accept=(0, 128))

    @staticmethod
    def _is_dirty(path: Path) -> bool | None:
        try:
            shown = Git(path).run("status", "--porcelain", "-z", "--untracked-files=normal")
        except GitFailed:
            return None
        return bool(shown.stdout)


def _path_in(file: Path) -> Path | None:
    """The path that a file of git holds, or None where there is no such file."""
    said = read_or_none(file)
    return None if said is None else Path(os.fsdecode(said.strip()))
