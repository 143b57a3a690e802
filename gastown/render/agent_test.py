"""A trial of an agent command as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.render.text import safe

if TYPE_CHECKING:
    from gastown.ops.agent_test import AgentTest, Stage

_MARKS = {True: "✓", False: "✗", None: "·"}
_SHOWN = 15


def stage(one: Stage) -> str:
    """One line as it comes; under a failure the screen, and what to do."""
    lines = [f"{_MARKS[one.ok]} {one.name}: {safe(one.text)}"]
    shown = [line for line in one.screen.splitlines() if line.strip()][-_SHOWN:]
    lines += [f"    | {safe(line.rstrip())}" for line in shown]
    if one.advice:
        lines.append(f"    try: {safe(one.advice)}")
    return "\n".join(lines)


def result(found: AgentTest) -> str:
    """The last line."""
    if found.ready:
        return f"{found.name} is ready for work"
    detail = f": {safe(found.detail)}" if found.detail else ""
    return f"{found.name} is not ready for work: {found.state}{detail}"
