"""When to take a snapshot: once the files of a worktree have settled after a change.

No folder of a worktree is watched: there may be a hundred thousand. Instead each is looked at with
one cheap `git status`: soon after a sign of life (a git hook's event, output of its agent, a change
of its index or top folder), ever more rarely where nothing happens. Two equal looks mean that the
files have settled; what never settles is taken all the same.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.errors import GtError
from gastown.ops.sessions import past_log
from gastown.ops.snapshots import capture
from gastown.store.snapshot import quick_state

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from gastown.domain.hook import Hook
    from gastown.runtime.journal import Journal
    from gastown.store.town import Town

SETTLE_S = 3.0
RESTLESS_S = 30.0
SOON_S = 0.5
_LONGEST_S = {True: 40.0, False: 90.0}  # by whether an agent runs there


@dataclass
class _Watched:
    """One worktree. Times are of the monotonic clock, in seconds."""

    hook: Hook
    due: float
    interval: float = SETTLE_S
    held: str | None = None
    seen: str | None = None
    restless_since: float | None = None
    signs: tuple[object, ...] = ()


class Keeper:
    """Keeps snapshots of live hooks up to date; `follow` and `poke` come from the loop's thread."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._watched: dict[str, _Watched] = {}
        self._alive: frozenset[str] = frozenset()

    def follow(self, hooks: Iterable[Hook], alive: frozenset[str]) -> None:
        """Watch over exactly these hooks from now on; `alive`: those whose agent runs."""
        now = time.monotonic()
        known, self._alive = self._watched, alive
        self._watched = {}
        for hook in hooks:
            entry = known.get(hook.id)
            if entry is None or entry.hook.generation != hook.generation:
                entry = _Watched(hook, now + SOON_S)
            entry.hook = hook
            self._watched[hook.id] = entry

    def poke(self, hook_id: str) -> None:
        """Look at a hook soon: something has happened there."""
        entry = self._watched.get(hook_id)
        if entry is not None:
            entry.interval = SETTLE_S
            entry.due = min(entry.due, time.monotonic() + SOON_S)

    def is_due(self) -> bool:
        """Whether some worktree wants to be looked at."""
        return self.next_due_s() <= 0

    def next_due_s(self) -> float:
        """In how many seconds the next one does."""
        due = [entry.due for entry in list(self._watched.values())]
        return max(0.0, min(due) - time.monotonic()) if due else 3600.0

    def work(self, town: Town) -> None:
        """Look at every worktree that is due."""
        for entry in list(self._watched.values()):
            if entry.due <= time.monotonic():
                try:
                    self._look(town, entry)
                except GtError as trouble:
                    self._put_off(entry)
                    self._journal.trouble(f"snapshot {entry.hook.id}", trouble)

    def _look(self, town: Town, entry: _Watched) -> None:
        tree = town.layout.root / entry.hook.path
        state = quick_state(tree) if tree.is_dir() else None
        now = time.monotonic()
        if state is None or state == entry.held:
            entry.seen = entry.restless_since = None
            self._rest(town, entry, tree)
            return
        entry.restless_since = entry.restless_since or now
        if state == entry.seen or now - entry.restless_since > RESTLESS_S:
            taken = capture(town, entry.hook, "settled")
            if taken is not None:
                self._journal.info("snapshot", hook=entry.hook.id, why="settled", id=taken.oid[:12])
            entry.held, entry.seen, entry.restless_since = state, None, None
        else:
            entry.seen = state
        entry.interval = SETTLE_S
        entry.due = now + SETTLE_S

    def _rest(self, town: Town, entry: _Watched, tree: Path) -> None:
        """Nothing new: look again later, unless there are signs that something is going on."""
        signs = _signs(town, entry.hook, tree)
        if entry.signs not in ((), signs):
            entry.interval = SETTLE_S
        else:
            entry.interval = min(entry.interval * 2, _LONGEST_S[entry.hook.id in self._alive])
        entry.signs = signs
        entry.due = time.monotonic() + entry.interval

    @staticmethod
    def _put_off(entry: _Watched) -> None:
        entry.interval = _LONGEST_S[False]
        entry.due = time.monotonic() + entry.interval


def _signs(town: Town, hook: Hook, tree: Path) -> tuple[object, ...]:
    """What changes when somebody is at work in a worktree, read without git."""
    log = past_log(town, hook.id)
    return tuple(_stamp(path) for path in (tree, log) if path is not None)


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
