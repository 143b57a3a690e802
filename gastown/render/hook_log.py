"""What is held of hooks, and what became of it, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.render.text import age, plural, safe, table

if TYPE_CHECKING:
    from datetime import datetime

    from gastown.ops.restore import Difference, Placed, Restored
    from gastown.ops.suspension import Resumed, Suspended
    from gastown.views.hook_log import HookLog, LogEntry

_MOST = 6


def hook_log(found: HookLog, now: datetime) -> str:
    """For `gt hooks log`."""
    if not found.entries:
        return f"nothing is held of {found.hook.id} yet: no commit, no snapshot"
    header = ["ID", "KIND", "AGE", "CHANGE", *(["GEN"] if found.every else []), "SUBJECT"]
    rows = [
        [
            entry.id, entry.kind, age(entry.at, now), size(entry.files, entry.added, entry.removed,
            entry.size), *([entry.generation] if found.every else []), _subject(entry),
        ]
        for entry in found.entries
    ]  # fmt: skip
    first, *lines = table(header, rows).split("\n")
    shown = [first]
    for line, entry in zip(lines, found.entries, strict=True):
        shown.append(line)
        if entry.left_out or entry.nested:
            shown.append(f"{'':12}! not in it: {_list((*entry.left_out, *entry.nested))}")
    if found.more:
        shown.append(f"… {found.more} more: -n {len(found.entries) + found.more}")
    return "\n".join(shown)


def size(files: int, added: int, removed: int, binary: int) -> str:
    """`2 files +10 -3`, and how much of it is no text."""
    text = plural(files, "file")
    if added or removed:
        text += f" +{added} -{removed}"
    return f"{text} {amount(binary)}" if binary else text


def amount(size: int) -> str:
    """`300 B`, `12 kB`, `3.4 MB`."""
    if size < 1000:
        return f"{size} B"
    value = float(size)
    units = ["kB", "MB", "GB", "TB"]
    while (value := value / 1000) >= 999.5 and len(units) > 1:
        units.pop(0)
    return f"{value:.1f} {units[0]}" if value < 9.95 else f"{value:.0f} {units[0]}"


def difference(found: Difference) -> str:
    """For `gt hooks diff`."""
    return safe_lines(found.text.rstrip("\n"))


def safe_lines(text: str) -> str:
    """A long text made safe for a terminal, line by line."""
    return "\n".join(
        line if line.replace("\t", "").isprintable() else safe(line, lines=True)
        for line in text.split("\n")
    )


def restored(result: Restored) -> str:
    """After `gt hooks restore`."""
    will = result.dry_run
    lines = [f"{'·' if will else '✓'} {result.hook.id} {'would be' if will else 'is'} brought to "
             f"{result.kind} {result.id} ({safe(result.subject)}): "
             f"{plural(result.files, 'file')} {'would change' if will else 'changed'}"]  # fmt: skip
    lines += [f"  {safe(one.trouble)}: {safe(one.outcome)}" for one in result.mended]
    if result.before:
        lines.append(f"  what was there before is snapshot {result.before[:10]}")
    branch = safe(result.hook.branch)
    if result.moved:
        verb = "would go" if will else "went"
        whence = f"from {result.moved[0][:10]} " if result.moved[0] else ""
        lines.append(f"  {branch} {verb} {whence}forward to {result.moved[1][:10]}")
    if result.stays:
        lines.append(f"  {branch} stays at {result.stays[:10]}, which this was not made on:")
        lines.append("  the files are uncommitted changes")
    lines += _remarks(result.left_out, result.warnings)
    return "\n".join(lines)


def placed(result: Placed) -> str:
    """After `gt hooks restore --to` and `gt rescue restore`."""
    verb = "would be put" if result.dry_run else "put"
    lines = [f"{'·' if result.dry_run else '✓'} {plural(result.files, 'file')} of {result.kind} "
             f"{result.id} ({safe(result.subject)}) {verb} into {safe(result.path)}"]  # fmt: skip
    if result.branch:
        lines.append(f"  its commits are on {safe(result.branch)}")
    lines += [f"  go on: {safe(one)}" for one in result.advice]
    return "\n".join([*lines, *_remarks(result.left_out, result.warnings)])


def suspended(result: Suspended) -> str:
    """After `gt hooks suspend`."""
    hook = result.hook
    why = f" ({safe(hook.reason)})" if hook.reason else ""
    lines = [f"✓ {hook.id} is suspended{why}"]
    if result.stopped:
        lines.append("  its agent was stopped")
    if result.snapshot:
        lines.append(f"  snapshot {result.snapshot[:10]} holds its uncommitted work")
    elif not result.warnings:
        lines.append("  all of its work was held already")
    lines += _remarks(result.left_out, result.warnings)
    return "\n".join([*lines, f"  go on: gt hooks resume {hook.id}"])


def resumed(result: Resumed) -> str:
    """After `gt hooks resume`."""
    lines = [f"✓ {result.hook.id} is active again"]
    lines += [f"  {safe(one.trouble)}: {safe(one.outcome)}" for one in result.mended]
    if result.started:
        lines.append(f"  agent started ({safe(result.hook.runtime)}): gt peek {result.hook.id}")
    else:
        lines.append("  no agent was started")
    return "\n".join(lines)


def _remarks(left_out: tuple[str, ...], warnings: tuple[str, ...]) -> list[str]:
    lines = [f"  ! {safe(warning)}" for warning in warnings]
    return [f"  ! not in it: {_list(left_out)}", *lines] if left_out else lines


def _subject(entry: LogEntry) -> str:
    return f"{entry.subject} (in the middle of a {entry.doing})" if entry.doing else entry.subject


def _list(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return safe(", ".join(names[:_MOST])) + more
