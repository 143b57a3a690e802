"""`gt undo`: operations taken back by one new commit, and reality after it.

The commit brings every file to exactly what it was before (`Undo: OP` names the operations), so it
is legal outside the tables as a `git revert` is, and an undo can be undone. What does not follow
from the files alone is moved by its table in the same commit: a convoy that had landed opens again
when one of its beads does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gastown.domain.bead import Bead
from gastown.domain.convoy import Convoy
from gastown.errors import Refused
from gastown.ids import MAYOR
from gastown.ops.actors import is_person
from gastown.ops.landing import reopen_convoys
from gastown.ops.scheduling.places import check_places, running_if_limited, taking_up
from gastown.ops.undoing.beyond import beyond
from gastown.ops.undoing.prospect import Prospect, is_sealed, prospect
from gastown.ops.undoing.reality import follow
from gastown.views.choosing import chosen, taken_back
from gastown.views.history import name_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gastown.domain.hook import Hook
    from gastown.ops.host import Host
    from gastown.store.steps import Step
    from gastown.store.town import Town
    from gastown.store.transaction import Transaction
    from gastown.views.choosing import Wish
    from gastown.views.history import Operation

_NAMED = 5
_ATTEMPTS = 3


@dataclass(frozen=True)
class Taken:
    """An operation that was (or would be) taken back, or that stands in the way of it.

    Attributes:
        at: when it was done, in seconds since 1970.
        why: of one that stands in the way, or is left.
    """

    commit: str
    op: str | None
    at: int
    actor: str
    subject: str
    why: str | None = None


@dataclass(frozen=True)
class Undone:
    """What was taken back.

    Attributes:
        operations: newest first; `left`: those that stay, and what they rest on.
        moves: what became of records.
        files: how many changed.
        beyond: what cannot be taken back, in words.
        followed: what was done in reality; `failed`: what could not be, and is tried again.
        in_the_way: of a dry run: the later operations on the same records.
        op: the name of the undo itself, by which it can be taken back.
    """

    operations: tuple[Taken, ...]
    left: tuple[Taken, ...] = ()
    moves: tuple[str, ...] = ()
    files: int = 0
    beyond: tuple[str, ...] = ()
    followed: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    in_the_way: tuple[Taken, ...] = ()
    op: str | None = None
    commit: str | None = None
    dry_run: bool = False


def undo(
    town: Town, wish: Wish, *, host: Host, actor: str, later: bool = False, dry_run: bool = False
) -> Undone:  # fmt: skip
    """Take operations back.

    Args:
        later: together with every later operation that stands in the way.

    Raises:
        NotFound: there are no such operations.
        Refused: later operations stand in the way, a merge is among them, or nothing would change.
        NoPlace: more polecats would be at work than may be.
    """
    operations = chosen(town, wish, actor)
    _check_may(town, operations, actor)
    if wish.names:
        _check_in_effect(town, operations)
    for _ in range(_ATTEMPTS):
        found = prospect(town, operations, later=later, sealed_stay=wish.since is not None)
        if wish.since is None:
            _check_sealed(found)
        result = _result(found)
        if dry_run:
            return replace(result, dry_run=True)
        _check(found)
        hooks = taking_up((now, then) for _, now, then in found.records())
        running = running_if_limited(town, host) if hooks else {}
        done = _commit(town, found, result, actor, (hooks, running))
        if done is not None:
            followed = follow(town, host, [(now, then) for _, now, then in found.records()])
            return replace(
                done, followed=tuple(followed.done), failed=tuple(followed.failed)
            )  # fmt: skip
    raise Refused("the ledger moves all the time", hint="run the command again")


def _check_may(town: Town, operations: list[Operation], actor: str) -> None:
    """An agent takes back what it did itself; a person, and the mayor, what anybody did."""
    if actor == MAYOR or is_person(town.read(), actor):
        return
    foreign = next((one for one in operations if one.actor != actor), None)
    if foreign is not None:
        raise Refused(f"{foreign.subject!r} was done by {foreign.actor}: it is not yours",
                      hint="ask for it: gt mail send mayor")  # fmt: skip


def _check_in_effect(town: Town, operations: list[Operation]) -> None:
    """Refuse to take back once more what is taken back already."""
    by = taken_back(town)
    names = {one.op for one in operations}
    for one in operations:
        undo_of_it = by.get(one.op or "")
        if undo_of_it is not None and undo_of_it not in names:
            raise Refused(f"{one.subject!r} is taken back already",
                          hint=f"to have it back: gt undo {undo_of_it}")  # fmt: skip


def _check_sealed(found: Prospect) -> None:
    sealed = [step for step in found.undone if is_sealed(step)]
    sealed += [one.step for one in found.obstacles if is_sealed(one.step)]
    if sealed:
        name = (sealed[0].said("Op") or [sealed[0].commit])[0]
        raise Refused(
            f"{sealed[0].subject!r} cannot be taken back: the work is in its target, whatever the"
            " records say",
            hint=f"gt undo {name} --revert puts a commit that takes it out again into the merge"
            " queue, and opens its issue; to take back only the record: git -C hq revert"
            f" {sealed[0].commit[:12]}",
        )


def _check(found: Prospect) -> None:
    if found.obstacles:
        raise InTheWay([_taken(one.step, one.why) for one in found.obstacles])
    if found.misfits:
        first = found.misfits[0]
        raise Refused(f"the town would not fit together: {first.sentence}", hint=first.instead)
    if not found.files:
        if found.left:
            raise Refused(f"all of it rests on what cannot be taken back: {found.left[-1].subject}",
                          hint="gt undo --since … --dry-run tells more")  # fmt: skip
        one = len(found.undone) == 1
        what = repr(found.undone[0].subject) if one else f"these {len(found.undone)} operations"
        raise Refused(
            f"nothing of {what} is left to take back: all files are as before",
            hint="gt log shows what was done since",
        )


class InTheWay(Refused):
    """Later operations changed the same records; nothing was done."""

    code = "in-the-way"

    def __init__(self, later: list[Taken]) -> None:
        told = [f"{one.subject} (gt log {one.commit[:10]}, {one.actor}): {one.why}"
                for one in later[-_NAMED:]]  # fmt: skip
        more = [f"and {len(later) - _NAMED} more"] if len(later) > _NAMED else []
        super().__init__(
            "later operations stand in the way:\n  " + "\n  ".join([*told, *more]),
            hint="take them back as well: --with-later; look first: --dry-run --with-later",
        )
        self.later = later


def _commit(
    town: Town, found: Prospect, result: Undone, actor: str,
    taking: tuple[list[Hook], Mapping[str, str]],
) -> Undone | None:  # fmt: skip
    """Commit what was found; None: the ledger has moved since it was looked at.

    Args:
        taking: the hooks that become active by it, and the agents that run now.
    """
    with town.transaction(_subject(found.undone), actor=actor) as tx:
        if tx.read.commit != found.base:
            return None
        check_places(tx, town, *taking, new=False)
        tx.body += [_line(step) for step in reversed(found.undone)]
        for file in found.files:
            tx.restore_text(file.path, found.data(file), found.move(file))
        opened = _open_convoys(tx, town, found)
        names = [name for step in found.undone for name in step.said("Op")[:1]]
        tx.trailers += [("Undo", name) for name in names]
        moves = tuple(tx.moves)
    return replace(
        result, moves=moves, files=result.files + opened, commit=tx.committed,
        op=name_of(town.ledger, str(tx.committed)),
    )  # fmt: skip


def _open_convoys(tx: Transaction, town: Town, found: Prospect) -> int:
    """Convoys that had landed open again with a bead that is live again."""
    records = list(found.records())
    own = {one.id for _, now, then in records for one in (now, then) if isinstance(one, Convoy)}
    opened = set()
    for _, now, then in records:
        if isinstance(then, Bead) and then.is_live and not (isinstance(now, Bead) and now.is_live):
            opened |= {convoy.id for convoy in reopen_convoys(tx, town, then.id, but=own)}
    return len(opened)


def _subject(steps: tuple[Step, ...]) -> str:
    if len(steps) == 1:
        subject = steps[0].subject
        for before, after in (("undo: ", "redo: "), ("redo: ", "undo: ")):
            if subject.startswith(before):
                return after + subject.removeprefix(before)
        return f"undo: {subject}"
    return f"undo {len(steps)} operations: {steps[0].subject} … {steps[-1].subject}"


def _line(step: Step) -> str:
    if step.is_own:
        return f"{step.commit[:12]} {step.subject}"
    # In git's own words, so that whatever reads the ledger knows which commit it was.
    return f"This reverts commit {step.commit}."


def _result(found: Prospect) -> Undone:
    return Undone(
        operations=tuple(_taken(step) for step in reversed(found.undone)),
        left=tuple(_taken(step, "its work is merged" if is_sealed(step) else "a later one stays")
                   for step in reversed(found.left)),
        moves=tuple(move for file in found.files if (move := found.move(file)) is not None),
        files=len(found.files), beyond=tuple(beyond(found.undone)),
        in_the_way=tuple(_taken(one.step, one.why) for one in found.obstacles),
    )  # fmt: skip


def _taken(step: Step, why: str | None = None) -> Taken:
    actor = (step.said("Actor") or [f"{step.author} with git"])[0]
    op = next(iter(step.said("Op")), None)
    return Taken(step.commit, op, step.at, actor, step.subject, why)
