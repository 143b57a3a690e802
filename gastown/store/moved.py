"""A town whose folder was moved or copied: git's links between repositories and worktrees are
absolute, and so is all that leads to the scripts of git hooks and to the spool.

The links are written here and not by `git worktree repair`: in a copy that command follows the
links which still lead into the original, and bends those.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from gastown.errors import DiskTrouble
from gastown.store import githooks
from gastown.store.files import read_or_none, write_atomically
from gastown.store.signing.sealing import lead_git

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gastown.store.town import Town


def repair_links(town: Town) -> None:
    """Point every link of the town's repositories at its new place, and remember that place."""
    layout = town.layout
    with suppress(DiskTrouble), town.lock():
        known = read_or_none(layout.place)
        if known is not None:
            before = Path(os.fsdecode(known))
            for repository in (layout.town_git, *layout.root.glob("*/repo.git")):
                for admin, link in _links(repository, before, layout.root):
                    for file, text in ((admin / "gitdir", link), (link, f"gitdir: {admin}")):
                        write_atomically(file, os.fsencode(f"{text}\n"), mode=0o644)
                rig = "hq" if repository == layout.town_git else repository.parent.name
                githooks.correct(layout, rig, repository, before)
            if layout.keys.is_dir():
                lead_git(town, town.settings())
            if _is_copy(town, before, known):
                shutil.rmtree(layout.run / "sessions", ignore_errors=True)
        write_atomically(layout.place, os.fsencode(layout.root))


def _links(repository: Path, before: Path, now: Path) -> Iterator[tuple[Path, Path]]:
    """Each worktree's folder in the repository, and the `.git` file that belongs to it now."""
    for admin in sorted((repository / "worktrees").glob("*")):
        link = Path(os.fsdecode((read_or_none(admin / "gitdir") or b"").strip()))
        places = [now / link.relative_to(before)] if link.is_relative_to(before) else []
        places += [link] if link.is_relative_to(now) else []
        yield from [(admin, place) for place in places if place.is_file()][:1]


def _is_copy(town: Town, before: Path, known: bytes) -> bool:
    """Whether the original is still there: then the sessions on record are its, not ours."""
    place = before / town.layout.place.relative_to(town.layout.root)
    return read_or_none(place) == known
