"""A town whose folder was renamed or copied keeps working."""

from __future__ import annotations

import shutil
from pathlib import Path

from gastown.store.town import Town
from tests.support.living import git_holding_the_index
from tests.support.people import git
from tests.support.soundness import assert_sound
from tests.support.towns import EDGE, a_bead, put


def test_the_next_command_after_a_rename(bare_town: Town, tmp_path: Path) -> None:
    """Found by the place that the town remembers: links are mended before anything else."""
    put(bare_town, a_bead())
    bare_town.close()
    there = tmp_path / "elsewhere"
    bare_town.layout.root.rename(there)
    town = Town(there, EDGE)
    assert git(there / "hq", "status", "--porcelain") == ""
    assert town.read().bead("mp-abc")
    put(town, a_bead("mp-b"))
    assert_sound(town)
    town.close()


def test_a_copy_does_not_touch_the_original(bare_town: Town, tmp_path: Path) -> None:
    """A copied town is a town of its own: the original's links and files stay."""
    put(bare_town, a_bead())
    copied = tmp_path / "copy"
    shutil.copytree(bare_town.layout.root, copied, symlinks=True)
    town = Town(copied, EDGE)
    put(town, a_bead("mp-copy"))
    assert_sound(town)
    assert not bare_town.read().has_bead("mp-copy")
    put(bare_town, a_bead("mp-original"))
    assert_sound(bare_town)
    town.close()


def test_an_open_town_is_not_taken_for_moved(bare_town: Town) -> None:
    """Opening a town that stands where it stood takes no lock and starts no git."""
    with git_holding_the_index(bare_town):
        Town(bare_town.layout.root, EDGE).close()
