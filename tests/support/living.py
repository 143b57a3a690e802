"""Living processes that stand in the way: a person's git which holds a lock."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from gastown.store.town import Town
from tests.support.waiting import until


@contextmanager
def git_holding_the_index(town: Town) -> Iterator[None]:
    """Within the block a person's git is at work in hq and holds its index.lock."""
    lock = town.layout.town_git / "worktrees" / "hq" / "index.lock"
    child = subprocess.Popen(
        ["git", "-C", str(town.layout.hq), "update-index", "--stdin"], stdin=subprocess.PIPE
    )
    assert child.stdin is not None
    try:
        until(lock.exists)
        yield
    finally:
        child.stdin.close()
        assert child.wait(10) == 0
    until(lambda: not lock.exists())
