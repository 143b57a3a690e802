"""Expansions: a step is replaced by the steps of a template. Pure.

In a template `{target}`, `{target.title}`, `{target.description}` and `{target.command}` stand for
the step that is replaced, `{name}` for a variable of the expansion. What the step needed its
first successors need; who needed the step needs the last of them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gastown.domain.formulas.advice import matches
from gastown.domain.formulas.formula import (
    BadFormula,
    Expansion,
    Formula,
    FormulaStep,
    FormulaType,
    every,
)
from gastown.domain.formulas.parts import (
    MAX_DEPTH,
    Steps,
    braces,
    check_size,
    fill,
    last_of,
    repoint,
    take_place,
)  # fmt: skip
from gastown.domain.formulas.wiring import in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def expand_inline(steps: Steps, load: Callable[[str], Formula], depth: int = 0) -> Steps:
    """Steps with those replaced that say `expand`.

    Raises:
        BadFormula: what they name is no expansion, or expansions go deeper than `MAX_DEPTH`.
    """
    if depth > MAX_DEPTH:
        raise BadFormula(f"expansions go deeper than {MAX_DEPTH}")
    found = steps
    for step in tuple(every(steps)):
        if step.expand is None:
            continue
        by = template(step, load(step.expand), step.expand_vars)
        found = _replaced(found, step, expand_inline(by, load, depth + 1))
    return found


def expand_by_rules(
    steps: Steps, rules: tuple[Expansion, ...], load: Callable[[str], Formula]
) -> Steps:
    """Steps with those replaced that rules name (`expand`) or match (`map`); each only once.

    Raises:
        BadFormula: a rule names a step that is not there, or what is no expansion.
    """
    done: set[str] = set()
    for rule in sorted(rules, key=lambda rule: rule.target is None):
        by = load(rule.by)
        for step in _targets(steps, rule, done):
            done.add(step.id)
            steps = _replaced(steps, step, template(step, by, rule.vars))
    return steps


def template(step: FormulaStep, by: Formula, values: Mapping[str, str]) -> Steps:
    """The steps of an expansion, made for one step.

    Raises:
        BadFormula: it is no expansion, or would lose the step's command.
    """
    if by.type is not FormulaType.EXPANSION or not by.template:
        raise BadFormula(f"{by.name} is no expansion: it has no template of steps")
    defaults = {name: var.default for name, var in by.vars.items() if var.default is not None}
    about = {
        "target": step.id, "target.id": step.id, "target.title": step.title,
        "target.description": step.description, "target.command": step.command or "",
    }  # fmt: skip
    change = braces({**defaults, **values, **about})
    made = tuple(_made(one, change) for one in in_order(by.template))
    if step.command is not None and not any("{target.command}" in (one.command or "")
                                            for one in every(by.template)):  # fmt: skip
        raise BadFormula(
            f"step {step.id} has a command, which the expansion {by.name} would drop"
            " ({target.command} stands for it there)"
        )
    return made


def _made(step: FormulaStep, change: Callable[[str], str]) -> FormulaStep:
    children = tuple(_made(child, change) for child in step.children)
    return fill(replace(step, children=children), change)


def _targets(steps: Steps, rule: Expansion, done: set[str]) -> list[FormulaStep]:
    found = [
        step for step in every(steps)
        if step.id == rule.target or (rule.select is not None and matches(rule.select, step.id))
    ]  # fmt: skip
    if not found and rule.target is not None and rule.target not in done:
        raise BadFormula(f"compose expands step {rule.target!r}, which is not there")
    return [step for step in found if step.id not in done]


def _replaced(steps: Steps, target: FormulaStep, by: Steps) -> Steps:
    current = next((step for step in every(steps) if step.id == target.id), target)
    made = repoint(_put(steps, target.id, take_place(current, by)), target.id, last_of(by))
    check_size(made)
    return made


def _put(steps: Steps, identifier: str, by: Steps) -> Steps:
    made: list[FormulaStep] = []
    for step in steps:
        if step.id == identifier:
            made += by
        else:
            made.append(replace(step, children=_put(step.children, identifier, by)))
    return tuple(made)
