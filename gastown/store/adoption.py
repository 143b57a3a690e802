"""What a person committed in hq with plain git, and how the town takes notice of it.

The nearest commit that an operation of ours made is the last one whose moves are told; what lies on
top of it is told by one more operation, which changes no file: a `Move:` for each transition in
between, `Cause:` with the person's last commit, and `Illegal:` for whatever got past the guard.
Everything after that reads as one line of operations again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.errors import GtError
from gastown.store.foreign import field
from gastown.store.layout import kind_of
from gastown.store.legality import troubles
from gastown.store.steps import Contents, Step, difference, move_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gastown.store.foreign import Foreign
    from gastown.store.town import Town

MAX_TROUBLES = 10
_NAMED = 20
_MANY = 200
_ILLEGAL = "%(trailers:key=Illegal,valueonly,unfold,separator=%x00)"
_CAUSE = "%(trailers:key=Cause,valueonly,unfold)"


@dataclass(frozen=True)
class Adoption:
    """The operation that takes notice of a person's commits."""

    subject: str
    body: tuple[str, ...]
    moves: tuple[str, ...]
    cause: str
    illegal: tuple[str, ...]


def adopt_now(town: Town) -> str | None:
    """Take notice of a person's commits without another operation; its subject, or None.

    Raises:
        Busy: another process holds the lock too long, or the ledger moved.
        DiskTrouble: nothing was committed.
    """
    from gastown.store.operation import adopt

    return adopt(town)


def illegal_adoptions(town: Town, since: str) -> list[tuple[str, tuple[str, ...]]]:
    """The commits of persons after `since` that break a rule, oldest first: commit, and why.

    Raises:
        GitFailed: `since` is no commit.
    """
    answer = town.ledger.run(
        "log", "--first-parent", "--reverse", f"--format={_CAUSE}%x02{_ILLEGAL}%x01",
        "--end-of-options", town.commit(), f"^{since}", "--",
    )  # fmt: skip
    found = []
    for entry in answer.stdout.decode("utf-8", "replace").split("\x01"):
        cause, _, why = entry.strip("\n").partition("\x02")
        if why:
            found.append((cause.strip("\n"), tuple(why.split("\0"))))
    return found


def describe(town: Town, found: Foreign, owner: str) -> Adoption:
    """What is to be told of a person's commits; others than the `owner` (name) are named."""
    moves, counted = _told(list(_moves(town, found)))
    return Adoption(
        subject=f"adopt {found.tip[:12]}: {_subject(found.commits[0][1])}",
        body=(*_authors(found, owner), *counted),
        moves=tuple(moves),
        cause=found.tip,
        illegal=tuple(_illegal(town, found)),
    )


def _moves(town: Town, found: Foreign) -> Iterator[str]:
    step = Step(found.own, found.tip, "", tuple(difference(town.ledger, found.own, found.tip)))
    contents = Contents(town.ledger, [step])
    for file in step.files:
        if kind_of(file.path):
            before = contents.record(file.path, file.old)
            after = contents.record(file.path, file.new)
            move = move_of(file, before, after)
            if move is not None:
                yield move


def _told(moves: list[str]) -> tuple[list[str], list[str]]:
    """The moves to be named; what came or went in large numbers (an import) is only counted."""
    if len(moves) <= _MANY:
        return moves, []
    come = [move for move in moves if " none -> " in move]
    gone = [move for move in moves if move.endswith(" -> gone")]
    named = [move for move in moves if " none -> " not in move and not move.endswith(" -> gone")]
    return named, [f"{len(come)} records came, {len(gone)} are gone."]


def _illegal(town: Town, found: Foreign) -> list[str]:
    try:
        wrong = troubles(town, found.own, found.tip)
    except GtError as error:
        return [f"it could not be checked: {error.message}"]
    told = [trouble.sentence for trouble in wrong[:MAX_TROUBLES]]
    if len(wrong) > MAX_TROUBLES:
        told[-1] = f"and {len(wrong) - MAX_TROUBLES + 1} more"
    return told


def _authors(found: Foreign, owner: str) -> Iterator[str]:
    """A line for each commit, oldest first: who made it, and what it says.

    One commit of the town's owner needs none: the subject says all of it.
    """
    names = [_author(raw) for _, raw in found.commits]
    if len(names) == 1 and names[0].partition(" <")[0] == owner:
        return
    for number, (commit, raw) in enumerate(reversed(found.commits)):
        if number == _NAMED:
            yield f"and {len(found.commits) - _NAMED} more"
            return
        yield f"{commit[:12]} by {_author(raw)}: {_subject(raw)}"


def _author(raw: bytes) -> str:
    line = field(raw.partition(b"\n\n")[0].splitlines(), b"author ")
    return line.rpartition(b">")[0].decode("utf-8", "replace") + ">"


def _subject(raw: bytes) -> str:
    text = raw.partition(b"\n\n")[2].decode("utf-8", "replace").strip()
    return text.partition("\n")[0] or "(no message)"
