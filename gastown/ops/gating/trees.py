"""Warm worktrees for gates: kept from one commit to the next, so that a move costs the difference.

A gate may do what it likes to its worktree. What the next one gets is made from what no gate can
reach: our own copy of the index, outside of the tree, says what each file was, so every file that
was touched since is written again, and everything that git does not know is removed. Only the
paths of `gate_setup.cache` stay, as long as the setup and its key files are the same. Where
anything is odd (a run that did not end, a link that leads elsewhere, a git that fails, a nested
repository in a submodule's place) the tree is thrown away and made anew. Submodules stay empty.

Each slot has a lock: one user at a time. The rig's registry lock is held only while a worktree is
registered or forgotten, never while files are written or deleted.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from gastown.errors import Busy, GitFailed
from gastown.runtime.process import ProcessId, living_members, stop, works_in
from gastown.store import faults, locks
from gastown.store.files import disk_errors, read_or_none, write_atomically
from gastown.store.git import Git

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gastown.domain.merge_settings import GateSetup
    from gastown.store.layout import Layout

FIRST = "0"
"""The refinery's own slot; where it tests ahead, it has more, numbered on."""
AGENTS = "agents"
"""The slots of those who ask: they never wait for the refinery, nor it for them."""
_AGENT_SLOTS = 4
_LOCK_REASON = "gates run here: gt makes and removes it"
_KEPT_OF_ADMIN = frozenset(("HEAD", "commondir", "gitdir", "locked"))
_PLAIN_INDEX = {
    "core.checkStat": "default", "core.trustctime": "true", "core.sparseCheckout": "false",
    "core.sparseCheckoutCone": "false", "core.splitIndex": "false", "core.untrackedCache": "false",
    "index.sparse": "false",
}  # fmt: skip


class _Suspect(Exception):
    """Something about the worktree is not as it was left."""


@contextmanager
def warm_tree(
    layout: Layout, rig: str, commit: str, *, slot: str, setup: GateSetup | None
) -> Iterator[WarmTree]:
    """A slot's worktree with exactly the files of `commit`, and the setup's cache if it is good.

    Args:
        slot: its name, or `AGENTS`: the first free one of those.

    Raises:
        Busy: somebody else is in it.
        DiskTrouble: the disk is full or read-only.
    """
    if slot == FIRST:
        end_forgotten(layout, rig)
    with _occupied(layout, rig, slot) as name:
        if slot == FIRST:
            _remove_old(layout, rig)
        tree = WarmTree(layout, rig, name)
        with disk_errors():
            tree.move_to(commit, setup)
        try:
            yield tree
        finally:
            tree.leave()


def end_forgotten(layout: Layout, rig: str) -> None:
    """End what killed runs left going in any slot of a rig that nobody uses now."""
    for marker in layout.gate_state(rig, FIRST).parent.glob("*/running.json"):
        name = marker.parent.name
        lock = layout.rig_lock(rig, f"slot-{name}")
        with suppress(Busy), locks.hold(lock, wait_s=0.0, what=f"gate slot {name} of {rig}"):
            WarmTree(layout, rig, name).give_up()


@contextmanager
def _occupied(layout: Layout, rig: str, slot: str) -> Iterator[str]:
    """Hold the lock of a slot; its name."""
    names = [f"agent-{n}" for n in range(_AGENT_SLOTS)] if slot == AGENTS else [slot]
    with ExitStack() as stack:
        for name in names:
            wait_s = locks.WAIT_S if name == names[-1] else 0.0
            lock = layout.rig_lock(rig, f"slot-{name}")
            try:
                stack.enter_context(
                    locks.hold(lock, wait_s=wait_s, what=f"gate slot {name} of {rig}")
                )
            except Busy:
                if name == names[-1]:
                    raise
                continue
            break
        yield name


class WarmTree:
    """One slot, while its lock is held.

    Attributes:
        path: the worktree.
        is_set_up: there is nothing for the setup to do.
    """

    def __init__(self, layout: Layout, rig: str, slot: str) -> None:
        self.path = layout.gate_slot(rig, slot)
        self.is_set_up = False
        self._repository = layout.repository(rig)
        self._git = Git(self._repository, bare=True)
        self._registry = layout.rig_lock(rig, "registry")
        self._what = f"rig {rig}"
        state = layout.gate_state(rig, slot)
        self._state = state
        self._index = state / "index"
        self._marker = state / "running.json"
        self._made_with = state / "setup"
        self._key = ""
        self._commit = ""
        self._started: list[ProcessId] = []
        self._lock = threading.Lock()

    def move_to(self, commit: str, setup: GateSetup | None) -> None:
        """Bring the tree to a commit; made anew where it cannot be trusted."""
        self._commit = commit
        self._key = "" if setup is None else self._setup_key(commit, setup)
        keep = () if setup is None else setup.cache
        cached = bool(keep) and read_or_none(self._made_with) == self._key.encode()
        cached = cached and all(os.path.lexists(self.path / path) for path in keep)
        whole = self._end_left_over()
        self._mark()
        try:
            if not whole:
                raise _Suspect
            self._bring(self._checked_admin(), keep if cached else ())
        except (_Suspect, GitFailed, FileNotFoundError, NotADirectoryError, PermissionError):
            cached = False
            self._renew()
            self._bring(self._checked_admin(), ())
        if not cached:
            self.forget_setup()
        self.is_set_up = setup is None or cached
        faults.reach("gates:ready")

    def note(self, process: ProcessId) -> None:
        """Remember a process that is about to run here, in case that we do not live to end it."""
        with self._lock:
            self._started.append(process)
            self._mark()

    def set_up(self) -> None:
        """Remember that the setup has passed, so that its cache is kept."""
        write_atomically(self._made_with, self._key.encode())

    def forget_setup(self) -> None:
        """Drop the cache at the next move: what was ended in the middle may have spoilt it."""
        self._made_with.unlink(missing_ok=True)

    def leave(self) -> None:
        """Let go of the tree: nothing of ours runs in it any more, and it is on no branch."""
        admin = self._admin()
        if admin is not None:
            write_atomically(admin / "HEAD", f"{self._commit}\n".encode(), mode=0o644)
        self._marker.unlink(missing_ok=True)

    def give_up(self) -> None:
        """End what a killed run left going here; the next move makes the tree anew."""
        with disk_errors():
            self._end_left_over()
            self._index.unlink(missing_ok=True)
            self._marker.unlink(missing_ok=True)

    def _mark(self) -> None:
        started = [[process.pid, process.started] for process in self._started]
        text = json.dumps({"tree": str(self.path), "processes": started})
        write_atomically(self._marker, text.encode())

    def _end_left_over(self) -> bool:
        """End what a killed run left going; False: there was such a run, or nothing is here yet."""
        data = read_or_none(self._marker)
        if data is None:
            return self._index.exists()
        try:
            said = json.loads(data)
            processes = [ProcessId(int(pid), str(start)) for pid, start in said["processes"]]
            ours = said["tree"] == str(self.path)
        except (ValueError, TypeError, KeyError):
            return False
        if ours:  # the marker of a town that was copied is about the original's processes
            for process in processes:
                stop(process)
                for member in living_members(process.pid):
                    if works_in(member, self.path):  # of a leader that ended before it
                        stop(member)
        return False

    def _setup_key(self, commit: str, setup: GateSetup) -> str:
        """What the outcome of a setup depends on: its definition, and its key files."""
        files = b""
        if setup.key:
            files = self._git.run(
                "--literal-pathspecs", "ls-tree", "-z", "--full-tree", commit, "--", *setup.key
            ).stdout
        text = json.dumps(asdict(setup), sort_keys=True).encode("utf-8", "surrogatepass")
        return hashlib.sha256(text + b"\0" + files).hexdigest()

    # Bringing it to a commit

    def _bring(self, admin: Path, keep: Sequence[str]) -> None:
        self._restore_admin(admin)
        tree = Git(self.path)
        extra = {"GIT_INDEX_FILE": str(self._index), "GIT_CONFIG_COUNT": str(len(_PLAIN_INDEX))}
        for number, (key, value) in enumerate(_PLAIN_INDEX.items()):
            extra |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        if self._index.exists():
            self._check_submodules(tree, extra)
            kept = [word for path in keep for word in ("-e", f"/{_literally(path)}")]
            tree.run("clean", "-ffdxq", *kept, extra=extra)
        faults.reach("gates:cleaned")
        tree.run("read-tree", "--reset", "-u", self._commit, extra=extra)
        left = tree.run(
            "ls-files", "--others", "--directory", "--no-empty-directory", "-z", extra=extra
        ).stdout
        for name in left.split(b"\0"):
            if name and not _is_in(os.fsdecode(name).rstrip("/"), keep):
                raise _Suspect
        # What gates see as the index is a copy: they may do to it what they like.
        spare = admin / "index.new"
        shutil.copy2(self._index, spare)
        spare.replace(admin / "index")

    def _check_submodules(self, tree: Git, extra: dict[str, str]) -> None:
        staged = tree.run("ls-files", "--stage", "-z", extra=extra).stdout
        if not staged.startswith(b"160000 ") and b"\x00160000 " not in staged:
            return
        for entry in staged.split(b"\0"):
            if entry.startswith(b"160000 "):
                place = self.path / os.fsdecode(entry.partition(b"\t")[2])
                if place.is_dir() and any(place.iterdir()):
                    raise _Suspect

    def _restore_admin(self, admin: Path) -> None:
        """Forget what a gate did with git: a branch, a merge in progress, settings of the tree."""
        for entry in admin.iterdir():
            if entry.name in _KEPT_OF_ADMIN:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        write_atomically(admin / "HEAD", f"{self._commit}\n".encode(), mode=0o644)

    def _checked_admin(self) -> Path:
        admin = self._admin()
        if admin is None:
            raise _Suspect
        return admin

    def _admin(self) -> Path | None:
        """The worktree's own folder in the repository, if all links lead where they should."""
        link = self.path / ".git"
        if self.path.is_symlink() or link.is_symlink():
            return None
        said = read_or_none(link) if link.is_file() else None
        if said is None or not said.startswith(b"gitdir: "):
            return None
        admin = Path(os.fsdecode(said.removeprefix(b"gitdir: ").strip()))
        if admin.parent != self._repository / "worktrees" or admin.is_symlink():
            return None
        back, common = (read_or_none(admin / name) for name in ("gitdir", "commondir"))
        if back is None or back.strip() != os.fsencode(link):
            return None
        return admin if common is not None and common.strip() == b"../.." else None

    # Making it anew

    def _renew(self) -> None:
        for file in (self._index, self._index.with_name("index.lock"), self._made_with):
            file.unlink(missing_ok=True)
        throw_away(self._git, self._registry, self._what, self.path, self._state)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with locks.hold(self._registry, what=self._what):
            self._git.run(
                "worktree", "add", "--detach", "--no-checkout", "--force", "--force", "--lock",
                "--reason", _LOCK_REASON, str(self.path), self._commit,
            )  # fmt: skip


def throw_away(git: Git, registry: Path, what: str, tree: Path, aside: Path) -> None:
    """Remove a worktree of ours and git's memory of it.

    Its files are first moved into `aside`, whose earlier leftovers are removed, too: deleting is
    slow and can fail, and nobody waits for it.
    """
    aside.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.path.lexists(tree):
        try:
            tree.rename(aside / f"gone-{time.time_ns()}")
        except OSError:  # it is on another disk, say
            _delete(tree)
    with locks.hold(registry, what=what):
        git.run("worktree", "remove", "--force", "--force", str(tree), accept=(0, 128, 255))
    for gone in aside.glob("gone-*"):
        _delete(gone)


def _remove_old(layout: Layout, rig: str) -> None:
    """Remove the throw-away worktrees that earlier versions left when they were killed."""
    folder, repository = layout.rig(rig) / "refinery", layout.repository(rig)
    old = set(folder.glob("mr-*"))
    for link in (repository / "worktrees").glob("mr-*/gitdir"):
        tree = Path(os.fsdecode((read_or_none(link) or b"").strip())).parent
        if tree.parent == folder and tree.name.startswith("mr-"):
            old.add(tree)
    for tree in old:
        throw_away(
            Git(repository, bare=True), layout.rig_lock(rig, "registry"), f"rig {rig}", tree,
            layout.gate_state(rig, "old"),
        )  # fmt: skip


def _delete(place: Path) -> None:
    """Remove files and folders, also those that are write-protected; what will not go stays."""
    if place.is_symlink() or not place.is_dir():
        place.unlink(missing_ok=True)
        return
    place.chmod(0o700)
    for parent, folders, _ in os.walk(place):
        for name in folders:
            inner = Path(parent, name)
            if not inner.is_symlink() and inner.stat().st_mode & 0o700 != 0o700:
                inner.chmod(0o700)
    shutil.rmtree(place, ignore_errors=True)


def _literally(path: str) -> str:
    """A path as a pattern of git's that matches only itself."""
    return "".join(f"\\{char}" if char in "*?[]\\ !#" else char for char in path)


def _is_in(path: str, keep: Sequence[str]) -> bool:
    """Whether a path is kept, or holds or belongs to what is."""
    return any(
        path == one or path.startswith(f"{one}/") or one.startswith(f"{path}/") for one in keep
    )
