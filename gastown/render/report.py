"""A report that was written, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.render.text import plural, safe

if TYPE_CHECKING:
    from gastown.ops.reporting import Exported


def exported(result: Exported) -> str:
    """After `gt export`."""
    return (f"✓ {safe(result.title)}: {plural(result.events, 'event')},"
            f" {result.size / 1000:,.0f} kB\n  {safe(result.file)}")  # fmt: skip
