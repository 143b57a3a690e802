"""The monitor, its log, and a town that goes down and up, as text."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from gastown.render.text import age, plural, safe

if TYPE_CHECKING:
    from gastown.ops.monitor import Standing, Started, Stopped
    from gastown.ops.standstill import Down, Up
    from gastown.runtime.journal import Entry

_SILENCE_S = 60


def started(result: Started) -> str:
    """After `gt daemon start`, and of one that `gt daemon run` found."""
    if result.already:
        return f"the monitor is already running (pid {result.pid})"
    return f"✓ the monitor runs (pid {result.pid}): gt daemon status, gt daemon logs -f"


def stopped(result: Stopped) -> str:
    """After `gt daemon stop`."""
    if result.pid is None:
        return "no monitor was running"
    how = " (it did not end by itself and was killed)" if result.killed else ""
    return f"✓ the monitor has stopped{how}; agents go on working"


def standing(found: Standing, now: datetime) -> str:
    """For `gt daemon status`."""
    pulse = found.pulse
    if not found.running:
        why = "the town is down: gt up" if found.down else "start it: gt daemon start"
        lines = [f"no monitor is running; {why}"]
        if found.waiting_events:
            lines.append(f"{plural(found.waiting_events, 'event')} of git hooks wait in the spool")
        return "\n".join(lines)
    if pulse is None:
        return "the monitor is starting"
    silence_s = (now - datetime.fromisoformat(pulse.beat)).total_seconds()
    lines = [
        f"the monitor runs (pid {pulse.pid}) since {age(pulse.since, now)}; "
        f"last word {age(pulse.beat, now)} ago",
        f"  {safe(pulse.watching)}, {plural(pulse.folders, 'folder')};"
        f" a round takes {pulse.tick_ms:.1f} ms",
        f"  {plural(pulse.events, 'event')} taken, {found.waiting_events} waiting,"
        f" {pulse.bad} bad; {plural(pulse.operations, 'operation')} made",
    ]
    if silence_s > _SILENCE_S:
        lines.append("  ! it should have said something by now: it hangs, or the machine slept")
    lines += [f"  at work: {safe(name)}: {safe(job)}" for name, job in pulse.busy.items()]
    lines += [f"  ! waits: {safe(name)}: {safe(why)}" for name, why in pulse.parked.items()]
    if pulse.free_bytes is not None:
        lines.append(f"  {pulse.free_bytes / 2**30:.1f} GB free on its disk")
    return "\n".join(lines)


def entries(found: list[Entry]) -> str:
    """For `gt daemon logs`."""
    return "\n".join(_entry(entry) for entry in found)


def _entry(entry: Entry) -> str:
    mark = {"warn": "! ", "error": "✗ "}.get(entry.level, "")
    fields = dict(entry.fields)
    what = fields.pop("what", "")
    rest = " ".join(f"{key}={value}" for key, value in fields.items())
    said = " ".join(part for part in (what, rest) if part)
    return safe(f"{entry.at[:19].replace('T', ' ')}  {mark}{entry.event}  {said}", lines=True)


def down(result: Down) -> str:
    """After `gt down`."""
    lines = ["✓ the town is down: nothing starts until gt up"]
    if result.monitor.pid is not None:
        lines.append("  the monitor has stopped")
    if result.suspended:
        lines.append(f"  suspended, their work is held: {', '.join(result.suspended)}")
    if result.stopped:
        lines.append(f"  stopped: {', '.join(result.stopped)}")
    lines += [f"  ! {safe(trouble)}" for trouble in result.troubles]
    return "\n".join(lines)


def up(result: Up) -> str:
    """After `gt up`."""
    lines = [started(result.monitor)]
    if result.resumed:
        lines.append(f"  go on where they were: {', '.join(result.resumed)}")
    lines += [f"  ! {safe(trouble)}" for trouble in result.troubles]
    return "\n".join(lines)
