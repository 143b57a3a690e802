"""What our git hooks add to `git commit` in a polecat's worktree."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from gastown.store.githooks import set_up_rig
from gastown.store.hook_scripts import place_scripts
from gastown.store.spool import Spool
from tests.support.rigs import make_rig
from tests.support.towns import make_town

RUNS = 40
BUDGET = 1.5


def main() -> None:
    """Measure, in turns so that all see the same machine, and print."""
    seal()
    with tempfile.TemporaryDirectory(prefix="gt-bench-") as folder:
        town = make_town(Path(folder) / "town")
        Spool(town.layout.spool).make()
        place_scripts(town.layout)
        rig = make_rig(town, Path(folder) / "project")
        set_up_rig(town.layout, rig.name)
        tree = rig.worktree(bead="mp-abc")
        times = in_turns({
            "python -c pass": lambda: run(sys.executable, "-c", "pass"),
            "sh -c :": lambda: run("sh", "-c", ":"),
            "commit without": lambda: _commit(tree, "-c", "core.hooksPath=/dev/null"),
            "commit with ours": lambda: _commit(tree),
        })  # fmt: skip
        heard = len(Spool(town.layout.spool).waiting())
    times["ours add"] = times["commit with ours"] - times["commit without"]
    print(f"{'':<20}{'ms':>8}{'x python':>10}{'x sh':>8}")
    for name, took in times.items():
        python, sh = took / times["python -c pass"], took / times["sh -c :"]
        print(f"{name:<20}{took:>8.1f}{python:>10.2f}{sh:>8.1f}")
    print(f"budget of what ours add: {BUDGET} x python; {heard} events came for {RUNS} commits")


def in_turns(calls: dict[str, Callable[[], None]]) -> dict[str, float]:
    """Medians in milliseconds."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(RUNS):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            times[name].append((time.perf_counter() - start) * 1000)
    return {name: statistics.median(found) for name, found in times.items()}


def _commit(tree: Path, *options: str) -> None:
    run("git", "-C", str(tree), *options, "commit", "--quiet", "--allow-empty", "-m", "work")


def run(*argv: str) -> None:
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL)


def seal() -> None:
    """The environment of a user with a name; an installed package has its bytecode."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    for who in ("AUTHOR", "COMMITTER"):
        os.environ |= {f"GIT_{who}_NAME": "bench", f"GIT_{who}_EMAIL": "b@example.org"}


if __name__ == "__main__":
    main()
