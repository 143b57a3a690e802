"""What `gt bisect run` tries and finds, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.render.text import plural, safe

if TYPE_CHECKING:
    from gastown.ops.bisecting import Bisected, Tried
    from gastown.store.past import Moment

_MOST = 20


def tried(one: Tried, left: int) -> str:
    """One state that was looked at."""
    return f"{one.verdict:8} {_moment(one.moment)}  ({plural(left, 'operation')} left)"


def bisected(found: Bisected) -> str:
    """For `gt bisect run`."""
    if found.first is not None:
        return (f"it begins to fail with {_moment(found.first)}\n"
                f"see it: gt log {found.first.commit[:10]}; take it back: gt undo"
                f" {found.first.commit[:10]}")  # fmt: skip
    lines = [_moment(one) for one in found.suspects[:_MOST]]
    more = len(found.suspects) - _MOST
    lines += [f"… and {more} more"] if more > 0 else []
    return "\n".join(["it begins to fail with one of these; the command could not tell:", *lines])


def _moment(one: Moment) -> str:
    return f"{one.commit[:10]}  {one.time.astimezone():%Y-%m-%d %H:%M:%S}  {safe(one.subject)}"
