"""The parts of what an agent is told, and how they are made to fit.

Text from beads, mail and notes is data: each of its lines begins with `> `, so that none of them
can pass for a heading or a command of ours, and controls are made visible. Parts of rank 0 are
never cut; the others get the room that is left in the order of their ranks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

LIMIT = 6000
NEEDED = 0
_SPARE = 160  # for the line that names what was left out
_LEAST = 60
# Characters that join others are text; everything else that does not print is a control.
_JOINERS = "\n\t\u200c\u200d"


@dataclass(frozen=True)
class Part:
    """A paragraph.

    Attributes:
        name: what it tells, in a word or two.
        source: where that comes from: a file, a record, a ref, a command.
        rank: 0: never cut.
        rest: the command that shows all of it.
        left_out: how many bytes of it are not in `text`.
        bytes: how many are in it, once it was made to fit.
    """

    name: str
    source: str
    text: str
    rank: int = NEEDED
    rest: str = ""
    left_out: int = 0
    bytes: int = 0

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return size(self.text)


def size(text: str) -> int:
    """The bytes of a text."""
    return len(text.encode("utf-8", "replace"))


def line(text: str, limit: int = 300) -> str:
    """Text from a record in one line of at most `limit` bytes."""
    return cut(printable(" ".join(text.split())), limit)


def quoted(text: str, limit: int, rest: str = "") -> tuple[str, int]:
    """Text from a record as a quotation of at most `limit` bytes, and how many it had too many."""
    plain = printable(text.replace("\r\n", "\n").strip())
    whole = "\n".join(f"> {one}".rstrip() for one in plain.split("\n"))
    if not plain:
        return "", 0
    kept = cut(whole, limit, rest)
    return kept, max(0, size(whole) - limit)


def cut(text: str, limit: int, rest: str = "") -> str:
    """Text in at most `limit` bytes; where it was cut, `rest` names what shows all of it."""
    data = text.strip().encode("utf-8", "replace")
    if len(data) <= limit:
        return text.strip()
    end = f" …\n(the rest: {rest})" if rest else "…"
    kept = data[: max(0, limit - len(end.encode()))].decode("utf-8", "ignore").rstrip()
    return f"{kept}{end}" if kept else ""


def printable(text: str) -> str:
    r"""Text with its controls made visible, as `\x1b`."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() or char in _JOINERS else _visible(char) for char in text
    )


def _visible(char: str) -> str:
    return " " if char.isspace() and char not in "\r\v\f\x1c\x1d\x1e\x1f\x85\u2028\u2029" else (
        char.encode("unicode_escape").decode()
    )  # fmt: skip


def fit(parts: list[Part]) -> list[Part]:
    """The parts as they are told: at most `LIMIT` bytes in all, with an empty line between two.

    Where something was left out altogether, a last part names it.
    """
    given = [replace(part, text=printable(part.text)) for part in parts if part.text.strip()]
    left = LIMIT - 1 - sum(part.size + 2 for part in given if part.rank == NEEDED)
    left -= _SPARE if sum(part.size + 2 for part in given) > LIMIT - 1 else 0
    fitted = {}
    for part in sorted(given, key=lambda part: part.rank):
        fitted[id(part)] = part if part.rank == NEEDED else _in(part, left - 2)
        left -= 0 if part.rank == NEEDED else fitted[id(part)].size + 2
    told = [fitted[id(part)] for part in given]
    lost = [part.name for part in told if not part.text]
    if lost:
        names = cut(", ".join(lost), _SPARE - 60)
        said = f"(left out for want of room: {names}; see gt prime --explain)"
        told.append(Part("left out", "the limit of 6,000 bytes", said))
    return [replace(part, bytes=part.size) for part in told]


def _in(part: Part, room: int) -> Part:
    if part.size <= room:
        return part
    text = cut(part.text, room, part.rest) if room >= _LEAST + size(part.rest) else ""
    return replace(part, text=text, left_out=part.left_out + part.size - size(text))


def joined(parts: list[Part]) -> str:
    """The whole text; whatever happens, no more than the limit."""
    text = "\n\n".join(part.text for part in parts if part.text) + "\n"
    return text if size(text) <= LIMIT else f"{cut(text, LIMIT - 1)}\n"
