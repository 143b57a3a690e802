"""The scheduler and its queue as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.render.agents import slung
from gastown.render.text import age, plural, safe, table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from gastown.domain.dispatch import Dispatch
    from gastown.domain.scheduler import Scheduler
    from gastown.ops.scheduling.asking import Asked, Waiting
    from gastown.ops.scheduling.passing import Passed
    from gastown.views.scheduler import Row, SchedulerView

_HEADER = ("#", "BEAD", "RIG", "RUNTIME", "PRIO", "AGE", "FAILED", "TITLE", "WAITS FOR")
_TITLE = 30


def asked(result: Asked) -> str:
    """After `gt sling`."""
    return "\n".join(filter(None, (slung(list(result.slung)), waiting(result.waiting))))


def waiting(found: Iterable[Waiting]) -> str:
    """Beads that wait for a place."""
    lines = []
    for one in found:
        still = "waits as before" if one.again else "waits for a place"
        number = f" (number {one.place})" if one.place else ""
        lines.append(f"… {safe(one.bead)} ({safe(one.title)}) {still} in {one.rig}{number}")
        lines.append(f"  {safe(one.why)}")
    return "\n".join(lines)


def status(view: SchedulerView, now: datetime) -> str:
    """For `gt scheduler status`."""
    by = f" by {safe(view.paused_by)}" if view.paused_by else ""
    why = f": {safe(view.reason)}" if view.reason else ""
    direct = ", direct: nothing is limited (gt config set scheduler.max_polecats N)"
    lines = [
        f"the scheduler is PAUSED{by}{why} (gt scheduler resume)" if view.state == "paused"
        else f"the scheduler is running{'' if view.limits else direct}"
    ]  # fmt: skip
    lines += [f"! nothing is slung: {safe(view.stopped)}"] if view.stopped else []
    if view.limits:
        lines += [f"  {one.taken} of {one.most} places of {one.scope} are taken"
                  for one in view.limits]  # fmt: skip
    else:
        lines.append(f"  {plural(view.taken, 'polecat')} at work")
    for hold in view.holds:
        until = hold.until or "somebody releases it"
        lines.append(
            f"  {safe(hold.runtime)} is held until {safe(until)}: {safe(hold.why)}"
            f" (gt scheduler release {safe(hold.runtime)})"
        )
    lines.append(f"  {plural(len(view.queue), 'bead')} waiting, {len(view.failed)} given up")
    lines += [rows(view, now)] if view.queue or view.failed else []
    return "\n".join(lines)


def rows(view: SchedulerView, now: datetime) -> str:
    """For `gt scheduler list`."""
    found = [*view.queue, *view.failed]
    if not found:
        return "nothing waits for a place"
    return table(_HEADER, [_cells(row, now) for row in found], last=100)


def _cells(row: Row, now: datetime) -> tuple[object, ...]:
    title = row.title if len(row.title) <= _TITLE else f"{row.title[: _TITLE - 1]}…"
    said = row.waits or "it is slung next"
    if row.place is None:
        said = f"given up: {said} (gt sling {row.bead} {row.rig})"
    return (row.place or "-", row.bead, row.rig, row.runtime, row.priority,
            age(row.created_at, now), row.failures or "-", title, said)  # fmt: skip


def passed(result: Passed) -> str:
    """After `gt scheduler run`."""
    if result.stopped:
        return f"nothing is slung: {safe(result.stopped)}"
    lines = [f"would be slung: {safe(row.bead)} ({safe(row.title)}) to {row.rig}"
             for row in result.would]  # fmt: skip
    lines += [slung(list(result.slung))] if result.slung else []
    lines += [f"{safe(bead)} waits no more: {safe(why)}" for bead, why in result.withdrawn]
    for one in result.failures:
        then = "it is given up (gt scheduler list)" if one.given_up else "it is tried again"
        lines.append(f"! {safe(one.bead)} could not be slung: {safe(one.why)}; {then}")
    return "\n".join(lines) or "nothing can be slung now: gt scheduler list says why"


def withdrawn(found: Dispatch) -> str:
    """After `gt unsling` of a bead that only waited."""
    return f"✓ {safe(found.id)} waits for a place no more; it was on no hook"


def cleared(found: Iterable[Dispatch]) -> str:
    """After `gt scheduler clear`."""
    return "\n".join(f"✓ {safe(one.id)} waits no more" for one in found)


def turned(found: Scheduler) -> str:
    """After `gt scheduler pause` and `resume`."""
    why = f": {safe(found.reason)}" if found.reason else ""
    return f"✓ the scheduler is {found.state}{why}"


def released(runtime: str) -> str:
    """After `gt scheduler release`."""
    return f"✓ {safe(runtime)} is held no more"
