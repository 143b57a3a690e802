"""Why a commit in hq is refused, and what to type instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.render.text import plural, safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gastown.store.invariants import Trouble

MAX_SHOWN = 10


def refusal(found: Sequence[Trouble]) -> str:
    """For git's output, under the command that the person typed."""
    lines = [f"gt: the ledger stays as it is; {plural(len(found), 'thing')} to mend:"]
    for trouble in found[:MAX_SHOWN]:
        lines += [f"  {safe(trouble.sentence)}", f"    try: {safe(trouble.instead)}"]
    if len(found) > MAX_SHOWN:
        lines.append(f"  and {len(found) - MAX_SHOWN} more")
    lines.append(
        "gt: the files of hq may still show it: git -C hq status; to drop it (and whatever else is"
        " not committed there): git -C hq reset --hard"
    )
    return "\n".join(lines)
