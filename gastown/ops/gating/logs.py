"""The folders for what gates print when somebody asks; the oldest make room for new ones."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from gastown.store.town import Town

KEPT = 30


def new_folder(town: Town, rig: str) -> Path:
    """A folder for one run of a rig's gates, which is not made yet."""
    parent = town.layout.logs / "gates" / rig
    # By name: the names begin with the time.
    for old in sorted(parent.glob("2*"))[: -KEPT + 1]:
        shutil.rmtree(old, ignore_errors=True)
    now = town.edge.clock().strftime("%Y-%m-%dT%H%M%S.%f")
    return parent / f"{now}-{town.edge.entropy(2).hex()}"
