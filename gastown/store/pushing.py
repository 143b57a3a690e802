"""Giving a rig's origin a commit, and never more than that: no force, one refspec, no git hooks.

The person's configuration stays in force for what opens the server (credentials, url rewrites,
ssh); prompts are off. What git says is shown without passwords.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gastown.errors import GitFailed
from gastown.store.git import ZERO

if TYPE_CHECKING:
    from gastown.store.git import Answer, Git

TIMEOUT_S = 120.0
_QUIET = ("--porcelain", "--no-verify", "--no-follow-tags", "--no-signed",
          "--recurse-submodules=no")  # fmt: skip
_MOVED = ("non-fast-forward", "fetch first", "stale info", "cannot lock ref",
          "failed to update ref", "reference already exists", "incorrect old value")  # fmt: skip
_USER = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)[^\s/'\"]*@")
_LONGEST = 2000


@dataclass(frozen=True)
class Pushed:
    """What came of a push.

    Attributes:
        ok: the remote branch is at the commit.
        moved: it was refused because the remote branch is elsewhere.
        said: git's words, without passwords.
    """

    ok: bool
    moved: bool
    said: str


def push(
    git: Git, oid: str, branch: str, *, remote: str = "origin", timeout: float = TIMEOUT_S,
    instead_of: str | None = None,
) -> Pushed:  # fmt: skip
    """Bring a remote branch forward to a commit; the remote-tracking ref follows.

    Args:
        branch: its short name.
        instead_of: the commit that the remote branch may be taken away from, where it is the
            town's own and nobody else's.
    """
    ref = f"refs/heads/{branch}"
    lease = [f"--force-with-lease={ref}:{instead_of}"] if instead_of is not None else []
    try:
        answer = git.run(
            "push", *_QUIET, *lease, "--end-of-options", remote, f"{oid}:{ref}",
            accept=range(256), timeout_s=timeout,
        )  # fmt: skip
    except GitFailed as failure:
        return Pushed(False, False, redacted(failure.message))
    flag, summary = _told(answer, ref)
    if answer.returncode == 0 and flag in (" ", "*", "=", "+"):
        _follow(git, f"refs/remotes/{remote}/{branch}", oid)
        return Pushed(True, False, redacted(summary))
    said = redacted(_trouble(answer, summary))
    return Pushed(False, flag == "!" and any(word in summary for word in _MOVED), said)


def has_work_tree(git: Git, remote: str = "origin") -> bool:
    """Whether a remote is a folder of this machine with somebody's checkout."""
    urls = git.text("remote", "get-url", "--push", "--all", remote).splitlines()
    return any(_is_checkout(url) for url in urls)


def redacted(text: str) -> str:
    """Git's words without what opens a server, and without control characters."""
    plain = _USER.sub(r"\1", text)
    kept = "".join(one for one in plain if one.isprintable() or one == "\n").strip()
    return kept[-_LONGEST:]


def _is_checkout(url: str) -> bool:
    place = Path(url.removeprefix("file://"))
    if not place.is_absolute() or not place.is_dir():
        return False
    if (place / ".git").exists():
        return True
    from gastown.store.git import Git

    try:
        return Git(place, bare=True).text("rev-parse", "--is-bare-repository") != "true"
    except GitFailed:
        return True


def _told(answer: Answer, ref: str) -> tuple[str, str]:
    """The flag and the words that git has for a ref."""
    for line in answer.stdout.decode("utf-8", "replace").splitlines():
        flag, _, rest = line.partition("\t")
        names, _, summary = rest.partition("\t")
        if names.rpartition(":")[2] == ref:
            return flag or " ", summary
    return "?", ""


def _trouble(answer: Answer, summary: str) -> str:
    """Why a push failed: the words for the ref, and what the other side or git says besides."""
    lines = [line.strip() for line in answer.stderr.splitlines()]
    theirs = [line.removeprefix("remote:").strip() for line in lines if line.startswith("remote:")]
    ours = [line for line in lines if line.startswith(("fatal: ", "error: ", "ssh: "))]
    ours = [line for line in ours if not line.startswith("error: failed to push some refs")]
    found = [one for one in (summary, *theirs, *ours) if one]
    return "; ".join(found) or (lines[-1] if lines else "git said nothing")


def _follow(git: Git, ref: str, oid: str) -> None:
    """Bring the remote-tracking ref to what was pushed, unless git has, or it is further."""
    known = git.oid(ref)
    if known == oid:
        return
    try:
        if known is None or git.holds("merge-base", "--is-ancestor", known, oid):
            git.run("update-ref", "-m", "gt: pushed", ref, oid, known or ZERO)
    except GitFailed:  # a fetch came in between
        return
