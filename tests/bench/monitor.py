"""`python -m tests.bench.monitor [IDLE_S]`: how soon the monitor reacts, and what it costs at rest.

It takes minutes, so it is no part of `make bench`.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from statistics import median

from gastown.store import pulse
from gastown.store.layout import LEDGER_REF
from tests.bench.towns import sealed_desk
from tests.support.desk import Desk
from tests.support.people import git
from tests.support.waiting import until

COMMITS, BURST, HOOKS = 200, 30_000, 30
_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """Seconds of processor time that a process and its ended children have used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / _TICKS


def memory_mb(pid: int) -> float:
    """What a process keeps in memory."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    found = next(line for line in lines if line.startswith("VmRSS:"))
    return int(found.split()[1]) / 1024


def pid_of(desk: Desk) -> int:
    """The monitor's process."""
    known = pulse.read(desk.town.layout)
    assert known is not None
    return known.pid


def latency(desk: Desk) -> None:
    """From the end of `git commit` to the operation in the ledger, commit for commit."""
    desk.gt("crew", "add", "ada", "--rig", "mp")
    tree = desk.root / "mp" / "crew" / "ada"
    ref = desk.town.layout.town_git / LEDGER_REF
    took = []
    for number in range(COMMITS):
        bead = desk.bead(f"Bead {number}")
        desk.gt("sling", bead, "mp/ada")
        before = ref.read_bytes()
        (tree / "file.txt").write_text(f"{number}\n")
        git(tree, "add", "-A")
        git(tree, "commit", "--quiet", "-m", f"work {number}")
        begun = time.perf_counter()
        until(lambda before=before: ref.read_bytes() != before)
        took.append(time.perf_counter() - begun)
        desk.gt("unsling", bead)
    took.sort()
    p95 = took[int(COMMITS * 0.95)]
    print(
        f"commit to ledger, {COMMITS} commits: median {median(took) * 1000:.0f} ms,"
        f" p95 {p95 * 1000:.0f} ms, max {took[-1] * 1000:.0f} ms"
    )


def burst(desk: Desk) -> None:
    """A flood of events, as thirty git hooks gone wild would leave it, then one without monitor."""
    begun = time.perf_counter()
    _flood(desk, "live")
    written = time.perf_counter() - begun
    until(lambda: _waiting(desk) == 0, 120)
    drained = time.perf_counter() - begun - written
    print(f"{BURST} events within {written:.1f} s: the last is drained {drained:.2f} s later")
    desk.run("gt", "daemon", "stop")
    _flood(desk, "dead")
    begun = time.perf_counter()
    desk.run("gt", "daemon", "start")
    until(lambda: _waiting(desk) == 0, 120)
    took = time.perf_counter() - begun
    bad = len(list((desk.root / ".gt" / "spool" / "bad").iterdir()))
    print(f"{BURST} events that waited for a monitor: drained {took:.2f} s after its start was"
          f" typed; bad: {bad}")  # fmt: skip


def _flood(desk: Desk, name: str) -> None:
    spool = desk.root / ".gt" / "spool"
    admin = desk.root / "mp" / "repo.git" / "worktrees" / "ada"
    text = f"event post-commit\ngitdir {admin}\nhook mp/ada\ngeneration 1\n"
    for number in range(BURST):
        file = spool / "tmp" / f"{name}-{number}"
        file.write_text(text)
        file.rename(spool / "new" / file.name)


def _waiting(desk: Desk) -> int:
    with os.scandir(desk.root / ".gt" / "spool" / "new") as entries:
        return sum(1 for _ in entries)


def idle(desk: Desk, seconds: float) -> None:
    """Processor time and memory with many hooks in which nothing happens."""
    beads = [desk.bead(f"Idle {number}") for number in range(HOOKS)]
    desk.gt("sling", *beads, "mp", "--no-start")
    time.sleep(60)  # the first looks at every worktree are no idle cost
    pid = pid_of(desk)
    before = cpu_s(pid)
    time.sleep(seconds)
    used = cpu_s(pid) - before
    print(f"idle, {HOOKS} hooks, {seconds:.0f} s: {used / seconds * 100:.2f} % of a core,"
          f" {memory_mb(pid):.0f} MB")  # fmt: skip


def main(idle_s: float = 300.0) -> None:
    """Print the numbers."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with sealed_desk() as desk:
        desk.run("gt", "daemon", "start")
        latency(desk)
        burst(desk)
        idle(desk, idle_s)


if __name__ == "__main__":
    main(*map(float, sys.argv[1:]))
