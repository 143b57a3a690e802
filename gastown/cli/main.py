"""The two entry points.

A command lives for some fifty milliseconds, a fifth of which would go into looking for garbage and
into tidying up the interpreter at its end; both are left out. The order of the lines matters.
"""

from __future__ import annotations

import gc
import os
import sys
from typing import NoReturn

gc.disable()


def gt() -> NoReturn:
    """Run `gt`."""
    from gastown.cli.boundary import run
    from gastown.cli.gt import root

    _leave(run(root, "gt"))


def bd() -> NoReturn:
    """Run `bd`."""
    from gastown.cli.bd import root
    from gastown.cli.boundary import run

    _leave(run(root, "bd"))


def _leave(status: int) -> NoReturn:
    """End the process at once; everything that is to outlive it is on disk or in a pipe by now."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        status = status or 1
    os._exit(status)
