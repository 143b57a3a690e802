"""Merging a fork: what was decided on it becomes one operation of the town, and real.

Only what the fork has changed is taken over, and only where nothing is lost: a record that the town
has changed since, too, is named, and nothing is done. Every record goes from what it is now to
what it is on the fork by the moves of its table, and the town must fit together afterwards, as for
any operation. Then worktrees are made and agents started, as after an undo.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from gastown.domain.hook import Hook, HookState
from gastown.domain.merging.records import merge_records
from gastown.domain.merging.three_way import version
from gastown.domain.record import BadRecord
from gastown.errors import Refused
from gastown.ids import MAYOR
from gastown.ops.actors import is_person
from gastown.ops.forks.forking import drop_held, held, is_clean, opened
from gastown.ops.rigs import refresh
from gastown.ops.scheduling.places import check_places, running_if_limited, taking_up
from gastown.ops.undoing.reality import follow
from gastown.store import faults
from gastown.store.auditing.moves import MAY_GO
from gastown.store.codec import class_of, decode, encode
from gastown.store.fitting import find_misfits
from gastown.store.git import Git
from gastown.store.layout import OF_A_RIG, kind_of
from gastown.store.ledger_sides import parsed, record_of
from gastown.store.objects import Objects
from gastown.store.refs import Refs
from gastown.store.signing.signers import SIGNERS
from gastown.store.steps import difference
from gastown.views.choosing import taken_back
from gastown.views.forks import base_of, decisions
from gastown.views.history import name_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gastown.ops.host import Host
    from gastown.store.layout import AnyRecord
    from gastown.store.town import Town
    from gastown.store.transaction import Transaction
    from gastown.views.history import Operation

    Pair = tuple[AnyRecord | None, AnyRecord | None]

_ATTEMPTS = 3
_NAMED = 5
_MERGED = frozenset({"convoy", "queue", "rig", "scheduler"})
"""Kinds of which both may change one record, key by key; what is worked on belongs to one."""


@dataclass(frozen=True)
class ForkMerge:
    """A fork that was (or would be) merged.

    Attributes:
        operations: what was decided on it, oldest first; what was taken back there is left out.
        moves: what becomes of records; `files`: how many change.
        followed: what was done in reality; `failed`: what could not be, and is tried again.
        warnings: why a rig's newest commit may not be known.
        op: the operation's name, by which it can be taken back; `kept`: the ref of the fork.
    """

    name: str
    operations: tuple[Operation, ...]
    moves: tuple[str, ...]
    files: int
    followed: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    op: str | None = None
    kept: str | None = None
    dry_run: bool = False


@dataclass(frozen=True)
class _Merge:
    """What is to be committed on `base`: each file, and each record before and after."""

    base: str
    tip: str
    operations: tuple[Operation, ...]
    files: Mapping[str, bytes | None]
    pairs: tuple[Pair, ...]
    moves: tuple[str, ...]


def merge(
    town: Town, name: str, *, host: Host, actor: str, dry_run: bool = False
) -> ForkMerge:  # fmt: skip
    """Merge a fork into its town, make it real, and let the fork go.

    Raises:
        NotFound: there is none of that name.
        Refused: nothing was decided on it; the town has changed the same records since; its hq
            holds changes that are not committed; or the town would not fit together.
        NoPlace: more polecats would be at work than may be.
        Busy: somebody else merges or drops it just now.
    """
    if actor != MAYOR and not is_person(town.read(), actor):
        raise Refused("a fork is merged by a person or the mayor", hint="gt mail send mayor")
    opened(town, name).close()
    with held(town, name):
        return _merge(town, name, host=host, actor=actor, dry_run=dry_run)


def _merge(town: Town, name: str, *, host: Host, actor: str, dry_run: bool) -> ForkMerge:
    fork = opened(town, name)
    if not is_clean(fork):
        raise Refused("the fork's hq has changes that are not committed",
                      hint=f"git -C {fork.layout.hq} status")  # fmt: skip
    before = _merged_as(town, fork, name)
    if before is not None and not dry_run:  # whoever merged it was killed before it was gone
        return ForkMerge(name, decisions(fork, base_of(fork)), (), 0, op=before,
                         kept=drop_held(town, fork, name).kept)  # fmt: skip
    warnings = () if dry_run else _fetch(town, fork)
    for _ in range(_ATTEMPTS):
        found = _prospect(town, fork, name)
        result = ForkMerge(
            name, found.operations, found.moves, len(found.files), warnings=warnings,
            dry_run=dry_run,
        )  # fmt: skip
        if dry_run:
            return result
        running = running_if_limited(town, host) if taking_up(found.pairs) else {}
        op = _commit(town, found, name, running, actor)
        if op is not None:
            faults.reach("fork:merged")
            followed = follow(town, host, found.pairs)
            return replace(
                result, op=op, followed=tuple(followed.done), failed=tuple(followed.failed),
                kept=drop_held(town, fork, name).kept,
            )  # fmt: skip
    raise Refused("the ledger moves all the time", hint="run the command again")


def _merged_as(town: Town, fork: Town, name: str) -> str | None:
    """The operation by which a fork was merged as it is now; None: it was not."""
    said = town.ledger.text(
        "log", "--first-parent", f"--grep=^Fork: {name} {fork.commit()}$",
        "--format=%(trailers:key=Op,valueonly,separator=%x20)", f"{base_of(fork)}..{town.commit()}",
        "--",
    )  # fmt: skip
    back = taken_back(town) if said else {}
    return next((op for op in said.split() if op not in back), None)


def _fetch(town: Town, fork: Town) -> tuple[str, ...]:
    """Let the rigs that agents were slung to on the fork be as new as their origins."""
    known = {rig.id for rig in town.read().rigs()}
    slung = {hook.rig for hook in fork.read().hooks() if hook.state is HookState.ACTIVE} & known
    found = (refresh(town, town.read().rig(rig)).warning for rig in sorted(slung))
    return tuple(warning for warning in found if warning is not None)


def _prospect(town: Town, fork: Town, name: str) -> _Merge:
    base, tip = town.commit(), fork.commit()
    files = _files(fork, name, base, tip)
    pairs = []
    moves: list[str] = []
    for path, before, after in _versions(town, base, files):
        fresh = _on_newest(town, before, after)
        if fresh is not None and fresh is not after:
            files[path] = encode(fresh)
        pairs.append((before, fresh))
        moves += _moves(path, before, fresh)
    troubles = find_misfits(town, base, pairs, files)
    if troubles:
        raise Refused(f"the town would not fit together: {troubles[0].sentence}",
                      hint=troubles[0].instead)  # fmt: skip
    return _Merge(base, tip, decisions(fork, base_of(fork)), files, tuple(pairs), tuple(moves))


def _files(fork: Town, name: str, base: str, tip: str) -> dict[str, bytes | None]:
    """What each file becomes that the fork has changed and that is not so in the town already.

    Raises:
        Refused: the town has changed some of them, too, or there are none.
    """
    begin = base_of(fork)
    own = {file.path: file for file in difference(fork.ledger, begin, tip) if file.path != SIGNERS}
    theirs = {file.path: file for file in difference(fork.ledger, begin, base)}
    found: dict[str, bytes | None] = {}
    clashes = []
    with Objects(fork.ledger) as objects:

        def content(oid: str | None) -> bytes | None:
            known = objects.get(oid) if oid is not None else None
            return known[1] if known is not None else None

        for path, file in own.items():
            other = theirs.get(path)
            if other is None:
                found[path] = content(file.new)
            elif other.new != file.new:
                versions = [content(oid) for oid in (file.old, file.new, other.new)]
                merged = _without_loss(path, *versions)
                if merged is None:
                    clashes.append(path)
                else:
                    found[path] = merged
    if clashes:
        raise _clash(name, clashes)
    if not found:
        raise Refused(f"there is nothing to merge: on the fork {name} nothing was changed",
                      hint=f"cd {fork.layout.root}; or let it go: gt fork drop {name}")  # fmt: skip
    return found


def _without_loss(
    path: str, was: bytes | None, one: bytes | None, other: bytes | None
) -> bytes | None:
    """A record that both have changed, where nothing of either is lost; else None."""
    kind = kind_of(path)
    if kind not in _MERGED or was is None or one is None or other is None:
        return None
    before, *both = (parsed(raw) for raw in (was, one, other))
    if before is None or both[0] is None or both[1] is None:
        return None
    outcome = merge_records(kind, before, version(both[0], "fork"), version(both[1], "town"))
    if {loser.key for loser in outcome.losers} - {"updated_at"}:
        return None
    return encode(record_of(path, outcome.data))


def _clash(name: str, paths: list[str]) -> Refused:
    named = "\n  ".join(sorted(paths)[:_NAMED])
    left = f"\n  and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
    return Refused(
        f"the town has changed since what the fork {name} has changed, too:\n  {named}{left}",
        hint=f"take one of both back: gt undo, or gt --fork {name} undo; or begin anew: gt fork"
        f" drop {name}",
    )


def _versions(
    town: Town, base: str, files: Mapping[str, bytes | None]
) -> Iterator[tuple[str, AnyRecord | None, AnyRecord | None]]:
    """Each file of a record, with the record now and as it becomes."""
    with Objects(town.ledger) as objects:
        for path, data in sorted(files.items()):
            if kind_of(path) is not None:
                found = objects.get(f"{base}:{path}")
                before = found[1] if found is not None else None
                yield path, _record(path, before), _record(path, data)


def _record(path: str, data: bytes | None) -> AnyRecord | None:
    if data is None:
        return None
    kind = str(kind_of(path))
    try:
        return decode(kind, data, rig=path.split("/")[1] if kind in OF_A_RIG else "")
    except BadRecord as wrong:
        raise Refused(f"{path} cannot be read: {wrong}", hint="gt verify tells more") from None


def _on_newest(town: Town, before: AnyRecord | None, after: AnyRecord | None) -> AnyRecord | None:
    """A new hook of the fork, which begins at its rig's newest commit: the plan may be old."""
    if not isinstance(after, Hook) or not after.is_live or after.start != after.base:
        return after
    if isinstance(before, Hook) and before.generation == after.generation:
        return after
    refs = Refs(town.layout.repository(after.rig))
    newest = refs.oid(f"refs/heads/{after.target}")
    if newest in (None, after.base) or refs.oid(after.full_branch) is not None:
        return after
    git = Git(town.layout.repository(after.rig), bare=True)
    if not git.holds("merge-base", "--is-ancestor", after.base, str(newest)):
        return after
    return replace(after, base=str(newest), start=newest)


def _moves(path: str, before: AnyRecord | None, after: AnyRecord | None) -> list[str]:
    """The moves by which a record becomes what it is on the fork.

    Raises:
        Refused: its table knows no way there.
    """
    known = after or before
    if known is None:
        return []
    name = f"{known.KIND} {known.id}"
    if after is None:
        if known.KIND not in MAY_GO:
            raise Refused(f"{path} was removed on the fork", hint="take it back in the town itself:"
                          " gt log shows the operation, gt undo OP takes it back")  # fmt: skip
        return [f"{name} {known.stage or 'present'} -> gone"]
    anew = before is not None and after.incarnation > before.incarnation
    source: Any = None if before is None or anew else before.stage
    lifecycle: Any = class_of(known.KIND).LIFECYCLE
    if lifecycle is None:
        return [f"{name} none -> present"] if before is None else []
    if source == after.stage:
        return []
    way = lifecycle.way(source, after.stage)
    if way is None:
        raise Refused(
            f"{name} cannot go from {source or 'nothing'} to {after.stage}, as on the fork",
            hint=lifecycle.hint(source),
        )
    return [f"{name} {one} -> {other}" for one, other in pairwise((source or "none", *way))]


def _commit(
    town: Town, found: _Merge, name: str, running: Mapping[str, str], actor: str
) -> str | None:  # fmt: skip
    """Commit; the operation's name, or None: the ledger has moved since it was looked at."""
    with town.transaction(_subject(name, found), actor=actor) as tx:
        if tx.read.commit != found.base:
            return None
        check_places(tx, town, taking_up(found.pairs), running)
        _write(tx, found, name)
    return name_of(town.ledger, str(tx.committed))


def _write(tx: Transaction, found: _Merge, name: str) -> None:
    for path, data in found.files.items():
        tx.restore_text(path, data)
    tx.moves += found.moves
    tx.body += [f"{one.commit[:12]} {one.subject}" for one in found.operations]
    tx.trailers.append(("Fork", f"{name} {found.tip}"))


def _subject(name: str, found: _Merge) -> str:
    if len(found.operations) == 1:
        return f"merge fork {name}: {found.operations[0].subject}"
    return f"merge fork {name}: {len(found.operations)} operations"
