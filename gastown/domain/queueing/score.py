"""Which request of a merge queue comes first: a number for each, from facts and a clock.

1000 + 10 for each hour since its convoy was begun + 100 for each step of priority above 4 - 50 for
each time it came back (at most 300) + 1 for each hour that it has waited. Whoever waits rises, so
nobody waits for ever. The formula is that of the Go version (`internal/refinery/score.go`).
"""

from __future__ import annotations

from dataclasses import dataclass

START = 1000.0
PER_CONVOY_HOUR = 10.0
PER_PRIORITY = 100.0
PER_RETRY, MOST_FOR_RETRIES = 50.0, 300.0
PER_HOUR = 1.0
LOWEST_PRIORITY = 4


@dataclass(frozen=True)
class Standing:
    """What a request's score is made of.

    Attributes:
        priority: 0 (first) to 4.
        age_h: hours since it was handed in.
        convoy_age_h: hours since the oldest open convoy with its bead was begun; 0: there is none.
        retries: how often it came back and was queued again.
    """

    priority: int
    age_h: float
    convoy_age_h: float = 0.0
    retries: int = 0


def parts(standing: Standing) -> dict[str, float]:
    """What a score is the sum of, by name."""
    steps = LOWEST_PRIORITY - min(standing.priority, LOWEST_PRIORITY)
    return {
        "start": START,
        "convoy": PER_CONVOY_HOUR * max(standing.convoy_age_h, 0.0),
        "priority": PER_PRIORITY * steps,
        "retries": -min(PER_RETRY * standing.retries, MOST_FOR_RETRIES),
        "age": PER_HOUR * max(standing.age_h, 0.0),
    }


def score(standing: Standing) -> float:
    """How urgent a request is: the higher, the earlier."""
    return sum(parts(standing).values())
