"""A town that stands still, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.render.text import plural, safe

if TYPE_CHECKING:
    from gastown.ops.freezing import Stopped, Thawed


def stopped(found: Stopped) -> str:
    """What `gt estop` came to."""
    why = f": {safe(found.frozen.reason)}" if found.frozen.reason else ""
    again = " still" if found.again else ""
    lines = [f"the town is{again} frozen{why}"]
    verb = "stands" if len(found.sessions) == 1 else "stand"
    lines.append(f"{plural(len(found.sessions), 'session')} {verb} still"
                 f" ({_processes(found.processes)}): {safe(', '.join(found.sessions))}"
                 if found.sessions else "no agent was running")  # fmt: skip
    lines += [f"! {safe(trouble)}" for trouble in found.troubles]
    return "\n".join([*lines, "nothing is slung, helped or tested until: gt thaw"])


def thawed(found: Thawed) -> str:
    """What `gt thaw` came to."""
    if found.was is None:
        return "the town is not frozen"
    going = safe(", ".join(found.sessions)) or "no agent was running"
    head = "the town goes on" if not found.troubles else "the town goes on, but not all of it"
    return "\n".join([f"{head}: {going}", *(f"! {safe(one)}" for one in found.troubles)])


def _processes(number: int) -> str:
    return "1 process" if number == 1 else f"{number} processes"
