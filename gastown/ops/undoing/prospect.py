"""What taking operations back would come to: the files, what does not fit, what cannot go back.

Nothing is written here: the dry run shows a prospect, the operation commits one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gastown.domain.undoing import Deed, Plan, plan, with_later, without
from gastown.errors import Refused
from gastown.store.fitting import find_misfits
from gastown.store.layout import kind_of
from gastown.store.signing.signers import SIGNERS
from gastown.store.steps import FILE, Contents, File, Step, is_record, move_of, steps_between

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from gastown.store.invariants import Trouble
    from gastown.store.layout import AnyRecord
    from gastown.store.town import Town
    from gastown.views.history import Operation


@dataclass(frozen=True)
class Obstacle:
    """A later operation that stands in the way. `why`: in words."""

    step: Step
    why: str


@dataclass(frozen=True)
class Prospect:
    """What there is to do.

    Attributes:
        base: the ledger's commit that was looked at.
        undone: the operations that are taken back, oldest first; `left`: those that stay.
        files: what each file is now, and what it comes back to.
        obstacles: what stands in the way; nothing is done then.
        misfits: what would not fit together, without any operation to blame.
    """

    base: str
    undone: tuple[Step, ...]
    left: tuple[Step, ...]
    files: tuple[File, ...]
    obstacles: tuple[Obstacle, ...]
    misfits: tuple[Trouble, ...]
    contents: Contents

    def records(self) -> Iterator[tuple[File, AnyRecord | None, AnyRecord | None]]:
        """Each file of a record, with the record now and as it comes back."""
        for file in self.files:
            if kind_of(file.path):
                now = self.contents.record(file.path, file.old)
                then = self.contents.record(file.path, file.new)
                yield file, now if is_record(now) else None, then if is_record(then) else None

    def move(self, file: File) -> str | None:
        """What becomes of a file's record, as a trailer says it."""
        if not kind_of(file.path):
            return None
        now = self.contents.record(file.path, file.old)
        return move_of(file, now, self.contents.record(file.path, file.new))

    def data(self, file: File) -> bytes | None:
        """What a file comes back to."""
        return self.contents.data(file.new) if file.new is not None else None


def prospect(
    town: Town, wanted: Collection[Operation], *, later: bool, sealed_stay: bool
) -> Prospect:
    """What taking back the `wanted` operations comes to.

    Args:
        later: take back what stands in the way as well.
        sealed_stay: a merge, and what it has sealed, stays without a word; else it is refused.

    Raises:
        Refused: the town's first commit is among them.
    """
    base = town.commit()
    names = {one.commit for one in wanted}
    line = _line(town, names, base)
    found = _Looking(town, base, line, sealed_stay=sealed_stay)
    chosen: Collection[str] = names
    while True:
        result = found.look(chosen, later=later)
        more = {one.step.commit for one in result.obstacles} if later else set()
        if not more:
            return result
        chosen = {*chosen, *(step.commit for step in result.undone), *more}


def is_sealed(step: Step) -> bool:
    """Whether an operation recorded a merge: the target holds the work, whatever records say."""
    return (
        any(move.startswith("merge ") and move.endswith(" -> merged") for move in step.said("Move"))
        and not step.undone
    )


def _line(town: Town, names: set[str], base: str) -> list[Step]:
    """The ledger from just before the first of the named commits."""
    walked = town.ledger.text("rev-list", "--first-parent", base, "--").splitlines()
    first = max(walked.index(name) for name in names)
    if first + 1 >= len(walked):
        raise Refused("the town itself began with that commit: it cannot be taken back",
                      hint="a town is removed with its folder")  # fmt: skip
    return steps_between(town.ledger, walked[first + 1], base)


class _Looking:
    """One search for what can be taken back."""

    def __init__(self, town: Town, base: str, line: list[Step], *, sealed_stay: bool) -> None:
        self._town = town
        self._base = base
        self._steps = {step.commit: step for step in line}
        self._deeds = [
            Deed(step.commit, {file.path: (file.old, file.new) for file in step.files
                               if file.path != SIGNERS})  # a key stays its actor's
            for step in line
        ]  # fmt: skip
        self._sealed = {step.commit for step in line if is_sealed(step)}
        self._sealed_stay = sealed_stay

    def look(self, chosen: Collection[str], *, later: bool) -> Prospect:
        if self._sealed_stay:
            found = without(self._deeds, chosen, self._sealed)
        else:
            found = with_later(self._deeds, chosen) if later else plan(self._deeds, chosen)
        paths = {path: None for deed in self._deeds for path in deed.files}
        now = {path: new for deed in self._deeds for path, (_, new) in deed.files.items()}
        files = tuple(
            File(path, FILE, now[path], found.restore[path])
            for path in paths if path in found.restore
        )  # fmt: skip
        contents = Contents(
            self._town.ledger, [Step(self._base, self._base, "", files)], whole=True
        )
        undone = tuple(self._steps[name] for name in found.undone)
        left = tuple(self._steps[deed.name] for deed in self._deeds
                     if deed.name in chosen and deed.name not in found.undone)  # fmt: skip
        result = Prospect(self._base, undone, left, files, (), (), contents)
        obstacles = list(self._in_the_way(found))
        if obstacles and not self._sealed_stay:
            return replace(result, obstacles=tuple(obstacles))
        return self._fitting(result)

    def _in_the_way(self, found: Plan) -> Iterator[Obstacle]:
        for name, paths in found.in_the_way.items():
            names = ", ".join(_name(path) for path in paths[:3])
            more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
            yield Obstacle(self._steps[name], f"it changed {names}{more} later")

    def _fitting(self, result: Prospect) -> Prospect:
        """Look whether the town would fit together."""
        pairs = [(now, then) for _, now, then in result.records()]
        restored = {file.path: result.data(file) for file in result.files}
        troubles = find_misfits(self._town, self._base, pairs, restored)
        undone = {step.commit for step in result.undone}
        obstacles: dict[str, Obstacle] = {}
        misfits = []
        for trouble in troubles:
            to_blame = [
                deed.name for deed in self._deeds
                if trouble.path in deed.files and deed.name not in undone
            ]  # fmt: skip
            if to_blame and not self._sealed_stay:
                for name in to_blame:
                    obstacles.setdefault(name, Obstacle(self._steps[name], trouble.what))
            else:
                misfits.append(trouble)
        return replace(result, obstacles=tuple(obstacles.values()), misfits=tuple(misfits))


def _name(path: str) -> str:
    """A record's id, or a document's path."""
    kind = kind_of(path)
    if kind is None:
        return path
    name = path.removesuffix(".json")
    return name.partition("/")[2] if kind == "hook" else name.rpartition("/")[2]
