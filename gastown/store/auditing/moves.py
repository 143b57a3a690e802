"""What a commit tells of its moves against what it did to the records."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from gastown.domain.record import BadRecord
from gastown.store.codec import class_of
from gastown.store.operation import HAND_EDIT
from gastown.store.steps import is_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gastown.store.layout import AnyRecord
    from gastown.store.steps import File, Step

    Versions = tuple[File, AnyRecord | BadRecord | None, AnyRecord | BadRecord | None]
    Key = tuple[str, str]

MAY_GO = frozenset(("rig", "memory"))
"""Kinds whose records an operation may delete."""
NONE, GONE, PRESENT = "none", "gone", "present"


def check_moves(
    step: Step, records: Iterable[Versions], exempt: set[str], *, own: bool
) -> Iterator[tuple[str | None, str]]:
    """What does not agree, as file and sentence.

    Args:
        records: each file of a record that the commit changed, with the record before and after.
        exempt: files that came back exactly as they were: no table is asked.
        own: an operation made it; a person's commit tells no moves.
    """
    told = _told(step)
    for file, before, after in records:
        known = after if is_record(after) else before
        if is_record(known):
            ends = _states(before, after)
            chain = told.pop((known.KIND, known.id), [])
            here = ends[0] == ends[1]
            way = (chain if own else []) or ([] if here else [ends])
            last = _of_last_use(chain, before) if _begins_anew(before, after) else chain
            found = list(_disagreeing(step, known, last, ends)) if own else []
            if not found and file.path not in exempt:
                found = list(_illegal(known, way))
            yield from ((file.path, what) for what in found)
    for (kind, name), chain in told.items():
        if own and (chain[0][0] != chain[-1][1]):
            moved = f"{chain[0][0]} → {chain[-1][1]}"
            yield None, f"it tells that {kind} {name} went {moved}, but its file is as it was"


def _disagreeing(
    step: Step, record: AnyRecord, chain: list[tuple[str, str]], ends: tuple[str, str]
) -> Iterator[str]:
    """Where the moves that are told of a record are not what became of it."""
    name = f"{record.KIND} {record.id}"
    if not chain:
        if ends[0] != ends[1] and not _needs_no_word(step, ends[0]):
            yield f"it does not tell that {name} went {ends[0]} → {ends[1]}"
        return
    way = " → ".join([chain[0][0], *(after for _, after in chain)])
    if (chain[0][0], chain[-1][1]) != ends:
        yield f"it tells that {name} went {way}, but it went {ends[0]} → {ends[1]}"
    elif not _is_one_way(chain):
        yield f"it tells that {name} went {way}, which is no way"


def _of_last_use(
    chain: list[tuple[str, str]], before: AnyRecord | BadRecord | None
) -> list[tuple[str, str]]:
    """Of what is told of a name that was given out again, what is about its last bearer.

    That the former one was brought to its end may be told by the same commit, before it.
    """
    begins = [place for place, (source, _) in enumerate(chain) if source == NONE]
    if not begins:
        return chain
    former, last = chain[: begins[-1]], chain[begins[-1] :]
    fits = not former or (is_record(before) and former[0][0] == _state(before))
    return last if fits and _is_one_way(former) else chain


def _is_one_way(chain: list[tuple[str, str]]) -> bool:
    return all(one[1] == other[0] for one, other in pairwise(chain))


def _told(step: Step) -> dict[Key, list[tuple[str, str]]]:
    """The moves of each record, in the order in which they are told."""
    found: dict[Key, list[tuple[str, str]]] = {}
    for move in step.said("Move"):
        kind, _, rest = move.partition(" ")
        name, _, states = rest.partition(" ")
        before, arrow, after = states.partition(" -> ")
        if arrow:
            found.setdefault((kind, name), []).append((before, after))
    return found


def _states(
    before: AnyRecord | BadRecord | None, after: AnyRecord | BadRecord | None
) -> tuple[str, str]:
    return NONE if before is None or _begins_anew(before, after) else _state(before), (
        GONE if after is None else _state(after)
    )


def _begins_anew(before: AnyRecord | BadRecord | None, after: AnyRecord | BadRecord | None) -> bool:
    """Whether a name was given to somebody else."""
    return is_record(before) and is_record(after) and after.incarnation > before.incarnation


def _state(record: AnyRecord | BadRecord) -> str:
    return "unreadable" if isinstance(record, BadRecord) else str(record.stage or PRESENT)


def _needs_no_word(step: Step, start: str) -> bool:
    """Whether what happened is told otherwise: many new records at once, and a person's edits."""
    return start == NONE or step.said("Actor") == [HAND_EDIT]


def _illegal(record: AnyRecord, chain: list[tuple[str, str]]) -> Iterator[str]:
    """Why a record may not have gone this way."""
    name = f"{record.KIND} {record.id}"
    lifecycle: Any = class_of(record.KIND).LIFECYCLE
    for source, dest in chain:
        if dest == GONE:
            if record.KIND not in MAY_GO:
                yield f"{name} was deleted: its record has to stay"
            continue
        if "unreadable" in (source, dest) or lifecycle is None:
            continue
        states = {state.value: state for state in lifecycle.states}
        before = None if source == NONE else states.get(source)
        if dest not in states or (source != NONE and before is None):
            yield f"{name} was brought to {dest}, which is no state"
        elif not lifecycle.allows(before, states[dest]):
            yield f"{name} cannot go from {source} to {dest}"
