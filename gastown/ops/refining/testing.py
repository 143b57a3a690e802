"""Testing the prefixes of a batch, and the batches behind it ahead of time.

Each test has a folder of its own for what the gates print: `merges/RIG/BATCH/NN-PREFIX` in the
town's logs. Testing ahead changes no record: it only leaves results for the trees that the next
batch will have if this one lands.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.merge_settings import Phase
from gastown.errors import GtError
from gastown.ops.gating.running import gates_of, run_gates
from gastown.store.town import Town
from gastown.store.worktree import Worktrees

if TYPE_CHECKING:
    from collections.abc import Callable, Container
    from pathlib import Path

    from gastown.domain.merge_settings import MergePolicy
    from gastown.ops.gating.running import Tested
    from gastown.ops.host import Host
    from gastown.store.stacking import Stacked

_ENOUGH_CORES = 4


@dataclass(frozen=True)
class Test:
    """One test of a commit. `log`: its folder, relative to the town's logs."""

    outcome: Tested
    log: str


class Tester:
    """Runs a rig's gates for its refinery.

    Args:
        stopping: asked now and then; once it is true, what runs is ended.
    """

    def __init__(
        self, town: Town, host: Host, rig: str, announce: Callable[[str], None],
        stopping: Callable[[], bool],
    ) -> None:  # fmt: skip
        self._town = town
        self._host = host
        self._rig = rig
        self._announce = announce
        self._stopping = stopping
        self._git = Worktrees(town.layout, rig).git
        self._ahead: list[_Ahead] = []

    def next_log(self, batch: str, prefix: int) -> str:
        """The folder for the next test of a batch."""
        return self._folder(batch, f"{prefix}")

    def test(
        self,
        commit: str,
        *,
        batch: str,
        log: str,
        again: bool = False,
        phase: Phase = Phase.MERGE,
    ) -> Test:
        """Run the gates of a phase on a commit, unless their result is known."""
        if self._ahead:
            self._wait_for(self._git.text("rev-parse", f"{commit}^{{tree}}"))
        outcome = run_gates(
            self._town, self._host, self._rig, commit, gates_of(self._town, self._rig, phase),
            log=self._path(log), batch=batch, again=again, announce=self._announce,
            stopping=self._stopping,
        )  # fmt: skip
        return Test(outcome, log)

    def ahead(self, policy: MergePolicy) -> int:
        """How many batches are tested ahead."""
        if policy.speculate is not None:
            return policy.speculate
        return 1 if (os.cpu_count() or 1) >= _ENOUGH_CORES else 0

    def test_ahead(self, wanted: list[Stacked]) -> None:
        """Test commits beside what is tested now; others that were begun before are ended."""
        self.forget(keep=[one.tree for one in wanted])
        known = {one.tree for one in self._ahead}
        slots = [slot for slot in map(str, range(len(wanted)))
                 if slot not in {one.slot for one in self._ahead}]  # fmt: skip
        for stacked in wanted:
            if stacked.tree not in known:
                log = self._path(self._folder("ahead", "tip"))
                one = _Ahead(self._town, self._host, self._rig, stacked, slots.pop(0), log)
                one.start()
                self._ahead.append(one)

    def forget(self, keep: Container[str] = ()) -> None:
        """End the tests that were begun ahead of other trees than these, and wait for their end."""
        dropped = [one for one in self._ahead if one.tree not in keep]
        for one in dropped:
            one.ended.set()
        for one in dropped:
            one.join()
        self._ahead = [one for one in self._ahead if one not in dropped]

    def _wait_for(self, tree: str) -> None:
        """If a tree is being tested ahead, its result is waited for; others go on."""
        for one in [one for one in self._ahead if one.tree == tree]:
            while one.is_alive():
                one.join(0.2)
                if self._stopping():
                    one.ended.set()
            self._ahead.remove(one)

    def _path(self, log: str) -> Path:
        return self._town.layout.logs / log

    def _folder(self, batch: str, prefix: str) -> str:
        parent = f"merges/{self._rig}/{batch}"
        folder = self._path(parent)
        taken = (
            [int(one.name[:2]) for one in folder.glob("[0-9][0-9]-*")] if folder.exists() else []
        )
        name = f"{parent}/{max(taken, default=0) + 1:02}-{prefix}"
        self._path(name).mkdir(mode=0o700, parents=True, exist_ok=True)
        return name


class _Ahead(threading.Thread):
    """A test that is run before it is known to be needed."""

    def __init__(
        self, town: Town, host: Host, rig: str, stacked: Stacked, slot: str, log: Path
    ) -> None:
        super().__init__(name=f"refinery {rig} ahead {slot}", daemon=True)
        self._root, self._edge = town.layout.root, town.edge
        self._host, self._rig, self._log = host, rig, log
        self.slot = slot
        self._commit, self.tree = stacked.commit, stacked.tree
        self.ended = threading.Event()

    def run(self) -> None:
        town = Town(self._root, self._edge)
        try:
            run_gates(
                town, self._host, self._rig, self._commit, gates_of(town, self._rig),
                log=self._log, stopping=self.ended.is_set, slot=f"ahead-{self.slot}",
            )  # fmt: skip
        except GtError:
            pass  # the test itself will say so, if it is ever needed
        finally:
            town.close()
