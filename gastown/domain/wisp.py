"""Wisps: beads that are never committed, and how long each kind is kept. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gastown.domain.bead import Bead

MARK = "-wisp-"
_DAY = timedelta(days=1)
TTL = {
    "heartbeat": _DAY / 4,
    "ping": _DAY / 4,
    "patrol": _DAY,
    "gc_report": _DAY,
    "recovery": 7 * _DAY,
    "error": 7 * _DAY,
    "escalation": 7 * _DAY,
}
DEFAULT_TTL = _DAY
CLOSED_TTL = timedelta(hours=1)


def has_wisp_form(identifier: str) -> bool:
    """Whether an id may be a wisp's: `PREFIX-wisp-HASH`, or a child of one."""
    return MARK in identifier


def is_overdue(bead: Bead, now: datetime, *, age: timedelta | None = None) -> bool:
    """Whether a wisp may go: closed for a while, or older than its kind is kept.

    Args:
        age: instead of both: go by whether it was not touched for this long.
    """
    touched = moment(bead.data.get("updated_at") or bead.data.get("created_at"))
    if touched is None:
        return True
    idle = now - touched
    if age is not None:
        return idle >= age
    if not bead.is_live and idle >= CLOSED_TTL:
        return True
    return idle >= TTL.get(str(bead.data.get("wisp_type") or ""), DEFAULT_TTL)


def moment(text: object) -> datetime | None:
    """An RFC 3339 timestamp as an instant; None: it is none."""
    if not isinstance(text, str):
        return None
    try:
        then = datetime.fromisoformat(text)
    except ValueError:
        return None
    return then if then.tzinfo is not None else then.replace(tzinfo=UTC)
