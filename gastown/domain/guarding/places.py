"""Whose a path is: the agent's own, everybody's scratch, the town's, or somebody else's."""

from __future__ import annotations

import posixpath
import re
from enum import Enum
from typing import TYPE_CHECKING

from gastown.domain.guarding.words import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gastown.domain.guarding.facts import Facts

_DEVICES = re.compile(r"/dev/(null|zero|full|tty|stdin|stdout|stderr|fd/\d+|shm/.+)\Z")
_UNSURE = re.compile(rf"[*?\[{UNKNOWN}]")
_BRACES = re.compile(r"(.*?)\{([^{}]*,[^{}]*)\}(.*)", re.DOTALL)
_ALL = re.compile(r"[.]?\*+\Z|\.\[.*\]\*\Z")


class Whose(Enum):
    """Who may write at a path. `WHOLE`: all of the agent's work at once; `LINK`: its `.git`."""

    OWN = 1
    WHOLE = 2
    LINK = 3
    SCRATCH = 4
    TOWN = 5
    OUTSIDE = 6
    UNKNOWN = 7


MINE = frozenset((Whose.OWN, Whose.WHOLE, Whose.LINK))
FREE = frozenset((Whose.OWN, Whose.SCRATCH))


def spread(word: str) -> Iterator[str]:
    """A word with its `{a,b}` written out, as far as that is plain."""
    found = _BRACES.match(word) if word.count("{") <= 4 else None
    if found is None:
        yield word
        return
    for part in found[2].split(","):
        yield from spread(f"{found[1]}{part}{found[3]}")


def absolute(facts: Facts, cwd: str | None, word: str) -> str | None:
    """A path as it is written, from the folder it is written in; None: it cannot be known."""
    if word.startswith(UNKNOWN) or "\0" in word or (cwd is None and not word.startswith("/")):
        return None
    if cwd is None or word.startswith("/"):
        cwd = "/"
    return posixpath.join(facts.real(cwd), word)


def whose(facts: Facts, cwd: str | None, word: str, *, follows: bool = True) -> Whose:
    """Whose a path is.

    Args:
        follows: whether what is done there is done to what a symbolic link at its end leads to.
    """
    path = absolute(facts, cwd, word)
    if path is None:
        return Whose.UNKNOWN
    unsure = _UNSURE.search(path)
    if unsure:  # what is known of it is a folder
        folder, _, rest = path[: unsure.start()].rpartition("/")
        name = rest + path[unsure.start() :]
        return _whose(facts, facts.real(folder or "/"), whole=bool(_ALL.match(name)), within=True)
    if follows or word.endswith(("/", "/.", "..")) or word == ".":
        return _whose(facts, facts.real(path))
    parent, name = posixpath.split(posixpath.normpath(path))
    return _whose(facts, posixpath.join(facts.real(parent), name))


def _whose(facts: Facts, path: str, *, whole: bool = False, within: bool = False) -> Whose:
    if below(path, facts.worktree):
        return _of_mine(facts, path, whole=whole, within=within)
    if below(path, facts.town):
        return Whose.TOWN
    if below(facts.worktree, path) or path == facts.home:
        return Whose.OUTSIDE
    for folder in facts.scratch:
        if below(path, folder) and (path != folder or (within and not whole)):
            return Whose.SCRATCH
    return Whose.SCRATCH if _DEVICES.match(path) else Whose.OUTSIDE


def _of_mine(facts: Facts, path: str, *, whole: bool, within: bool) -> Whose:
    if path == facts.worktree:
        return Whose.WHOLE if whole or not within else Whose.OWN
    link = posixpath.join(facts.worktree, ".git")
    return Whose.LINK if below(path, link) else Whose.OWN


def below(path: str, folder: str) -> bool:
    """Whether a path is a folder or in it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")
