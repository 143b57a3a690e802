"""Convoys that are launched, taken back, or stranded, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.render.agents import slung
from gastown.render.text import plural, safe

if TYPE_CHECKING:
    from gastown.ops.launching import Halted, Launched
    from gastown.ops.scheduling.passing import Passed
    from gastown.views.stranded import Stranded


def launched(result: Launched, passed: Passed) -> str:
    """After `gt convoy launch`."""
    convoy = result.convoy
    verb = "is launched already" if result.already else "is launched"
    lines = [f"✓ convoy {convoy.id} {verb}: {safe(convoy.title)}"]
    if convoy.paused is not None:
        lines.append(f"  ! it is paused, so nothing is slung: {safe(convoy.paused)}")
    if result.queued:
        lines.append(f"  {plural(len(result.queued), 'bead')} can go: {', '.join(result.queued)}")
    else:
        lines.append("  no further bead can go now")
    lines += [f"  later: {safe(one.bead)}: {safe(one.why)}" for one in result.later]
    lines += [f"  ! not by itself: {safe(one.bead)}: {safe(one.why)}" for one in result.never]
    lines += [slung(list(passed.slung))] if passed.slung else []
    lines += [f"! {safe(one.bead)} could not be slung: {safe(one.why)}" for one in passed.failures]
    return "\n".join(lines)


def halted(result: Halted) -> str:
    """After `gt convoy launch --stop`."""
    convoy = result.convoy
    text = f"✓ convoy {convoy.id} is yours again: {safe(convoy.title)}"
    if result.withdrawn:
        text += f"\n  taken out of the queue: {', '.join(result.withdrawn)}"
    return f"{text}\n  what is on hooks goes on"


def stranded(found: list[Stranded]) -> str:
    """For `gt convoy stranded`."""
    if not found:
        return "every open convoy gets on by itself"
    lines = []
    for one in found:
        lines.append(f"{one.convoy}  {one.completed}/{one.total}  {safe(one.title)}")
        for trouble in one.troubles:
            about = f"{safe(trouble.bead)}: " if trouble.bead else ""
            lines += [f"  ! {about}{safe(trouble.why)}", f"    try: {safe(trouble.command)}"]
    return "\n".join(lines)
