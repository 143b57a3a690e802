"""Settings as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gastown.ids import HUMAN
from gastown.render.json import dump
from gastown.render.text import plural, safe, table

if TYPE_CHECKING:
    from gastown.ops.agent_config import AgentEntry, AgentSet
    from gastown.ops.config import Accepted, Changed, Overview
    from gastown.ops.signing import Renewed


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
        ("*" if entry.default else "", entry.name, _kind(entry), _place(entry),
         entry.command if entry.title != "the embedded agent" else "runs the commands in the bead")
        for entry in found
    ]  # fmt: skip
    return table(("", "NAME", "", "PROGRAM", "COMMAND"), rows, last=80)


def _kind(entry: AgentEntry) -> str:
    if not entry.accepted:
        return "not accepted"
    return "preset" if entry.embedded else f"like {entry.like}" if entry.like else "own"


def _place(entry: AgentEntry) -> str:
    return entry.program or "not installed"


def agent(entry: AgentEntry) -> str:
    """For `gt config agent get`."""
    named = f" ({entry.title})" if entry.title != entry.name else ""
    lines = [f"{safe(entry.name)}: {safe(entry.command)}{safe(named)}", *_understood(entry)]
    if not entry.accepted:
        lines.append("  not accepted yet: gt config accept")
    if entry.uses:
        lines.append(f"  used as {safe(', '.join(entry.uses))}")
    return "\n".join(lines)


def agent_set(result: AgentSet) -> str:
    """After `gt config agent set`."""
    entry = result.entry
    before = f" (was {safe(result.before)})" if result.before not in (None, entry.command) else ""
    first = f"✓ {safe(entry.name)} = {safe(entry.command)}{before}"
    return "\n".join([first, *_understood(entry), f"  try it: gt config agent test {entry.name}"])


_WAYS = {
    "arg": "as an argument", "stdin": "on its standard input",
    "none": "not at all; its first work is what it finds on its own",
}  # fmt: skip


def _understood(entry: AgentEntry) -> list[str]:
    lines = []
    if not entry.embedded:
        like = f"like {entry.like}" if entry.like else "like no preset"
        lines.append(f"  {like}: {safe(entry.why)}")
    where = entry.program or f"not installed{f': {entry.get}' if entry.get else ''}"
    lines += [f"  program: {safe(where)}", f"  prompt: {_WAYS[entry.prompt]}",
              f"  {_abilities(entry)}"]  # fmt: skip
    if entry.hooks:
        lines.append(
            "  its own hooks run ours: it is told its work by them, and says how far it is"
        )
    if entry.ready:
        lines.append(f"  takes work when a line begins with {safe(' or '.join(entry.ready))}")
    if entry.env:
        words = " ".join(f"{key}={_shown(key, value)}" for key, value in entry.env.items())
        lines.append(f"  with {safe(words)}")
    return lines


def _abilities(entry: AgentEntry) -> str:
    resume = "resumes a conversation" if entry.can_resume else "cannot resume a conversation"
    headless = "runs" if entry.can_be_headless else "has no form to run"
    return f"{resume}; {headless} without a terminal"


def _shown(key: str, value: str) -> str:
    """Values that look like secrets by their names stay out of sight."""
    hidden = any(word in key.upper() for word in ("KEY", "TOKEN", "SECRET", "PASSWORD"))
    return "…" if hidden else value


def renewed(result: Renewed) -> str:
    """After `gt config renew-key`."""
    lines = [f"✓ {result.actor} signs with a new key: {safe(result.key)}"]
    if result.actor == HUMAN:
        lines.append("  gt verify names it, since no former key vouches for it; if it is yours:"
                     " gt verify --trust FILE.pub")  # fmt: skip
    return "\n".join(lines)
