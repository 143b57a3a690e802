"""`python -m tests.bench.beads [SIZE …]`: what reading beads costs, as ratios to `python -c pass`.

Every tenth bead is blocked, every fourth has labels, every 25th a parent. The first read of all,
which makes the cache, is told in seconds.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from gastown.store.codec import encode
from gastown.store.commits import Signature, commit
from gastown.store.layout import record_path
from gastown.store.town import Town
from tests.bench.commands import SCRIPTS, _bare, _bead, _paired, _run, _town_with

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZES = (1_000, 10_000, 100_000)
COMMANDS = (
    "ready", "ready --json", "list", "list --json", "list -n 0 --json", "show wk-1",
    "blocked -n 20", "list -l backend", "search number 77", "query priority<1",
    "count --by status", "stats",
    "ready --claim", "update wk-1 --append-notes x", "create Another --rig work", "close wk-",
)  # fmt: skip
WHO = Signature("bench", "bench@town.gt", 0)


def filled_town(folder: Path, size: int) -> Path:
    """A town with so many beads; they come in one commit."""
    root = _town_with(folder, 10)
    town = Town(root)
    now = datetime.fromisoformat(town.now())
    files: dict[str, bytes | None] = {}
    for number in range(10, size):
        bead = _bead(number, (now - timedelta(seconds=number)).isoformat())
        if number % 4 == 0:
            bead = bead.with_(labels=["backend", f"part-{number % 7}"])
        if number % 25 == 3:
            parent = {"issue_id": bead.id, "depends_on_id": f"wk-{number // 25}"}
            links = [*bead.dependencies, {**parent, "type": "parent-child"}]
            bead = bead.with_(dependencies=links)
        files[record_path(bead)] = encode(bead)
    commit(town.ledger, parent=town.commit(), message="fill", files=files, who=WHO, committer=WHO)
    town.read()
    town.close()
    return root


def main() -> None:
    """Measure, and print one line for each number."""
    sizes = [int(word) for word in sys.argv[1:]] or list(SIZES)
    print(f"{'command':<32}{'beads':>9}{'median ms':>11}{'x python -c pass':>18}")
    with tempfile.TemporaryDirectory(prefix="gt-bench-") as folder:
        for size in sizes:
            town = filled_town(Path(folder) / str(size), size)
            for file in (town / ".gt" / "cache").iterdir():
                file.unlink()
            start = time.perf_counter()
            _run([str(SCRIPTS / "bd"), "ready"], town)
            print(f"{'the cache is made':<32}{size:>9,}{(time.perf_counter() - start):>9.2f} s")
            numbers = (n for n in range(size - 1, 0, -1) if n % 3)
            for command in COMMANDS:
                took, bare = _paired(lambda: _run(_words(command, numbers), town), _bare)  # noqa: B023
                print(f"{'bd ' + command:<32}{size:>9,}{took:>11.1f}{took / bare:>18.1f}")


def _words(command: str, numbers: Iterator[int]) -> list[str]:
    """A command's words; one that ends with a dash gets the next number, to be done only once."""
    if command.endswith("-"):
        command = f"{command}{next(numbers)} --force"
    once = " -" not in command and command.startswith(("search", "query"))
    return [str(SCRIPTS / "bd"), *command.split(maxsplit=1 if once else -1)]


if __name__ == "__main__":
    main()
