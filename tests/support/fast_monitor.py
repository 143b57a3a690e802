"""A monitor with clocks of its own: `python -m tests.support.fast_monitor ROOT FACTOR [FILE]`.

All of its clocks run so many times faster, together; what it waits for is not sped up, so a round
that is due every three seconds comes every 3 · FACTOR seconds of its own time. The clock of the day
alone is set forward by as many seconds as FILE says, as often as that says something new.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from gastown.monitor import daemon
from gastown.store.town import Edge, Town
from tests.support.desk import host


def _faster(clock: Callable[[], float], factor: float) -> Callable[[], float]:
    begun = clock()
    return lambda: begun + (clock() - begun) * factor


def _set_forward(file: str | None) -> float:
    return float(Path(file).read_text() or 0) if file is not None else 0.0


def main(root: str, factor: str, file: str | None = None) -> None:
    """Be the monitor."""
    times = float(factor)
    clocks: dict[int, Callable[[], float]] = {}
    real = time.clock_gettime

    def clock_gettime(number: int) -> float:
        if number not in clocks:
            clocks[number] = _faster(lambda: real(number), times)
        return clocks[number]()

    time.time = _faster(time.time, times)
    time.monotonic = _faster(time.monotonic, times)
    time.clock_gettime = clock_gettime
    edge = Edge(clock=lambda: datetime.fromtimestamp(time.time() + _set_forward(file), UTC))
    daemon.run(Town(Path(root), edge), host())


if __name__ == "__main__":
    main(*sys.argv[1:])
