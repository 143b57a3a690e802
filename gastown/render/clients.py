"""What concerns agents' clients, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.render.text import safe

if TYPE_CHECKING:
    from gastown.ops.client_trust import Trusted


def trusted(found: Trusted) -> str:
    """After `gt config trust claude`."""
    place, file = safe(str(found.folder)), safe(str(found.file))
    if not found.trusted:
        said = "is gone" if found.changed else "was not there"
        return f"✓ the entry for {place} in {file} {said}"
    if not found.changed:
        return f"✓ {found.client} trusts {place} already ({file})"
    return (
        f"✓ {found.client} trusts {place} and all below it: one entry in {file}\n"
        f"take it back: gt config trust claude --undo"
    )
