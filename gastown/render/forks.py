"""Forks as text."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gastown.render.text import age, plural, safe

if TYPE_CHECKING:
    from gastown.ops.forks.forking import Dropped, Forked
    from gastown.ops.forks.merging import ForkMerge
    from gastown.views.forks import Fork

_MANY = 20


def forked(result: Forked) -> str:
    """After `gt fork NAME`."""
    began = f"at {result.base[:10]}"
    if result.taken_up is not None:
        began = f"{began}, taken up from {result.taken_up}"
    return "\n".join([
        f"✓ fork {result.name} ({began})",
        f"  work in it: gt --fork {result.name} …, bd --fork {result.name} …, or cd"
        f" {safe(result.root)}",
        f"  then: gt fork diff {result.name}; gt fork merge {result.name}, or gt fork drop"
        f" {result.name}",
    ])  # fmt: skip


def forks(found: list[Fork], now: datetime) -> str:
    """For `gt fork list`."""
    lines: list[str] = []
    for one in found:
        if one.trouble is not None:
            lines.append(f"{one.name}  cannot be read: {safe(one.trouble)}")
            continue
        since = age(datetime.fromtimestamp(one.base_at, UTC).isoformat(), now)
        behind = f"; the town has done {one.behind} since" if one.behind else ""
        lines.append(f"{one.name}  from {one.base[:10]}, {since} ago:"
                     f" {plural(len(one.operations), 'operation')}{behind}")  # fmt: skip
        lines += [f"  {safe(done.subject)}" for done in one.operations[:_MANY]]
        if len(one.operations) > _MANY:
            lines.append(f"  and {plural(len(one.operations) - _MANY, 'other')}")
    return "\n".join(lines) or "no forks; make one: gt fork NAME"


def merged(result: ForkMerge) -> str:
    """For `gt fork merge`."""
    verb = "would merge" if result.dry_run else "✓ merged"
    lines = [f"{verb} fork {result.name}: {plural(len(result.operations), 'operation')},"
             f" {plural(result.files, 'file')}"]  # fmt: skip
    lines += [f"  {safe(one.subject)}" for one in result.operations[:_MANY]]
    if len(result.operations) > _MANY:
        lines.append(f"  and {plural(len(result.operations) - _MANY, 'other')}")
    if result.dry_run:
        lines += [f"  {safe(move.replace(' -> ', ' → '))}" for move in result.moves]
    lines += [f"  {safe(one)}" for one in result.followed]
    lines += [f"not done yet: {safe(one)} (the monitor tries it again; or: gt hooks repair)"
              for one in result.failed]  # fmt: skip
    lines += [f"! {safe(one)}" for one in result.warnings]
    if result.op is not None:
        lines.append(f"to take it back: gt undo {result.op}")
    return "\n".join(lines)


def dropped(result: Dropped) -> str:
    """For `gt fork drop`."""
    lines = [f"✓ fork {result.name} is gone"]
    if result.kept is not None:
        lines.append(f"  what was done on it is kept in {result.kept}; take it up again:"
                     f" gt fork {result.name} --again")  # fmt: skip
    if result.moved is not None:
        lines.append(f"  its files are kept in {safe(result.moved)}")
    return "\n".join(lines)
