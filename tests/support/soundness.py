"""What must hold of a town after every test, whatever was done to it."""

from __future__ import annotations

from pathlib import Path

from gastown.store.cache import Cache
from gastown.store.layout import LEDGER_REF
from gastown.store.town import Town
from tests.support.people import git

TABLES = ("record", "bead", "dependency", "label", "step", "document", "broken")


def history(town: Town) -> list[str]:
    """The ledger's commits, oldest first."""
    return git(town.layout.town_git, "rev-list", "--reverse", LEDGER_REF).splitlines()


def message(town: Town, commit: str = LEDGER_REF) -> str:
    """A commit's whole message."""
    return git(town.layout.town_git, "log", "-1", "--format=%B", commit)


def subjects(town: Town) -> list[str]:
    """The subjects of all operations, oldest first."""
    return git(town.layout.town_git, "log", "--reverse", "--format=%s", LEDGER_REF).splitlines()


def trailers(town: Town, commit: str = LEDGER_REF) -> list[tuple[str, str]]:
    """A commit's trailers, as git reads them."""
    raw = git(town.layout.town_git, "log", "-1", "--format=%(trailers:only,unfold)", commit)
    pairs = (line.partition(": ") for line in raw.splitlines() if line)
    return [(key, value) for key, _, value in pairs]


def status(town: Town) -> str:
    """What `git status` in hq has to say."""
    return git(town.layout.hq, "status", "--porcelain")


def rows(cache: Cache) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table of a cache, in a fixed order."""
    return {
        table: sorted(cache.connection.execute(f"SELECT * FROM {table}").fetchall(), key=repr)
        for table in TABLES
    }


def fresh_rows(town: Town) -> dict[str, list[tuple[object, ...]]]:
    """The rows that a cache has which is built from nothing."""
    fresh = Cache(Path(":memory:"))
    try:
        fresh.refresh(town.ledger, town.commit())
        return rows(fresh)
    finally:
        fresh.close()


def stray_files(town: Town) -> list[str]:
    """Locks, temporary files and crash reports that nobody cleans up any more."""
    patterns = ("**/*.lock", "**/fast_import_crash_*", "**/.*.tmp", "run/hq-syncing")
    found = {path for pattern in patterns for path in town.layout.machine.glob(pattern)}
    found = {path for path in found if not path.is_relative_to(town.layout.quarantine)}
    return sorted(str(path) for path in found if path.name != ".lock")  # that of the sessions


def assert_sound(town: Town) -> None:
    """Fail unless the ledger is whole and linear, hq is in step, and nothing lies about."""
    bare = town.layout.town_git
    assert git(bare, "fsck", "--full", "--strict", "--no-dangling") == ""
    assert git(bare, "rev-list", "--min-parents=2", LEDGER_REF) == ""
    assert len(git(bare, "rev-list", "--max-parents=0", LEDGER_REF).splitlines()) == 1
    assert status(town) == ""
    assert git(town.layout.hq, "symbolic-ref", "HEAD") == LEDGER_REF
    assert git(town.layout.hq, "rev-parse", "HEAD") == town.commit() == town.hq.synced()
    stray = stray_files(town)
    assert stray == [], f"left behind: {stray}"
    assert town.read().broken() == []
    _assert_hooks_and_beads_agree(town)


def _assert_hooks_and_beads_agree(town: Town) -> None:
    held = [hook.bead for hook in town.read().hooks() if hook.bead]
    assert len(held) == len(set(held)), "a bead is on two hooks"
    for hook in town.read().hooks():
        if hook.bead:
            assert town.read().bead(hook.bead).assignee == hook.id
