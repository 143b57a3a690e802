"""Making a fork, opening one, and letting it go.

A fork is a folder `.gt/forks/NAME` that is a town of records alone: an hq and a ledger of its own,
which borrows the objects of the town's (`objects/info/alternates`) and began at one of its commits
(`refs/gt/base`). There all that changes records works as in a town; no agent, worktree or monitor
is there, and rigs are read where the town has them.

What a fork did is never lost: when it is merged or dropped, its ledger is held by a ref of the
town's ledger, `refs/gt/forks/NAME/N`, from which it can be taken up again.
"""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.errors import GitFailed, GtError, NotFound, Refused
from gastown.ids import check_name
from gastown.ops.install import begin, finish, furnish
from gastown.store import locks
from gastown.store.files import disk_errors
from gastown.store.git import Git
from gastown.store.layout import FORK_BASE_REF, LEDGER_REF, Layout
from gastown.store.past import find_moment
from gastown.store.town import Town
from gastown.views.forks import base_of

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

_KEPT = "refs/gt/forks"
_BORROWED = "../../../../../town.git/objects\n"
"""From the objects of a fork's ledger to those of the town's; so it may move with its town."""


@dataclass(frozen=True)
class Forked:
    """A fork that was made. `base`: the commit at which it began; `taken_up`: it was kept."""

    name: str
    root: Path
    base: str
    taken_up: str | None = None


@dataclass(frozen=True)
class Dropped:
    """A fork that is gone.

    Attributes:
        kept: the ref that holds what was done on it; None: nothing was.
        moved: where its folder is, if something of it could not be held by a ref.
    """

    name: str
    kept: str | None
    moved: Path | None = None


def make(town: Town, name: str, *, at: str | None = None, again: bool = False) -> Forked:
    """Make a fork.

    Args:
        at: the moment to begin at, as `find_moment` takes it; None: now.
        again: take up the last one of that name that was merged or dropped.

    Raises:
        Refused: there is one of that name, or the town is a fork itself.
        NotFound: nothing was kept under that name.
        Busy: somebody else makes, merges or drops it just now.
    """
    check_name(name, "fork")
    if town.is_fork:
        raise Refused("this is a fork: there are no forks of forks", hint="cd into the town")
    with held(town, name):
        return _make(town, name, at, again=again)


def _make(town: Town, name: str, at: str | None, *, again: bool) -> Forked:
    layout = Layout(town.layout.forks / name)
    if layout.is_town:
        raise Refused(f"there is a fork {name!r}", hint=f"gt fork diff {name}; gt fork drop {name}")
    kept = _last_kept(town, name) if again else None
    if kept is not None:
        tip = town.ledger.text("rev-parse", kept)
        base = town.ledger.text("merge-base", tip, town.commit())
    else:
        tip = base = find_moment(town, at).commit if at is not None else town.commit()
    town.layout.forks.mkdir(exist_ok=True)
    try:
        with disk_errors():
            layout.root.mkdir(exist_ok=True)
            ledger = begin(layout, "os")
            (layout.town_git / "objects" / "info" / "alternates").write_text(_BORROWED)
            ledger.run("update-ref", FORK_BASE_REF, base)
            ledger.run("update-ref", "--create-reflog", "-m", "fork", LEDGER_REF, tip)
            furnish(layout, ledger, tip)
            finish(layout)
    except BaseException:
        shutil.rmtree(layout.root, ignore_errors=True)
        raise
    return Forked(name, layout.root, base, kept)


def opened(town: Town, name: str) -> Town:
    """A fork of the town.

    Raises:
        NotFound: there is none of that name.
        UsageTrouble: that is no name.
    """
    layout = Layout(town.layout.forks / check_name(name, "fork"))
    if not layout.is_town:
        raise NotFound(f"no fork {name!r}", hint=f"gt fork list; make one: gt fork {name}")
    return Town(layout.root, town.edge)


def held(town: Town, name: str) -> AbstractContextManager[int]:
    """Keep others from making, merging or dropping a fork meanwhile.

    Raises:
        Busy: somebody else does.
    """
    return locks.hold(town.layout.locks / f"fork.{name}", what=f"the fork {name}")


def drop(town: Town, name: str) -> Dropped:
    """Let a fork go; what was done on it is held by a ref, and can be taken up again.

    Raises:
        NotFound: there is none of that name.
        Busy: somebody else makes, merges or drops it just now.
    """
    opened(town, name).close()
    with held(town, name):
        return drop_held(town, opened(town, name), name)


def drop_held(town: Town, fork: Town, name: str) -> Dropped:
    """What `drop` does, for a caller who holds it."""
    fork.close()
    try:
        kept = _keep(town, fork, name)
        whole = is_clean(fork)
    except (GtError, OSError):  # it is damaged: then all of it is kept
        kept, whole = None, False
    moved = None
    with disk_errors():
        if whole:
            shutil.rmtree(fork.layout.root)
        else:
            moved = town.layout.quarantine / f"fork-{name}-{time.time_ns()}"
            moved.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            fork.layout.root.rename(moved)
    return Dropped(name, kept, moved)


def _keep(town: Town, fork: Town, name: str) -> str | None:
    """Hold the tip of a fork's ledger by a ref of the town's."""
    tip = fork.commit()
    if tip == base_of(fork):
        return None
    refs = _kept(town, name)
    if refs and town.ledger.oid(refs[-1]) == tip:
        return refs[-1]
    ref = f"{_KEPT}/{name}/{len(refs) + 1}"
    town.ledger.run("fetch", "--quiet", "--no-tags", "--no-write-fetch-head",
                    str(fork.layout.town_git), f"{LEDGER_REF}:{ref}")  # fmt: skip
    if town.ledger.oid(ref) != tip:
        raise GitFailed(f"{ref} does not hold the fork's ledger")
    return ref


def _kept(town: Town, name: str) -> list[str]:
    said = town.ledger.text("for-each-ref", "--format=%(refname)", f"{_KEPT}/{name}/")
    return sorted(said.splitlines(), key=lambda ref: int(ref.rpartition("/")[2]))


def _last_kept(town: Town, name: str) -> str:
    refs = _kept(town, name)
    if not refs:
        raise NotFound(f"no fork {name!r} was kept", hint=f"make one: gt fork {name}")
    return refs[-1]


def is_clean(fork: Town) -> bool:
    """Whether nobody has changed a file of the fork's hq without committing it."""
    return not Git(fork.layout.hq).text("status", "--porcelain", "--untracked-files=all")
