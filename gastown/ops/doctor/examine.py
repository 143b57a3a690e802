"""Examining a town: every check is run, what is safe to mend is mended, and looked at again.

An error in a check is a finding of its own and hides no other. What was mended counts as repaired
only when a second look does not find it; what that look finds anew is mended as well, a few times.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from gastown.errors import GtError
from gastown.ops.doctor.finding import Finding, Grade

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gastown.ops.doctor.finding import Check, Patient

_ROUNDS = 3


class Outcome(StrEnum):
    """What became of a finding. FOUND: nobody has tried to mend it."""

    FOUND = "found"
    REPAIRED = "repaired"
    STILL_THERE = "still there"


@dataclass(frozen=True)
class Diagnosis:
    """A finding and what became of it.

    Attributes:
        fixable: whether `--fix` mends it.
        done: what was done, or why it could not be.
    """

    check: str
    subject: str
    grade: Grade
    what: str
    why: str
    how: str
    fixable: bool
    outcome: Outcome = Outcome.FOUND
    done: str = ""

    @property
    def is_left(self) -> bool:
        """Whether something is still wrong because of it."""
        return self.grade is Grade.TROUBLE and self.outcome is not Outcome.REPAIRED


@dataclass(frozen=True)
class Examination:
    """What an examination came to.

    Attributes:
        findings: the worst first.
        fine: names of the checks that found nothing, with what they look at.
        fixed: whether things were to be mended.
    """

    findings: tuple[Diagnosis, ...]
    fine: tuple[tuple[str, str], ...]
    fixed: bool
    left: int = 0
    repaired: int = 0


@dataclass
class _Case:
    """One finding while it is worked on."""

    finding: Finding
    tried: bool = False
    done: str = ""
    gone: bool = False


@dataclass
class _Cases:
    """All findings so far, by check and subject, in the order in which they were found."""

    known: dict[tuple[str, str, str], _Case] = field(default_factory=dict)

    def see(self, found: Sequence[Finding]) -> None:
        """Take notice of a look at everything."""
        now = {_key(one) for one in found}
        for one in found:
            case = self.known.setdefault(_key(one), _Case(one))
            case.finding, case.gone = one, False
        for key, case in self.known.items():
            case.gone = key not in now

    def mendable(self) -> list[_Case]:
        """What can be mended and nobody has tried to."""
        return [case for case in self.known.values()
                if not case.gone and not case.tried and case.finding.fix is not None]  # fmt: skip


def examine(patient: Patient, checks: Sequence[Check], *, fix: bool = False) -> Examination:
    """Run all checks; with `fix` mend what is safe to mend, and look again."""
    cases = _Cases()
    cases.see(_look(patient, checks))
    for _ in range(_ROUNDS if fix else 0):
        mendable = cases.mendable()
        if not mendable:
            break
        for case in mendable:
            case.tried, case.done = True, _mend(case.finding)
        cases.see(_look(patient, checks))
    found = sorted(
        (_diagnosis(case) for case in cases.known.values() if case.tried or not case.gone),
        key=lambda one: list(Grade).index(one.grade),
    )
    bad = {one.check for one in found}
    fine = tuple((check.name, check.title) for check in checks if check.name not in bad)
    return Examination(
        tuple(found), fine, fix,
        left=sum(one.is_left for one in found),
        repaired=sum(one.outcome is Outcome.REPAIRED for one in found),
    )  # fmt: skip


def _key(finding: Finding) -> tuple[str, str, str]:
    return finding.check, finding.subject, finding.what


def _look(patient: Patient, checks: Iterable[Check]) -> list[Finding]:
    found: list[Finding] = []
    for check in checks:
        try:
            found += check.look(patient)
        except GtError as error:
            found.append(_unseen(check, error.message, error.hint or "see what it says"))
        except Exception as error:  # noqa: BLE001  (one broken check must not hide the others)
            what = f"{type(error).__name__}: {error}"
            found.append(_unseen(check, what, "please report it: this is a bug in gastown"))
    return found


def _unseen(check: Check, why: str, how: str) -> Finding:
    return Finding(check.name, check.title, f"could not be looked at: {why}",
                   "what is wrong with it is not known", how)  # fmt: skip


def _mend(finding: Finding) -> str:
    assert finding.fix is not None
    try:
        return finding.fix()
    except GtError as error:
        hint = f" ({error.hint})" if error.hint else ""
        return f"could not be mended: {error.message}{hint}"
    except Exception as error:  # noqa: BLE001  (what else can be mended is mended)
        return f"could not be mended: {type(error).__name__}: {error}"


def _diagnosis(case: _Case) -> Diagnosis:
    one = case.finding
    outcome = Outcome.FOUND
    if case.tried:
        outcome = Outcome.REPAIRED if case.gone else Outcome.STILL_THERE
    return Diagnosis(one.check, one.subject, one.grade, one.what, one.why, one.how,
                     one.fix is not None, outcome, case.done)  # fmt: skip
