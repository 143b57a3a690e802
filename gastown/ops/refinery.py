"""The refinery: works rigs' merge queues, each under the lock of its rig's refinery.

How a queue is worked is in `ops/refining/worker.py`. Here a rig's turn begins and ends: locks that
a killed git left are freed, open pull requests are looked at, and worktrees of agents whose work is
merged are taken away.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from gastown.ops import sessions
from gastown.ops.describing import describe
from gastown.ops.freezing import refuse_frozen
from gastown.ops.refining.branches import tidy_branches
from gastown.ops.refining.following import go_on, solved
from gastown.ops.refining.proposing import look
from gastown.ops.refining.worker import Announce, Interrupted, Stopping, Worker
from gastown.ops.rig_scripts import take_away
from gastown.store import locks
from gastown.store.stale import free_refs
from gastown.views.hooks import is_left_over

if TYPE_CHECKING:
    from gastown.domain.hook import Hook
    from gastown.ops.host import Host
    from gastown.ops.mq import Verdict
    from gastown.ops.retire import Retired
    from gastown.store.town import Town

__all__ = ["Interrupted", "RefineryRun", "retire_hook", "run"]


@dataclass(frozen=True)
class RefineryRun:
    """What one run did: a verdict for each request it tried."""

    rigs: tuple[str, ...]
    verdicts: tuple[Verdict, ...]
    retired: tuple[Retired, ...]


def run(
    town: Town, *, host: Host, rig: str | None = None, announce: Announce = lambda _: None,
    patience_s: float = 1.0, stopping: Stopping = lambda: False,
) -> RefineryRun:  # fmt: skip
    """Work the queue of one rig, or of all, until it is empty.

    Args:
        patience_s: how long to wait for another refinery that is at work.
        stopping: asked now and then; once it is true, the run ends as soon as it can.

    Raises:
        Interrupted: it was stopped in the middle of a request, which stays to be tried again.
        NotFound: there is no such rig.
        Busy: another refinery works on it.
    """
    reader = town.read()
    refuse_frozen(town.layout, "nothing is tested or merged")
    rigs = [reader.rig(rig).id] if rig else [known.id for known in reader.rigs()]
    verdicts: list[Verdict] = []
    retired: list[Retired] = []
    for name in rigs:
        lock = town.layout.rig_lock(name, "refinery")
        with locks.hold(lock, wait_s=patience_s, what=f"refinery {name}"):
            free_refs(town.layout.repository(name), town.layout.rig(name), town.layout.quarantine)
            retired += _finish_retiring(town, host, name)
            go_on(town, host, name)
            worker = Worker(town, host, name, announce, stopping)
            for verdict in chain(look(town, host, name), worker.work(), solved(town, name)):
                verdicts.append(verdict)
                if verdict.retired is not None:
                    retired.append(retire_hook(town, host, verdict.retired))
                elif verdict.merge.hook is not None:
                    describe(town, verdict.merge.hook)
            tidy_branches(town, name, town.edge.clock())
    last = {verdict.merge.id: verdict for verdict in verdicts}  # one that waited may have landed
    return RefineryRun(tuple(rigs), tuple(last.values()), tuple(retired))


def retire_hook(town: Town, host: Host, hook: Hook) -> Retired:
    """After its bead is merged: stop a polecat's session and take its worktree away."""
    sessions.stop(town, host, hook)
    return take_away(town, host, hook)


def _finish_retiring(town: Town, host: Host, rig: str) -> list[Retired]:
    """Take away the worktrees that a killed refinery left behind after its last operation."""
    hooks = town.read().hooks(rig=rig, live=False)
    return [retire_hook(town, host, hook) for hook in hooks if is_left_over(town, hook)]
