"""Texts one of which occurs in every command that is refused: for a test that costs nothing.

A shell looks for them in the client's line of JSON and starts Python only where one is there. A
command that is written to deceive (`g''it`) gets past them; a mistake does not.
"""

from __future__ import annotations

PATTERNS = (
    # git, beside its daily commands: what names another place, branch, or shared thing
    "GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", " -C", "--git-dir", "--work-tree", "worktree",
    "checkout", "switch", "push", "fetch", "pull", "prune", "reflog", "repack", "filter-", "branch",
    "rebase", "update-ref", "symbolic-ref", " tag", "remote", "config", "hooksPath", "hookspath",
    "stash", "clone", "cd ", "chdir",
    # files
    "rm ", "rmdir", "xargs", "unlink", "trash", "-delete", "-exec", "shred", "truncate", "tee ",
    "chmod", "chown", "mv ", "cp ", "install", "rsync", "ln ", "of=", "sed ", "perl ", ">", "u003e",
    # sessions and the town
    "tmux", "kill", "gt ",
)  # fmt: skip
"""To be looked for in the whole line. Where the line's folder is not in the hook, always look."""


def may_matter(line: str) -> bool:
    """Whether one of the patterns occurs in a line."""
    return any(pattern in line for pattern in PATTERNS)


def sh_case() -> str:
    """The patterns as those of a POSIX shell's `case`."""
    return " | ".join(f"*'{pattern}'*" if " " in pattern or pattern in "<>" else f"*{pattern}*"
                      for pattern in PATTERNS)  # fmt: skip
