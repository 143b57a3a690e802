"""What a run would do: the steps in their order, and the commands as the shell would get them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.formulas.command_text import bind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gastown.domain.formulas.recipe import Recipe


@dataclass(frozen=True)
class PlannedStep:
    """One step. `script`: what `sh -c` gets, or None; `environment`: what it reads values from."""

    id: str
    title: str
    needs: tuple[str, ...]
    gate: str | None
    script: str | None
    environment: Mapping[str, str]


@dataclass(frozen=True)
class Plan:
    """A recipe in the order in which it would run, and where."""

    formula: str
    origin: str
    where: str
    vars: Mapping[str, str]
    steps: tuple[PlannedStep, ...]


def plan(recipe: Recipe, where: str) -> Plan:
    """What cooking a recipe would do; nothing is done."""
    steps = []
    for step in recipe.to_run():
        bound = bind(step.command, recipe.vars) if step.command is not None else None
        gate = None
        if step.gate is not None:
            gate = " ".join(filter(None, (step.gate.type, step.gate.await_id, step.gate.timeout)))
        steps.append(
            PlannedStep(
                step.id, step.title, step.needs, gate, bound.script if bound else None,
                bound.environment if bound else {},
            )
        )  # fmt: skip
    return Plan(recipe.formula, recipe.origin, where, recipe.vars, tuple(steps))
