"""Waiting for something to become true, instead of sleeping."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(predicate: Callable[[], T], deadline_s: float = 10.0) -> T:
    """Return the predicate's first true answer; fail the test when there is none in time."""
    end = time.monotonic() + deadline_s
    while True:
        answer = predicate()
        if answer:
            return answer
        assert time.monotonic() < end, f"it did not happen within {deadline_s} s"
        time.sleep(0.005)
