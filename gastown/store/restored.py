"""Which files a commit brings back exactly as the ledger had them before.

`git revert` says which commit it takes back: the file must be as that commit's parent had it. The
trailer `Undo: OP` names an operation: the file must be as some earlier commit of the line had it.
What was not there then may vanish again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.errors import GitFailed
from gastown.store.objects import Objects

if TYPE_CHECKING:
    from gastown.store.git import Git
    from gastown.store.steps import File, Step

_OPS = "%(trailers:key=Op,valueonly,unfold,separator=%x00)"


def restored(git: Git, step: Step) -> set[str]:
    """The paths that a step brings back."""
    found: set[str] = set()
    for commit in step.reverted:
        if _is_part_of(git, commit, step.parent):
            with Objects(git) as objects:
                found |= {f.path for f in step.files if _at(objects, f"{commit}^", f) == f.new}
    if any(_is_operation(git, operation, step.parent) for operation in step.undone):
        found |= {file.path for file in step.files if file.new in _versions(git, step.parent, file)}
    return found


def _at(objects: Objects, revision: str, file: File) -> str | None:
    known = objects.get(f"{revision}:{file.path}")
    return known[0] if known is not None else None


def _is_part_of(git: Git, commit: str, tip: str) -> bool:
    try:
        return git.holds("merge-base", "--is-ancestor", commit, tip)
    except GitFailed:  # there is no such commit
        return False


def _is_operation(git: Git, operation: str, tip: str) -> bool:
    """Whether the ledger has an operation of this name."""
    answer = git.run(
        "log", "--fixed-strings", f"--grep=Op: {operation}", f"--format={_OPS}%x01",
        "--end-of-options", tip, "--",
    )  # fmt: skip
    entries = answer.stdout.decode("utf-8", "replace").split("\x01")
    return any(operation in entry.strip("\n").split("\0") for entry in entries)


def _versions(git: Git, tip: str, file: File) -> set[str | None]:
    """Every blob that the file has been; None, for not there, is always one of them."""
    answer = git.run(
        "log", "--first-parent", "--raw", "-z", "--no-abbrev", "--no-renames", "--format=",
        "--end-of-options", tip, "--", file.path, extra={"GIT_LITERAL_PATHSPECS": "1"},
    )  # fmt: skip
    heads = [field for field in answer.stdout.split(b"\0") if field.startswith(b":")]
    return {None} | {head.decode().split(" ")[3] for head in heads}
