"""Whether the machine slept, or its clock was set, between two looks at three clocks.

A laptop that was closed over night must not wake to thirty agents that are taken for stuck, nor
must a clock that is set forward by a year.
"""

from __future__ import annotations

from dataclasses import dataclass

SLACK_S = 5.0


@dataclass(frozen=True)
class Clocks:
    """Three clocks at one moment, in seconds.

    Attributes:
        wall: of the day, since 1970; it can be set.
        running: goes forward only while the machine is awake.
        booted: goes forward while it sleeps, too.
    """

    wall: float
    running: float
    booted: float


def has_leapt(before: Clocks, after: Clocks, slack_s: float = SLACK_S) -> bool:
    """Whether more or less time has passed by one clock than by the others."""
    awake = after.running - before.running
    passed = after.booted - before.booted
    told = after.wall - before.wall
    return abs(passed - awake) > slack_s or abs(told - passed) > slack_s
