"""What starts at login, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.render.text import safe, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gastown.ops.service import Installed, Removed, Standing


def installed(found: Installed) -> str:
    """After `gt service install`."""
    lines = [f"✓ {safe(file)}" for file in found.files] or ["everything was installed already"]
    lines += ["✓ the monitor was started"] if found.started else []
    return "\n".join([*lines, *(f"note: {safe(note)}" for note in found.notes)])


def removed(found: Removed) -> str:
    """After `gt service uninstall`."""
    lines = [f"✓ removed {safe(file)}" for file in found.files] or ["nothing was installed"]
    lines += [f"kept for another town: {safe(file)}" for file in found.kept]
    return "\n".join([*lines, *(f"note: {safe(note)}" for note in found.notes)])


def standing(found: Sequence[Standing]) -> str:
    """For `gt service status`."""
    rows = [
        (one.part, "not installed" if one.file is None else
         "installed" if one.current else "installed, but not as it should be",
         {True: "runs", False: "does not run", None: ""}[one.running], one.file or "")
        for one in found
    ]  # fmt: skip
    outdated = any(one.file and not one.current for one in found)
    again = ["", "write it anew: gt service install"] if outdated else []
    return "\n".join([table(("PART", "AT LOGIN", "NOW", "FILE"), rows, last=100), *again])
