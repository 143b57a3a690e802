"""Upstream's files of lines: taken into a rig, and written from the town.

An import is one operation, whatever it brings, so `git -C hq revert` takes all of it back. Its
commit names the moves of the beads that were there before; what came new is counted in its text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.interchange import text_of
from gastown.domain.schemas import Schema, Writer
from gastown.errors import NotFound
from gastown.ops.importing import Importer, Remark, take_all
from gastown.store.files import write_atomically
from gastown.store.git import Git
from gastown.store.imports import TRAILER, lines_of
from gastown.store.objects import Objects

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from gastown.domain.rig import Rig
    from gastown.store.town import Town
    from gastown.store.transaction import Transaction

CARRIED = (".beads/issues.jsonl", ".beads/beads.jsonl", "issues.jsonl")
"""Where projects carry their beads, in the order in which they are looked for."""
_NAMED = 20


@dataclass(frozen=True)
class Imported:
    """What an import did.

    Attributes:
        created, updated: ids of the beads that are new, and of those that were changed.
        unchanged: lines that said what the town knows already.
        comments, memories: how many are new.
        attic: values that lost against a later one, and are kept in `attic/`.
        respelt: numbers of the lines that exports will spell otherwise, with the same meaning.
        errors: the lines that were not taken, and why.
    """

    source: str
    rig: str
    dry_run: bool
    created: tuple[str, ...]
    updated: tuple[str, ...]
    unchanged: int
    comments: int
    memories: int
    attic: int
    headers: int
    warnings: tuple[Remark, ...]
    respelt: tuple[int, ...]
    errors: tuple[Remark, ...]


@dataclass(frozen=True)
class Exported:
    """The lines of an export. `file`: where they were written, if not to be printed."""

    text: str
    beads: int
    memories: int
    file: Path | None = None


@dataclass(frozen=True)
class Carried:
    """The file of beads that a project carries on its target branch."""

    rig: str
    path: str
    lines: int


def import_(
    town: Town, content: bytes, rig: str, *, source: str, actor: str, dry_run: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Imported:  # fmt: skip
    """Take the lines of a file into a rig: all of them in one commit, or nothing where none is new.

    Args:
        source: what the file is called, for messages.
        progress: told how many lines are done, of how many.

    Raises:
        Busy: another process holds the town's lock too long.
    """
    lines = list(lines_of(content))
    with town.transaction(f"import {source} into {rig}", actor=actor) as tx:
        importer = Importer(tx, town, rig, tx.read.all_comments())
        take_all(importer, lines, len(lines), progress)
        _describe(tx, importer, rig, source)
        if dry_run:
            tx.files.clear()
    return Imported(
        source, rig, dry_run, tuple(importer.created), tuple(importer.updated),
        importer.unchanged, importer.comments, importer.memories, importer.attic,
        importer.headers, tuple(importer.warnings), tuple(importer.respelt),
        tuple(sorted(importer.errors, key=lambda one: one.line)),
    )  # fmt: skip


def export(
    town: Town, rig: str | None, *, schema: Schema = Schema.AS_READ, statuses: Sequence[str] = (),
    file: Path | None = None,
) -> Exported:  # fmt: skip
    """The beads of a rig (None: of the town) as lines, sorted by id, then what is remembered.

    Args:
        statuses: only beads with one of these; then without what is remembered.
        file: written as a whole or not at all.

    Raises:
        DiskTrouble: the file cannot be written.
    """
    reader = town.read()
    found = reader.beads(rig=rig)
    chosen = [bead for bead in found if not statuses or bead.state in statuses]
    chosen.sort(key=lambda bead: bead.id.encode())
    comments = reader.all_comments()
    theirs = {bead.id: comments[bead.id] for bead in chosen if bead.id in comments}
    writer = Writer(schema, found, theirs)
    lines = [text_of(writer.line(bead)) for bead in chosen]
    memories = [] if statuses else [writer.memory(one) for one in reader.memories(rig)]
    rows = [text_of(row) for row in memories if row is not None]
    text = "".join(f"{line}\n" for line in (*lines, *rows))
    if file is not None:
        write_atomically(file.resolve(), text.encode(), mode=0o644)
    return Exported(text, len(lines), len(rows), file)


def carried(town: Town, rig: Rig) -> Carried | None:
    """The file of beads that a rig's project carries on its target branch, if it does."""
    found = _carried(town, rig)
    if found is None:
        return None
    path, content = found
    return Carried(rig.id, path, sum(1 for line in content.split(b"\n") if line.strip()))


def import_carried(
    town: Town, rig: Rig, *, actor: str, dry_run: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Imported:  # fmt: skip
    """Take in the beads that a rig's project carries.

    Raises:
        NotFound: it carries none.
    """
    found = _carried(town, rig)
    if found is None:
        raise NotFound(
            f"{rig.id} carries no {CARRIED[0]} on {rig.branch}",
            hint="name the file: bd import FILE",
        )
    path, content = found
    return import_(
        town, content, rig.id, source=f"{path} of {rig.id}", actor=actor, dry_run=dry_run,
        progress=progress,
    )  # fmt: skip


def _carried(town: Town, rig: Rig) -> tuple[str, bytes] | None:
    with Objects(Git(town.layout.repository(rig.id), bare=True)) as objects:
        for path in CARRIED:
            found = objects.get(f"{rig.target}:{path}")
            if found is not None and found[1].lstrip(b"\xef\xbb\xbf \r\n").startswith(b"{"):
                return path, found[1]
    return None


def _describe(tx: Transaction, importer: Importer, rig: str, source: str) -> None:
    """Say in the commit what it brings."""
    tx.trailers.append((TRAILER, rig))
    new, changed = len(importer.created), importer.updated
    if new or changed:
        tx.subject = f"import {new + len(changed)} beads into {rig} from {source}"
    tx.body += [
        f"New: {new} beads, {importer.comments} comments, {importer.memories} memories.",
        f"Changed: {', '.join(changed[:_NAMED]) or 'none'}"
        + (f" and {len(changed) - _NAMED} more" if len(changed) > _NAMED else ""),
    ]
