"""What a gate waits for, in upstream's words, and how long. Pure.

A gate is a bead of type `gate`: what waits for it depends on it, and closing it opens the way.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from gastown.domain.wisp import moment
from gastown.errors import UsageTrouble

if TYPE_CHECKING:
    from gastown.domain.bead import Bead

NANOSECONDS = 1_000_000_000
_UNITS = {"ns": 1, "us": 10**3, "µs": 10**3, "ms": 10**6, "s": NANOSECONDS,
          "m": 60 * NANOSECONDS, "h": 3600 * NANOSECONDS, "d": 86400 * NANOSECONDS,
          "w": 7 * 86400 * NANOSECONDS}  # fmt: skip
_PART = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d|w)")


class AwaitType(StrEnum):
    """What can open a gate."""

    HUMAN = "human"
    TIMER = "timer"
    GH_RUN = "gh:run"
    GH_PR = "gh:pr"
    MAIL = "mail"
    BEAD = "bead"


def nanoseconds(text: str) -> int:
    """A length of time as upstream stores it: `30m`, `1h30m`, `2d`, or seconds without a unit.

    Raises:
        UsageTrouble: it is none.
    """
    text = text.strip()
    if re.fullmatch(r"\d+", text):
        return int(text) * NANOSECONDS
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise UsageTrouble(f"{text!r} is no length of time", hint="e.g. 30m, 1h30m, 2d")
    return int(sum(float(number) * _UNITS[unit] for number, unit in parts))


def due_at(gate: Bead) -> datetime | None:
    """When a gate's time is over; None: it waits for ever, or nobody can tell."""
    began = moment(gate.data.get("created_at"))
    length = gate.data.get("timeout")
    if began is None or type(length) is not int or length <= 0:
        return None
    return began + timedelta(microseconds=length / 1000)


def is_over(gate: Bead, now: datetime) -> bool:
    """Whether a gate's time is over."""
    due = due_at(gate)
    return due is not None and now >= due
