"""Which commits of the ledger an operation of ours made, and which a person did with plain git.

Every operation asks this of the ledger's tip, so this module needs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gastown.errors import GitFailed
from gastown.ids import ulid_ms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gastown.store.objects import Objects

_CLOCK_S = 10  # between the name of an operation and the time of its commit


class Foreign(NamedTuple):  # made in a tenth of the time of a dataclass
    """Commits of a person on top of the last operation's commit `own`, newest first."""

    own: str
    commits: tuple[tuple[str, bytes], ...]

    @property
    def tip(self) -> str:
        """The newest."""
        return self.commits[0][0]


def foreign(objects: Objects, tip: str) -> Foreign | None:
    """What persons have put on top of the last operation; None: nothing.

    Raises:
        GitFailed: a commit is missing.
    """
    commits: list[tuple[str, bytes]] = []
    at, raw = tip, _raw(objects, tip)
    while not is_own(raw):
        commits.append((at, raw))
        parents = [(parent, _raw(objects, parent)) for parent in _parents_of(raw)]
        at, raw = next((one for one in parents if is_own(one[1])), parents[0])
    return Foreign(at, tuple(commits)) if commits else None


def is_own(raw: bytes) -> bool:
    """Whether an operation made this commit (its raw text), or it is where the ledger begins.

    A trailer alone proves nothing, since `git cherry-pick` copies it: the operation's name tells
    when it was made, and we write the same words and time for author and committer.
    """
    head, _, message = raw.partition(b"\n\n")
    lines = head.splitlines()
    if not any(line.startswith(b"parent ") for line in lines):
        return True
    author, committer = field(lines, b"author "), field(lines, b"committer ")
    last = message.rstrip().rpartition(b"\n\n")[2].splitlines()
    made = ulid_ms(field(last, b"Op: ").decode("ascii", "replace"))
    if made is None or author != committer:
        return False
    seconds = b"".join(committer.split(b" ")[-2:-1])
    return seconds.isdigit() and abs(made / 1000 - int(seconds)) < _CLOCK_S


def _raw(objects: Objects, oid: str) -> bytes:
    found = objects.get(oid)
    if found is None:
        raise GitFailed(f"the ledger's commit {oid[:12]} is missing")
    return found[1]


def _parents_of(raw: bytes) -> Iterator[str]:
    """The parents of a commit, from its raw text."""
    for line in raw.partition(b"\n\n")[0].splitlines():
        if line.startswith(b"parent "):
            yield line.removeprefix(b"parent ").decode()


def field(lines: list[bytes], key: bytes) -> bytes:
    """The rest of the first line that begins so, or nothing."""
    return next((line.removeprefix(key) for line in lines if line.startswith(key)), b"")
