"""Keeping a repository small without ever pruning anything.

`git maintenance` packs loose objects and joins packs; both are safe beside writers (no object that
somebody may still need goes away). It is run only where there is something to do.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gastown.store.git import Git

if TYPE_CHECKING:
    from pathlib import Path

LOOSE_LIMIT = 5000
REFS_LIMIT = 1000
_SAMPLES = ("17", "a3", "c8", "5e")


def keep_small(repository: Path) -> str | None:
    """Pack a bare repository's loose objects and refs where they are many; what was done."""
    git = Git(repository, bare=True)
    done = []
    loose = loose_objects(repository)
    if loose >= LOOSE_LIMIT:
        # The first run packs them, the second removes the copies that lie about loose.
        for task in ("loose-objects", "loose-objects", "incremental-repack", "commit-graph"):
            git.run("maintenance", "run", "--quiet", f"--task={task}", accept=(0, 1))
        done.append(f"about {loose} loose objects")
    refs = _loose_refs(repository)
    if refs >= REFS_LIMIT:
        git.run("maintenance", "run", "--quiet", "--task=pack-refs", accept=(0, 1))
        done.append(f"{refs} loose refs")
    return ", ".join(done) or None


def loose_objects(repository: Path) -> int:
    """About how many loose objects there are, from a few of the 256 folders."""
    found = 0
    for name in _SAMPLES:
        try:
            found += sum(1 for _ in (repository / "objects" / name).iterdir())
        except FileNotFoundError:
            continue
    return found * 256 // len(_SAMPLES)


def _loose_refs(repository: Path) -> int:
    return sum(len(files) for _, _, files in os.walk(repository / "refs"))
