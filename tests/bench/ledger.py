"""`python -m tests.bench.ledger`: what writing costs, as ratios to `python -c pass`."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from gastown.store.codec import encode
from gastown.store.commits import Signature, commit
from gastown.store.layout import record_path
from gastown.store.town import Town
from tests.support.children import finish, python
from tests.support.towns import a_bead, make_town

WRITERS, TURNS = 30, 10
WHO = Signature("bench", "bench@town.gt", 0)
READY = 'print("ready", flush=True)\nsys.stdin.readline()\n'
OURS = (
    READY
    + """
for turn in range(int(sys.argv[3])):
    with town.transaction(f"{sys.argv[2]} {turn}", actor="human") as tx:
        tx.put(a_bead(f"mp-{sys.argv[2]}.{turn}"))
"""
)
BARE = f"""
import fcntl, subprocess
from gastown.store.codec import encode
from gastown.store.layout import record_path
lock = open(town.layout.run / "bare", "w")
git = ["git", f"--git-dir={{town.layout.town_git}}", "fast-import", "--quiet"]
head = b"commit refs/heads/bare\\ncommitter b <b> 0 +0000\\ndata 1\\nx\\nfrom refs/heads/bare^0\\n"
{READY}
for turn in range(int(sys.argv[3])):
    bead = a_bead(f"mp-{{sys.argv[2]}}.{{turn}}")
    data = encode(bead)
    file = b"M 100644 inline %s\\ndata %d\\n%s\\n" % (record_path(bead).encode(), len(data), data)
    fcntl.flock(lock, fcntl.LOCK_EX)
    subprocess.run(git, input=head + file, check=True)
    fcntl.flock(lock, fcntl.LOCK_UN)
"""


def measured(action: Callable[[], object], times: int) -> float:
    """The median duration of an action, in seconds."""
    durations = []
    for _ in range(times):
        start = time.perf_counter()
        action()
        durations.append(time.perf_counter() - start)
    return median(durations)


def filled_town(root: Path, beads: int) -> Town:
    """A town with so many beads, warm."""
    town = make_town(root)
    files: dict[str, bytes | None] = {}
    for number in range(beads):
        bead = a_bead(f"mp-n{number}", description="Some words of description. " * 10)
        files[record_path(bead)] = encode(bead)
    commit(town.ledger, parent=town.commit(), message="fill", files=files, who=WHO, committer=WHO)
    town.read()
    return town


def transaction_s(town: Town) -> float:
    """The median of one small operation in this process."""
    priorities = itertools.cycle([1, 2, 3])

    def one() -> None:
        with town.transaction("change", actor="human") as tx:
            tx.put(tx.bead("mp-n3").with_(priority=next(priorities)))

    one()
    return measured(one, 25)


def throughput(town: Town, program: str) -> float:
    """Operations in a second, of many processes at once."""
    root = str(town.layout.root)
    children = [python(program, root, str(number), str(TURNS)) for number in range(WRITERS)]
    for child in children:
        assert child.stdout is not None
        child.stdout.readline()
    start = time.perf_counter()
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    for child in children:
        finish(child)
    return WRITERS * TURNS / (time.perf_counter() - start)


def main() -> None:
    """Measure, and print one line for each number."""
    os.environ |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    bare_start = measured(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True), 15)
    say = sys.stdout.write
    say(f"python -c pass: {bare_start * 1000:.1f} ms = 1\n")
    with tempfile.TemporaryDirectory() as folder:
        for beads in (10, 1_000, 10_000):
            town = filled_town(Path(folder, str(beads)), beads)
            say(f"operation, {beads:>6,} beads: {transaction_s(town) / bare_start:.1f}\n")
        town = filled_town(Path(folder, "many"), 1_000)
        town.ledger.run("update-ref", "refs/heads/bare", town.commit())
        ours, bare = throughput(town, OURS), throughput(town, BARE)
        say(f"{WRITERS} writers: {ours:.0f}/s, bare flock + fast-import {bare:.0f}/s,"
            f" ratio {bare / ours:.2f}\n")  # fmt: skip


if __name__ == "__main__":
    main()
