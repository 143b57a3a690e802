"""What is held of a hook's work: commits, snapshots, commits that are on no branch, rescues.

Two git processes tell of one hook: one walks from every commit that a log of its refs remembers,
one measures what is shown. A commit is "lost" when the hook's branch does not lead to it any more:
it was reset, amended or rebased away, or made on another branch or none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from gastown.errors import NotFound, UsageTrouble
from gastown.ids import MAYOR, is_oid, parse_agent
from gastown.store.history import Step, Told, tell, walk
from gastown.store.layout import hook_path
from gastown.store.reflog import entries
from gastown.store.refs import Refs
from gastown.store.snapshot import head_ref, rescue_ref, wip_ref
from gastown.store.worktree import Worktrees

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gastown.domain.hook import Hook
    from gastown.store.town import Town

COMMIT, SNAPSHOT, LOST, RESCUE = "commit", "snapshot", "lost commit", "rescue"
BEFORE_RESTORE = "before restore"
_LOOK_BACK = 50
_SHORT = 10
_LEAST = 4


@dataclass(frozen=True)
class Found:
    """A commit that is held of a hook, not yet measured."""

    oid: str
    kind: str
    at: int
    hook: Hook


@dataclass(frozen=True)
class LogEntry:
    """One line of the log.

    Attributes:
        id: what `gt hooks diff` and `gt hooks restore` take.
        on: the commit that it was made on.
        size: bytes of what it brings of files that are not text.
        left_out, nested: what looked like a secret, and repositories; they are not in it.
        doing: an operation of git that was in progress.
    """

    id: str
    commit: str
    kind: str
    at: str
    generation: int
    subject: str
    files: int
    added: int
    removed: int
    size: int
    on: str | None
    left_out: tuple[str, ...] = ()
    nested: tuple[str, ...] = ()
    doing: str | None = None


@dataclass(frozen=True)
class HookLog:
    """What is held of a hook, newest first. `more`: entries that are not shown."""

    hook: Hook
    entries: tuple[LogEntry, ...]
    more: int
    every: bool


def named(town: Town, text: str) -> Hook:
    """The hook of an agent: RIG/AGENT or `mayor`.

    Raises:
        UsageTrouble: it is neither.
        NotFound: there never was one.
    """
    address = MAYOR if text.strip("/") == MAYOR else "/".join(parse_agent(text))
    hook = town.read().hook(address)
    if hook is None:
        raise NotFound(f"no hook {text!r}", hint="gt hooks list --all shows all")
    return hook


def hook_log(town: Town, hook: Hook, *, limit: int | None, every: bool) -> HookLog:
    """What is held of a hook; with `every` of all that ever had its name."""
    found = held(town, hook, every=every)
    shown = found[:limit]
    told = tell(Worktrees(town.layout, hook.rig).git, [one.oid for one in shown])
    lines = tuple(_entry(one, told[one.oid]) for one in shown)
    return HookLog(hook, lines, len(found) - len(shown), every)


def held(town: Town, hook: Hook, *, every: bool = False) -> list[Found]:
    """Every commit and snapshot that is held of a hook, newest first."""
    hooks = [*earlier(town, hook), hook] if every else [hook]
    found = {one.oid: one for each in hooks for one in _held_of(town, each)}
    return sorted(found.values(), key=lambda one: (-one.at, -one.hook.generation))


def pick(town: Town, hook: Hook, revision: str | None) -> tuple[Found, Told]:
    """The entry that a unique beginning of its id names; by default the newest snapshot or rescue.

    What was held because something was restored is not the default: twice would be undoing it.

    Raises:
        NotFound: there is none.
        UsageTrouble: it is too short, or several begin like it.
    """
    git = Worktrees(town.layout, hook.rig).git
    if revision is None:
        kept = [one for one in held(town, hook) if one.kind in (SNAPSHOT, RESCUE)]
        if not kept:
            raise NotFound(
                f"nothing uncommitted of {hook.id} was ever held", hint=f"gt hooks log {hook.id}"
            )
        told = tell(git, [one.oid for one in kept[:_LOOK_BACK]])
        wanted = (one for one in kept[:_LOOK_BACK] if told[one.oid].subject != BEFORE_RESTORE)
        chosen = next(wanted, kept[0])
        return chosen, told[chosen.oid]
    chosen = _matching(town, hook, revision)
    return chosen, tell(git, [chosen.oid])[chosen.oid]


def earlier(town: Town, hook: Hook) -> list[Hook]:
    """The last record of each earlier generation of a hook, as the ledger's history has it."""
    from gastown.store.codec import decode
    from gastown.store.objects import Objects

    if hook.generation == 1:
        return []
    path = hook_path(hook.id)
    log = town.ledger.text("log", "--format=%H", town.commit(), "--", path)
    found: dict[int, Hook] = {}
    with Objects(town.ledger) as objects:
        for commit in log.splitlines():
            data = objects.get(f"{commit}:{path}")
            try:
                record: Any = decode("hook", data[1]) if data is not None else None
            except ValueError:
                continue
            if record is not None and record.generation < hook.generation:
                found.setdefault(record.generation, record)
    return sorted(found.values(), key=lambda one: one.generation)


def moment(seconds: int) -> str:
    """A commit's date as records have theirs."""
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def _matching(town: Town, hook: Hook, revision: str) -> Found:
    wanted = revision.lower()
    if len(wanted) < _LEAST or not is_oid(wanted.ljust(64, "0")[:64]):
        raise UsageTrouble(
            f"{revision!r} is no id", hint=f"take one of: gt hooks log {hook.id} --all"
        )
    matching = [one for one in held(town, hook) if one.oid.startswith(wanted)]
    matching = matching or [
        one for one in held(town, hook, every=True) if one.oid.startswith(wanted)
    ]
    if not matching:
        raise NotFound(
            f"nothing that is held of {hook.id} is called {revision}",
            hint=f"gt hooks log {hook.id} --all",
        )
    if len(matching) > 1:
        names = ", ".join(one.oid[: len(wanted) + 6] for one in matching[:5])
        raise UsageTrouble(f"{revision} may be {names}", hint="write more of the id")
    return matching[0]


def _held_of(town: Town, hook: Hook) -> Iterator[Found]:
    trees = Worktrees(town.layout, hook.rig)
    if not trees.repository.is_dir():
        return
    refs = Refs(trees.repository)
    wip = _moves(trees, refs, wip_ref(hook.agent, hook.generation))
    rescue = _moves(trees, refs, rescue_ref(hook.agent, hook.generation))
    kept = _moves(trees, refs, head_ref(hook.agent, hook.generation))
    tip = refs.oid(hook.full_branch)
    heads = [*kept, *_moves(trees, refs, hook.full_branch), *_of_worktree(town, trees, hook)]
    # Of what was made in one second the first of these counts as the newest.
    starts = [*rescue, *wip, *([tip] if tip else []), *heads]
    steps = walk(trees.git, dict.fromkeys(starts), _borders(town, hook))
    kinds = dict.fromkeys(rescue, RESCUE) | dict.fromkeys(wip, SNAPSHOT)
    if tip is not None:
        kinds = dict.fromkeys(_reached([tip], steps, all_parents=True), COMMIT) | kinds
    on = [step.parents[0] for step in steps if step.oid in kinds and step.is_ours and step.parents]
    kinds = dict.fromkeys(_reached([*heads, *on], steps, all_parents=False), LOST) | kinds
    for step in steps:
        kind = kinds.get(step.oid)
        if kind is not None and (not step.is_ours or kind in (SNAPSHOT, RESCUE)):
            yield Found(step.oid, kind, step.at, hook)


def _moves(trees: Worktrees, refs: Refs, ref: str) -> list[str]:
    """What a ref points at and ever did, newest first."""
    now = refs.oid(ref)
    log = [entry.new for entry in reversed(entries(trees.repository, ref))]
    return list(dict.fromkeys([*([now] if now else []), *log]))


def _of_worktree(town: Town, trees: Worktrees, hook: Hook) -> list[str]:
    """Where HEAD of the hook's own worktree has been."""
    from gastown.views.hooks import has_worktree

    admin = trees.admin(hook) if has_worktree(town, hook) else None
    if admin is None and hook.is_live:
        admin = trees.known_admin(hook)
    found = reversed(entries(admin, "HEAD")) if admin is not None else ()
    return list(dict.fromkeys(entry.new for entry in found))


def _borders(town: Town, hook: Hook) -> list[str]:
    """Commits that are not the hook's own work: where it began, and its target before the merge."""
    merged = [
        merge.result for merge in town.read().merges(rig=hook.rig, states=("merged",))
        if (merge.hook, merge.generation) == (hook.id, hook.generation) and merge.result
    ]  # fmt: skip
    target = [f"{result}^1" for result in merged] or [f"refs/heads/{hook.target}"]
    return [hook.base] if hook.branch == hook.target else [hook.base, *target]


def _reached(tips: list[str], steps: list[Step], *, all_parents: bool) -> set[str]:
    """The commits among `steps` that one comes by on the way back from `tips`."""
    known = {step.oid: step for step in steps}
    found: set[str] = set()
    waiting = list(tips)
    while waiting:
        step = known.get(waiting.pop())
        if step is None or step.oid in found:
            continue
        found.add(step.oid)
        waiting += step.parents if all_parents else step.parents[:1]
    return found


def _entry(found: Found, told: Told) -> LogEntry:
    return LogEntry(
        id=found.oid[:_SHORT], commit=found.oid, kind=found.kind, at=moment(found.at),
        generation=found.hook.generation, subject=told.subject, files=told.files,
        added=told.added, removed=told.removed, size=told.size,
        on=told.parents[0] if told.parents else None, left_out=told.left_out, nested=told.nested,
        doing=told.doing or ("merge" if told.merging else None),
    )  # fmt: skip
