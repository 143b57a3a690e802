"""The ledger's history: operations, read from `git log`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.errors import NotFound
from gastown.store.layout import KIND_OF_FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gastown.store.git import Git
    from gastown.store.reader import Reader

_READING = ("unread -> read", "read -> archived", "unread -> archived")
_FORMAT = "%H%x00%cI%x00%s%x00%(trailers:only,unfold)%x00%an%x00%x01"


@dataclass(frozen=True)
class Operation:
    """One operation of the town: one commit of the ledger.

    A commit that a person made in hq has no `op` and no moves: the operation that adopted it, just
    after it, tells them.
    """

    commit: str
    at: str
    subject: str
    actor: str
    op: str | None
    moves: tuple[str, ...]
    cause: str | None

    @property
    def only_reads(self) -> bool:
        """Whether somebody only read, or put away, their mail."""
        return bool(self.moves) and all(
            move.startswith("mail ") and move.endswith(_READING) for move in self.moves
        )


def operations(
    ledger: Git, commit: str, *, limit: int | None, paths: tuple[str, ...] = (),
    actor: str | None = None, since: str | None = None, until: str | None = None,
    main_line: bool = False,
) -> list[Operation]:  # fmt: skip
    """Operations up to `commit`, newest first; of all records, or of those at `paths`.

    Args:
        main_line: a merge that a person made in hq counts as one; its other side is left out.
    """
    options = [f"--format={_FORMAT}", *(["--first-parent"] if main_line else [])]
    if limit is not None and actor is None:
        options.append(f"--max-count={limit}")
    if since is not None:
        options.append(f"--since={since}")
    if until is not None:
        options.append(f"--until={until}")
    answer = ledger.run("log", *options, "--end-of-options", commit, "--", *paths)
    found = _parse(answer.stdout.decode("utf-8", "replace"))
    mine = [op for op in found if actor is None or op.actor == actor]
    return mine if limit is None else mine[:limit]


def _parse(text: str) -> Iterator[Operation]:
    for entry in text.split("\x01"):
        fields = entry.lstrip("\n").split("\0")
        if len(fields) < 5:
            continue
        commit, at, subject, trailers, author = fields[:5]
        said: dict[str, list[str]] = {}
        for line in trailers.splitlines():
            key, _, value = line.partition(": ")
            said.setdefault(key, []).append(value)
        yield Operation(
            commit=commit, at=at, subject=subject,
            actor=said.get("Actor", [f"{author} with git"])[0], op=said.get("Op", [None])[0],
            moves=tuple(said.get("Move", ())), cause=said.get("Cause", [None])[0],
        )  # fmt: skip


def name_of(ledger: Git, commit: str) -> str:
    """What the operation is called that a commit is; empty: it is a person's."""
    return ledger.text("log", "-1", "--format=%(trailers:key=Op,valueonly)", commit).strip()


def paths_of(reader: Reader, subjects: tuple[str, ...]) -> tuple[str, ...]:
    """The files of the records that `subjects` name: beads, agents, convoys, requests, rigs.

    A molecule's steps go with its root.

    Raises:
        NotFound: nothing is, or was, called so.
    """
    found = []
    for subject in subjects:
        paths = [reader.path_of(kind, subject) for kind in KIND_OF_FOLDER.values()]
        molecule = reader.find("molecule", subject)
        steps = molecule.beads if molecule is not None else ()
        paths += [reader.path_of("bead", step) for step in steps]
        known = [path for path in paths if path is not None]
        if not known:
            raise NotFound(f"nothing is called {subject!r}", hint="name a bead, agent or convoy")
        found += known
    return tuple(found)
