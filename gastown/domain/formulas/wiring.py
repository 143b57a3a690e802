"""Needs that nobody wrote at the step: the order of the text, branches, gate rules. Pure."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from gastown.domain.formulas.formula import BadFormula, Compose, FormulaStep, every
from gastown.domain.formulas.parts import Steps, depend, each

if TYPE_CHECKING:
    from collections.abc import Iterator


def in_order(steps: Steps) -> Steps:
    """Steps of which none says what it needs run one after the other, in the order of the text.

    Neighbours that are `parallel` run beside each other, after the step before them.
    """
    if any(step.needs for step in _all(steps)):
        return steps
    return _chained(steps)


def _all(steps: Steps) -> Iterator[FormulaStep]:
    for step in every(steps):
        yield step
        if step.loop is not None:
            yield from _all(step.loop.body)


def _chained(steps: Steps) -> Steps:
    made: list[FormulaStep] = []
    before: tuple[str, ...] = ()
    group: tuple[str, ...] = ()
    beside = False
    for step in steps:
        if not (step.parallel and beside):
            before, group = group, ()
        beside = step.parallel
        group = (*group, step.id)
        loop = step.loop
        if loop is not None:
            loop = replace(loop, body=_chained(loop.body))
        made.append(replace(step, needs=before, loop=loop, children=_chained(step.children)))
    return tuple(made)


def wire(steps: Steps, compose: Compose) -> Steps:
    """Branches add needs; a gate rule marks its step with a label that whoever works it reads.

    Raises:
        BadFormula: a rule names a step that is not there.
    """
    known = {step.id for step in every(steps)}
    needs: dict[str, list[str]] = {}
    labels: dict[str, list[str]] = {}
    for branch in compose.branches:
        for name in (branch.start, *branch.steps, branch.join):
            _check(name, known, "a branch")
        for name in branch.steps:
            needs.setdefault(name, []).append(branch.start)
        needs.setdefault(branch.join, []).extend(branch.steps)
    for rule in compose.gates:
        _check(rule.before, known, "a gate")
        label = "gate:" + json.dumps(
            {"condition": rule.condition}, separators=(",", ":"), ensure_ascii=False
        )
        labels.setdefault(rule.before, []).append(label)

    def change(step: FormulaStep) -> FormulaStep:
        return replace(
            step, needs=depend(step.needs, *needs.get(step.id, ())),
            labels=depend(step.labels, *labels.get(step.id, ())),
        )  # fmt: skip

    return each(steps, change)


def _check(name: str, known: set[str], what: str) -> None:
    if name not in known:
        raise BadFormula(f"{what} of compose names step {name!r}, which is not there")
