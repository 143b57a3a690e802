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
    _open_streams()
    from gastown.cli.boundary import run
    from gastown.cli.gt import root

    _leave(run(root, "gt"))


def bd() -> NoReturn:
    """Run `bd`."""
    _open_streams()
    from gastown.cli.bd import root
    from gastown.cli.boundary import run

    _leave(run(root, "bd"))


def tray() -> NoReturn:
    """Run the tray, as desktop sessions start it."""
    sys.argv[1:1] = ["tray", "--foreground"]
    gt()


def _open_streams() -> None:
    """Let closed streams lead nowhere, so that no lock or ledger gets their number.

    What the others cannot show is escaped.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115
        elif mode == "w":
            stream.reconfigure(errors="backslashreplace")


def _leave(status: int) -> NoReturn:
    """End the process at once; everything that is to outlive it is on disk or in a pipe by now."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        status = status or 1
    os._exit(status)
