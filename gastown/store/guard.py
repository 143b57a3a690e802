"""The guard of the ledger's ref: what git asks, through a git hook, before a person's git moves it.

It refuses what does not stand on top of the ledger, what comes from an index that lags behind (it
would silently undo what others did), and whatever breaks the rules (`store/legality.py`). Our own
git runs without git hooks and is not asked.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from gastown.errors import GitFailed
from gastown.store.files import read_or_none
from gastown.store.foreign import is_own
from gastown.store.layout import LEDGER_REF
from gastown.store.legality import Trouble, off_the_line, troubles
from gastown.store.objects import Objects
from gastown.store.steps import OffTheLine, Step, difference, steps_between

if TYPE_CHECKING:
    from gastown.store.town import Town

_NOTHING = frozenset("0")
_LATEST = 30
_CLOCK_S = 0.02  # the kernel tells the start of a process in hundredths of a second


def judge(town: Town, old: str, new: str, *, begun: float | None = None) -> list[Trouble]:
    """What speaks against moving the ledger's ref to `new`; nothing: it may move.

    Args:
        old: what git says it stands at; zeros where git was not told to compare.
        begun: when the git that asks was started, in seconds since 1970; None: it is not known.

    Raises:
        GitFailed, Unreadable: the ledger cannot be read; then it must not move either.
    """
    now = town.commit()
    if new == now or (not _is_nothing(old) and old != now):
        return []  # nothing moves; or git itself is about to find that `old` is no more
    if _is_nothing(new):
        return [] if _is_being_packed(town, now) else [_deleted()]
    try:
        steps = steps_between(town.ledger, now, new)
    except OffTheLine:
        return [off_the_line()]
    return (
        _stale(town, now, steps)
        or troubles(town, now, new)
        or _read_too_early(town, now, steps, begun)
    )


def _is_nothing(oid: str) -> bool:
    return _NOTHING.issuperset(oid)


def _deleted() -> Trouble:
    return Trouble(
        "", f"{LEDGER_REF} is the town itself: it cannot be deleted or renamed",
        "git -C hq switch -c NAME looks at something else on another branch",
    )  # fmt: skip


def _is_being_packed(town: Town, now: str) -> bool:
    """Whether git only drops the ref's own file after it was packed; git tells that alike.

    A true deletion holds packed-refs locked meanwhile.
    """
    bare = town.layout.town_git
    packed = (read_or_none(bare / "packed-refs") or b"").splitlines()
    return f"{now} {LEDGER_REF}".encode() in packed and not (bare / "packed-refs.lock").exists()


def _stale(town: Town, now: str, steps: list[Step]) -> list[Trouble]:
    """The trouble with a commit whose index did not know the ledger's last commits.

    hq's index lags after an operation that found it locked. After a person's own commit it does
    not, unless that was made elsewhere: then this one would take it back without a word.
    """
    synced = town.synced()
    if synced == now:
        return []
    if synced is None or _is_moved_by_us(town, synced, now):
        return [_lagging("hq did not show the ledger's last commit yet when this was made")]
    last = {file.path: file.new for step in steps for file in step.files}
    declared = _is_declared(steps)
    for file in difference(town.ledger, synced, now) if not declared else ():
        if file.path in last and last[file.path] == file.old:
            return [_lagging(f"it would silently undo the last commit's change of {file.path}")]
    return []


def _is_declared(steps: list[Step]) -> bool:
    return any(step.reverted or step.undone for step in steps)


def _read_too_early(town: Town, now: str, steps: list[Step], begun: float | None) -> list[Trouble]:
    """The trouble with a commit whose git has read the index before hq was brought in step.

    `git commit` reads the index before it locks it: an operation that comes in between is in the
    new commit's parent, and in hq, but not in what is committed.
    """
    with suppress(FileNotFoundError):
        brought = town.layout.synced.stat().st_mtime
        if begun is not None and brought < begun - _CLOCK_S:
            return []
    taken_back = None if _is_declared(steps) else _taken_back(town, now, steps)
    if taken_back is None:
        return []
    return [_lagging(f"it would silently undo the last operation on {taken_back}")]


def _taken_back(town: Town, now: str, steps: list[Step]) -> str | None:
    """A file that is put back to what it was before one of our latest operations."""
    line = town.ledger.text("rev-list", "--first-parent", f"--max-count={_LATEST + 1}", now, "--")
    oldest = line.splitlines()[-1]
    if oldest == now:
        return None
    last = {file.path: file.new for step in steps for file in step.files}
    latest = steps_between(town.ledger, oldest, now)
    hits = [
        (step.commit, file.path)
        for step in latest for file in step.files
        if file.path in last and last[file.path] == file.old
    ]  # fmt: skip
    with Objects(town.ledger) as objects:
        ours = (path for commit, path in hits if _is_ours(objects, commit))
        return next(ours, None)


def _is_ours(objects: Objects, commit: str) -> bool:
    raw = objects.get(commit)
    return raw is None or is_own(raw[1])


def _is_moved_by_us(town: Town, synced: str, now: str) -> bool:
    """Whether an operation of ours is among the commits that hq was not brought to yet."""
    try:
        between = steps_between(town.ledger, synced, now)
    except (OffTheLine, GitFailed):
        return True
    with Objects(town.ledger) as objects:
        return any(_is_ours(objects, step.commit) for step in between)


def _lagging(what: str) -> Trouble:
    return Trouble(
        "", what,
        "gt status (any gt command) brings hq up to date; then look at git -C hq diff HEAD and"
        " run the commit again",
    )  # fmt: skip
