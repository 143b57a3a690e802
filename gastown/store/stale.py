"""Lock files of git that a killed git left behind: recognised, and set aside instead of deleted."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

from gastown.store.files import disk_errors

STALE_LOCK_S = 10.0


def set_aside_if_stale(
    lock: Path, folder: Path, quarantine: Path, *, ours_since: float | None = None
) -> bool:
    """Quarantine a lock whose git is dead; False while its owner may live.

    Args:
        folder: where a git that owns the lock would stand.
        ours_since: a lock made since then (a file's time) was made by our own git, under a kernel
            lock that we hold now: that git is dead, and there is nothing to wait for.
    """
    try:
        made = lock.stat().st_mtime
    except FileNotFoundError:
        return True
    ours = ours_since is not None and made >= ours_since
    old = time.time() - made >= STALE_LOCK_S
    if git_stands_in(folder, lock) or not (ours or old):
        return False
    target = quarantine / f"{lock.name}.{time.time_ns()}"
    with disk_errors(), suppress(FileNotFoundError):
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(lock, target)
    return True


def free_refs(repository: Path, rig: Path, quarantine: Path) -> list[str]:
    """Set aside the locks of a rig's refs that a killed git has left; returns which.

    A branch whose lock stays behind could not be moved by anybody any more.

    Args:
        rig: the folder in which a git that owns a lock would stand.
    """
    found = [repository / name for name in ("packed-refs.lock", "HEAD.lock", "config.lock")]
    for folder, _, files in os.walk(repository / "refs"):
        found += [Path(folder, name) for name in files if name.endswith(".lock")]
    return [
        lock.relative_to(repository).as_posix()
        for lock in found
        if lock.exists() and set_aside_if_stale(lock, rig, quarantine) and not lock.exists()
    ]


def git_stands_in(folder: Path, lock: Path | None = None) -> bool:
    """Whether some git process stands in `folder` or has `lock` open (where /proc is)."""
    proc = Path("/proc")
    for entry in proc.iterdir() if proc.is_dir() else ():
        if not entry.name.isdigit():
            continue
        try:
            if not (entry / "comm").read_text().startswith("git"):
                continue
            if (entry / "cwd").readlink().is_relative_to(folder):
                return True
            if lock and any(fd.readlink() == lock for fd in (entry / "fd").iterdir()):
                return True
        except OSError:
            continue  # it ended, or it is not ours to look at
    return False
