"""Transcripts of agents' clients: what their models' turns used, as the clients wrote it down.

One module for each format. A transcript is read as a stream, however big it is; the last line of a
file that is being written is left for the next time, and a line that cannot be understood counts
for nothing. The words of a conversation are never kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

from gastown.errors import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

FORMATS = ("claude", "codex")
TOKENLESS = "none"
"""What a preset says whose client asks no model."""

_LONGEST_LINE = 64 << 20


@dataclass(frozen=True, slots=True)
class Turn:
    """What one answer of a model used.

    Attributes:
        id: the same wherever the client has copied the turn to.
        at: when it was, in RFC 3339; empty where the client does not tell.
        input: tokens that were neither read from nor written to a cache.
    """

    id: str
    model: str
    at: str
    input: int
    output: int
    cache_read: int
    cache_write: int


def turns(form: str, transcript: Path) -> Iterable[Turn]:
    """Every turn of a transcript, each once.

    Raises:
        Unreadable: there is no such file, or its format is not known.
    """
    if form not in FORMATS:
        raise Unreadable(f"transcripts of the format {form!r} cannot be read")
    if not transcript.is_file():
        raise Unreadable(f"the transcript {transcript} is not there")
    found: Iterable[Turn] = import_module(f"gastown.runtime.transcripts.{form}").turns(transcript)
    return found


def whole_lines(file: Path) -> Iterator[bytes]:
    """The lines of a file that are written to their end; what is monstrous is left out.

    Raises:
        Unreadable: the file cannot be read.
    """
    try:
        with file.open("rb") as stream:
            is_rest = False
            while line := stream.readline(_LONGEST_LINE):
                is_whole = line.endswith(b"\n")
                if is_whole and not is_rest:
                    yield line
                is_rest = not is_whole
    except OSError as error:
        raise Unreadable(f"{file} cannot be read: {error.strerror}") from None


def number(value: Any) -> int:
    """A number of tokens; what is none counts for nothing."""
    return value if type(value) is int and value > 0 else 0


def text(value: Any) -> str:
    """A text; what is none is empty."""
    return value if isinstance(value, str) else ""


def moment(value: str) -> datetime | None:
    """A moment as clients write them; None: it is none."""
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
