"""Worktrees and what they take of the disk, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.render.text import safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gastown.render.screen import Screen
    from gastown.views.worktrees import DiskUse, Usage, Worktree

_MOST_COMMANDS = 10


def worktrees(found: Sequence[Worktree], screen: Screen) -> str:
    """A line for each."""
    rows = [
        (one.path, one.kind, one.state or "-", one.bead or "-",
         one.branch or f"at {one.head[:10]}" if one.is_there else "gone: gt doctor")
        for one in found
    ]  # fmt: skip
    return "\n".join(screen.table(("WORKTREE", "KIND", "STATE", "BEAD", "BRANCH"), rows))


def disk_use(found: DiskUse, screen: Screen) -> str:
    """A line for each place, the biggest first; the total; what can be freed, and how."""
    rows = [
        (one.path, one.kind, _size(one.total), _size(one.files), _size(one.ignored), _largest(one))
        for one in found.places
    ]
    lines = screen.table(("PLACE", "KIND", "TOTAL", "FILES", "IGNORED", "LARGEST IGNORED"), rows)
    lines.append(f"{_size(found.total)} in all, {_size(found.regenerable)} of it can be made again")
    lines += [f"{safe(one.path)}: what is ignored is not known: {safe(one.trouble)}"
              for one in found.places if one.trouble]  # fmt: skip
    spare = sorted((one for one in found.places if one.reclaim), key=lambda one: -one.regenerable)
    lines += [f"  {_size(one.regenerable):>8}  {safe(one.reclaim or '')}"
              for one in spare[:_MOST_COMMANDS]]  # fmt: skip
    if len(spare) > _MOST_COMMANDS:
        lines.append(f"  and {len(spare) - _MOST_COMMANDS} more: --json has all of them")
    return "\n".join(lines)


def _largest(one: Usage) -> str:
    return ", ".join(f"{entry.path} {_size(entry.size)}" for entry in one.largest[:2]) or "-"


def _size(number: int) -> str:
    size = float(number)
    for unit in ("B", "K", "M", "G"):
        if size < 1024:
            return f"{size:.0f}{unit}" if unit in "BK" else f"{size:.1f}{unit}"
        size /= 1024
    return f"{size:.1f}T"
