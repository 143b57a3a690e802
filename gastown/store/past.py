"""The town as it was at a commit of the ledger: read like the present, and never written."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, NoReturn

from gastown.domain.moments import how_long_ago
from gastown.errors import NotFound, Refused, UsageTrouble
from gastown.store.cache import Cache
from gastown.store.documents import read_settings
from gastown.store.layout import SETTINGS
from gastown.store.objects import Objects
from gastown.store.town import Edge, Town

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gastown.domain.settings import Settings
    from gastown.store.git import Git
    from gastown.store.reader import Reader

_OID = re.compile(r"[0-9a-f]{4,40}")
_LEAST = 4
_REVISION = re.compile(r"HEAD[~^0-9]*")
_ULID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")


class Past(Town):
    """A town at one commit of its ledger; its clock stands at that commit's time.

    Worktrees, sessions and other files of the machine are those of the present: what is told of the
    past comes from records alone. It has a cache of its own, so that the present's stays warm.

    Args:
        at: the ledger's commit, as a full name.
        moment: when that commit was made.
    """

    is_past = True

    def __init__(self, root: Path, at: str, moment: datetime) -> None:
        super().__init__(root, Edge(clock=lambda: moment))
        self._at = at
        self._cache = Cache(self.layout.past_cache)

    def commit(self) -> str:
        """The commit that is looked back at."""
        return self._at

    def read(self) -> Reader:
        """The records of that commit."""
        return self.at(self._at)

    def settings(self) -> Settings:
        """The settings as they were committed.

        Raises:
            Unreadable: town.toml was wrong.
        """
        return self._settings

    @cached_property
    def _settings(self) -> Settings:
        with Objects(self.ledger) as objects:
            found = objects.get(f"{self._at}:{SETTINGS}")
        return read_settings(found[1] if found else b"")

    def transaction(self, subject: str, *, actor: str, cause: str | None = None) -> NoReturn:
        """The past does not change.

        Raises:
            Refused: always.
        """
        del subject, actor, cause
        raise Refused(f"{self._at[:12]} is the past, which does not change", hint="leave --at out")


@dataclass(frozen=True)
class Moment:
    """A commit of the ledger as a point in time. `at`: seconds since 1970."""

    commit: str
    at: int
    subject: str

    @property
    def time(self) -> datetime:
        """When it was made."""
        return datetime.fromtimestamp(self.at, UTC)


def moments(ledger: Git, span: str) -> list[Moment]:
    """The commits of the ledger's main line in a span such as `A..B`, oldest first."""
    said = ledger.run(
        "log", "--first-parent", "--reverse", "--format=%H%x00%ct%x00%s", "--end-of-options",
        span, "--",
    ).stdout.decode("utf-8", "replace")  # fmt: skip
    rows = (line.split("\0", 2) for line in said.split("\n") if line)
    return [Moment(commit, int(at), subject) for commit, at, subject in rows]


def moment_of(known: Sequence[Moment], text: str, now: datetime) -> Moment:
    """The moment that is meant: by a commit's name, a time, or how long ago.

    Args:
        known: the ledger's moments, oldest first.

    Raises:
        NotFound: there is no such commit, or the town did not exist yet.
        UsageTrouble: it is neither.
    """
    words = text.strip().lower()
    if found := [one for one in known if len(words) >= _LEAST and one.commit.startswith(words)]:
        return found[-1]
    seconds = _seconds(text, now)
    place = bisect_right(known, seconds, key=lambda one: one.at)
    if place == 0:
        raise NotFound("the town did not exist yet at that time", hint="gt log shows its history")
    return known[place - 1]


def look_back(town: Town, text: str) -> tuple[Past, Moment]:
    """The town at the moment that is meant: a commit, an operation, a time, how long ago, `HEAD~2`.

    Raises:
        NotFound: the main line of the ledger has no such commit, or the town did not exist yet.
        UsageTrouble: it is none of these.
    """
    found = find_moment(town, text)
    return Past(town.layout.root, found.commit, found.time), found


def find_moment(town: Town, text: str) -> Moment:
    """The moment that is meant, as `look_back` takes it; `now` and `HEAD` are the present.

    Raises:
        NotFound, UsageTrouble: as for `look_back`.
    """
    ledger, tip = town.ledger, town.commit()
    known = moments(ledger, tip)
    name = text.strip()
    if name == "now":
        return known[-1]
    if _REVISION.fullmatch(name):
        oid = ledger.oid(f"{tip}{name.removeprefix('HEAD')}^{{commit}}")
        if oid is None:
            raise NotFound(f"the ledger has no {name}", hint="gt log shows its history")
        name = oid
    elif _ULID.fullmatch(name.upper()):
        name = _commit_of(ledger, tip, name.upper())
    return moment_of(known, name, town.edge.clock().astimezone())


def _commit_of(ledger: Git, tip: str, operation: str) -> str:
    """The commit of an operation."""
    said = ledger.text(
        "log", "--first-parent", "--max-count=1", f"--grep=^Op: {operation}", "--format=%H",
        "--end-of-options", tip, "--",
    )  # fmt: skip
    if not said:
        raise NotFound(f"the ledger has no operation {operation}", hint="gt log shows them")
    return said


def _seconds(text: str, now: datetime) -> float:
    if (ago := how_long_ago(text)) is not None:
        return (now - ago).timestamp()
    words = text.strip().lower()
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        if _OID.fullmatch(words):
            raise NotFound(f"the ledger has no commit {words}", hint="gt log shows them") from None
        raise UsageTrouble(
            f"{text!r} is neither a commit nor a time",
            hint="a commit of the ledger, 2026-01-31T09:00:00Z, or 2h",
        ) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=now.tzinfo)).timestamp()
