"""Where each part of what an agent is told comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.render.text import safe, table

if TYPE_CHECKING:
    from gastown.views.prime import Prime


def explain(found: Prime) -> str:
    """Its parts in their order: how big they are, what was cut, where they come from."""
    rows = [
        (part.bytes or "-", part.left_out or "", "" if part.rank else "yes", part.name, part.source)
        for part in found.parts
    ]
    shown = table(("BYTES", "LEFT OUT", "WHOLE", "PART", "SOURCE"), rows, last=90)
    total = f"{found.size:,} of at most {found.limit:,} bytes, for {safe(found.agent or 'nobody')}"
    return f"{shown}\n{total}; parts marked as whole are never cut"
