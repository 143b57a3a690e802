"""What the hot commands cost, as ratios to a bare interpreter start, with many beads."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from gastown.domain.bead import Bead
from gastown.ops.convoys import create as create_convoy
from gastown.ops.crew import add as add_crew
from gastown.ops.install import install
from gastown.ops.rigs import add as add_rig
from gastown.store.town import Edge, Town
from tests.support.desk import host

SIZES = (10, 1_000, 10_000)
RUNS = 15
SCRIPTS = Path(sysconfig.get_path("scripts"))
BUDGET = {"read": "≤ 6", "write": "≤ 10", "glance": "0.5 s"}


def main() -> None:
    """Measure and print."""
    print(f"{'command':<24}{'beads':>8}{'median ms':>11}{'x python -c pass':>18}{'budget':>8}")
    with tempfile.TemporaryDirectory(prefix="gt-bench-") as folder:
        for size in SIZES:
            _measure(Path(folder) / str(size), size)


def _measure(folder: Path, size: int) -> None:
    town = _town_with(folder, size)
    hook = town / "work" / "crew" / "bench"
    polecat = town / "work" / "polecats" / "toast"
    _run([str(SCRIPTS / "gt"), "sling", "wk-2", "work", "--no-start"], town)
    rows: list[tuple[str, str, list[str], Path]] = [
        ("gt hook", "read", ["gt", "hook"], hook),
        ("gt prime", "read", ["gt", "prime"], hook),
        ("gt prime, a polecat's", "read", ["gt", "prime"], polecat),
        ("gt prime, the mayor's", "read", ["gt", "prime"], town),
        ("bd ready", "read", ["bd", "ready"], town),
        ("bd show", "read", ["bd", "show", "wk-1"], town),
        ("gt convoy list", "read", ["gt", "convoy", "list"], town),
        ("gt status", "glance", ["gt", "status"], town),
        ("bd create", "write", ["bd", "create", "one more"], town),
        ("bd update", "write", ["bd", "update", "wk-1", "--append-notes", "x"], town),
    ]
    for name, kind, words, place in rows:
        argv = [str(SCRIPTS / words[0]), *words[1:]]
        _run(argv, place)
        took, bare = _paired(lambda argv=argv, place=place: _run(argv, place), _bare)
        print(f"{name:<24}{size:>8,}{took:>11.1f}{took / bare:>18.1f}{BUDGET[kind]:>8}")


def _paired(one: Callable[[], None], other: Callable[[], None]) -> tuple[float, float]:
    """Medians of two things in milliseconds, run in turns so that both see the same machine."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(RUNS):
        for call, bucket in zip((one, other), times, strict=True):
            start = time.perf_counter()
            call()
            bucket.append((time.perf_counter() - start) * 1000)
    return statistics.median(times[0]), statistics.median(times[1])


def _bare() -> None:
    subprocess.run([sys.executable, "-c", "pass"], env=_environment(), check=True)


def _run(argv: list[str], place: Path) -> None:
    subprocess.run(argv, cwd=place, env=_environment(), stdout=subprocess.DEVNULL, check=False)


def _environment() -> dict[str, str]:
    """The environment of a user: an installed package has its bytecode, so ours may be written."""
    left_out = ("PYTHONDONTWRITEBYTECODE", "GT_TOWN", "GT_FAULT")
    return {key: value for key, value in os.environ.items() if key not in left_out}


def _town_with(folder: Path, size: int) -> Path:
    """A town with one rig, a crew member, and `size` beads of which every tenth is blocked."""
    folder.mkdir(parents=True)
    source = folder / "source"
    for command in (
        "init -q -b main .",
        "-c user.name=b -c user.email=b@b commit -q -m 1 --allow-empty",
    ):
        source.mkdir(exist_ok=True)
        subprocess.run(["git", *command.split()], cwd=source, check=True)
    root = folder / "town"
    install(root, name=None, owner=("bench", "b@b"), force=True, edge=Edge())
    town = Town(root)
    add_rig(town, "work", str(source), branch=None, prefix="wk", actor="human", here=folder)
    add_crew(town, "bench", "work", host=host(), actor="human")
    with town.transaction(f"{size} beads", actor="human") as tx:
        for number in range(size):
            tx.put(_bead(number, town.now()))
    create_convoy(town, "bench", tuple(f"wk-{n}" for n in range(min(size, 20))), actor="human")
    town.close()
    return root


def _bead(number: int, now: str) -> Bead:
    data = {
        "id": f"wk-{number}", "title": f"Bead number {number}", "description": "word " * 80,
        "status": "open" if number % 3 else "closed", "priority": number % 5,
        "issue_type": "task", "created_at": now, "updated_at": now,
    }  # fmt: skip
    if number % 10 == 9:
        data["dependencies"] = [
            {"issue_id": f"wk-{number}", "depends_on_id": f"wk-{number - 1}", "type": "blocks",
             "created_at": now},
        ]  # fmt: skip
    return Bead(data, "work")


if __name__ == "__main__":
    main()
