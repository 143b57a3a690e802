"""The slow rounds: origins are fetched, repositories kept small, logs short, the disk in sight.

Nothing is ever pruned: loose objects are packed (`loose-objects`, `incremental-repack`), refs that
nobody moves any more are packed, and that is all. Two writers at once are safe with that.
"""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

from gastown.domain.merge import MergeState
from gastown.ids import HUMAN
from gastown.ops import githooks, rigs
from gastown.ops.bead_gates import check, has_github
from gastown.ops.observe import MONITOR
from gastown.ops.post import post_once
from gastown.ops.refining.branches import tidy_branches
from gastown.ops.snapshots import thin_all
from gastown.runtime.logs import shorten
from gastown.store.spool import Spool
from gastown.store.stale import free_refs
from gastown.store.upkeep import keep_small

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gastown.runtime.journal import Journal
    from gastown.store.town import Town

EVERY_S = 20.0
FETCH_S, LONGEST_FETCH_S = 60.0, 900.0
IDLE_FETCH_S = 600.0
GITHUB_S = 30.0
TIDY_S = 600.0
LITTLE_SPACE = 500 * 1024 * 1024
LONGEST_LOG = 50 * 1024 * 1024
_PENDING = (MergeState.QUEUED, MergeState.TESTING, MergeState.FAILED, MergeState.CONFLICTED)


class Upkeep:
    """What is due when; all times are of the monotonic clock."""

    def __init__(self, journal: Journal, env: Mapping[str, str]) -> None:
        self._journal = journal
        self._env = env
        self._github_due, self._github_pause = 0.0, GITHUB_S
        self._due = time.monotonic() + EVERY_S
        self._tidy_due = time.monotonic() + EVERY_S
        self._fetches: dict[str, tuple[float, float]] = {}
        self._warned_of_space = False

    def is_due(self) -> bool:
        """Whether something may have to be done."""
        return time.monotonic() >= self._due

    def work(self, town: Town) -> None:
        """Do all that is due."""
        self._due = time.monotonic() + EVERY_S
        self._look_at_disk(town)
        layout = town.layout
        for rig in town.read().rigs():
            freed = free_refs(layout.repository(rig.id), layout.rig(rig.id), layout.quarantine)
            if freed:
                self._journal.warn("stale-locks", rig=rig.id, files=" ".join(freed))
            if self._fetches.get(rig.id, (0.0, 0.0))[0] <= time.monotonic():
                self.fetch(town, rig.id)
        self._ask_github(town)
        if time.monotonic() >= self._tidy_due:
            self._tidy_due = time.monotonic() + TIDY_S
            self._tidy(town)

    def fetch(self, town: Town, rig: str) -> None:
        """Fetch a rig; one that cannot be fetched is tried more and more rarely."""
        before = self._fetches.get(rig, (0.0, FETCH_S))[1]
        found = rigs.refresh(town, town.read().rig(rig))
        if found.warning:
            pause = min(before * 2, LONGEST_FETCH_S)
            self._journal.warn("fetch", rig=rig, why=found.warning, again_in_s=int(pause))
        else:
            pause = FETCH_S if _has_work(town, rig) else IDLE_FETCH_S
        if found.moved:
            self._journal.info("fetched", rig=rig, target=found.head[:12])
        self._fetches[rig] = (time.monotonic() + pause, pause)

    def _ask_github(self, town: Town) -> None:
        """Look at gates that wait for GitHub, ever more rarely where nothing happens."""
        if time.monotonic() < self._github_due or not has_github(town.read()):
            return
        looked = check(town, github=self._env, escalate=True, actor=MONITOR)
        opened = [one for one in looked if one.opens]
        for one in opened:
            self._journal.info("gate", what=f"{one.gate.id} is open: {one.why}")
        self._github_pause = GITHUB_S if opened else min(self._github_pause * 2, LONGEST_FETCH_S)
        self._github_due = time.monotonic() + self._github_pause

    def _look_at_disk(self, town: Town) -> None:
        free = shutil.disk_usage(town.layout.root).free
        if free >= LITTLE_SPACE:
            self._warned_of_space = False
        elif not self._warned_of_space:
            self._warned_of_space = True
            self._journal.warn("disk", free_mb=free // 2**20)
            body = f"{free // 2**20} MB are left on the disk of {town.layout.root}."
            with town.transaction("tell the person: little space", actor=MONITOR) as tx:
                subject = "little space is left on the town's disk"
                post_once(tx, town, to=HUMAN, subject=subject, body=body, about=None)

    def _tidy(self, town: Town) -> None:
        Spool(town.layout.spool).sweep()
        for change in githooks.refresh(town):
            self._journal.info("githooks", what=change)
        layout = town.layout
        repositories = [layout.town_git, *(layout.repository(r.id) for r in town.read().rigs())]
        for repository in repositories:
            said = keep_small(repository) if repository.is_dir() else None
            if said is not None:
                self._journal.info("packed", repository=repository.parent.name, what=said)
        for log in shorten(layout.logs, LONGEST_LOG):
            self._journal.info("log-shortened", file=log.name)
        for rig in town.read().rigs():
            for branch in tidy_branches(town, rig.id, town.edge.clock()):
                self._journal.info("branch-dropped", rig=rig.id, branch=branch)
        thinned = thin_all(town)
        if thinned:
            self._journal.info("thinned", snapshots=thinned)


def _has_work(town: Town, rig: str) -> bool:
    reader = town.read()
    return any(hook.bead for hook in reader.hooks(rig=rig)) or bool(
        reader.merges(rig=rig, states=_PENDING)
    )
