"""Operations that were taken back, as text."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gastown.render.text import age, plural, safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gastown.ops.undoing.reverting import Reverting
    from gastown.ops.undoing.undo import Taken, Undone

_MANY = 20


def undone(result: Undone, now: datetime) -> str:
    """For `gt undo`."""
    verb = "would take back" if result.dry_run else "taken back"
    mark = "" if result.dry_run else "✓ "
    lines = [f"{mark}{verb}: {_told(one, now)}" for one in result.operations[:_MANY]]
    lines += _more(result.operations)
    lines += [f"  {safe(_arrow(move))}" for move in result.moves[:_MANY]]
    lines += _more(result.moves)
    lines += [f"  {safe(one)}" for one in result.followed]
    lines += [f"stays: {safe(one.subject)} ({safe(one.why)})" for one in result.left[:_MANY]]
    lines += _more(result.left)
    lines += [f"cannot be taken back: {safe(one)}" for one in result.beyond]
    lines += [f"not done yet: {safe(one)} (the monitor tries it again; or: gt hooks repair)"
              for one in result.failed]  # fmt: skip
    if result.in_the_way:
        lines += [f"in the way: {_told(one, now)}: {safe(one.why)}" for one in result.in_the_way]
        lines.append("take them back as well: --with-later")
    if result.op is not None:
        lines.append(f"to have it back: gt undo {result.op}")
    return "\n".join(lines)


def reverting(result: Reverting) -> str:
    """For `gt undo --revert`."""
    if result.dry_run:
        lines = [f"would queue {result.commit[:12]}, which takes {safe(result.merge)} out of"
                 f" {safe(result.target)} again"]  # fmt: skip
        if result.reopened:
            lines.append(f"and open {safe(result.reopened)} again")
        return "\n".join([*lines, *(safe(one) for one in result.warnings)])
    lines = [f"✓ {result.request} is queued: {result.commit[:12]} on {safe(result.branch)} takes"
             f" {safe(result.merge)} out of {safe(result.target)} again"]  # fmt: skip
    if result.reopened:
        lines.append(f"✓ {safe(result.reopened)} is open again")
    lines += [safe(one) for one in result.warnings]
    return "\n".join(lines)


def _told(one: Taken, now: datetime) -> str:
    at = datetime.fromtimestamp(one.at, UTC).isoformat()
    return f"{safe(one.subject)} ({safe(one.actor)}, {age(at, now)} ago)"


def _arrow(move: str) -> str:
    return move.replace(" -> ", " → ")


def _more(found: Sequence[object]) -> list[str]:
    return [f"  and {plural(len(found) - _MANY, 'other')}"] if len(found) > _MANY else []
