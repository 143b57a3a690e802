"""Conditions: which steps there are at all, by the values of variables. Pure.

`{{x}}` holds where x is neither empty nor false, 0, no, off; `!{{x}}` is its opposite; `{{x}} == v`
and `{{x}} != v` compare. Several are joined by `&&`. What needed a step that is left out needs what
that step needed; its children are left out with it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from gastown.domain.formulas.formula import BadFormula, FormulaStep, every
from gastown.domain.formulas.parts import Steps, repoint

if TYPE_CHECKING:
    from collections.abc import Mapping

_TRUTH = re.compile(r"(!?)\s*\{\{\s*(\w+)\s*\}\}")
_COMPARE = re.compile(r"\{\{\s*(\w+)\s*\}\}\s*(==|!=)\s*(.+)", re.DOTALL)
_FALSY = frozenset(("", "false", "0", "no", "off"))


def check_condition(condition: str) -> None:
    """Look at a condition without values.

    Raises:
        BadFormula: it is none of the forms above.
    """
    holds(condition, {})


def holds(condition: str, values: Mapping[str, str]) -> bool:
    """Whether a condition holds; a variable without a value is empty.

    Raises:
        BadFormula: it is none of the forms above.
    """
    said = [_holds(part.strip(), values) for part in condition.split("&&")]  # all are looked at
    return all(said)


def _holds(condition: str, values: Mapping[str, str]) -> bool:
    if found := _TRUTH.fullmatch(condition):
        return (values.get(found[2], "").strip().lower() in _FALSY) is (found[1] == "!")
    if found := _COMPARE.fullmatch(condition):
        wanted = found[3].strip()
        if len(wanted) > 1 and wanted[0] == wanted[-1] and wanted[0] in "\"'":
            wanted = wanted[1:-1]
        return (values.get(found[1], "") == wanted) is (found[2] == "==")
    raise BadFormula(
        f"condition {condition!r} is none of {{{{x}}}}, !{{{{x}}}}, {{{{x}}}} == v, {{{{x}}}} != v"
    )


def keep(steps: Steps, values: Mapping[str, str]) -> Steps:
    """The steps whose conditions hold."""
    dropped: list[FormulaStep] = []
    found = _kept(steps, values, dropped)
    for step in dropped:
        for gone in every((step,)):
            found = repoint(found, gone.id, _taken_over(gone.needs, gone.id))
    return found


def _taken_over(needs: tuple[str, ...], gone: str) -> tuple[str, ...]:
    return tuple(need for need in needs if need != gone)


def _kept(steps: Steps, values: Mapping[str, str], dropped: list[FormulaStep]) -> Steps:
    made: list[FormulaStep] = []
    for step in steps:
        if step.condition is not None and not holds(step.condition, values):
            dropped.append(step)
            continue
        made.append(replace(step, condition=None, children=_kept(step.children, values, dropped)))
    return tuple(made)
