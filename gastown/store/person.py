"""What is kept for the person outside of every town: little, and on this machine only."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from platformdirs import user_state_path

from gastown.store import locks

if TYPE_CHECKING:
    from pathlib import Path


def state_folder() -> Path:
    """The folder; it need not be there."""
    return user_state_path("gastown")


def tray_lock() -> Path:
    """Held by the person's tray while it runs."""
    return state_folder() / "tray.lock"


def forget() -> bool:
    """Remove all of it, unless a tray runs; whether something was removed."""
    folder = state_folder()
    if not folder.is_dir() or locks.is_held(tray_lock()):
        return False
    shutil.rmtree(folder)
    return True
