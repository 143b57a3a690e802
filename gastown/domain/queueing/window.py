"""How many requests are tested together: one more after each good batch, half after a bad one.

Follows Zuul's adaptive window. Where more than a quarter of the last requests failed, batches do
not pay at all, and requests are tested one at a time until it is better.
"""

from __future__ import annotations

REMEMBERED = 12
ENOUGH = 8
START = 2
GREEN, RED = "g", "r"


def window(now: int, recent: str, *, most: int) -> int:
    """How many requests the next batch may have."""
    if len(recent) >= ENOUGH and recent.count(RED) * 4 > len(recent):
        return 1
    return max(1, min(now, most))


def after_batch(now: int, *, landed: int, rejected: int, most: int) -> int:
    """The size to go on with after a batch."""
    if rejected:
        return max(1, now // 2)
    return min(most, now + 1) if landed else max(1, min(now, most))


def remember(recent: str, *, landed: int = 0, rejected: int = 0) -> str:
    """The outcomes of the last requests, oldest first."""
    return (recent + GREEN * landed + RED * rejected)[-REMEMBERED:]
