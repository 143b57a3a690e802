"""Replaying the ledger from its first commit: each commit, each record, each move.

Every commit of the main line is looked at once, in order, with what stood before it:

- It parses: an operation names itself (`Op:`, not twice), its actor, and its author is that actor;
  a person's commit is taken notice of by the next operation.
- Its files may be there, and those of records can be read.
- Every record moved as its table allows, by the moves that the commit tells; or came back exactly
  as it was, in a commit that says what it takes back.
- What the commit tells and what it did agree.
- No bead is on two hooks.
- Where operations are signed, each is, by its actor's key (`signatures`).

At the end the town as it stands must fit together, and git's own log of the ref must lead to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.errors import GitFailed, Unreadable
from gastown.ids import HUMAN
from gastown.store.auditing.moves import check_moves
from gastown.store.auditing.signatures import Signatures
from gastown.store.auditing.standing import Standing
from gastown.store.commits import is_allowed
from gastown.store.documents import read_settings
from gastown.store.invariants import disagreements
from gastown.store.layout import LEDGER_REF, SETTINGS, kind_of
from gastown.store.objects import Objects, tree
from gastown.store.operation import HAND_EDIT
from gastown.store.picture import Picture
from gastown.store.steps import FILE, Contents, File, Step, is_record, steps_between

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gastown.domain.record import BadRecord
    from gastown.store.git import Git
    from gastown.store.layout import AnyRecord
    from gastown.store.town import Town

    Tell = Callable[[int, int], None]
    """Is told how many commits were looked at, of how many."""

_CHUNK = 500
_ADOPT = "adopt "


@dataclass(frozen=True)
class Flaw:
    """Something in the ledger that breaks a rule.

    Attributes:
        commit: where; empty: of the ledger as a whole.
        rule: which one, in a word.
        what: what is wrong, in a sentence.
        path: the file that it is about, if it is.
    """

    commit: str
    rule: str
    what: str
    path: str | None = None


@dataclass(frozen=True)
class Audit:
    """What came of it: how many commits, records' versions, moves and signatures were looked at."""

    tip: str
    commits: int
    versions: int
    moves: int
    signed: int
    flaws: tuple[Flaw, ...]


def audit(
    town: Town, tell: Tell = lambda _, __: None, *, trusted: frozenset[str] = frozenset()
) -> Audit:
    """Replay the ledger.

    Args:
        trusted: public keys that are the person's, besides those that the ledger names.

    Raises:
        GitFailed: its main line cannot be read at all.
    """
    tip = town.commit()
    line = town.ledger.text("rev-list", "--first-parent", "--reverse", tip, "--").splitlines()
    replay = _Replay(town, tip, trusted)
    replay.begin(line[0])
    for start in range(1, len(line), _CHUNK):
        part = line[start : start + _CHUNK]
        replay.look_at(line[start - 1], part)
        tell(min(start + _CHUNK, len(line)), len(line))
    replay.end(line)
    return Audit(
        tip, len(line), replay.versions, replay.moves, replay.signatures.sound, tuple(replay.flaws)
    )  # fmt: skip


class _Replay:
    """The replay, and what it has found so far."""

    def __init__(self, town: Town, tip: str, trusted: frozenset[str]) -> None:
        self._town = town
        self._git: Git = town.ledger
        self._tip = tip
        self._standing = Standing()
        self._operations: dict[str, str] = {}
        self._strange: list[str] = []
        self._before: dict[str, dict[str, str | None]] = {}
        self._were: dict[str, set[str]] = {}
        self.signatures = Signatures(town.ledger, trusted)
        self.flaws: list[Flaw] = []
        self.versions = self.moves = 0

    def begin(self, root: str) -> None:
        """The commit by which the town was made."""
        files = tuple(File(one.path, FILE, None, one.new) for one in tree(self._git, root))
        raw = b"".join(Objects(self._git).get_many([root]))
        step = Step("", root, raw.partition(b"\n\n")[2].decode("utf-8", "replace"), files)
        contents = Contents(self._git, [step])
        for file in files:
            record = contents.record(file.path, file.new)
            self._were[file.path] = {str(file.new)}
            if is_record(record):
                self._standing.put(record)
        self._operations.update(dict.fromkeys(step.said("Op"), root))

    def look_at(self, parent: str, commits: list[str]) -> None:
        """Some commits in a row."""
        try:
            steps = steps_between(self._git, parent, commits[-1])
            contents = Contents(self._git, steps)
        except GitFailed as failure:
            self._one_by_one(parent, commits, failure)
            return
        for step in steps:
            self._step(step, contents)

    def _one_by_one(self, parent: str, commits: list[str], failure: GitFailed) -> None:
        """Where git cannot read something: find which commit it is in."""
        if len(commits) == 1:
            self._note(commits[0], "objects", f"git cannot read it: {failure.stderr or failure}")
            return
        half = len(commits) // 2
        self.look_at(parent, commits[:half])
        self.look_at(commits[half - 1], commits[half:])

    def _step(self, step: Step, contents: Contents) -> None:
        for what in self.signatures.after(step, contents):
            self._note(step.commit, "signature", what)
        own = step.is_own
        if own:
            self._name(step)
            self._actor(step)
            if step.subject.startswith(_ADOPT) and step.said("Cause"):
                self._adopted(step)
                return
            if self._strange:
                self._note(self._strange[-1], "adopted", "no operation took notice of it")
                self._strange = []
        else:
            self._strange.append(step.commit)
        self._files(step, contents, own=own)

    def _name(self, step: Step) -> None:
        [name, *more] = step.said("Op")
        if more:
            self._note(step.commit, "operation", f"it has {len(more) + 1} names")
        if name in self._operations:
            other = self._operations[name][:12]
            self._note(step.commit, "operation", f"its name {name} is that of {other} as well")
        self._operations[name] = step.commit

    def _actor(self, step: Step) -> None:
        actors = step.said("Actor")
        if len(actors) != 1:
            self._note(step.commit, "actor", "it does not say who did it")
        elif actors[0] not in (HUMAN, HAND_EDIT) and step.author != actors[0]:
            self._note(step.commit, "actor",
                       f"it says that {actors[0]} did it, but {step.author} wrote it")  # fmt: skip

    def _adopted(self, step: Step) -> None:
        """An operation that takes notice of a person's commits: it tells what they did."""
        [cause, *_] = step.said("Cause")
        if not self._strange or self._strange[-1] != cause:
            self._note(step.commit, "adopted", "it takes notice of what is not just before it")
        if step.files:
            self._note(step.commit, "adopted", "it takes notice, and changes files as well")
        for why in step.said("Illegal"):
            self._note(cause, "guard", f"it came past the guard of hq: {why}")
        self._strange = []

    def _files(self, step: Step, contents: Contents, *, own: bool) -> None:
        exempt = self._restored(step)
        records: list[tuple[File, AnyRecord | BadRecord | None, AnyRecord | BadRecord | None]] = []
        for file in step.files:
            self._file(step, file, contents)
            if kind_of(file.path):
                before = contents.record(file.path, file.old)
                after = contents.record(file.path, file.new)
                self.versions += 1
                records.append((file, before, after))
                if after is not None and not is_record(after):
                    self._note(step.commit, "record", f"no readable record: {after}", file.path)
        self.moves += len(step.said("Move"))
        for path, what in check_moves(step, records, exempt, own=own):
            self._note(step.commit, "move", what, path)
        for what in self._standing.after(
            [before for _, before, _ in records if is_record(before)],
            [after for _, _, after in records if is_record(after)],
        ):
            self._note(step.commit, "hook", what)

    def _restored(self, step: Step) -> set[str]:
        """The files that come back exactly as they were, as the commit says (`store/restored`)."""
        found: set[str] = set()
        for commit in step.reverted:
            before = self._before.get(commit, {})
            found |= {f.path for f in step.files if f.path in before and before[f.path] == f.new}
        if any(name in self._operations for name in step.undone):
            found |= {f.path for f in step.files
                      if f.new is None or f.new in self._were.get(f.path, ())}  # fmt: skip
        self._before[step.commit] = {file.path: file.old for file in step.files}
        for file in step.files:
            if file.new is not None:
                self._were.setdefault(file.path, set()).add(file.new)
        return found

    def _file(self, step: Step, file: File, contents: Contents) -> None:
        if file.mode == "000000":
            return
        if not is_allowed(file.path) or file.mode != FILE:
            self._note(step.commit, "file", "no file of this name and kind has a place in hq",
                       file.path)  # fmt: skip
        elif file.path == SETTINGS and file.new is not None:
            try:
                read_settings(contents.data(file.new))
            except Unreadable as wrong:
                self._note(step.commit, "settings", wrong.message, file.path)

    def end(self, line: list[str]) -> None:
        """The town as it stands now."""
        empty = Picture(self._town.at(line[0]))
        now = Picture(self._town.at(self._tip))
        keys = [("hook", name) for name in now.hooks()]
        keys += [("merge", name) for name in now.merges()]
        keys += [("bead", bead) for bead in self._standing.at_work()]
        for trouble in disagreements(empty, now, keys):
            self._note("", "fits", trouble.what, trouble.path)
        self.flaws += _reflog(self._town, set(line))

    def _note(self, commit: str, rule: str, what: str, path: str | None = None) -> None:
        self.flaws.append(Flaw(commit, rule, what, path))


def _reflog(town: Town, line: set[str]) -> Iterator[Flaw]:
    """Commits that the ref was at and that are not in the ledger any more: it was rewritten."""
    from gastown.store.reflog import entries

    for entry in entries(town.layout.town_git, LEDGER_REF):
        if entry.new not in line and set(entry.new) != {"0"}:
            yield Flaw(entry.new, "rewritten", "the ledger was at this commit, and lost it since")
