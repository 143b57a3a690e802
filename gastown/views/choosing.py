"""Which operations of the ledger are meant: by name, as somebody's last ones, or since a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from gastown.errors import NotFound, UsageTrouble
from gastown.ids import HUMAN
from gastown.store.operation import HAND_EDIT
from gastown.views.feed import since_of
from gastown.views.history import operations

if TYPE_CHECKING:
    from gastown.store.reader import Reader
    from gastown.store.town import Town
    from gastown.views.history import Operation

_FEW = 300
_LEAST_OP, _LEAST_COMMIT = 6, 4


@dataclass(frozen=True)
class Wish:
    """What was asked for; nothing at all: the last operation of whoever asks.

    Attributes:
        names: operations, or commits of the ledger, or beginnings of their names.
        last: so many of the last operations of whoever asks.
        bead: only operations that changed this bead.
        since: every operation, of anybody, after a moment or a commit.
    """

    names: tuple[str, ...] = ()
    last: int | None = None
    bead: str | None = None
    since: str | None = None


def chosen(town: Town, wish: Wish, actor: str) -> list[Operation]:
    """The operations that are meant, newest first.

    Raises:
        NotFound: there are none.
        UsageTrouble: a name or a moment is none, or stands for several.
    """
    reader = town.read()
    if wish.names:
        line = operations(town.ledger, reader.commit, limit=None, main_line=True)
        found = [one for name in wish.names for one in _named(line, name)]
        return [one for one in line if one in found]
    if wish.since is not None:
        return _since(town, reader, wish.since)
    wanted = wish.last or 1
    mine = _last_of(town, reader, actor, wanted, wish.bead)
    if not mine:
        whose = "you have" if actor == HUMAN else f"{actor} has"
        of = f" with {wish.bead}" if wish.bead else ""
        raise NotFound(f"{whose} done nothing{of} that could be taken back",
                       hint="gt log shows what was done; name one: gt undo OP")  # fmt: skip
    return mine


def taken_back(town: Town) -> dict[str, str]:
    """The operations that are taken back, each with the name of the undo that did it.

    An undo that was itself taken back has no effect any more.
    """
    said = town.ledger.text(
        "log", "--first-parent", "--reverse", "--grep=^Undo: ",
        "--format=%(trailers:key=Op,valueonly,separator=%x20)%x00"
        "%(trailers:key=Undo,valueonly,separator=%x20)", "--end-of-options", town.commit(), "--",
    )  # fmt: skip
    found: dict[str, str] = {}
    undone_by: dict[str, list[str]] = {}
    for line in said.splitlines():
        name, _, names = line.partition("\0")
        undone_by[name] = names.split()
        for one in undone_by[name]:
            found[one] = name
            for again in undone_by.get(one, ()):
                if found.get(again) == one:
                    del found[again]
    return found


def is_adoption(one: Operation) -> bool:
    """Whether an operation only took notice of what a person had committed in hq."""
    return one.op is not None and one.subject.startswith("adopt ") and one.cause is not None


def _named(line: list[Operation], name: str) -> list[Operation]:
    found = [
        one for one in line
        if (len(name) >= _LEAST_OP and (one.op or "").startswith(name.upper()))
        or (len(name) >= _LEAST_COMMIT and one.commit.startswith(name.lower()))
    ]  # fmt: skip
    if not found:
        raise NotFound(f"the ledger has no operation {name!r}", hint="gt log shows them")
    if len(found) > 1:
        raise UsageTrouble(f"{name!r} could be {len(found)} operations", hint="give more of it")
    if not is_adoption(found[0]):
        return found
    # What it took notice of is what is meant: the commits without a name just before it.
    place = line.index(found[0]) + 1
    end = next((n for n in range(place, len(line)) if line[n].op is not None), len(line))
    return line[place:end] or found


def _since(town: Town, reader: Reader, text: str) -> list[Operation]:
    since = since_of(text, town.edge.clock())
    line = operations(town.ledger, reader.commit, limit=None, main_line=True)
    if since.commit is not None:
        [known, *_] = _named(line, since.commit)
        found = line[: line.index(known)]
    else:
        start = since.at or datetime.fromisoformat(line[-1].at)
        found = [one for one in line if datetime.fromisoformat(one.at) >= start]
    # The commit by which the town was made is no operation in it.
    found = [one for one in found if not is_adoption(one) and one is not line[-1]]
    if not found:
        raise NotFound(f"nothing was done since {text}", hint="gt log shows what was done")
    return found


def _last_of(
    town: Town, reader: Reader, actor: str, wanted: int, bead: str | None
) -> list[Operation]:
    paths: tuple[str, ...] = ()
    if bead is not None:
        path = reader.path_of("bead", bead) or _former_path(town, reader, bead)
        paths = (path,)
    found: list[Operation] = []
    for limit in (_FEW, None):
        line = operations(town.ledger, reader.commit, limit=limit, paths=paths, main_line=True)
        found = [one for one in line if _is_of(one, actor)][:wanted]
        if len(found) == wanted or len(line) < _FEW:
            break
    return found


def _former_path(town: Town, reader: Reader, bead: str) -> str:
    """Where the record of a bead was that is not there any more."""
    said = town.ledger.text(
        "log", "--first-parent", "--max-count=1", "--diff-filter=D", "--name-only", "--format=",
        "--end-of-options", reader.commit, "--", f":(glob)beads/*/*/{bead}.json",
    )  # fmt: skip
    if not said:
        raise NotFound(f"no bead {bead!r}", hint="bd list --all shows all")
    return said.splitlines()[0]


def _is_of(one: Operation, actor: str) -> bool:
    """Whether it is a deed of the actor; merely reading mail is none."""
    if one.only_reads:
        return False
    if actor == HUMAN:
        return not is_adoption(one) and (one.actor in (HUMAN, HAND_EDIT) or one.op is None)
    return one.actor == actor
