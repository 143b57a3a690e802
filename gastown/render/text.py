"""Plain text: tables, ages, and data made safe for a terminal."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def safe(text: object, *, lines: bool = False) -> str:
    r"""Text from beads, mail and repositories with control characters made visible.

    Escape sequences, C1 controls and direction overrides become `\x1b` and the like; newlines stay
    only where `lines` says so.
    """
    out = []
    for char in str(text):
        if (char == "\n" and lines) or char == "\t":
            out.append(char if lines else " ")
        elif unicodedata.category(char) in ("Cc", "Cs") or char in _BIDI:
            out.append(char.encode("unicode_escape").decode())
        else:
            out.append(char)
    return "".join(out)


def width(text: str) -> int:
    """How many columns a terminal gives to `text`."""
    columns = 0
    for char in text:
        if unicodedata.combining(char) or unicodedata.category(char) in ("Cf", "Me", "Mn"):
            continue
        columns += 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1
    return columns


def cut(text: str, columns: int) -> str:
    """`text` in at most `columns` columns, with an ellipsis where something was left out."""
    if width(text) <= columns:
        return text
    out = ""
    for char in text:
        if width(out + char) > columns - 1:
            break
        out += char
    return out + "…"


def table(header: Sequence[str], rows: Iterable[Sequence[object]], *, last: int = 60) -> str:
    """A table with aligned columns; the last one is cut at `last` columns."""
    cells = [[safe("" if cell is None else cell) for cell in row] for row in rows]
    for row in cells:
        row[-1] = cut(row[-1], last)
    lines = [list(header), *cells]
    widths = [max(width(line[i]) for line in lines) for i in range(len(header))]
    return "\n".join(
        "  ".join(cell + " " * (widths[i] - width(cell)) for i, cell in enumerate(line)).rstrip()
        for line in lines
    )


def age(moment: str, now: datetime) -> str:
    """How long ago an RFC 3339 moment was: `12s`, `5m`, `3h`, `4d`."""
    try:
        then = datetime.fromisoformat(moment)
    except ValueError:
        return "?"
    if then.tzinfo is None:
        then = then.replace(tzinfo=UTC)
    seconds = max(0, int((now - then).total_seconds()))
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def plural(number: int, word: str) -> str:
    """`1 bead`, `2 beads`."""
    return f"{number} {word}{'' if number == 1 else 's'}"


def bar(done: int, total: int, columns: int = 10) -> str:
    """A progress bar."""
    filled = columns * done // total if total else 0
    return "█" * filled + "░" * (columns - filled)
