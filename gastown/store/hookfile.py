"""The file `gt/hook` in a worktree's own git folder: whose worktree it is.

It is what a worktree says of itself; the ledger may know better. Nothing is removed that does not
say here that it is what is to be removed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.store.files import read_or_none, write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from gastown.domain.hook import Hook


@dataclass(frozen=True)
class Described:
    """A hook and its generation, as a worktree names them."""

    hook: str
    generation: int

    def is_of(self, hook: Hook) -> bool:
        """Whether this is the worktree of that very generation."""
        return (self.hook, self.generation) == (hook.id, hook.generation)


def place(admin: Path) -> Path:
    """Where the file is in a worktree's git folder."""
    return admin / "gt" / "hook"


def read(admin: Path | None) -> Described | None:
    """What a worktree says of itself; None: nothing, or nothing that can be understood."""
    said = read_or_none(place(admin)) if admin is not None else None
    if said is None:
        return None
    lines = said.decode("utf-8", "replace").splitlines()
    found = {key: value for key, _, value in (line.partition(" ") for line in lines)}
    generation = found.get("generation", "")
    if "hook" not in found or not (generation.isascii() and generation.isdigit()):
        return None
    return Described(found["hook"], int(generation))


def is_current(admin: Path, hook: Hook, spool: Path) -> bool:
    """Whether the file says exactly what the record does."""
    return read_or_none(place(admin)) == _text(hook, spool)


def write(admin: Path, hook: Hook, spool: Path) -> None:
    """Say whose worktree this is."""
    write_atomically(place(admin), _text(hook, spool))


def _text(hook: Hook, spool: Path) -> bytes:
    lines = {
        "hook": hook.id,
        "generation": str(hook.generation),
        "bead": hook.bead or "",
        "role": hook.role,
        "target": hook.target,
        "spool": str(spool),
    }
    return "".join(f"{key} {value}\n" for key, value in lines.items()).encode()
