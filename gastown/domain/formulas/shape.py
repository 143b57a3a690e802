"""A formula as JSON in upstream's shape: what is empty is left out. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gastown.domain.formulas.formula import Compose, Formula, FormulaStep, Loop, Var


def shape(formula: Formula) -> dict[str, Any]:
    """The formula's keys in upstream's order; a step's command stands in its own key."""
    version = formula.version
    return _filled(
        formula=formula.name,
        description=formula.description,
        version=int(version) if version.isascii() and version.isdigit() else version,
        type=formula.type.value,
        extends=list(formula.extends),
        vars={name: _var(var) for name, var in formula.vars.items()},
        steps=[_step(step) for step in formula.steps],
        template=[_step(step) for step in formula.template],
        compose=_compose(formula.compose),
        advice=[
            _filled(
                target=rule.target,
                around=_filled(
                    before=[_step(step) for step in rule.before],
                    after=[_step(step) for step in rule.after],
                ),
            )
            for rule in formula.advice
        ],
        pointcuts=[
            _filled(glob=cut.glob, type=cut.type, label=cut.label) for cut in formula.pointcuts
        ],
        phase=formula.phase,
        pour=formula.pour,
        prompts=dict(formula.convoy.prompts),
        output=dict(formula.convoy.output),
        legs=[_step(leg) for leg in formula.convoy.legs],
        synthesis=_step(formula.convoy.synthesis) if formula.convoy.synthesis else None,
        **formula.extra,
    )


def _filled(**values: Any) -> dict[str, Any]:
    """The values that say something."""
    return {key: value for key, value in values.items() if value not in (None, "", [], {}, ())}


def _var(var: Var) -> dict[str, Any]:
    found = _filled(
        description=var.description, required=var.required or None, enum=list(var.enum),
        pattern=var.pattern, type=None if var.kind == "string" else var.kind,
        required_unless=list(var.unless),
    )  # fmt: skip
    if var.default is not None:
        found["default"] = var.default
    return found


def _step(step: FormulaStep) -> dict[str, Any]:
    gate = step.gate
    made = _filled(
        id=step.id, title=step.title, command=step.command, description=step.description,
        notes=step.notes, acceptance=step.acceptance,
        type=None if step.type == "task" else step.type, labels=list(step.labels),
        metadata=dict(step.metadata), needs=list(step.needs), waits_for=step.waits_for,
        assignee=step.assignee, expand=step.expand, expand_vars=dict(step.expand_vars),
        condition=step.condition, children=[_step(child) for child in step.children],
        gate=_filled(type=gate.type, id=gate.await_id, timeout=gate.timeout) if gate else None,
        loop=_loop(step.loop) if step.loop else None, parallel=step.parallel or None,
        **{key: value for key, value in step.extra.items() if key != "convoy"},
    )  # fmt: skip
    if step.priority is not None:
        made["priority"] = step.priority
    return made


def _loop(loop: Loop) -> dict[str, Any]:
    return _filled(
        count=loop.count, until=loop.until, max=loop.max, range=loop.range, var=loop.var,
        body=[_step(step) for step in loop.body],
    )  # fmt: skip


def _compose(compose: Compose) -> dict[str, Any]:
    rules = [
        _filled(target=rule.target, select=rule.select, **{"with": rule.by}, vars=dict(rule.vars))
        for rule in compose.expansions
    ]
    return _filled(
        bond_points=[dict(point) for point in compose.bond_points],
        hooks=[dict(hook) for hook in compose.hooks],
        expand=[rule for rule in rules if "target" in rule],
        map=[rule for rule in rules if "select" in rule],
        branch=[
            {"from": one.start, "steps": list(one.steps), "join": one.join}
            for one in compose.branches
        ],
        gate=[{"before": one.before, "condition": one.condition} for one in compose.gates],
        aspects=list(compose.aspects),
    )
