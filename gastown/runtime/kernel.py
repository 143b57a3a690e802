"""What the kernel allows, and what kind of disk a folder is on; None where it does not tell."""

from __future__ import annotations

import os
import re
import resource
from dataclasses import dataclass
from pathlib import Path

_INOTIFY = Path("/proc/sys/fs/inotify")
_MOUNTS = Path("/proc/self/mountinfo")
_ESCAPED = re.compile(r"\\([0-7]{3})")
_REMOTE = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "drvfs",
           "davfs", "fuse.sshfs", "fuse.rclone", "fuse.s3fs", "virtiofs", "vboxsf")  # fmt: skip


@dataclass(frozen=True)
class Room:
    """What is free on a disk, for us; `inodes` None: it does not count them."""

    free_bytes: int
    inodes: int | None


def inotify_limit(name: str) -> int | None:
    """One of inotify's limits: `max_user_watches`, `max_user_instances`."""
    try:
        return int((_INOTIFY / name).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def open_files_limit() -> int | None:
    """How many files a process may have open; None: any number."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else soft


def room(folder: Path) -> Room:
    """What is free where a folder is."""
    found = os.statvfs(folder)
    return Room(found.f_bavail * found.f_frsize, found.f_favail if found.f_files else None)


def remote_filesystem(folder: Path) -> str | None:
    """The kind of filesystem that a folder is on, if another machine keeps it."""
    try:
        lines = _MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    best, kind = -1, ""
    for line in lines:
        left, _, right = line.partition(" - ")
        place = _ESCAPED.sub(lambda found: chr(int(found[1], 8)), left.split()[4])
        if folder.is_relative_to(place) and len(place) >= best:
            best, kind = len(place), right.split()[0]
    return kind if kind in _REMOTE else None
