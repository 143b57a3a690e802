"""How far a hook's branch has come since its bead was put on it, as its commits tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.errors import GitFailed

if TYPE_CHECKING:
    from gastown.domain.hook import Hook
    from gastown.store.git import Git

# More commits than this between two looks are not read one by one: the newest tell enough.
_MOST = 200
_FORMAT = (
    "%H%x00%s%x00%(trailers:key=Bead,valueonly,separator=%x1f)"
    "%x00%(trailers:key=Bead-Status,valueonly,separator=%x1f)%x00"
)


@dataclass(frozen=True)
class Progress:
    """What stands on a branch that did not when the bead was put on the hook.

    Attributes:
        head: the branch's tip.
        subject: the first line of its message.
        commits: how many commits are new since then.
        unmerged: how many of these the target does not have.
        named: whether one of them says in a `Bead:` trailer that it is for this bead.
        done: whether the tip says `Bead-Status: done`, and for no other bead.
    """

    head: str
    subject: str = ""
    commits: int = 0
    unmerged: int = 0
    named: bool = False
    done: bool = False


def progress(git: Git, hook: Hook, head: str) -> Progress:
    """Read the commits of a hook's branch.

    A branch that was reset to before the assignment, or only followed its target, has made none.
    """
    start = _start(git, hook)
    listed = git.run(
        "log", "-z", f"--max-count={_MOST}", f"--format={_FORMAT}", head, "--not", start, "--"
    ).stdout.decode("utf-8", "replace")
    fields = [field.strip("\n") for field in listed.split("\0")]
    commits = [tuple(fields[i : i + 4]) for i in range(0, len(fields) - 4, 5)]
    if not commits:
        return Progress(head)
    target = f"refs/heads/{hook.target}"
    unmerged = int(git.text("rev-list", "--count", head, "--not", start, target, "--"))
    beads = [_values(commit[2]) for commit in commits]
    tip = commits[0]
    return Progress(
        head, tip[1], len(commits), unmerged,
        named=any(hook.bead in named for named in beads),
        done="done" in _values(tip[3].casefold()) and beads[0] <= {hook.bead},
    )  # fmt: skip


def changes_something(git: Git, hook: Hook, head: str) -> bool:
    """Whether a branch differs from the commit where it left its target: empty commits do not."""
    try:
        base = git.text("merge-base", head, _start(git, hook))
        return not git.holds("diff-tree", "--quiet", base, head, "--")
    except GitFailed:
        return False


def _start(git: Git, hook: Hook) -> str:
    start = hook.start or hook.base
    return start if git.oid(start) is not None else hook.base


def _values(text: str) -> set[str]:
    return {value.strip() for value in text.split("\x1f") if value.strip()}
