"""Merge requests, what became of them over time, and what their gates printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.merge import Merge
from gastown.errors import NotFound
from gastown.views.history import operations

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gastown.store.reader import Reader
    from gastown.store.town import Town

_SETUP = "setup.log"


@dataclass(frozen=True)
class Deed:
    """One operation on a request. `move`: from which state to which, where it changed."""

    at: str
    actor: str
    subject: str
    move: str | None


@dataclass(frozen=True)
class Told:
    """A request with its history, oldest first."""

    merge: Merge
    history: tuple[Deed, ...]


@dataclass(frozen=True)
class Printed:
    """What one command printed for a request. `test`: in which test of its batch; `name`: which."""

    test: str
    name: str
    text: str


def merge_by_id(reader: Reader, identifier: str) -> Merge:
    """The request of that id, or the latest one of the bead or the branch of that name.

    Raises:
        NotFound: there is none.
    """
    found = reader.find("merge", identifier)
    if isinstance(found, Merge):
        return found
    meant = [merge for merge in reader.merges() if identifier in (merge.bead, merge.branch)]
    if not meant:
        raise NotFound(f"no merge request {identifier!r}", hint="gt mq list --all shows all")
    return meant[-1]


def told(town: Town, merge: Merge) -> Told:
    """A request and every operation on it, from the ledger."""
    reader = town.read()
    path = reader.path_of("merge", merge.id)
    found = operations(town.ledger, reader.commit, limit=None, paths=(path,)) if path else []
    start = f"merge {merge.id} "
    history = tuple(
        Deed(
            one.at, one.actor, one.subject,
            next((m.removeprefix(start) for m in one.moves if m.startswith(start)), None),
        )
        for one in reversed(found)
    )  # fmt: skip
    return Told(merge, history)


def merge_log(town: Town, merge: Merge, *, every: bool = False) -> list[Printed]:
    """What the gates of a request printed, in their order.

    Args:
        every: those of all tests of its batch.

    Raises:
        NotFound: they have not run, or ran on another machine.
    """
    found = [
        Printed(test, name, file.read_text("utf-8", "replace"))
        for test, name, file in log_files(town, merge, every=every)
    ]
    if not found:
        raise NotFound(f"no gate of {merge.id} has run here", hint="gt refinery run")
    return found


def log_files(town: Town, merge: Merge, *, every: bool = False) -> Iterator[tuple[str, str, Path]]:
    """The logs of a request's gates: the test, the gate, the file. A record may name one file."""
    if not merge.log:
        return
    place = town.layout.logs / merge.log
    if place.is_file():
        yield place.stem, "gates", place
        return
    folders = sorted(place.parent.glob("[0-9][0-9]-*")) if every and merge.batch else [place]
    for folder in folders:
        if folder.is_dir():
            files = sorted(folder.glob("*.log"), key=lambda f: (f.name != _SETUP, _began(f)))
            yield from ((folder.name, file.stem, file) for file in files)


def _began(file: Path) -> tuple[int, str]:
    """Where a log stands among its neighbours: logs are written one gate after the other."""
    return file.stat().st_mtime_ns, file.name
