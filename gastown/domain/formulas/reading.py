"""Plain values → a formula, strictly: every unknown key and wrong value is a problem with its line.

All problems are found at once. A key that is left empty counts as left out. Texts may be written
as numbers or true/false (`default: 8080`), and numbers and truths as text, because YAML, TOML and
JSON differ in what they call a text.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gastown.domain.formulas.formula import (
    SYNTHESIS,
    Advice,
    Branch,
    Compose,
    Convoy,
    Expansion,
    Formula,
    FormulaStep,
    FormulaType,
    GateRule,
    Loop,
    Pointcut,
    Problem,
    Var,
)  # fmt: skip
from gastown.domain.formulas.recipe import Gate
from gastown.domain.formulas.values import Values, called, place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gastown.domain.formulas.values import Path, Read

_ID = re.compile(r"[^\s,\x00-\x1f\x7f]{1,120}")
_VARIABLE = re.compile(r"[A-Za-z_]\w*", re.ASCII)
GATES = ("human", "timer", "gh:run", "gh:pr", "mail", "bead")


def read_formula(
    values: Mapping[str, Any], lines: Mapping[Path, int], name: str
) -> tuple[Formula, list[Problem]]:
    """A formula and what is wrong with its text; with problems, the formula is not to be used.

    Args:
        name: what the formula is called by its file.
    """
    reading = _Reading(lines, name)
    return reading.formula(values), reading.problems


def slug(name: str) -> str:
    """The id that stands for a step's name: `Bump version` is `bump-version`."""
    return re.sub(r"[^\w.{}-]+", "-", name.strip()).strip("-").lower()


class _Reading(Values):
    def __init__(self, lines: Mapping[Path, int], name: str) -> None:
        super().__init__(lines)
        self._name = name

    # The parts of a formula

    def formula(self, values: Mapping[str, Any]) -> Formula:
        found = self.table(values, (), _FORMULA)
        name = found.get("formula", self._name)
        if "formula" not in values:
            self.wrong((), "`formula:` with its name is missing")
        elif name != self._name:
            self.wrong(("formula",), f"it is called {name!r}, but its file {self._name!r}")
        self._check_version(found)
        vars_ = {**found.get("inputs", {}), **found.get("vars", {})}
        return Formula(
            name=self._name,
            description=found.get("description", "").strip(),
            version=found.get("version", "1"),
            type=found.get("type") or self._type_by_content(found),
            extends=found.get("extends", ()),
            vars=vars_,
            declares="vars" in values or "inputs" in values,
            steps=found.get("steps", ()),
            template=found.get("template", ()),
            compose=found.get("compose", Compose()),
            advice=found.get("advice", ()),
            pointcuts=found.get("pointcuts", ()),
            phase=found.get("phase"),
            pour=found.get("pour"),
            convoy=Convoy(
                found.get("prompts", {}), found.get("output", {}),
                (*found.get("legs", ()), *found.get("aspects", ())), found.get("synthesis"),
            ),
            extra={key: found[key] for key in _KEPT if key in found},
        )  # fmt: skip

    def _check_version(self, found: dict[str, Any]) -> None:
        if not found.get("version", "1").strip():
            self.wrong(("version",), "a version is not empty")

    @staticmethod
    def _type_by_content(found: dict[str, Any]) -> FormulaType:
        for key, type_ in (("legs", FormulaType.CONVOY), ("template", FormulaType.EXPANSION)):
            if found.get(key) and not found.get("steps"):
                return type_
        if found.get("advice") and not found.get("steps"):
            return FormulaType.ASPECT
        return FormulaType.WORKFLOW

    def type_(self, value: Any, path: Path) -> FormulaType:
        word = self.text(value, path)
        if word in set(FormulaType):
            return FormulaType(word)
        self.wrong(path, f"no type {word!r}: one of {', '.join(FormulaType)}")
        return FormulaType.WORKFLOW

    def phase(self, value: Any, path: Path) -> str:
        word = self.text(value, path)
        if word not in ("liquid", "vapor"):
            self.wrong(path, f"no phase {word!r}: liquid (it is poured) or vapor (a wisp)")
        return word

    def vars_(self, value: Any, path: Path) -> dict[str, Var]:
        return {
            name: self._var(item, (*path, name), name)
            for name, item in self.any_table(value, path).items()
        }

    def inputs(self, value: Any, path: Path) -> dict[str, Var]:
        found = self.vars_(value, path)
        return {name: replace(var, optional=not var.required or bool(var.unless))
                for name, var in found.items()}  # fmt: skip

    def _var(self, value: Any, path: Path, name: str) -> Var:
        if not _VARIABLE.fullmatch(name):
            self.wrong(path, f"{name!r} is no variable's name: letters, digits and _")
        if value is None:
            return Var(required=True)
        if not isinstance(value, dict):
            return Var(default=self.text(value, path))
        found = self.table(value, path, _VAR)
        if found.get("required") and "default" in found:
            self.wrong(path, f"variable {name} cannot be required and have a default")
        kind = found.get("type", "string")
        if kind not in ("string", "int", "bool"):
            self.wrong((*path, "type"), f"no type {kind!r}: string, int or bool")
        return Var(
            found.get("description", "").strip(), found.get("default"),
            found.get("required", False), False, found.get("required_unless", ()),
            found.get("enum", ()), found.get("pattern"), kind,
        )  # fmt: skip

    def pattern(self, value: Any, path: Path) -> str:
        text = self.text(value, path)
        try:
            re.compile(text)
        except (re.error, RecursionError, OverflowError) as wrong:
            self.wrong(path, f"no regular expression: {wrong}")
            return ""
        return text

    # Steps

    def steps(self, value: Any, path: Path) -> tuple[FormulaStep, ...]:
        if not isinstance(value, list):
            self.wrong(path, f"expected a list of steps, found {called(value)}")
            return ()
        return tuple(self.step(item, (*path, i)) for i, item in enumerate(value))

    def one_step(self, value: Any, path: Path) -> tuple[FormulaStep, ...]:
        return tuple(self.step(item, at) for item, at in self.tables(value, path))

    def synthesis(self, value: Any, path: Path) -> FormulaStep:
        if isinstance(value, dict):
            value = {"id": SYNTHESIS, **value}
        return self.step(value, path)

    def step(self, value: Any, path: Path) -> FormulaStep:
        found = self.table(value, path, _STEP)
        title = found.get("title") or found.get("name") or ""
        identifier = found.get("id") or slug(found.get("name", "")) or slug(found.get("title", ""))
        if not identifier and isinstance(value, dict):
            self.wrong(path, "a step wants a name (or id)")
        elif identifier and not _ID.fullmatch(identifier):
            self.wrong((*path, "id"), f"{identifier!r} is no id: no spaces, no commas, at most 120")
        needs = (*found.get("needs", ()), *found.get("depends_on", ()))
        return FormulaStep(
            id=identifier, title=title or identifier, command=self._command(found, path),
            needs=tuple(dict.fromkeys(needs)), parallel=found.get("parallel", False),
            formula=self._name, source=place(path),
            metadata={k: v for k, v in found.get("metadata", {}).items() if k != "command"},
            extra={key: found[key] for key in _KEPT_OF_STEP if key in found},
            **{key: found[key] for key in _SAME if key in found},
        )  # fmt: skip

    def _command(self, found: dict[str, Any], path: Path) -> str | None:
        command: str | None = found.get("command", found.get("run"))
        other = found.get("metadata", {}).get("command")
        if command is None and isinstance(other, str):
            command = other
        if command is not None and not command.strip():
            self.wrong((*path, "command"), "the command is empty: leave the key out")
            return None
        return command

    def gate(self, value: Any, path: Path) -> Gate:
        if isinstance(value, str):
            value = {"type": value}
        found = self.table(value, path, _GATE)
        kind = found.get("type", "")
        if kind not in GATES:
            self.wrong(path, f"no gate {kind!r}: one of {', '.join(GATES)}")
        return Gate(kind, found.get("id") or found.get("await_id"), found.get("timeout"))

    def timeout(self, value: Any, path: Path) -> str:
        text = self.text(value, path)
        if not re.fullmatch(r"(?:[0-9]+(?:\.[0-9]+)?(?:ns|us|ms|s|m|h|d))+", text):
            self.wrong(path, f"{text!r} is no duration: e.g. 90s, 30m, 1h30m")
        return text

    def loop(self, value: Any, path: Path) -> Loop:
        found = self.table(value, path, _LOOP)
        if not found.get("body"):
            self.wrong(path, "a loop wants a body of steps")
        if len(found.keys() & {"count", "until", "range"}) != 1:
            self.wrong(path, "a loop has one of count, until and range")
        if "until" in found and "max" not in found:
            self.wrong(path, "a loop with until wants a max, so that it ends")
        return Loop(
            found.get("body", ()), found.get("count"), found.get("until"), found.get("max"),
            found.get("range"), found.get("var"),
        )  # fmt: skip

    def waits_for(self, value: Any, path: Path) -> str:
        text = self.text(value, path)
        if not re.fullmatch(r"(?:all|any)-children|children-of\(\s*\S+\s*\)", text):
            self.wrong(path, f"{text!r}: one of all-children, any-children, children-of(STEP)")
        return text

    def on_complete(self, value: Any, path: Path) -> dict[str, Any]:
        found = self.table(value, path, _ON_COMPLETE)
        if ("for_each" in found) != ("bond" in found):
            self.wrong(path, "on_complete wants both for_each and bond")
        if not found.get("for_each", "output.").startswith("output."):
            self.wrong((*path, "for_each"), "for_each begins with `output.`")
        if found.get("parallel") and found.get("sequential"):
            self.wrong(path, "on_complete is parallel or sequential, not both")
        return found

    # Composition

    def advice(self, value: Any, path: Path) -> tuple[Advice, ...]:
        return tuple(self._advice(item, at) for item, at in self.tables(value, path))

    def _advice(self, value: Any, path: Path) -> Advice:
        found = self.table(value, path, _ADVICE)
        around = found.get("around", {})
        if not found.get("target"):
            self.wrong(path, "advice wants a target, e.g. `*.implement`")
        return Advice(
            found.get("target", ""),
            (*found.get("before", ()), *around.get("before", ())),
            (*found.get("after", ()), *around.get("after", ())),
        )

    def around(self, value: Any, path: Path) -> dict[str, Any]:
        return self.table(value, path, _AROUND)

    def pointcuts(self, value: Any, path: Path) -> tuple[Pointcut, ...]:
        return tuple(Pointcut(**self.table(item, at, _POINTCUT))
                     for item, at in self.tables(value, path))  # fmt: skip

    def compose(self, value: Any, path: Path) -> Compose:
        found = self.table(value, path, _COMPOSE)
        return Compose(
            (*found.get("expand", ()), *found.get("map", ())), found.get("branch", ()),
            found.get("gate", ()), found.get("aspects", ()), found.get("bond_points", ()),
            found.get("hooks", ()),
        )  # fmt: skip

    def expansions(self, value: Any, path: Path) -> tuple[Expansion, ...]:
        made = []
        for item, at in self.tables(value, path):
            found = self.table(item, at, _EXPANSION)
            if "with" not in found or ("target" in found) == ("select" in found):
                self.wrong(at, "wants `with` and one of `target` (expand) and `select` (map)")
            made.append(Expansion(found.get("with", ""), found.get("target"), found.get("select"),
                                  found.get("vars", {})))  # fmt: skip
        return tuple(made)

    def branches(self, value: Any, path: Path) -> tuple[Branch, ...]:
        made = []
        for item, at in self.tables(value, path):
            found = self._all_of(item, at, _BRANCH)
            made.append(Branch(found.get("from", ""), found.get("steps", ()),
                               found.get("join", "")))  # fmt: skip
        return tuple(made)

    def gate_rules(self, value: Any, path: Path) -> tuple[GateRule, ...]:
        made = []
        for item, at in self.tables(value, path):
            found = self._all_of(item, at, _GATE_RULE)
            made.append(GateRule(found.get("before", ""), found.get("condition", "")))
        return tuple(made)

    def bond_points(self, value: Any, path: Path) -> tuple[dict[str, Any], ...]:
        made = []
        for item, at in self.tables(value, path):
            found = self.table(item, at, _BOND_POINT)
            if "id" not in found or {"after_step", "before_step"} <= found.keys():
                self.wrong(at, "a bond point wants an id and one of after_step and before_step")
            made.append(found)
        return tuple(made)

    def hooks(self, value: Any, path: Path) -> tuple[dict[str, Any], ...]:
        made = [self.table(item, at, _HOOK) for item, at in self.tables(value, path)]
        for found in made:
            if not {"trigger", "attach"} <= found.keys():
                self.wrong(path, "a hook wants a trigger and what to attach")
        return tuple(made)

    def _all_of(self, value: Any, path: Path, known: Mapping[str, Read]) -> dict[str, Any]:
        found = self.table(value, path, known)
        for key in known:
            if not found.get(key):
                self.wrong(path, f"{key!r} is missing")
        return found


R = _Reading
_VAR: dict[str, Read] = {
    "description": R.text, "default": R.text, "required": R.flag, "required_unless": R.texts,
    "enum": R.texts, "pattern": R.pattern, "type": R.text,
}  # fmt: skip
_GATE: dict[str, Read] = {
    "type": R.text, "id": R.text, "await_id": R.text, "timeout": R.timeout,
}  # fmt: skip
_ON_COMPLETE: dict[str, Read] = {
    "for_each": R.text, "bond": R.text, "vars": R.text_table, "parallel": R.flag,
    "sequential": R.flag,
}  # fmt: skip
_SAME = (
    "description", "notes", "acceptance", "type", "priority", "labels", "waits_for", "assignee",
    "expand", "expand_vars", "condition", "children", "gate", "loop",
)  # fmt: skip
_KEPT_OF_STEP = (
    "on_complete", "output", "agent", "interactive", "review_only", "focus", "timeout", "args",
)  # fmt: skip
_STEP: dict[str, Read] = {
    "id": R.text, "name": R.line_of_text, "title": R.line_of_text, "command": R.text,
    "run": R.text, "description": R.text, "notes": R.text, "acceptance": R.text, "type": R.text,
    "priority": R.priority, "labels": R.texts, "metadata": R.any_table, "needs": R.texts,
    "depends_on": R.texts, "waits_for": R.waits_for, "assignee": R.text, "expand": R.text,
    "expand_vars": R.text_table, "condition": R.text, "children": R.steps, "gate": R.gate,
    "loop": R.loop, "on_complete": R.on_complete, "parallel": R.flag, "output": R.anything,
    "agent": R.text, "interactive": R.flag, "review_only": R.flag, "focus": R.text,
    "timeout": R.text, "args": R.text_table,
}  # fmt: skip
_LOOP: dict[str, Read] = {
    "count": R.at_least_one, "until": R.text, "max": R.at_least_one, "range": R.text,
    "var": R.text, "body": R.steps,
}  # fmt: skip
_AROUND: dict[str, Read] = {"before": R.one_step, "after": R.one_step}
_ADVICE: dict[str, Read] = {"target": R.text, **_AROUND, "around": R.around}
_POINTCUT: dict[str, Read] = {"glob": R.text, "type": R.text, "label": R.text}
_EXPANSION: dict[str, Read] = {
    "target": R.text, "select": R.text, "with": R.text, "vars": R.text_table,
}  # fmt: skip
_BRANCH: dict[str, Read] = {"from": R.text, "steps": R.texts, "join": R.text}
_GATE_RULE: dict[str, Read] = {"before": R.text, "condition": R.text}
_BOND_POINT: dict[str, Read] = {
    "id": R.text, "description": R.text, "after_step": R.text, "before_step": R.text,
    "parallel": R.flag,
}  # fmt: skip
_HOOK: dict[str, Read] = {
    "trigger": R.text, "attach": R.text, "at": R.text, "vars": R.text_table,
}  # fmt: skip
_COMPOSE: dict[str, Read] = {
    "expand": R.expansions, "map": R.expansions, "branch": R.branches, "gate": R.gate_rules,
    "aspects": R.texts, "bond_points": R.bond_points, "hooks": R.hooks,
}  # fmt: skip
_KEPT = ("agent", "review_only", "acceptance", "parallel", "interactive", "execution", "presets",
         "squash", "source")  # fmt: skip
_FORMULA: dict[str, Read] = {
    "formula": R.text, "description": R.text, "version": R.text, "type": R.type_,
    "extends": R.texts, "vars": R.vars_, "inputs": R.inputs, "steps": R.steps,
    "template": R.steps, "compose": R.compose, "advice": R.advice, "pointcuts": R.pointcuts,
    "phase": R.phase, "pour": R.flag, "prompts": R.text_table, "output": R.text_table,
    "legs": R.steps, "aspects": R.steps, "synthesis": R.synthesis,
    **dict.fromkeys(_KEPT, R.anything),
}  # fmt: skip
