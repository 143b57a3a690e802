"""The two entry points."""

from __future__ import annotations

import gc
import sys
from typing import NoReturn

from gastown.cli.boundary import run

# A command lives for milliseconds; looking for garbage would cost it a tenth of them.
gc.disable()


def gt() -> NoReturn:
    """Run `gt`."""
    from gastown.cli.gt import root

    sys.exit(run(root, "gt"))


def bd() -> NoReturn:
    """Run `bd`."""
    from gastown.cli.bd import root

    sys.exit(run(root, "bd"))
