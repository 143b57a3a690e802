"""What the transformations of a formula share: walking, renaming and filling in steps. Pure."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gastown.domain.formulas.formula import BadFormula, FormulaStep, every

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

MAX_STEPS = 1000
MAX_DEPTH = 5

Steps = tuple[FormulaStep, ...]


def each(steps: Steps, change: Callable[[FormulaStep], FormulaStep]) -> Steps:
    """Every step changed, children too; loops' bodies are left alone."""
    return tuple(replace(change(step), children=each(step.children, change)) for step in steps)


def fill(step: FormulaStep, change: Callable[[str], str]) -> FormulaStep:
    """A step with all its texts changed: ids and needs, prose, command, metadata; not children."""
    return replace(
        step,
        id=change(step.id),
        title=change(step.title),
        command=None if step.command is None else change(step.command),
        description=change(step.description),
        notes=change(step.notes),
        acceptance=change(step.acceptance),
        labels=tuple(map(change, step.labels)),
        metadata=fill_values(step.metadata, change),
        needs=tuple(map(change, step.needs)),
        waits_for=None if step.waits_for is None else change(step.waits_for),
        assignee=None if step.assignee is None else change(step.assignee),
        expand_vars={key: change(value) for key, value in step.expand_vars.items()},
        condition=None if step.condition is None else change(step.condition),
        extra=fill_values(step.extra, change),
    )


def fill_values(value: Any, change: Callable[[str], str]) -> Any:
    """The same value with every text in it changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {key: fill_values(item, change) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [fill_values(item, change) for item in value]
    return value


def braces(values: Mapping[str, str]) -> Callable[[str], str]:
    """A change that puts values in the place of `{name}`; `${name}` and `{{name}}` stay."""
    if not values:
        return lambda text: text
    names = "|".join(re.escape(name) for name in sorted(values, key=len, reverse=True))
    pattern = re.compile(rf"(?<![${{])\{{({names})\}}(?!\}})")
    return lambda text: pattern.sub(lambda found: values[found[1]], text)


def depend(needs: Iterable[str], *more: str) -> tuple[str, ...]:
    """Needs with some added, each once."""
    return tuple(dict.fromkeys([*needs, *more]))


def repoint(steps: Steps, old: str, new: tuple[str, ...]) -> Steps:
    """Whatever needs step `old` needs the steps `new` instead."""

    def change(step: FormulaStep) -> FormulaStep:
        if old not in step.needs:
            return step
        needs = [one for need in step.needs for one in (new if need == old else (need,))]
        return replace(step, needs=depend(needs))

    return each(steps, change)


def take_place(target: FormulaStep, by: Steps) -> Steps:
    """Steps that stand where `target` stood: what held it back holds their first ones back.

    The first ones are those that need none of the others. Its condition holds for all of them,
    and its gate stands before the first; assignee and priority go to those that have none.
    """
    own = {step.id for step in every(by)}

    def change(step: FormulaStep) -> FormulaStep:
        condition = " && ".join(filter(None, (target.condition, step.condition))) or None
        priority = target.priority if step.priority is None else step.priority
        step = replace(
            step, condition=condition, assignee=step.assignee or target.assignee, priority=priority
        )
        if own.intersection(step.needs):
            return step
        return replace(
            step, needs=depend(target.needs, *step.needs), gate=step.gate or target.gate,
            waits_for=step.waits_for or target.waits_for,
        )  # fmt: skip

    return tuple(map(change, by))


def last_of(steps: Steps) -> tuple[str, ...]:
    """The id of the last of some steps, which is what others wait for."""
    return (steps[-1].id,) if steps else ()


def check_size(steps: Steps) -> None:
    """Stop what multiplies.

    Raises:
        BadFormula: there are more than `MAX_STEPS` steps.
    """
    if sum(1 for _ in every(steps)) > MAX_STEPS:
        raise BadFormula(f"it would have more than {MAX_STEPS} steps")
