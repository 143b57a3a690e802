"""Settings as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gastown.render.json import dump
from gastown.render.text import plural, safe, table

if TYPE_CHECKING:
    from gastown.ops.config import Accepted, AgentEntry, Changed, Overview


def overview(found: Overview) -> str:
    """For `gt config show`."""
    text = safe(found.text.rstrip("\n"), lines=True)
    if found.pending:
        waiting = "\n".join(f"#   {safe(line)}" for line in found.pending)
        text += f"\n\n# Not accepted yet (gt config accept):\n{waiting}"
    return text


def value(found: Any) -> str:
    """For `gt config get`."""
    return safe(found, lines=True) if isinstance(found, str | int) else dump(found)


def changed(result: Changed) -> str:
    """After `gt config set`."""
    if result.value is None:
        return f"✓ {safe(result.key)} is gone"
    before = f" (was {safe(result.before)})" if result.before not in (None, result.value) else ""
    return f"✓ {safe(result.key)} = {safe(result.value)}{before}"


def accepted(result: Accepted) -> str:
    """After `gt config accept`."""
    if not result.definitions:
        return "nothing waited to be accepted"
    lines = "\n".join(f"  {safe(line)}" for line in result.definitions)
    return f"✓ {plural(len(result.definitions), 'command')} accepted:\n{lines}"


def agents(found: list[AgentEntry]) -> str:
    """For `gt config agent list`."""
    rows = [
        ("*" if entry.default else "", entry.name, "" if entry.accepted else "not accepted",
         entry.command)
        for entry in found
    ]  # fmt: skip
    return table(("", "NAME", "", "COMMAND"), rows, last=100)
