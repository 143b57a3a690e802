"""Taking notice of what git hooks have reported, for whoever acts where no monitor does that."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from gastown.errors import GtError
from gastown.ops.events import drain
from gastown.ops.refinery import retire_hook
from gastown.store.locks import is_held
from gastown.store.spool import Spool

if TYPE_CHECKING:
    from gastown.ops.host import Host
    from gastown.store.town import Town


def notice(town: Town, host: Host) -> None:
    """Take what git hooks have reported, unless a monitor does that."""
    layout = town.layout
    if Spool(layout.spool).is_empty() or is_held(layout.monitor_lock):
        return
    with suppress(GtError):  # what keeps the operation from writing it will say itself
        for hook in drain(town).seen.retired:
            retire_hook(town, host, hook)
