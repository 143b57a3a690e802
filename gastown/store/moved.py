"""A town whose folder was moved: git's links between repositories and worktrees are absolute."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from gastown.errors import DiskTrouble
from gastown.store.files import read_or_none, write_atomically
from gastown.store.git import Git

if TYPE_CHECKING:
    from gastown.store.town import Town


def repair_links(town: Town) -> None:
    """Mend the links of every repository of the town, and remember its place."""
    layout = town.layout
    with suppress(DiskTrouble), town.lock():
        if read_or_none(layout.place) is not None:
            repositories = {layout.town_git: [layout.hq, layout.mayor]}
            for repository in layout.root.glob("*/repo.git"):
                rig = repository.parent
                repositories[repository] = [*rig.glob("crew/*"), *rig.glob("polecats/*")]
            for repository, trees in repositories.items():
                present = [str(tree) for tree in trees if (tree / ".git").is_file()]
                Git(repository, bare=True).run("worktree", "repair", *present, accept=(0, 1))
        write_atomically(layout.place, os.fsencode(layout.root))
