"""The script that agents' clients run at their moments, and what it reads."""

from __future__ import annotations

import shlex
import sys
from importlib import resources
from typing import TYPE_CHECKING

from gastown.store import pulse
from gastown.store.files import read_or_none, write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from gastown.domain.hook import Hook
    from gastown.store.layout import Layout

SCRIPT = "agent-event"


def place_client_hooks(layout: Layout, hook: Hook, facts: Path) -> None:
    """Put the script of this version into the town where it differs, and the facts of a hook."""
    layout.client_hooks.mkdir(mode=0o700, parents=True, exist_ok=True)
    data = (resources.files("gastown") / "clients" / SCRIPT).read_bytes()
    place = layout.client_hooks / SCRIPT
    if read_or_none(place) != data:
        write_atomically(place, data, mode=0o755)
    write_atomically(facts, _facts(layout, hook))


def _facts(layout: Layout, hook: Hook) -> bytes:
    """Assignments that a POSIX shell reads with `.`."""
    values = {
        "gt_hook": hook.id,
        "gt_generation": str(hook.generation),
        "gt_worktree": str(layout.root / hook.path),
        "gt_mailbox": str(layout.hq / "mail" / hook.id.replace("/", ".")),
        "gt_spool": str(layout.spool),
        "gt_scripts": str(layout.git_hooks / "sealed"),
        "gt_pulse": str(pulse.file(layout)),
        "gt_asking": str(layout.asking),
        "gt_python": sys.executable,
    }
    return "".join(f"{key}={shlex.quote(value)}\n" for key, value in values.items()).encode()
