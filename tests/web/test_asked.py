"""What git was asked is worked out once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from gastown.web.asked import Asked


def test_ten_who_ask_at_once_cost_one_answer() -> None:
    asked, gate, made = Asked(), threading.Event(), []

    def make() -> str:
        gate.wait(10)
        made.append(1)
        return "the diff"

    with ThreadPoolExecutor(10) as pool:
        answers = [pool.submit(asked, "key", make) for _ in range(10)]
        gate.set()
        assert {one.result(10) for one in answers} == {"the diff"}
    assert len(made) == 1


def test_a_failure_is_told_and_not_kept() -> None:
    asked = Asked()
    with pytest.raises(OSError, match="the disk"):
        asked("key", lambda: (_ for _ in ()).throw(OSError("the disk")))
    assert asked("key", lambda: 7) == 7


def test_what_was_not_used_for_long_is_dropped() -> None:
    asked = Asked(kept=2)
    for key in ("a", "b", "a", "c"):
        asked(key, lambda key=key: key)  # type: ignore[misc]
    assert asked("a", lambda: "anew") == "a"
    assert asked("b", lambda: "anew") == "anew"
