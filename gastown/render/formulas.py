"""Formulas and runs of them as text, and upstream's JSON shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gastown.domain.formulas.shape import shape
from gastown.render.text import plural, safe, table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gastown.domain.formulas.formula import Formula, FormulaStep, Var
    from gastown.domain.run import Run
    from gastown.ops.cook import Cooked, Report
    from gastown.ops.formula_files import Checked, Listed, Shown
    from gastown.ops.formulas import Trusted
    from gastown.ops.plan import Plan

_MARKS = {"done": "✓", "failed": "✗", "running": "▶", "pending": "·", "skipped": "-"}


def listing(found: list[Listed]) -> str:
    """For `bd formula list`."""
    if not found:
        return "no formulas; begin one: bd formula new NAME"
    rows = [(one.name, one.type or "?", one.steps, one.vars, one.where, _about(one))
            for one in found]  # fmt: skip
    return table(("NAME", "TYPE", "STEPS", "VARS", "FROM", "DESCRIPTION"), rows)


def _about(one: Listed) -> str:
    if one.error is not None:
        return f"broken: {one.error}"
    return f"(shadowed) {one.description}" if one.shadowed else one.description


def listing_shape(found: list[Listed]) -> list[dict[str, Any]]:
    """For `bd formula list --json`."""
    made = []
    for one in found:
        entry: dict[str, Any] = {
            "name": one.name, "type": one.type, "description": one.description,
            "source": one.source, "steps": one.steps, "vars": one.vars,
        }  # fmt: skip
        if one.shadowed:
            entry["shadowed"] = True
        if one.error is not None:
            entry["error"] = one.error
        made.append(entry)
    return made


def shown(found: Shown) -> str:
    """For `bd formula show`: what it is, its variables, and its steps as they will be."""
    formula = found.resolved or found.formula
    head = [f"{safe(formula.name)} ({formula.type}, version {safe(formula.version)})"]
    head.append(f"from {safe(found.source)}")
    if found.formula.extends:
        head.append(f"extends {safe(', '.join(found.formula.extends))}")
    parts = ["\n".join(head)]
    if formula.description:
        parts.append(safe(formula.description, lines=True))
    if formula.vars:
        parts.append("Variables\n" + "\n".join(_var(*item) for item in formula.vars.items()))
    if found.resolved is not None:
        parts.append("Steps\n" + "\n".join(_steps(formula.steps)))
    elif formula.template:
        parts.append("Template\n" + "\n".join(_steps(formula.template)))
    for rule in formula.advice:
        lines = [*_steps(rule.before), f"  {safe(rule.target)}", *_steps(rule.after)]
        parts.append("Advice\n" + "\n".join(lines))
    return "\n\n".join(parts)


def _var(name: str, var: Var) -> str:
    facts = []
    if var.default is not None:
        facts.append(f"default {var.default!r}")
    elif var.required and not var.unless:
        facts.append("required")
    if var.enum:
        facts.append(f"one of {', '.join(var.enum)}")
    if var.pattern:
        facts.append(f"matches {var.pattern}")
    about = f"  {' '.join(var.description.split())}" if var.description else ""
    said = f" ({'; '.join(facts)})" if facts else ""
    return safe(f"  {name}{said}{about}")


def _steps(steps: Sequence[FormulaStep], depth: int = 1) -> list[str]:
    lines = []
    for step in steps:
        pad = "  " * depth
        title = f"  {step.title}" if step.title != step.id else ""
        lines.append(safe(f"{pad}{step.id}{title}{_facts(step)}"))
        for line in (step.command or "").rstrip().splitlines():
            lines.append(f"{pad}    $ {safe(line)}")
        lines += _steps(step.children, depth + 1)
    return lines


def _facts(step: FormulaStep) -> str:
    facts = [f"after {', '.join(step.needs)}"] if step.needs else []
    if step.gate is not None:
        facts.append(" ".join(filter(None, ("gate", step.gate.type, step.gate.await_id))))
    if step.waits_for:
        facts.append(f"waits for {step.waits_for}")
    if step.condition:
        facts.append(f"if {step.condition}")
    return f"  [{'; '.join(facts)}]" if facts else ""


def formula_shape(formula: Formula, source: str) -> dict[str, Any]:
    """A formula's JSON in upstream's shape, with where it was found."""
    return {**shape(formula), "source": source}


def checked(found: list[Checked]) -> str:
    """For `bd formula validate`: compilers' lines, or that all is well."""
    lines = []
    for one in found:
        for problem in one.problems:
            line = f":{problem.line}" if problem.line is not None else ""
            where = f"{problem.where}: " if problem.where else ""
            lines.append(safe(f"{one.file}{line}: {where}{problem.message}", lines=True))
        if not one.problems:
            lines.append(f"✓ {safe(one.file)}: {safe(one.name)} is well-formed")
    return "\n".join(lines)


def checked_shape(found: list[Checked]) -> list[dict[str, Any]]:
    """For `bd formula validate --json`."""
    return [
        {"file": one.file, "name": one.name, "valid": not one.problems,
         "problems": [{"line": problem.line, "where": problem.where, "message": problem.message}
                      for problem in one.problems]}
        for one in found
    ]  # fmt: skip


def begun(path: str) -> str:
    """After `bd formula new`."""
    name = path.rpartition("/")[2].removesuffix(".yaml")
    return (
        f"✓ {safe(path)}\n  edit it, then: bd formula validate {safe(name)}; bd cook {safe(name)}"
    )


def trusted(found: Trusted) -> str:
    """After `gt config trust formula`."""
    where = safe(found.origin)
    lines = [f"✓ {safe(found.formula)} may run on this machine, as it is now ({where})"]
    lines += [f"  $ {safe(command)}" for command in found.commands]
    return "\n".join(lines)


# Runs


def runs(found: list[Run], now: datetime) -> str:
    """For `bd cook --list`."""
    from gastown.render.text import age

    if not found:
        return "no runs; start one: bd cook FORMULA"
    rows = [
        (run.id, run.formula, run.state, f"{run.finished}/{len(run.steps)}",
         age(run.created_at, now), run.worktree, run.reason or "")
        for run in found
    ]  # fmt: skip
    return table(("RUN", "FORMULA", "STATE", "STEPS", "AGE", "WORKTREE", "REASON"), rows)


def progress(report: Report) -> str:
    """A line about one step."""
    mark = _MARKS[report.state]
    time = f" {report.seconds:.1f}s" if report.seconds is not None else ""
    return f"{mark} {report.number}/{report.total} {safe(report.step.id)}{time}"


def cooked(found: Cooked) -> str:
    """The last words of `bd cook`."""
    run = found.run
    seconds = sum(float(step.get("seconds", 0)) for step in run.steps)
    if found.passed:
        lines = [f"✓ {safe(run.formula)}: {plural(len(run.steps), 'step')} done in {seconds:.1f}s"]
    else:
        lines = [f"✗ {safe(run.formula)}: {safe(run.reason)}"]
        if found.tail:
            lines += [f"  | {safe(line)}" for line in found.tail.splitlines()]
        if found.log is not None:
            lines.append(f"  all of it: {safe(found.log)}")
        where = f" --rig {safe(run.rig)}" if run.spare else ""
        lines.append(f"  to go on from there: bd cook {safe(run.formula)}{where} --resume")
    if found.kept is not None:
        lines.append(f"  kept: {safe(found.kept)} ({safe(found.why)})")
    return "\n".join(lines)


def cooked_shape(found: Cooked) -> dict[str, Any]:
    """For `bd cook --json`."""
    return {
        **found.run.to_json(),
        "output": found.tail,
        "log": str(found.log) if found.log is not None else None,
        "kept": str(found.kept) if found.kept is not None else None,
    }


def plan(found: Plan) -> str:
    """For `bd cook --dry-run`."""
    head = f"{safe(found.formula)} ({safe(found.origin)}) would run in {safe(found.where)}"
    lines = [head, *(f"  {safe(name)} = {safe(value)}" for name, value in found.vars.items())]
    for number, step in enumerate(found.steps, 1):
        needs = f"  [after {safe(', '.join(step.needs))}]" if step.needs else ""
        lines.append(f"{number}/{len(found.steps)} {safe(step.id)}{needs}")
        if step.gate is not None:
            lines.append(f"      waits for {safe(step.gate)}")
        if step.script is None:
            lines.append(f"      {safe(step.title)} (for an agent or a person)")
        for line in (step.script or "").rstrip().splitlines():
            lines.append(f"      $ {safe(line)}")
    return "\n".join(lines)
