"""Writing one commit with one `git fast-import`: all of it or nothing.

The new commit names the commit that was read as its parent; git refuses to move the ref when it
stands elsewhere meanwhile, even under our lock, because a killed writer's git child may still be
finishing. Paths are checked here: git 2.39's fast-import accepts `../x` and `.git/config`.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.errors import Busy, GitFailed
from gastown.ids import is_oid
from gastown.store import faults
from gastown.store.layout import LEDGER_REF

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gastown.store.git import Git

# One component: no leading dot but `.beads`, nothing that any file system reads as special.
_PART = r"[A-Za-z0-9_@+-][A-Za-z0-9_.@+-]*"
_PATH = re.compile(rf"(?:\.beads|{_PART})(?:/{_PART})*\Z")
_LOCKED = re.compile(r"Unable to create '(.+\.lock)': File exists")
_ATTEMPTS = 5


@dataclass(frozen=True)
class Signature:
    """Who made a commit, and when (seconds since 1970, UTC)."""

    name: str
    email: str
    seconds: int

    def line(self, word: str) -> bytes:
        """As a line of a fast-import stream."""
        name = re.sub(r"[<>\n\0]", "", self.name) or "unknown"
        email = re.sub(r"[<>\n\0]", "", self.email)
        return f"{word} {name} <{email}> {self.seconds} +0000\n".encode("utf-8", "replace")


def commit(
    git: Git,
    *,
    parent: str | None,
    message: str,
    files: Mapping[str, bytes | None],
    who: Signature,
    committer: Signature,
    pass_fds: Sequence[int] = (),
) -> str:
    """Commit `files` (None: removed) on the ledger's ref on top of `parent`; returns the new oid.

    Raises:
        Busy: the ref no longer stands at `parent`: somebody committed without our lock.
        GitFailed: git failed for another reason; the ref is unchanged.
    """
    stream = _stream(parent, message, files, who, committer)
    faults.reach("commit:before-import")
    for _ in range(_ATTEMPTS):
        try:
            answer = git.run(
                "fast-import", "--quiet", "--done", "--date-format=raw",
                stdin=stream, pass_fds=pass_fds,
            )  # fmt: skip
        except GitFailed as failure:
            _remove_crash_reports(git)
            # pack-refs makes git see an older value for a moment; a real move shows in the ref.
            if "Not updating" in failure.stderr and git.oid(LEDGER_REF) == parent:
                continue
            locked = _LOCKED.search(failure.stderr)
            if locked:
                raise Busy(
                    f"another git holds {locked.group(1)}",
                    hint="run the command again; the lock of a git that was killed is set aside"
                    " when it is ten seconds old",
                ) from failure
            if "Not updating" in failure.stderr or "lock ref" in failure.stderr:
                raise Busy(
                    "the ledger moved while this command was deciding",
                    hint="somebody committed in hq just now: run the command again",
                ) from failure
            raise
        faults.reach("commit:after-import")
        oid = answer.text.strip()
        if not is_oid(oid):
            raise GitFailed(f"git fast-import named no commit but {oid[:80]!r}")
        return oid
    raise Busy("the ledger's ref cannot be moved", hint="run the command again")


def _stream(
    parent: str | None,
    message: str,
    files: Mapping[str, bytes | None],
    who: Signature,
    committer: Signature,
) -> bytes:
    text = message.encode("utf-8", "replace").replace(b"\0", b"")
    parts = [
        f"commit {LEDGER_REF}\nmark :1\n".encode(),
        who.line("author"),
        committer.line("committer"),
        b"data %d\n%s\n" % (len(text), text),
    ]
    if parent is not None:
        parts.append(f"from {parent}\n".encode())
    for path, data in sorted(files.items()):
        check_path(path)
        if data is None:
            parts.append(f"D {path}\n".encode())
        else:
            parts.append(b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(data), data))
    parts.append(b"get-mark :1\ndone\n")
    return b"".join(parts)


def check_path(path: str) -> None:
    """Refuse a path that could leave hq or confuse a file system.

    Raises:
        GitFailed: the path is not made of plain components.
    """
    if not is_allowed(path):
        raise GitFailed(f"the path {path!r} is not allowed in the ledger")


def is_allowed(path: str) -> bool:
    """Whether the town commits files of this name: plain components on every file system."""
    parts = path.split("/")
    return bool(_PATH.match(path)) and not any(part.endswith((".", ".lock")) for part in parts)


def _remove_crash_reports(git: Git) -> None:
    for report in git.place.glob("fast_import_crash_*"):
        with suppress(OSError):
            report.unlink()
