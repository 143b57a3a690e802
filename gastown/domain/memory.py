"""What `bd remember` keeps: a key and a text of one rig, in upstream's shape of a memory row."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from gastown.domain.record import Json, Verbatim

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Memory(Verbatim):
    """One memory; `data` is upstream's row (`_type`, key, value), `rig` is where it lives."""

    KIND: ClassVar[str] = "memory"

    rig: str

    @classmethod
    def from_json(cls, data: Mapping[str, Json], rig: str) -> Self:
        """Read a memory.

        Raises:
            BadRecord: key or value is missing or no string.
        """
        return cls(cls.checked(data, "key", "value"), rig)

    @property
    def key(self) -> str:
        """What it is recalled by."""
        return str(self.data["key"])

    @property
    def value(self) -> str:
        """What is remembered."""
        return str(self.data["value"])

    @property
    def id(self) -> str:
        """A hash of rig and key: keys are free text, and no part of a path."""
        return memory_id(self.rig, self.key)


def memory_id(rig: str, key: str) -> str:
    """The id of the memory that a rig has under a key."""
    return hashlib.sha256(f"{rig}\0{key}".encode("utf-8", "surrogatepass")).hexdigest()[:16]
