"""How often gates run for a queue with some bad requests: `python -m tests.bench.merge_queue`.

A real town with a real queue; the numbers are counts, not times. One at a time is a batch of one,
where a red request takes two runs. The bound is that of `domain/queueing/batch.py`.
"""

from __future__ import annotations

import math
import os
import random
import tempfile
from collections import Counter
from pathlib import Path

from tests.refinery.conftest import with_gate
from tests.support.desk import copy_template, make_template

REQUESTS, BAD = 50, 5
SIZES = (1, 4, 8, 16)


def main() -> None:
    """Print a table of gate runs for several sizes of batches."""
    kinds = ["bad"] * BAD + ["good"] * (REQUESTS - BAD)
    random.Random(7).shuffle(kinds)
    print(
        f"{REQUESTS} requests, {BAD} bad, at {[n for n, kind in enumerate(kinds) if kind == 'bad']}"
    )
    print("batch_max  gate runs  merged  failed  moves of the target  green commits")
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"HOME": folder, "GIT_CONFIG_NOSYSTEM": "1"}
        (Path(folder) / ".gitconfig").write_text("[user]\nname = A\nemail = a@example.org\n")
        template = make_template(Path(folder) / "template")
        for size in SIZES:
            print(_row(template, Path(folder) / str(size), kinds, size))
    bound = BAD * (math.ceil(math.log2(max(SIZES))) + 3) + math.ceil(REQUESTS / max(SIZES))
    print(f"bisect bound with batches of {max(SIZES)}: {bound}")


def _row(template: Path, folder: Path, kinds: list[str], size: int) -> str:
    desk = copy_template(template, folder)
    yard = with_gate(desk, folder)
    desk.gt("config", "set", "rigs.mp.merge.batch_max", str(size))
    yard.submit(kinds)
    yard.run()
    yard.assert_target_is_green()
    states = Counter(yard.states())
    moves = len(yard.moves)
    return (f"{size:9}  {len(yard.runs):9}  {states['merged']:6}  {states['failed']:6}"
            f"  {moves:19}  all")  # fmt: skip


if __name__ == "__main__":
    main()
