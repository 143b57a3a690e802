"""The merge queue as text: what is in it, in which order, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gastown.render.text import plural, safe, table

if TYPE_CHECKING:
    from gastown.domain.queue import Queue
    from gastown.ops.batch import Batch
    from gastown.views.queue_list import Next, QueueView, Row, Turn

_HEADER = ("#", "SCORE", "REQUEST", "STATE", "WORK", "AGENT", "TARGET", "TRIES", "AGE", "")


def queues(found: list[QueueView]) -> str:
    """For `gt mq list`."""
    headlines = [line for view in found for line in _headlines(view)]
    rows = [_cells(row) for view in found for row in view.rows]
    body = table(_HEADER, rows, last=100) if rows else "the merge queue is empty"
    return "\n".join([*headlines, body])


def row_values(row: Row) -> dict[str, Any]:
    """A row for JSON: the record, and its place in the line."""
    return {
        **row.merge.to_json(), "place": row.place,
        "score": None if row.score is None else round(row.score, 1),
        "age_h": round(row.age_h, 2), "says": row.says,
    }  # fmt: skip


def _headlines(view: QueueView) -> list[str]:
    lines = []
    if view.state == "paused":
        by = f" by {safe(view.paused_by)}" if view.paused_by else ""
        why = f": {safe(view.reason)}" if view.reason else ""
        lines.append(f"{view.rig} is PAUSED{by}{why} (gt mq resume {view.rig})")
    if view.testing:
        batch = f" in batch {view.batch}, which nobody joins" if view.batch else ""
        lines.append(f"{view.rig}: {plural(view.testing, 'request')} being tested{batch}")
    elif view.batch:
        lines.append(
            f"{view.rig}: batch {view.batch} is being bisected; "
            f"{plural(len(view.frozen), 'request')} of it left, nobody joins"
        )
    return lines


def _cells(row: Row) -> tuple[object, ...]:
    merge = row.merge
    return (
        row.place, None if row.score is None else f"{row.score:.0f}", merge.id, merge.state,
        merge.subject, merge.sender, merge.target, merge.attempts, hours(row.age_h), row.says,
    )  # fmt: skip


def hours(number: float) -> str:
    """A time in hours as `12s`, `5m`, `3h` or `4d`."""
    seconds = max(0, int(number * 3600))
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def next_up(found: list[Next]) -> str:
    """For `gt mq next`."""
    if not found:
        return "no rigs yet: gt rig add NAME URL"
    return "\n".join(_next(one) for one in found)


def _next(found: Next) -> str:
    lines = []
    if found.testing:
        lines.append(f"{found.rig}: being tested just now: {', '.join(found.testing)}")
    if found.why_not:
        lines.append(f"{found.rig}: {safe(found.why_not)}")
    if found.batch:
        kind = "what is left of a batch that is being bisected" if found.frozen else (
            f"batches of up to {found.size} now"
        )  # fmt: skip
        when = "then" if found.testing else "once it goes on" if found.why_not else "next"
        lines.append(f"{found.rig}: {when} {plural(len(found.batch), 'request')} ({kind})")
    lines += [f"  {_turn(turn)}" for turn in found.batch]
    if found.behind:
        lines += ["  behind them:", *(f"  {_turn(turn)}" for turn in found.behind)]
    for turn in found.waiting:
        lines.append(f"  {turn.merge.id} ({safe(turn.merge.subject)}) waits for {safe(turn.waits)}")
    return "\n".join(lines)


def _turn(turn: Turn) -> str:
    sums = " ".join(
        f"{'+' if value >= 0 else '-'} {abs(value):.0f} {name}"
        for name, value in turn.parts.items() if round(value) and name != "start"
    )  # fmt: skip
    after = f", after {', '.join(turn.after)}" if turn.after else ""
    return (
        f"{turn.merge.id} ({safe(turn.merge.subject)} into {safe(turn.merge.target)}): "
        f"{turn.score:.0f} = {turn.parts['start']:.0f} {sums}{safe(after)}"
    )


def turned(result: Batch[Queue]) -> str:
    """After `gt mq pause` and `gt mq resume`."""
    return "\n".join(
        f"✓ the queue of {one.id} is {one.state}{f': {safe(one.reason)}' if one.reason else ''}"
        for one in result.done
    )
