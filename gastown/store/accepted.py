"""Commands that this machine's person has accepted, by the hash of their whole definition."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from gastown.store.files import read_or_none, write_atomically

if TYPE_CHECKING:
    from gastown.store.layout import Layout


def is_accepted(layout: Layout, definition: str) -> bool:
    """Whether the person of this machine has accepted a command's definition."""
    accepted = read_or_none(layout.trusted) or b""
    return _digest(definition) in accepted.decode("ascii", "replace").split()


def accept(layout: Layout, definitions: list[str]) -> None:
    """Remember that the person of this machine accepts these definitions."""
    known = (read_or_none(layout.trusted) or b"").decode("ascii", "replace").split()
    new = [digest for digest in map(_digest, definitions) if digest not in known]
    if new:
        write_atomically(layout.trusted, "".join(f"{d}\n" for d in [*known, *new]).encode())


def _digest(definition: str) -> str:
    return hashlib.sha256(definition.encode("utf-8", "surrogatepass")).hexdigest()
