"""The story of a bead, an agent, a convoy, a request, a rig, or of the whole town.

It is told from what is kept anyway: the ledger's operations, in their own words, and the commits
in the rigs' repositories, which name their bead in a `Bead:` trailer. Records add what became of
it: why a request failed and which gate said so, what a session used. Two git calls tell it, and one
more for each further rig.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gastown.domain.conversation import Conversation, ConversationState
from gastown.domain.escalation import Escalation, EscalationState
from gastown.domain.merge import Merge, MergeState
from gastown.errors import NotFound, UsageTrouble
from gastown.store.layout import hook_path, mail_folder, rig_paths
from gastown.store.worktree import Worktrees
from gastown.views.history import operations

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gastown.domain.bead import Bead
    from gastown.domain.hook import Hook
    from gastown.store.reader import Reader
    from gastown.store.town import Town
    from gastown.views.history import Operation

OPERATION, COMMIT = "operation", "commit"
_FORMAT = "%H%x00%ct%x00%an%x00%s%x00%S%x00%(trailers:key=Bead,valueonly,unfold,separator=%x2C)"
_FORMAT += "%x00%(trailers:key=Merge-Request,valueonly,unfold)%x01"
_FAILED = (MergeState.FAILED, MergeState.CONFLICTED, MergeState.REJECTED)
_SPARE = 50
_TELLING = ("merge", "conversation", "escalation")
_TOKENS = ("input", "output", "cache_read", "cache_write")


@dataclass(frozen=True)
class Event:
    """One thing that happened.

    Attributes:
        kind: `operation` of the town, or `commit` in a rig.
        what: in words; `more`: what came of it, as records tell.
        commit: of the ledger, or of the rig's repository.
        rig: whose repository it is in; None: the ledger.
        beads: that a commit is for.
        op, moves, cause: of an operation.
    """

    at: str
    kind: str
    actor: str
    what: str
    commit: str
    rig: str | None = None
    more: str | None = None
    beads: tuple[str, ...] = ()
    op: str | None = None
    moves: tuple[str, ...] = ()
    cause: str | None = None


@dataclass(frozen=True)
class Trail:
    """Events, oldest first. `subjects`: whose; `earlier`: whether there are more before them."""

    subjects: tuple[str, ...]
    events: tuple[Event, ...]
    earlier: bool


@dataclass
class Scope:
    """What a trail is about.

    Attributes:
        paths: of records and folders in hq; none: everything.
        beads: whose commits are told; `branches`: patterns of branches whose commits are.
        rigs: the rigs whose repositories are asked.
        whole: every commit of these rigs is told.
        holders: hooks that hold one of the beads, and since when their name is theirs.
    """

    paths: list[str] = field(default_factory=list)
    beads: set[str] = field(default_factory=set)
    branches: set[str] = field(default_factory=set)
    rigs: set[str] = field(default_factory=set)
    whole: bool = False
    holders: dict[str, str] = field(default_factory=dict)


def trail(
    town: Town, subjects: tuple[str, ...], *, limit: int | None, since: str | None = None
) -> Trail:
    """What happened to `subjects`, or in the whole town.

    Args:
        limit: the latest so many.
        since: only after this moment, as git understands it.

    Raises:
        NotFound: nothing is, or was, called so.
    """
    reader = town.read()
    scope = _scope(reader, subjects)
    most = None if limit is None else 2 * limit + _SPARE
    floor = _floor(town, since)
    told = _Told(reader)
    done = _operations(town, reader, scope, most, since)
    found = [told.event(one) for one in done if not one.only_reads]
    if floor is None and found:
        made = (str(bead.data["created_at"]) for bead in reader.beads(identifiers=scope.beads)
                if bead.data.get("created_at"))  # fmt: skip
        floor = min(datetime.fromisoformat(at).timestamp() for at in (found[0].at, *made))
    commits = [one for rig in sorted(scope.rigs) for one in _commits(town, rig, scope, floor, most)]
    found = _in_order(found, commits)
    shown = found if limit is None else found[-limit:]
    return Trail(subjects, tuple(shown), len(found) > len(shown))


def _in_order(done: list[Event], commits: list[Event]) -> list[Event]:
    """Operations and commits together, by their second.

    Within one, a commit stands before what it led to, or what its author did next in the town.
    """
    keyed = [((event.at, place, 1), event) for place, event in enumerate(done)]
    for commit in commits:
        after = [
            place for place, one in enumerate(done)
            if one.at == commit.at and (one.cause == commit.commit or one.actor == commit.actor)
        ]  # fmt: skip
        keyed.append(((commit.at, after[0] if after else len(done), 0), commit))
    return [event for _, event in sorted(keyed, key=lambda pair: pair[0])]


def _operations(
    town: Town, reader: Reader, scope: Scope, limit: int | None, since: str | None
) -> list[Operation]:
    """The operations of a scope, oldest first."""
    paths = tuple(dict.fromkeys(scope.paths))
    done = operations(town.ledger, reader.commit, limit=limit, paths=paths, since=since)
    for path, begun in scope.holders.items():
        done += operations(
            town.ledger, reader.commit, limit=limit, paths=(path,), since=since or begun
        )
    once = {one.commit: one for one in reversed(done)}
    return sorted(once.values(), key=lambda one: (_utc_of(one.at), one.op or ""))


def _scope(reader: Reader, subjects: tuple[str, ...]) -> Scope:
    scope = Scope()
    if not subjects:
        return Scope(rigs={rig.id for rig in reader.rigs()}, whole=True)
    for subject in subjects:
        _widen(reader, scope, subject.strip("/"))
    return scope


def _widen(reader: Reader, scope: Scope, subject: str) -> None:
    bead, convoy = reader.find("bead", subject), reader.find("convoy", subject)
    hook, rig = reader.hook(subject), reader.find("rig", subject)
    others = [
        path for kind in ("merge", "escalation", "molecule", "conversation", "run", "integration")
        if (path := reader.path_of(kind, subject)) is not None
    ]  # fmt: skip
    scope.paths += others
    merge = reader.find("merge", subject) if others else None
    if isinstance(merge, Merge) and merge.bead:
        scope.beads.add(merge.bead)
        scope.rigs.add(merge.rig)
    if bead is not None:
        _with_beads(reader, scope, [bead])
    if convoy is not None:
        scope.paths += _paths(reader, (("convoy", subject),))
        _with_beads(reader, scope, reader.beads(identifiers=convoy.beads))
    if hook is not None:
        _with_agent(reader, scope, hook)
    if rig is not None:
        scope.rigs.add(subject)
        scope.whole = True
        scope.paths += rig_paths(subject)
    if not (others or bead or convoy or hook or rig):
        hint = "name a bead, agent, convoy, merge request, escalation or rig"
        raise NotFound(f"nothing is called {subject!r}", hint=hint)


def _with_beads(reader: Reader, scope: Scope, beads: list[Bead]) -> None:
    """Beads, and what is there for them: requests, escalations, mail, places in the queue."""
    ids = {bead.id for bead in beads}
    scope.beads |= ids
    scope.rigs |= {bead.rig for bead in beads if reader.path_of("rig", bead.rig)}
    named = [(kind, one) for one in sorted(ids) for kind in ("bead", "dispatch", "molecule")]
    named += [("merge", m.id) for bead in beads for m in reader.merges_of(bead.id, bead.rig)]
    named += [("escalation", one.id) for one in reader.escalations(live=False) if one.bead in ids]
    named += [("conversation", one.id) for one in reader.conversations() if one.bead in ids]
    named += [("mail", one.id) for one in reader.mail() if one.about in ids]
    scope.paths += _paths(reader, named)
    for agent in {bead.assignee for bead in beads if bead.assignee and bead.is_live}:
        hook = reader.hook(agent)
        if hook is not None and hook.bead in ids:
            scope.holders[hook_path(agent)] = hook.created_at


def _with_agent(reader: Reader, scope: Scope, hook: Hook) -> None:
    """An agent, in all its generations: its hook, its sessions, its mail, its branches."""
    named = [("conversation", one.id) for one in reader.conversations(hook.id)]
    named += [("escalation", one.id) for one in reader.escalations(live=False)
              if hook.id in (one.agent, one.source)]  # fmt: skip
    named += [("mail", one.id) for one in reader.mail() if one.sender == hook.id]
    named += [("merge", one.id) for one in reader.merges() if one.hook == hook.id]
    scope.paths += [hook_path(hook.id), f"mail/{mail_folder(hook.id)}", *_paths(reader, named)]
    if hook.rig != "hq":
        scope.rigs.add(hook.rig)
        scope.branches |= {f"polecat/{hook.agent}/*", f"crew/{hook.agent}"}


def _paths(reader: Reader, named: Iterable[tuple[str, str]]) -> list[str]:
    found = (reader.path_of(kind, identifier) for kind, identifier in named)
    return [path for path in found if path is not None]


def _floor(town: Town, since: str | None) -> float | None:
    """A moment as git understands it, in seconds since 1970."""
    if since is None:
        return None
    said = town.ledger.text("rev-parse", f"--since={since}")
    _, _, number = said.partition("=")
    if not number.isdigit():
        raise UsageTrouble(f"{since!r} is no moment", hint="e.g. 2.hours.ago, 2026-02-01")
    return float(number)


class _Told:
    """Operations as events, with what the records they moved say of it."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def event(self, one: Operation) -> Event:
        more = [said for move in one.moves if (said := self._more(move, one.subject))]
        return Event(
            at=_utc_of(one.at), kind=OPERATION, actor=one.actor,
            what=one.subject, commit=one.commit, more="; ".join(more) or None, op=one.op,
            moves=one.moves, cause=one.cause,
        )  # fmt: skip

    def _more(self, move: str, subject: str) -> str | None:
        kind, identifier, *states = move.split(" ")
        if len(states) != 3:
            return None
        record = self._reader.find(kind, identifier) if kind in _TELLING else None
        if isinstance(record, Merge) and record.state.value == states[2]:
            return _of_merge(record, subject)
        if isinstance(record, Conversation) and states[2] == ConversationState.ENDED.value:
            return _of_session(record)
        if isinstance(record, Escalation):
            return _of_escalation(record, states[2], subject)
        return None


def _of_merge(merge: Merge, subject: str) -> str | None:
    said = []
    if merge.state in _FAILED:
        said += [f"gate {merge.gate}"] if merge.gate else []
        said += [merge.reason] if merge.reason and merge.reason not in subject else []
    elif merge.state is MergeState.MERGED:
        said += [f"as {merge.result[:12]}"] if merge.result else []
        said += [f"passed only when run again: {', '.join(merge.flaky)}"] if merge.flaky else []
        said += [f"advisory gates failed: {', '.join(merge.advisory)}"] if merge.advisory else []
    return ", ".join(said) or None


def _of_escalation(one: Escalation, state: str, subject: str) -> str | None:
    if state == EscalationState.RESOLVED.value:
        return one.resolution
    if state == EscalationState.OPEN.value and one.title not in subject:
        return f"{one.severity}: {one.title}"
    return None


def _of_session(one: Conversation) -> str | None:
    used = [row.get(kind) for row in one.usage for kind in _TOKENS]
    tokens = sum(number for number in used if isinstance(number, int))
    return f"{tokens:,} tokens in all" if used else None


def _commits(
    town: Town, rig: str, scope: Scope, floor: float | None, limit: int | None
) -> Iterator[Event]:
    """The commits of a rig that a trail tells; the merges of the refinery are operations."""
    trees = Worktrees(town.layout, rig)
    if floor is None or not trees.repository.is_dir():
        return
    where = ["--branches"]
    if scope.branches and not scope.beads and not scope.whole:
        where = [f"--branches={pattern}" for pattern in sorted(scope.branches)]
    until = [f"--until=@{int(town.edge.clock().timestamp())}"] if town.is_past else []
    bound = [] if limit is None or scope.beads else [f"--max-count={limit}"]
    log = trees.git.text(
        "log",
        *bound,
        *until,
        f"--since=@{int(floor)}",
        "--source",
        f"--format={_FORMAT}",
        *where,
        "--",
    )
    seen: set[tuple[str, ...]] = set()
    for entry in log.split("\x01"):
        fields = entry.lstrip("\n").split("\0")
        if len(fields) < 7 or fields[6].strip():
            continue
        oid, at, author, subject, ref, said, _ = fields
        beads = tuple(name.strip() for name in said.split(",") if name.strip())
        wanted = scope.whole or scope.beads.intersection(beads) or (scope.branches and beads)
        if not wanted or (at, subject, said) in seen:
            continue
        seen.add((at, subject, said))
        yield Event(
            at=_utc(datetime.fromtimestamp(int(at), UTC)), kind=COMMIT,
            actor=_worker(rig, ref, beads) or author, what=subject, commit=oid, rig=rig,
            beads=beads,
        )  # fmt: skip


def _worker(rig: str, ref: str, beads: tuple[str, ...]) -> str | None:
    """Whose branch a commit was found on, if it is an agent's own."""
    parts = ref.removeprefix("refs/heads/").split("/")
    if parts[0] == "polecat" and len(parts) > 1 and beads:
        return f"{rig}/{parts[1]}"
    return None


def _utc_of(moment: str) -> str:
    return _utc(datetime.fromisoformat(moment))


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
