"""Files of lines, merged: for projects that carry their beads and let git call us."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gastown.domain.interchange import text_of
from gastown.domain.merging.files import merge_files
from gastown.errors import NotFound, Unreadable
from gastown.store.files import read_or_none, write_atomically
from gastown.store.imports import lines_of

if TYPE_CHECKING:
    from pathlib import Path

    from gastown.domain.merging.three_way import Loser


@dataclass(frozen=True)
class FileMerged:
    """The merged file, how many rows it has, and the values that are in none of them.

    Attributes:
        renamed: ids that two beads had, each with the new id of the younger one.
    """

    file: Path
    rows: int
    losers: tuple[Loser, ...]
    renamed: tuple[tuple[str, str], ...]


def merge(output: Path, base: Path, left: Path, right: Path) -> FileMerged:
    """Write what the files LEFT and RIGHT become, which both came from BASE.

    Raises:
        NotFound: one of the files is not there.
        Unreadable: a line of them is no row; nothing was written, so git keeps its conflict.
        DiskTrouble: the output cannot be written.
    """
    merged = merge_files(*(_rows(file) for file in (base, left, right)))
    text = "".join(f"{text_of(row)}\n" for row in merged.rows)
    write_atomically(output.resolve(), text.encode(), mode=0o644)
    return FileMerged(output, len(merged.rows), merged.losers, merged.renamed)


def _rows(file: Path) -> list[dict[str, Any]]:
    content = read_or_none(file)
    if content is None:
        raise NotFound(f"no file {file}", hint="bd merge OUTPUT BASE LEFT RIGHT")
    rows = []
    for line in lines_of(content):
        if line.data is None:
            raise Unreadable(
                f"line {line.number} of {file}: {line.error}",
                hint="mend the line, then merge again",
            )
        rows.append(line.data)
    return rows
