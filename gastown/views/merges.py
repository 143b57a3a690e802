"""Merge requests and what their gates printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.domain.merge import Merge
from gastown.errors import NotFound
from gastown.store.files import read_or_none

if TYPE_CHECKING:
    from gastown.store.reader import Reader
    from gastown.store.town import Town


def merge_by_id(reader: Reader, identifier: str) -> Merge:
    """The request of that id, or the latest one of the bead of that id.

    Raises:
        NotFound: there is none.
    """
    found = reader.find("merge", identifier)
    if isinstance(found, Merge):
        return found
    of_bead = [merge for merge in reader.merges() if merge.bead == identifier]
    if not of_bead:
        raise NotFound(f"no merge request {identifier!r}", hint="gt mq list --all shows all")
    return of_bead[-1]


def merge_log(town: Town, merge: Merge) -> str:
    """The output of a request's gates.

    Raises:
        NotFound: they have not run, or ran on another machine.
    """
    data = read_or_none(town.layout.logs / merge.log) if merge.log else None
    if data is None:
        raise NotFound(f"no gate of {merge.id} has run here", hint="gt refinery run")
    return data.decode("utf-8", "replace")
