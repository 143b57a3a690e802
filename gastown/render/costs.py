"""Tokens and money as a table, and in words what is missing in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.render.text import cut, safe, width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gastown.views.costs import CostLine, Costs, Unknown

_NAME, _TITLE, _LISTED = 44, 40, 12
_NUMBERS = ("SESSIONS", "TURNS", "INPUT", "OUTPUT", "CACHE READ", "CACHE WRITE", "TOTAL")


def costs(found: Costs) -> str:
    """What was used."""
    parts = [_table(found) if found.lines else "no tokens were counted", *_notes(found)]
    return "\n".join(parts)


def _table(found: Costs) -> str:
    has_money = found.sum.money is not None
    header = [found.by.upper(), *_NUMBERS, *(["COST"] if has_money else []), ""]
    lines = [*found.lines, found.sum] if len(found.lines) > 1 else list(found.lines)
    rows = [_row(line, has_money=has_money) for line in lines]
    return _aligned([header, *rows])


def _row(line: CostLine, *, has_money: bool) -> list[str]:
    used = line.tokens
    numbers = [used.turns, used.input, used.output, used.cache_read, used.cache_write, used.total]
    money = [_money(line)] if has_money else []
    words = " ".join(filter(None, (line.title, "(running)" if line.running else "")))
    return [
        cut(safe(line.name), _NAME), str(line.sessions), *(f"{one:,}" for one in numbers), *money,
        cut(safe(words), _TITLE),
    ]  # fmt: skip


def _money(line: CostLine) -> str:
    if line.money is None:
        return "-" if line.tokens.turns else ""
    return f"{line.money:,.2f}{'' if line.whole else '+'}"


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    """Names and words to the left, numbers to the right."""
    widths = [max(width(row[place]) for row in rows) for place in range(len(rows[0]))]
    last = len(widths) - 1
    lines = []
    for row in rows:
        cells = [
            cell + _gap(cell, columns) if place in (0, last) else _gap(cell, columns) + cell
            for place, (cell, columns) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _gap(cell: str, columns: int) -> str:
    return " " * (columns - width(cell))


def _notes(found: Costs) -> list[str]:
    notes = []
    if found.unknown:
        notes.append(f"not known, and not in these numbers ({len(found.unknown)}):")
        notes += [_unknown(one) for one in found.unknown[:_LISTED]]
        if len(found.unknown) > _LISTED:
            notes.append(f"  … and {len(found.unknown) - _LISTED} more: --json lists all")
    if found.tokenless:
        notes.append(f"asked no model: {_some(found.tokenless)}")
    if found.unpriced and found.sum.money is not None:
        notes.append(f"without a price ([prices] in hq/town.toml): {_some(found.unpriced)}")
    return ["", *notes] if notes else []


def _unknown(one: Unknown) -> str:
    about = " ".join(filter(None, (one.agent, one.bead, one.conversation)))
    return f"  {safe(about)}: {safe(one.why)}"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return safe(", ".join(names[:_LISTED])) + more
