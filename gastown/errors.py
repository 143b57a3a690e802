"""What can go wrong, as a person or a script sees it.

Every error says what happened, why, and what to do next (`hint`), and carries a stable `code`
for scripts and the exit status of the process::

    GtError                1   refused or failed
    ├── Refused            1   a rule says no
    ├── Unreadable         1   a file or record exists but cannot be understood
    ├── UsageTrouble       2   the words of the command are off
    ├── NotFound           3   no such thing
    ├── MoveRefused        4   a lifecycle forbids it
    ├── GitFailed          1   git answered with an error
    ├── DiskTrouble       74   disk full, read-only, input/output error
    └── Busy              75   another process holds the lock; try again

70 is left for our own bugs and 130 for Ctrl-C; both are made at the edge (`cli/boundary.py`).
"""

from __future__ import annotations


class GtError(Exception):
    """Something the user can act on; prints as one sentence and a hint, never as a traceback."""

    code = "failed"
    exit_status = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Refused(GtError):
    """A rule of the town says no; nothing was changed."""

    code = "refused"


class Unreadable(GtError):
    """A file, record or answer exists but cannot be understood. Never treated as empty."""

    code = "unreadable"


class UsageTrouble(GtError):
    """The words of the command are off."""

    code = "usage"
    exit_status = 2


class NotFound(GtError):
    """There is no such bead, rig, agent, convoy or file."""

    code = "not-found"
    exit_status = 3


class MoveRefused(GtError):
    """A lifecycle forbids the move; the hint names the moves that are possible."""

    code = "illegal-move"
    exit_status = 4


class GitFailed(GtError):
    """Git answered with an error. `stderr` is what it said."""

    code = "git"

    def __init__(
        self, message: str, *, hint: str | None = None, stderr: str = "", returncode: int = 1
    ) -> None:
        super().__init__(message, hint=hint)
        self.stderr = stderr
        self.returncode = returncode


class DiskTrouble(GtError):
    """The disk is full, read-only or failing; the state is as it was before the command."""

    code = "disk"
    exit_status = 74


class Busy(GtError):
    """Another process holds the lock; the message names it."""

    code = "busy"
    exit_status = 75
