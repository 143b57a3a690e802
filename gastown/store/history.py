"""Commits and snapshots told as entries of a history: what each is, and how large its change.

Two git processes tell about any number of them: one walks, one measures the changes.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from gastown.errors import GitFailed
from gastown.store.git import ZERO
from gastown.store.snapshot import MAIL, UNMERGED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gastown.store.git import Git

_FORMAT = "%x01%H%x00%P%x00%T%x00%ct%x00%ae%x00%B%x00"
_FIELDS = 5
_PLAIN = (
    "--encoding=UTF-8", "--no-show-signature", "--no-notes", "--no-renames", "--no-ext-diff",
    "--no-textconv", "--no-relative", "--ignore-submodules=none", "-O/dev/null",
)  # fmt: skip
# A root commit's change is all of it, whatever the person's configuration says.
_EXTRA = {
    "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "log.showRoot", "GIT_CONFIG_VALUE_0": "true",
}  # fmt: skip
_NUMBERS = re.compile(r"\n?(\d+|-)\t(\d+|-)\t(.*)\Z", re.DOTALL)
_TRAILER = re.compile(r"([A-Z][A-Za-z-]*): (.*)\Z")


@dataclass(frozen=True)
class Step:
    """A commit on the way: what it is called, when it was made (seconds), by whom, on what."""

    oid: str
    at: int
    mail: str
    parents: tuple[str, ...]

    @property
    def is_ours(self) -> bool:
        """Whether it is a snapshot, or a part of one."""
        return self.mail == MAIL


@dataclass(frozen=True)
class Told:
    """One commit, with what it changes of its first parent.

    Attributes:
        at: seconds since 1970.
        added, removed: lines; of files that are text.
        size: bytes of what it brings of files that are not text.
        changed: path and content of every file it leaves changed or new; None: removed.
        trailers: of a snapshot; empty for other commits.
    """

    oid: str
    parents: tuple[str, ...]
    tree: str
    at: int
    mail: str
    message: str
    files: int = 0
    added: int = 0
    removed: int = 0
    size: int = 0
    changed: tuple[tuple[str, str | None], ...] = ()
    trailers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        """The first line of its message; of a snapshot: why it was taken."""
        return self.message.partition("\n")[0]

    @property
    def is_snapshot(self) -> bool:
        """Whether we made it of a worktree."""
        return self.mail == MAIL

    @property
    def head(self) -> str | None:
        """The commit that the worktree stood on; of a commit: itself."""
        return self._one("Head") if self.is_snapshot else self.oid

    @property
    def branch(self) -> str | None:
        """The full name of the branch that the worktree was on, where a snapshot says so."""
        return self._one("Branch")

    @property
    def index(self) -> str | None:
        """The commit of what was staged, where that was something else than its HEAD."""
        said = self._one("Index")
        return None if said == UNMERGED else said

    @property
    def merging(self) -> tuple[str, ...]:
        """The commits that were being merged."""
        return self.trailers.get("Merge-Head", ())

    @property
    def has_conflicts(self) -> bool:
        """Whether the merge had conflicts that were not marked as resolved."""
        return self._one("Index") == UNMERGED

    @property
    def doing(self) -> str | None:
        """Another operation of git that was in progress."""
        return self._one("Doing")

    @property
    def left_out(self) -> tuple[str, ...]:
        """What looked like a secret or could not be read."""
        return tuple(_name(text) for text in self.trailers.get("Left-Out", ()))

    @property
    def nested(self) -> tuple[str, ...]:
        """Repositories inside the worktree, of which only the commit's name is held."""
        return tuple(_name(text) for text in self.trailers.get("Nested", ()))

    def _one(self, key: str) -> str | None:
        return self.trailers.get(key, (None,))[0]


def walk(git: Git, tips: Iterable[str], without: Iterable[str]) -> list[Step]:
    """All commits that lead to `tips` and not to `without`, newest first.

    What is not there (any more) is passed over.
    """
    try:
        return _walk(git, list(tips), list(without))
    except GitFailed:
        return _walk(git, existing(git, tips), existing(git, without))


def existing(git: Git, names: Iterable[str]) -> list[str]:
    """Those that are commits here."""
    wanted = list(dict.fromkeys(names))
    data = "".join(f"{name}\n" for name in wanted).encode("utf-8", "surrogateescape")
    said = git.run("cat-file", "--batch-check=%(objecttype)", stdin=data).text.splitlines()
    return [name for name, kind in zip(wanted, said, strict=True) if kind == "commit"]


def tell(git: Git, oids: Sequence[str]) -> dict[str, Told]:
    """Everything about these commits, by their names."""
    if not oids:
        return {}
    data = "".join(f"{oid}\n" for oid in oids).encode()
    said = git.run(
        "log", "--no-walk=unsorted", "--stdin", "--diff-merges=first-parent", "-r", "--raw",
        "--numstat", "-z", "--no-abbrev", f"--format={_FORMAT}", *_PLAIN, stdin=data, extra=_EXTRA,
    ).stdout  # fmt: skip
    found = {}
    binary: dict[str, list[str]] = {}
    for told, blobs in _parse(said.decode("utf-8", "surrogateescape").split("\0")):
        found[told.oid] = told
        if blobs:
            binary[told.oid] = blobs
    return found | {oid: _with_size(found[oid], size) for oid, size in _sizes(git, binary).items()}


def _walk(git: Git, tips: list[str], without: list[str]) -> list[Step]:
    if not tips:
        return []
    data = "".join(f"{line}\n" for line in (*tips, *(f"^{name}" for name in without)))
    said = git.run(
        "rev-list", "--stdin", "--date-order", "--no-commit-header",
        "--format=%H%x00%ct%x00%P%x00%ae", stdin=data.encode("utf-8", "surrogateescape"),
    ).stdout.decode("utf-8", "replace")  # fmt: skip
    rows = (line.split("\0") for line in said.split("\n") if line)
    return [Step(oid, int(at), mail, tuple(parents.split())) for oid, at, parents, mail in rows]


def _parse(tokens: list[str]) -> Iterator[tuple[Told, list[str]]]:
    """Commits, each with the contents of its files that are not text."""
    place = 0
    while place < len(tokens):
        if not tokens[place].lstrip("\n").startswith("\x01"):
            place += 1
            continue
        fields = tokens[place : place + _FIELDS + 1]
        place += _FIELDS + 1
        changed, numbers, place = _changes(tokens, place)
        yield _told(fields, changed, numbers)


def _changes(
    tokens: list[str], place: int
) -> tuple[dict[str, str | None], list[tuple[str, str, str]], int]:
    changed: dict[str, str | None] = {}
    numbers = []
    while place < len(tokens) and not tokens[place].lstrip("\n").startswith("\x01"):
        token = tokens[place].lstrip("\n")
        if token.startswith(":"):
            blob = token.split(" ")[3]
            changed[tokens[place + 1]] = None if blob == ZERO else blob
            place += 1
        elif found := _NUMBERS.match(token):
            numbers.append((found[1], found[2], found[3]))
        place += 1
    return changed, numbers, place


def _told(
    fields: list[str], changed: dict[str, str | None], numbers: list[tuple[str, str, str]]
) -> tuple[Told, list[str]]:
    oid, parents, tree, at, mail, message = fields
    told = Told(
        oid=oid.lstrip("\n")[1:], parents=tuple(parents.split()), tree=tree, at=int(at), mail=mail,
        message=message.strip("\n"), files=len(changed),
        added=sum(int(more) for more, _, _ in numbers if more != "-"),
        removed=sum(int(less) for _, less, _ in numbers if less != "-"),
        changed=tuple(changed.items()), trailers=_trailers(message) if mail == MAIL else {},
    )  # fmt: skip
    binary = [changed.get(path) for more, _, path in numbers if more == "-"]
    return told, [blob for blob in binary if blob is not None]


def _trailers(message: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for line in message.strip("\n").rpartition("\n\n")[2].splitlines():
        if match := _TRAILER.match(line):
            found[match[1]] = (*found.get(match[1], ()), match[2])
    return found


def _name(text: str) -> str:
    """A file's name as a trailer has it."""
    try:
        return str(json.loads(text)) if text.startswith('"') else text
    except ValueError:
        return text


def _sizes(git: Git, wanted: Mapping[str, list[str]]) -> dict[str, int]:
    blobs = [blob for found in wanted.values() for blob in found]
    if not blobs:
        return {}
    data = "".join(f"{blob}\n" for blob in blobs).encode()
    said = git.run("cat-file", "--batch-check=%(objectsize)", stdin=data).text.splitlines()
    size = {blob: int(n) if n.isdigit() else 0 for blob, n in zip(blobs, said, strict=True)}
    return {oid: sum(size[blob] for blob in found) for oid, found in wanted.items()}


def _with_size(told: Told, size: int) -> Told:
    return replace(told, size=size)
