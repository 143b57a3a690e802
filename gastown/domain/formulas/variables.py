"""Variables of a formula: which are needed, whether the values fit, and filling them in. Pure.

`{{name}}` is a variable. Where a formula declares none, whatever it uses must be given. Where it
declares some, an unknown name in prose is left as it stands; in a title or a command, which would
do something wrong with it, it must be given too.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from gastown.domain.formulas.formula import Formula, FormulaStep, Var, every

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z_]\w*)\s*\}\}", re.ASCII)
_BOOLS = frozenset(("true", "false", "yes", "no", "on", "off", "1", "0"))
_MAX_VALUE = 64 * 1024


class BadValues(ValueError):
    """Variables are missing, unknown or do not fit; one sentence for each, and what to type."""

    def __init__(self, sentences: list[str], missing: list[str]) -> None:
        super().__init__("; ".join(sentences))
        self.missing = missing


def names_in(text: str) -> list[str]:
    """The variables that a text uses, in its order."""
    return list(dict.fromkeys(PLACEHOLDER.findall(text)))


def substitute(text: str, values: Mapping[str, str]) -> str:
    """The text with the values that are known in their places."""
    return PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)


def values_for(
    formula: Formula, given: Mapping[str, str], offered: Mapping[str, str]
) -> dict[str, str]:
    """The value of every variable: given, else offered, else the default.

    Args:
        offered: values that are there if the formula asks for them; unlike `given` ones they need
            not be known to it.

    Raises:
        BadValues: some are missing, unknown, or break enum, pattern or type.
    """
    asked = _asked(formula)
    known = {**dict.fromkeys(asked, Var()), **formula.vars}
    wrong = [_unknown(name, known) for name in given if name not in known and name != "title"]
    values = {**{name: value for name, value in offered.items() if name in known}, **given}
    missing = [name for name, var in known.items()
               if name not in values and _is_needed(name, var, asked, values)]  # fmt: skip
    wrong += [_missing(name, known[name]) for name in missing]
    for name, value in values.items():
        if name in known and (reason := _misfit(known[name], value)):
            wrong.append(f"{name}: {reason}")
    if wrong:
        raise BadValues(wrong, missing)
    for name, var in known.items():
        if name not in values and (var.default is not None or var.optional or name in formula.vars):
            values[name] = var.default or ""
    return values


def _asked(formula: Formula) -> list[str]:
    """The variables that must have a value."""
    found: list[str] = []
    for step in _steps(formula):
        texts = [*_acting(step)]
        if not formula.declares:
            texts += _prose(step)
        for text in texts:
            found += names_in(text)
        if formula.declares:
            found += [n for text in _prose(step) for n in names_in(text) if n in formula.vars]
    return list(dict.fromkeys(found))


def _steps(formula: Formula) -> Iterator[FormulaStep]:
    synthesis = formula.convoy.synthesis
    yield from every((*formula.steps, *formula.template, *formula.convoy.legs))
    if synthesis is not None:
        yield synthesis


def _acting(step: FormulaStep) -> Iterable[str]:
    gate = step.gate.await_id or "" if step.gate is not None else ""
    return (step.title, step.command or "", step.assignee or "", *step.labels, gate)


def _prose(step: FormulaStep) -> Iterable[str]:
    return (step.description, step.notes, step.acceptance)


def _is_needed(name: str, var: Var, asked: list[str], values: Mapping[str, str]) -> bool:
    if var.default is not None or any(other in values for other in var.unless):
        return False
    return var.required or (name in asked and not var.optional)


def _missing(name: str, var: Var) -> str:
    about = f" ({' '.join(var.description.split())})" if var.description else ""
    choice = f", one of {', '.join(var.enum)}" if var.enum else ""
    return f"variable {name} is missing{about}{choice}"


def _unknown(name: str, known: Iterable[str]) -> str:
    alike = difflib.get_close_matches(name, known, n=1)
    if alike:
        return f"no variable {name!r}: did you mean {alike[0]!r}?"
    return f"no variable {name!r}: it has {', '.join(known) or 'none'}"


def _misfit(var: Var, value: str) -> str | None:
    """Why a value cannot be that of a variable, or None."""
    if "\0" in value:
        return "a value cannot hold a NUL"
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        return "the value is not UTF-8"
    if size > _MAX_VALUE:
        return f"the value has {size:,} bytes, the limit is {_MAX_VALUE:,}: put it into a file"
    if var.enum and value not in var.enum:
        return f"{value!r} is none of {', '.join(var.enum)}"
    if var.pattern is not None and not _fits(var.pattern, value):
        return f"{value!r} does not match {var.pattern}"
    if var.kind == "int" and not re.fullmatch(r"[-+]?[0-9]+", value):
        return f"{value!r} is no whole number"
    if var.kind == "bool" and value.lower() not in _BOOLS:
        return f"{value!r} is neither true nor false"
    return None


def _fits(pattern: str, value: str) -> bool:
    # `$` is the end of the value, as it is to whoever writes a pattern, not the place before a
    # line break at its end.
    end = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\$", re.DOTALL)
    strict = end.sub(lambda found: r"\Z" if found[0] == "$" else found[0], pattern)
    return re.search(strict, value) is not None
