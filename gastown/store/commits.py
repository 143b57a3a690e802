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
from gastown.store.git import ZERO
from gastown.store.layout import LEDGER_REF

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from gastown.store.git import Git

# One component: no leading dot but `.beads`, nothing that any file system reads as special.
_PART = r"[A-Za-z0-9_@+-][A-Za-z0-9_.@+-]*"
_PATH = re.compile(rf"(?:\.beads|{_PART})(?:/{_PART})*\Z")
_LOCKED = re.compile(r"Unable to create '(.+\.lock)': File exists")
_ATTEMPTS = 5
_UNSIGNED_REF = "refs/gt/unsigned"


@dataclass(frozen=True)
class Signature:
    """Who made a commit, and when (seconds since 1970, UTC)."""

    name: str
    email: str
    seconds: int

    def line(self, word: str) -> bytes:
        """As a line of a fast-import stream."""
        name, email = self._plain()
        return f"{word} {name} <{email}> {self.seconds} +0000\n".encode("utf-8", "replace")

    def environment(self, role: str) -> dict[str, str]:
        """As variables of git; `role`: AUTHOR or COMMITTER."""
        name, email = (one.encode("utf-8", "replace").decode() for one in self._plain())
        return {f"GIT_{role}_NAME": name, f"GIT_{role}_EMAIL": email,
                f"GIT_{role}_DATE": f"@{self.seconds} +0000"}  # fmt: skip

    def _plain(self) -> tuple[str, str]:
        name = re.sub(r"[<>\n\0]", "", self.name) or "unknown"
        return name, re.sub(r"[<>\n\0]", "", self.email)


def commit(
    git: Git,
    *,
    parent: str | None,
    message: str,
    files: Mapping[str, bytes | None],
    who: Signature,
    committer: Signature,
    pass_fds: Sequence[int] = (),
    key: Path | None = None,
) -> str:
    """Commit `files` (None: removed) on the ledger's ref on top of `parent`; returns the new oid.

    Args:
        key: of ssh, to sign with; None: it is not signed.

    Raises:
        Busy: the ref no longer stands at `parent`: somebody committed without our lock.
        GitFailed: git failed for another reason; the ref is unchanged.
        Refused: it cannot be signed.
    """
    ref = LEDGER_REF if key is None else _UNSIGNED_REF
    stream = _stream(ref, parent, message, files, who, committer)
    faults.reach("commit:before-import")
    for _ in range(_ATTEMPTS):
        try:
            oid = _import(git, stream, force=key is not None, pass_fds=pass_fds)
            if key is not None:
                from gastown.store.signing.making import sign_commit

                identity = {**who.environment("AUTHOR"), **committer.environment("COMMITTER")}
                oid = sign_commit(git, oid, str(parent), _encoded(message), identity, key, pass_fds)
        except GitFailed as failure:
            _remove_crash_reports(git)
            # pack-refs makes git see an older value for a moment; a real move shows in the ref.
            if "Not updating" in failure.stderr and git.oid(LEDGER_REF) == parent:
                continue
            busy = _busy(failure.stderr)
            if busy is not None:
                raise busy from failure
            raise
        faults.reach("commit:after-import")
        if not is_oid(oid):
            raise GitFailed(f"git fast-import named no commit but {oid[:80]!r}")
        return oid
    raise Busy("the ledger's ref cannot be moved", hint="run the command again")


def _import(git: Git, stream: bytes, *, force: bool, pass_fds: Sequence[int]) -> str:
    """Let git take in a stream; the commit that it answers."""
    words = ("fast-import", "--quiet", "--done", "--date-format=raw", *(["--force"] * force))
    return git.run(*words, stdin=stream, pass_fds=pass_fds).text.strip()


def _busy(said: str) -> Busy | None:
    """That somebody else is in the way, as git has said it; None: it has not."""
    locked = _LOCKED.search(said)
    if locked:
        return Busy(
            f"another git holds {locked.group(1)}",
            hint="run the command again; the lock of a git that was killed is set aside when it is"
            " ten seconds old",
        )
    if "Not updating" in said or "lock ref" in said:
        return Busy(
            "the ledger moved while this command was deciding",
            hint="somebody committed in hq just now: run the command again",
        )
    return None


def _encoded(message: str) -> bytes:
    return message.encode("utf-8", "replace").replace(b"\0", b"")


def _stream(
    ref: str,
    parent: str | None,
    message: str,
    files: Mapping[str, bytes | None],
    who: Signature,
    committer: Signature,
) -> bytes:
    text = _encoded(message)
    parts = [
        f"commit {ref}\nmark :1\n".encode(),
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
    parts.append(b"get-mark :1\n")
    if ref != LEDGER_REF:  # it has served its purpose
        parts.append(f"reset {ref}\nfrom {ZERO}\n\n".encode())
    parts.append(b"done\n")
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
