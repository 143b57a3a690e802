"""Beads that commits of a rig's target name, but that are still open."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.store.bead_filter import BeadFilter
from gastown.store.worktree import Worktrees

if TYPE_CHECKING:
    from gastown.domain.bead import Bead
    from gastown.store.town import Town

_MOST = 5000
_WORD = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?=[A-Za-z0-9_]))*")


@dataclass(frozen=True)
class Orphan:
    """A bead, and the newest commit that names it."""

    bead: Bead
    rig: str
    commit: str
    subject: str


def orphans(town: Town, rig: str | None = None) -> list[Orphan]:
    """Live beads that the last commits of the rigs' targets name in their messages, by id."""
    reader = town.read()
    live = {bead.id: bead for bead in reader.select(BeadFilter(live=True))}
    found: dict[str, Orphan] = {}
    for known in reader.rigs():
        if rig not in (None, known.id):
            continue
        git = Worktrees(town.layout, known.id).git
        log = git.text(
            "log", f"--max-count={_MOST}", "--format=%h%x00%s%x00%B%x01", known.target, "--"
        )
        for entry in log.split("\x01"):
            commit, _, rest = entry.strip("\n").partition("\x00")
            subject, _, body = rest.partition("\x00")
            for name in _WORD.findall(body):
                if name in live and name not in found:
                    found[name] = Orphan(live[name], known.id, commit, subject)
    return [found[name] for name in sorted(found)]
