"""What the town needs of the machine: programs, room, limits, a clock."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gastown.ops.doctor.finding import Check, Finding, Grade
from gastown.ops.sessions import sessions_of
from gastown.runtime.kernel import inotify_limit, open_files_limit, remote_filesystem, room
from gastown.store.git import MINIMUM, version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gastown.ops.doctor.finding import Patient

_PYTHON = (3, 11)
_FEW_BYTES, _NO_BYTES = 2 * 2**30, 200 * 2**20
_FEW_INODES = 50_000
_FEW_FILES = 512
_WATCHES_OF_OTHERS = 512
_FEW_INSTANCES = 16
_AHEAD_S = 60.0


def _git(patient: Patient) -> Iterator[Finding]:  # noqa: ARG001  (every check is given the town)
    found = version()
    if found < MINIMUM:
        yield Finding(
            "git", "git", f"version {_dotted(found)} is too old",
            "merges are tried with git merge-tree, which it does not have",
            f"install git {_dotted(MINIMUM)} or newer",
        )  # fmt: skip


def _python(patient: Patient) -> Iterator[Finding]:  # noqa: ARG001
    if sys.version_info < _PYTHON:
        yield Finding(
            "python", "python", f"version {platform.python_version()} is too old",
            "gastown is written for newer ones", f"install Python {_dotted(_PYTHON)} or newer",
        )  # fmt: skip


def _tmux(patient: Patient) -> Iterator[Finding]:
    runner = patient.town.settings().runner
    server = sessions_of(patient.town, patient.host).tmux
    if server is not None:
        server.version()  # one that is broken says so
        return
    if runner == "tmux":
        yield Finding("tmux", "tmux", "it is not installed, but town.runner is tmux",
                      "no agent can be started",
                      "install tmux, or: gt config set town.runner process")  # fmt: skip
    elif runner == "auto":
        yield Finding("tmux", "tmux", "it is not installed",
                      "agents run as plain processes: you cannot attach to them",
                      "install tmux", Grade.NOTE)  # fmt: skip


def _watching(patient: Patient) -> Iterator[Finding]:
    wanted = 8 + sum(4 for _ in patient.town.read().rigs()) + 2 * len(patient.town.read().hooks())
    watches = inotify_limit("max_user_watches")
    if watches is not None and watches < wanted + _WATCHES_OF_OTHERS:
        yield Finding(
            "watching", "fs.inotify.max_user_watches",
            f"it is {watches}; this town wants about {wanted}, and other programs theirs",
            "without watches the monitor only looks every now and then",
            "sudo sysctl fs.inotify.max_user_watches=65536", Grade.WARNING,
        )  # fmt: skip
    instances = inotify_limit("max_user_instances")
    if instances is not None and instances < _FEW_INSTANCES:
        yield Finding(
            "watching", "fs.inotify.max_user_instances", f"it is only {instances}",
            "without one the monitor only looks every now and then",
            "sudo sysctl fs.inotify.max_user_instances=128", Grade.WARNING,
        )  # fmt: skip


def _disk(patient: Patient) -> Iterator[Finding]:
    root = patient.town.layout.root
    found = room(root)
    if found.free_bytes < _FEW_BYTES:
        grade = Grade.TROUBLE if found.free_bytes < _NO_BYTES else Grade.WARNING
        yield Finding(
            "disk", str(root), f"{found.free_bytes / 2**20:.0f} MB are free on its disk",
            "when it is full no work can be committed",
            "gt worktrees du shows what may go", grade,
        )  # fmt: skip
    if found.inodes is not None and found.inodes < _FEW_INODES:
        yield Finding(
            "disk", str(root), f"room for only {found.inodes} more files on its disk",
            "every worktree needs one for each file", "gt worktrees du shows what may go",
            Grade.WARNING,
        )  # fmt: skip
    kind = remote_filesystem(root)
    if kind is not None:
        yield Finding(
            "disk", str(root), f"it is on a filesystem of another machine ({kind})",
            "locks and file notices do not work reliably there",
            "keep the town on a disk of this machine", Grade.WARNING,
        )  # fmt: skip


def _open_files(patient: Patient) -> Iterator[Finding]:  # noqa: ARG001
    limit = open_files_limit()
    if limit is not None and limit < _FEW_FILES:
        yield Finding(
            "open files", "ulimit -n", f"a process may have only {limit} files open",
            "with many agents the monitor needs more", "ulimit -n 4096, then gt up", Grade.WARNING,
        )  # fmt: skip


def _clock(patient: Patient) -> Iterator[Finding]:
    town = patient.town
    last = float(town.ledger.text("log", "-1", "--format=%ct", town.commit()))
    ahead = last - town.edge.clock().timestamp()
    if ahead > _AHEAD_S:
        yield Finding(
            "clock", "the ledger", f"its last operation is {ahead:.0f} s in the future",
            "ages, time-outs and the order of things are told wrongly",
            "set the machine's clock (it was set back), or wait",
        )  # fmt: skip


def _home(patient: Patient) -> Iterator[Finding]:
    home = patient.host.env.get("HOME", "")
    if not home or not Path(home).is_dir() or not os.access(home, os.W_OK):
        said = f"{home} is not there or not writable" if home else "it is not set"
        yield Finding("home", "HOME", said, "agents' clients keep their logins and logs there",
                      "set HOME to a folder of yours", Grade.WARNING)  # fmt: skip


def _commands(patient: Patient) -> Iterator[Finding]:
    for name in ("gt", "bd"):
        if not os.access(patient.host.scripts / name, os.X_OK):
            yield Finding(
                "commands", name, f"it is not in {patient.host.scripts}",
                "agents cannot say that they are done", "install gastown again",
            )  # fmt: skip


def _dotted(numbers: tuple[int, ...]) -> str:
    return ".".join(map(str, numbers))


CHECKS = (
    Check("git", "git is new enough", _git),
    Check("python", "Python is new enough", _python),
    Check("tmux", "tmux is there, where agents need it", _tmux),
    Check("watching", "the kernel has watches for the monitor", _watching),
    Check("disk", "there is room on a disk of this machine", _disk),
    Check("open files", "processes may open enough files", _open_files),
    Check("clock", "nothing was done in the future", _clock),
    Check("home", "HOME is a folder that can be written", _home),
    Check("commands", "agents find gt and bd", _commands),
)
