"""Named points at which a test may kill the process or make the disk fail.

Production code calls `reach` with a literal name; it does nothing unless a test armed that point
through `GT_FAULT=NAME:ACTION` (read at the edge). This is how kill -9 "between the commit and the
sync" becomes reproducible.
"""

from __future__ import annotations

import errno
import os
import signal

from gastown.errors import UsageTrouble

ACTIONS = ("kill", "enospc")
_armed: dict[str, str] = {}


def arm(specification: str) -> None:
    """Arm `NAME:ACTION`; several are separated by commas.

    Raises:
        UsageTrouble: the action is unknown.
    """
    for part in specification.split(","):
        name, _, action = part.strip().rpartition(":")
        if not name or action not in ACTIONS:
            raise UsageTrouble(f"GT_FAULT={specification!r}", hint="NAME:kill or NAME:enospc")
        _armed[name] = action


def reach(name: str) -> None:
    """Say that the program is at point `name`."""
    if not _armed:
        return
    action = _armed.get(name)
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif action == "enospc":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), name)
