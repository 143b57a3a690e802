"""Putting a report together, and writing it down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.errors import NotFound, Refused, UsageTrouble
from gastown.ops.costs import costs
from gastown.store.files import disk_errors, read_or_none, write_atomically
from gastown.views.costs import By
from gastown.views.report import Report, Subject, day_of
from gastown.views.report import report as view

if TYPE_CHECKING:
    from pathlib import Path

    from gastown.ops.host import Host
    from gastown.store.town import Town

MARK = '<meta name="generator" content="gastown">'
"""Stands in every report, so that one is written over another one, and over nothing else."""
_PAGE = "index.html"


@dataclass(frozen=True)
class Exported:
    """A report that was written. `title`: what it is about."""

    file: Path
    title: str
    events: int
    size: int


def report(town: Town, host: Host, *, convoy: str | None, day: str | None) -> Report:
    """The report of a convoy, or of a day.

    Raises:
        NotFound: there is no such convoy.
        UsageTrouble: the day is none, or lies ahead.
    """
    subject = _subject(town, convoy, day)
    found = costs(
        town, host, convoy, by=By.AGENT, since=subject.last_day, until=subject.last_day
    )  # fmt: skip
    return view(town, subject, found)


def _subject(town: Town, convoy: str | None, day: str | None) -> Subject:
    if convoy is not None:
        found = town.read().find("convoy", convoy)
        if found is None:
            raise NotFound(f"no convoy {convoy!r}", hint="gt convoy list --all shows all")
        return Subject(convoy=found)
    now = town.edge.clock()
    try:
        wanted = day_of(day or "today", now)
    except ValueError:
        raise UsageTrouble(f"{day!r} is no day",
                           hint="e.g. 2026-02-01, today, yesterday") from None  # fmt: skip
    if wanted > day_of("today", now):
        raise UsageTrouble(f"{wanted} lies ahead", hint="days are those of UTC")
    return Subject(day=wanted)


def save(folder: Path, page: str, found: Report) -> Exported:
    """Write a report into a folder, which is made if need be.

    Raises:
        Refused: something else is in its place; nothing was written.
        DiskTrouble: it could not be written.
    """
    file = folder / _PAGE
    if folder.exists() and not folder.is_dir():
        raise Refused(f"{folder} is no folder", hint="name a folder: gt export --html DIR")
    known = read_or_none(file)
    if known is not None and MARK.encode() not in known[:2000]:
        raise Refused(f"{file} is there, and is no report", hint="name another folder")
    data = page.encode("utf-8", "replace")
    with disk_errors():
        folder.mkdir(parents=True, exist_ok=True)
    write_atomically(file, data, mode=0o644)
    return Exported(file, found.title, len(found.events), len(data))
