"""Keeping hq, the worktree of the ledger, in step with the ledger's ref.

The ref is the state. hq and its index follow it under the town's lock, always to a *named* commit;
`run/hq-synced` says to which. Where a person's git holds the index, or hq is on another branch, the
step is left out, and the next `heal` makes it. Healing touches only files whose content is still
that of the last synced commit: what a person wrote stays.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from gastown.errors import GitFailed
from gastown.store import faults
from gastown.store.files import disk_errors, read_or_none, write_atomically
from gastown.store.git import Git
from gastown.store.layout import LEDGER_REF, Layout
from gastown.store.locks import held
from gastown.store.objects import Change, blob_oid, changes, tree
from gastown.store.stale import git_stands_in, set_aside_if_stale

if TYPE_CHECKING:
    from collections.abc import Iterable

_PATIENCE_S = 2.0
_SEQUENCES = ("sequencer", "rebase-merge", "rebase-apply")


class Hq:
    """The worktree of the ledger; every method that writes needs the town's lock."""

    def __init__(self, layout: Layout, ledger: Git) -> None:
        self._layout = layout
        self._ledger = ledger
        self._git = Git(layout.hq, sealed=True)
        self._synced_file = layout.synced
        self._syncing_file = layout.run / "hq-syncing"
        self._admin = layout.town_git / "worktrees" / "hq"

    def synced(self) -> str | None:
        """The commit that hq and its index were last brought to."""
        data = read_or_none(self._synced_file)
        return data.decode("ascii", "replace").strip() or None if data else None

    def on_disk(self, path: str) -> str | None:
        """The blob that a file of hq would be; None: it is not there."""
        file = self._layout.hq / path
        try:
            if file.is_symlink():
                return "a symbolic link"
            data = read_or_none(file)
        except OSError as error:  # a folder, or not readable: in any case not what we wrote
            return f"{error.strerror}"
        return None if data is None else blob_oid(data)

    def is_on_branch(self) -> bool:
        """Whether hq shows the ledger's branch (a person may look at another one)."""
        head = read_or_none(self._admin / "HEAD") or b""
        return head.strip() == f"ref: {LEDGER_REF}".encode()

    def shows(self, commit: str) -> bool:
        """Whether what differs from `commit` in hq's files was written by a person."""
        return self.synced() == commit and self.is_on_branch()

    def follow(self, old: str, new: str, paths: Iterable[str]) -> bool:
        """After our own commit: bring exactly `paths` from `old` to `new`; False: left to heal."""
        if self.synced() != old or not self._is_free():
            return False
        return self._restore(new, list(paths))

    def restore(self, commit: str, paths: Iterable[str]) -> bool:
        """Bring `paths` to `commit` even where a person has changed them; False: not now."""
        return self.heal(commit) and self._restore(commit, list(paths))

    def heal(self, commit: str) -> bool:
        """Bring hq to `commit` wherever it was left; False: not possible now, nothing harmed."""
        if not (self._layout.hq / ".git").exists():
            self._recreate()
        for left in self._layout.run.glob(".hq-*.tmp"):  # of a writer that was killed
            left.unlink(missing_ok=True)
        if not self._is_free():
            return False
        synced = self.synced()
        if synced is not None and self._ledger.oid(synced) is None:
            synced = None
        if synced is None or synced == commit:
            differing = list(tree(self._ledger, commit))
        else:
            differing = changes(self._ledger, synced, commit)
        untouched, edited = [], []
        for change in differing:
            if self.on_disk(change.path) in (change.old, change.new):
                untouched.append(change.path)
            else:
                edited.append(change)
        return self._restore(commit, untouched, self._unstaged(edited))

    def _unstaged(self, edited: list[Change]) -> list[str]:
        """Those edited paths of which the index holds what hq was brought to last.

        The person's file stays; its index entry has to follow, or it would be an undo, staged.
        """
        if not edited:
            return []
        staged = {}
        listed = self._git.run(
            "ls-files", "--stage", "-z", "--", *(change.path for change in edited),
            extra={"GIT_LITERAL_PATHSPECS": "1"},
        )  # fmt: skip
        for entry in listed.stdout.split(b"\0")[:-1]:
            head, _, path = entry.partition(b"\t")
            staged[os.fsdecode(path)] = head.split(b" ")[1].decode()
        return [change.path for change in edited if staged.get(change.path) == change.old]

    def _restore(self, commit: str, paths: list[str], index_only: Iterable[str] = ()) -> bool:
        write_atomically(self._syncing_file, f"{commit}\n".encode())
        faults.reach("sync:before-restore")
        try:
            self._bring(commit, list(index_only), "--staged")
            self._bring(commit, paths, "--staged", "--worktree")
        except GitFailed as failure:
            # We live and our git has ended: a lock that is there now is not ours.
            self._syncing_file.unlink(missing_ok=True)
            if "index.lock" in failure.stderr:
                return False
            raise
        faults.reach("sync:after-restore")
        write_atomically(self._synced_file, f"{commit}\n".encode())
        self._syncing_file.unlink(missing_ok=True)
        return True

    def _bring(self, commit: str, paths: list[str], *what: str) -> None:
        if not paths:
            return
        listing = b"".join(os.fsencode(path) + b"\0" for path in paths)
        try:
            self._git.run(
                "restore", f"--source={commit}", *what, "--quiet",
                "--pathspec-from-file=-", "--pathspec-file-nul",
                stdin=listing, extra={"GIT_LITERAL_PATHSPECS": "1"},
                pass_fds=held(self._layout.locks / "town"),
            )  # fmt: skip
        except GitFailed as failure:
            if "did not match any file" not in failure.stderr:
                raise
            if len(paths) == 1:
                return  # a path that is neither in the index nor in the commit is in step
            for path in paths:
                self._bring(commit, [path], *what)

    def _is_free(self) -> bool:
        """Whether hq is on the ledger's branch and nobody's git is at work in it."""
        if not self.is_on_branch() or self._is_stepped_through():
            return False
        lock = self._admin / "index.lock"
        if not lock.exists():
            return True
        try:
            syncing = self._syncing_file.stat().st_mtime
        except FileNotFoundError:
            syncing = None
        return set_aside_if_stale(
            lock, self._layout.hq, self._layout.quarantine, ours_since=syncing
        )

    def let_git_finish(self) -> None:
        """Wait for a person's git that is about to move the ledger's ref (its guard looks at it).

        What it commits is the base of the next operation, instead of being in its way. One that
        makes several commits must not find the index locked between them.
        """
        lock = self._layout.town_git / f"{LEDGER_REF}.lock"
        deadline = time.monotonic() + _PATIENCE_S
        while (lock.exists() or self._is_stepped_through()) and time.monotonic() < deadline:
            time.sleep(0.005)

    def _is_stepped_through(self) -> bool:
        """Whether a person's git makes several commits in hq just now (`git revert A B`)."""
        folders = (self._admin / name for name in _SEQUENCES)
        return any(folder.exists() for folder in folders) and git_stands_in(self._layout.hq)

    def free_ref(self) -> None:
        """Set aside the locks of the ledger's ref if the git that held them was killed."""
        for name in (LEDGER_REF, "HEAD"):  # git locks the repository's HEAD with its branch
            lock = self._layout.town_git / f"{name}.lock"
            if lock.exists():
                set_aside_if_stale(lock, self._layout.hq, self._layout.quarantine)

    def _recreate(self) -> None:
        with disk_errors():
            self._layout.hq.mkdir(exist_ok=True)
            (self._layout.hq / ".git").write_text(f"gitdir: {self._admin}\n")
