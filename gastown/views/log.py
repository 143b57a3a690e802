"""The ledger as a log: operations in words, with their causes, and what was taken back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from gastown.domain.moments import how_long_ago
from gastown.errors import NotFound, UsageTrouble
from gastown.ids import is_oid
from gastown.store.layout import rig_paths
from gastown.views.choosing import Wish, chosen, taken_back
from gastown.views.history import Operation, operations, paths_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gastown.store.reader import Reader
    from gastown.store.town import Town

_EVIDENCE = re.compile(r"(?P<target>[^:\s]+):(?P<head>[0-9a-f]{40})")
_MARK = "\x02"


@dataclass(frozen=True)
class Asked:
    """Which operations are asked for; all that is said must hold.

    Attributes:
        subjects: beads, agents, convoys, requests, rigs; or operations by name.
        agent: done by it, or with its hook; `actor`: done by them.
        rig: with a record of this rig; `kind`: with a record of this kind.
        since, until: as they were typed.
        limit: the latest so many; None: all.
    """

    subjects: tuple[str, ...] = ()
    agent: str | None = None
    actor: str | None = None
    rig: str | None = None
    kind: str | None = None
    since: str | None = None
    until: str | None = None
    limit: int | None = None


@dataclass(frozen=True)
class Entry(Operation):
    """One operation, and what became of it.

    Attributes:
        why: what led to it, in words: a commit in a rig, another operation.
        undone_by: the name of the operation that has taken it back, if that is in effect.
        graph: lines of git's picture of the history, the last one beside this entry.
    """

    why: str | None = None
    undone_by: str | None = None
    graph: tuple[str, ...] = ()


def log(town: Town, asked: Asked, *, graph: bool = False, after: str | None = None) -> list[Entry]:
    """The operations that are asked for, newest first.

    Args:
        after: only those after this commit of the ledger.

    Raises:
        NotFound: nothing is, or was, called so.
        UsageTrouble: a moment is none.
    """
    reader = town.read()
    found = _found(town, reader, asked, after)
    words = _Causes(town, found)
    undone = taken_back(town)
    pictures = _pictures(town, reader.commit, found) if graph else {}
    return [
        Entry(
            one.commit, one.at, one.subject, one.actor, one.op, one.moves, one.cause,
            words.of(one), undone.get(one.op or ""), pictures.get(one.commit, ()),
        )
        for one in found
    ]  # fmt: skip


def _found(town: Town, reader: Reader, asked: Asked, after: str | None) -> list[Operation]:
    paths, named = _paths(town, reader, asked.subjects)
    if named and not paths:
        return named
    span = f"{after}..{reader.commit}" if after else reader.commit
    of_rig = rig_paths(reader.rig(asked.rig).id) if asked.rig is not None else ()
    whole = any((asked.agent, asked.actor, asked.kind, named, of_rig and paths))
    found = operations(
        town.ledger, span, limit=None if whole else asked.limit, paths=paths or of_rig,
        since=_moment(town, asked.since), until=_moment(town, asked.until),
    )  # fmt: skip
    if of_rig and paths:  # git would take either; both are asked for
        there = {one.commit for one in operations(town.ledger, span, limit=None, paths=of_rig)}
        found = [one for one in found if one.commit in there]
    mine = [one for one in found if _is_asked(one, asked)]
    if named:
        both = {one.commit: one for one in (*mine, *named)}.values()
        mine = sorted(both, key=_when, reverse=True)
    return mine if asked.limit is None else mine[: asked.limit]


def _when(one: Operation) -> tuple[datetime, str]:
    return datetime.fromisoformat(one.at), one.op or ""


def _paths(
    town: Town, reader: Reader, subjects: tuple[str, ...]
) -> tuple[tuple[str, ...], list[Operation]]:
    """The files of what is named, and the operations that are."""
    found: list[str] = []
    named: list[Operation] = []
    for subject in subjects:
        try:
            found += paths_of(reader, (subject,))
        except NotFound:
            try:
                named += chosen(town, Wish((subject,)), "")
            except (NotFound, UsageTrouble):
                former = _former(town, reader, subject)
                if not former:
                    raise NotFound(
                        f"nothing is called {subject!r}",
                        hint="name a bead, agent, convoy, merge request, rig or operation",
                    ) from None
                found += former
    return tuple(found), named


def _former(town: Town, reader: Reader, subject: str) -> list[str]:
    """Where records of a name were that are not there any more."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/@+-]*", subject):
        return []
    said = town.ledger.text(
        "log", "--diff-filter=D", "--name-only", "--format=", "--end-of-options", reader.commit,
        "--", f":(glob)**/{subject}.json",
    )  # fmt: skip
    return sorted(set(said.splitlines()))


def _is_asked(one: Operation, asked: Asked) -> bool:
    moved = [move.split(" ") for move in one.moves]
    if asked.actor is not None and one.actor != asked.actor:
        return False
    if asked.kind is not None and all(words[0] != asked.kind for words in moved):
        return False
    if asked.agent is None:
        return True
    return one.actor == asked.agent or ["hook", asked.agent] in [words[:2] for words in moved]


def _moment(town: Town, text: str | None) -> str | None:
    """A moment as git takes it."""
    if text is None:
        return None
    ago = how_long_ago(text)
    if ago is not None:
        return f"@{int((town.edge.clock() - ago).timestamp())}"
    said = town.ledger.text("rev-parse", f"--since={text}")
    if not said.rpartition("=")[2].isdigit():
        raise UsageTrouble(f"{text!r} is no moment", hint="e.g. 2h, 2026-02-01, 2.hours.ago")
    return text


class _Causes:
    """What led to operations, in words."""

    def __init__(self, town: Town, found: Iterable[Operation]) -> None:
        self._known: dict[str, str] = {}
        causes = {one.cause for one in found if one.cause}
        heads = {match["head"] for cause in causes if (match := _EVIDENCE.fullmatch(cause))}
        oids = {cause for cause in causes if is_oid(cause)} | heads
        self._known = {oid: f"{oid[:10]} {subject}" for oid, subject in _subjects(town, oids)}

    def of(self, one: Operation) -> str | None:
        """The cause of an operation, or None."""
        if one.cause is None:
            return None
        found = _EVIDENCE.fullmatch(one.cause)
        if found is not None:
            head = self._known.get(found["head"], found["head"][:10])
            return f"{found['target']} holds {head}"
        return self._known.get(one.cause, one.cause)


def _subjects(town: Town, oids: set[str]) -> Iterator[tuple[str, str]]:
    """The subjects of commits of the ledger and of all rigs."""
    if not oids:
        return
    from gastown.store.git import Git

    repositories = [town.ledger]
    for rig in town.read().rigs():
        place = town.layout.repository(rig.id)
        if place.is_dir():
            repositories.append(Git(place, bare=True))
    for git in repositories:
        names = "".join(f"{oid}\n" for oid in sorted(oids)).encode()
        kinds = git.run("cat-file", "--batch-check=%(objectname) %(objecttype)", stdin=names)
        here = [line.split(" ")[0] for line in kinds.text.splitlines() if line.endswith(" commit")]
        if here:
            said = git.text("log", "--no-walk", "--format=%H%x00%s", *here, "--")
            for line in said.splitlines():
                oid, _, subject = line.partition("\0")
                yield oid, subject


def _pictures(town: Town, tip: str, found: list[Operation]) -> dict[str, tuple[str, ...]]:
    """Git's picture of the history: for each commit the lines that lead to it, and its own."""
    limit = [f"--max-count={len(found) * 4 + 100}"] if found else []
    said = town.ledger.run(
        "log", "--graph", *limit, f"--format={_MARK}%H", "--end-of-options", tip, "--"
    ).stdout.decode("utf-8", "replace")
    pictures: dict[str, tuple[str, ...]] = {}
    lines: list[str] = []
    for line in said.splitlines():
        drawn, mark, commit = line.partition(_MARK)
        lines.append(drawn.rstrip())
        if mark:
            pictures[commit] = tuple(lines)
            lines = []
    return pictures
