"""What is missing from beads, and what does not fit together."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.bead import BeadState
from gastown.domain.bead_words import is_external
from gastown.views.dependencies import cycles

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gastown.domain.bead import Bead
    from gastown.store.reader import Reader

_ACCEPTANCE = ("Acceptance Criteria", r"acceptance criteria|definition of done")
_SECTIONS = {
    "bug": (("Steps to Reproduce", r"steps to reproduce|reproduction|repro"), _ACCEPTANCE),
    "task": (_ACCEPTANCE,),
    "feature": (_ACCEPTANCE,),
    "epic": (("Success Criteria", r"success criteria|acceptance criteria"),),
}


@dataclass(frozen=True)
class Finding:
    """One bead: sections that its type should have, and what is wrong with it otherwise."""

    bead: Bead
    missing: tuple[str, ...]
    problems: tuple[str, ...]

    @property
    def warnings(self) -> int:
        """How many there are."""
        return len(self.missing) + len(self.problems)


@dataclass(frozen=True)
class Lint:
    """What was found, and how many beads were looked at."""

    findings: tuple[Finding, ...]
    checked: int

    @property
    def total(self) -> int:
        """How many warnings there are."""
        return sum(finding.warnings for finding in self.findings)


def lint(reader: Reader, beads: Sequence[Bead]) -> Lint:
    """Look at some beads."""
    problems: dict[str, list[str]] = {}
    for bead, said in (*_dangling(reader, beads), *_families(reader, beads), *_circles(reader),
                       *_twins(reader, beads)):  # fmt: skip
        problems.setdefault(bead, []).append(said)
    found = [Finding(b, _missing(b), tuple(problems.get(b.id, ()))) for b in beads]
    return Lint(tuple(one for one in found if one.warnings), len(beads))


def _missing(bead: Bead) -> tuple[str, ...]:
    sections = _SECTIONS.get(bead.issue_type, ())
    text = bead.description
    missing = [title for title, pattern in sections if not re.search(pattern, text, re.IGNORECASE)]
    if bead.data.get("acceptance_criteria"):
        missing = [title for title in missing if title == "Steps to Reproduce"]
    if sections and not text.strip():
        missing.insert(0, "Description")
    return tuple(missing)


def _dangling(reader: Reader, beads: Iterable[Bead]) -> Iterable[tuple[str, str]]:
    targets = {
        (bead.id, str(item["depends_on_id"])) for bead in beads for item in bead.dependencies
    }
    known = _states(reader, {target for _, target in targets})
    for bead, target in sorted(targets):
        if is_external(target):
            continue
        if target not in known:
            yield bead, f"depends on {target}, which is not in this town"
        elif known[target] == BeadState.TOMBSTONE:
            yield bead, f"depends on {target}, which is deleted"


def _families(reader: Reader, beads: Iterable[Bead]) -> Iterable[tuple[str, str]]:
    children = [bead for bead in beads if bead.is_live and bead.parent]
    known = _states(reader, {str(bead.parent) for bead in children})
    for bead in children:
        if known.get(str(bead.parent)) == BeadState.CLOSED:
            yield bead.id, f"is {bead.state}, though its parent {bead.parent} is closed"


def _circles(reader: Reader) -> Iterable[tuple[str, str]]:
    for circle in cycles(reader):
        names = [bead.id for bead in circle]
        for name in names:
            yield name, f"waits for itself: {' → '.join([*names, names[0]])}"


def _twins(reader: Reader, beads: Iterable[Bead]) -> Iterable[tuple[str, str]]:
    for bead in beads:
        for twin in reader.same_but_case(bead.id):
            yield bead.id, f"has the id of {twin} but for upper and lower case"


def _states(reader: Reader, names: Iterable[str]) -> Mapping[str, str]:
    return reader.statuses(sorted(names))
