"""What can be slung now, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.render.screen import PLAIN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gastown.render.screen import Screen
    from gastown.views.ready import RigReady


def ready(found: Sequence[RigReady], screen: Screen = PLAIN) -> str:
    """For `gt ready`."""
    if not found:
        return 'nothing is ready: bd blocked tells what waits, bd create "TITLE" --rig RIG adds'
    parts = []
    for one in found:
        head = f"{one.rig}: {one.total} ready"
        first = one.beads[0].id
        command = one.command.replace("ISSUE", first)
        lines = [f"{screen.paint(head, 'bold')}   {screen.paint(command, 'dim')}"]
        rows = [
            (
                f"P{bead.priority}", bead.id, ("queued", "cyan") if bead.queued else "-",
                ", ".join(bead.convoys) or "-", bead.title,
            )
            for bead in one.beads
        ]  # fmt: skip
        lines += screen.table(("", "BEAD", "WAITS", "CONVOY", "TITLE"), rows)
        if one.total > len(one.beads):
            lines.append(f"… and {one.total - len(one.beads)} more: gt ready --rig {one.rig} -n 0")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)
