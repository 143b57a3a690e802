"""Loops: a body of steps, repeated one iteration after the other. Pure.

Iteration N of loop L makes the steps `L.iterN.STEP`. The first step of an iteration needs the last
one of the iteration before. `{var}` in a body is the current value of a range.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from gastown.domain.formulas.formula import BadFormula, FormulaStep, Loop, every
from gastown.domain.formulas.parts import (
    MAX_STEPS,
    Steps,
    braces,
    check_size,
    depend,
    fill,
    last_of,
    repoint,
    take_place,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MAX_POWER = 64
_TOKEN = re.compile(r"\s*(\d{1,9}|[-+*/^()])")


def unroll(steps: Steps, values: Mapping[str, str]) -> Steps:
    """Every loop replaced by its iterations; who needs the loop needs its last step.

    Raises:
        BadFormula: a range cannot be computed, or it would be too many steps.
    """
    made: list[FormulaStep] = []
    loops: list[tuple[str, tuple[str, ...]]] = []
    for step in steps:
        if step.loop is None:
            made.append(replace(step, children=unroll(step.children, values)))
            continue
        turns = _turns(step, step.loop, values)
        loops.append((step.id, last_of(turns)))
        made += turns
        check_size(tuple(made))
    found = tuple(made)
    for loop, last in loops:
        found = repoint(found, loop, last)
    return found


def _turns(step: FormulaStep, loop: Loop, values: Mapping[str, str]) -> Steps:
    numbers = list(_numbers(step, loop, values))
    if len(numbers) * len(loop.body) > MAX_STEPS:
        raise BadFormula(f"loop {step.id} would make more than {MAX_STEPS} steps")
    made: Steps = ()
    last: tuple[str, ...] = ()
    for turn, value in enumerate(numbers, 1):
        bound = {loop.var: str(value)} if loop.var else {}
        steps = unroll(_iteration(step, loop, turn, bound), {**values, **bound})
        if turn == 1:
            steps = take_place(replace(step, condition=None), steps)
        elif steps:
            steps = (replace(steps[0], needs=depend(steps[0].needs, *last)), *steps[1:])
        last = last_of(steps)
        made += steps
        check_size(made)
    if loop.until is not None and made:
        label = "loop:" + json.dumps(
            {"max": loop.max, "until": loop.until}, separators=(",", ":"), ensure_ascii=False
        )
        made = (replace(made[0], labels=(*made[0].labels, label)), *made[1:])
    if step.condition:
        made = tuple(_also_if(step.condition, one) for one in made)
    return made


def _also_if(condition: str, step: FormulaStep) -> FormulaStep:
    return replace(step, condition=" && ".join(filter(None, (condition, step.condition))))


def _numbers(step: FormulaStep, loop: Loop, values: Mapping[str, str]) -> range:
    if loop.range is None:
        return range(1, (loop.count or 1) + 1)
    start, separator, end = braces(values)(loop.range).partition("..")
    if not separator:
        raise BadFormula(f"loop {step.id}: {loop.range!r} is no range, e.g. 1..10")
    first, last = (_computed(step, part) for part in (start, end))
    if last < first:
        raise BadFormula(f"loop {step.id}: the range {loop.range} ends before it begins")
    return range(first, last + 1)


def _iteration(step: FormulaStep, loop: Loop, turn: int, bound: Mapping[str, str]) -> Steps:
    own = {inner.id for inner in every(loop.body)}
    prefix = f"{step.id}.iter{turn}."
    change = braces(bound)

    def rename(identifier: str) -> str:
        return prefix + identifier if identifier in own else identifier

    return tuple(_renamed(inner, rename, change, turn) for inner in loop.body)


def _renamed(
    step: FormulaStep, rename: Callable[[str], str], change: Callable[[str], str], turn: int
) -> FormulaStep:
    waits = re.sub(
        r"(?<=children-of\()[^)]+", lambda found: rename(found[0].strip()), step.waits_for or ""
    )
    step = replace(
        step,
        id=rename(step.id),
        needs=tuple(map(rename, step.needs)),
        waits_for=waits or None,
        source=f"{step.source}.iter{turn}",
        children=tuple(_renamed(child, rename, change, turn) for child in step.children),
        loop=None if step.loop is None else _inner(step.loop, rename, change),
    )
    return fill(step, change)


def _inner(loop: Loop, rename: Callable[[str], str], change: Callable[[str], str]) -> Loop:
    """A loop within a body: it may use the outer variable, and need steps of the outer body."""
    own = {step.id for step in every(loop.body)}

    def needs(step: FormulaStep) -> FormulaStep:
        renamed = tuple(need if need in own else rename(need) for need in step.needs)
        inner = None if step.loop is None else _inner(step.loop, rename, change)
        children = tuple(map(needs, step.children))
        return fill(replace(step, needs=renamed, loop=inner, children=children), change)

    range_ = None if loop.range is None else change(loop.range)
    return replace(loop, body=tuple(map(needs, loop.body)), range=range_)


# Arithmetic of ranges: + - * / ^ and parentheses, on whole numbers.


def _computed(step: FormulaStep, text: str) -> int:
    tokens: list[str] = []
    position = 0
    while position < len(text.rstrip()):
        found = _TOKEN.match(text, position)
        if found is None:
            raise BadFormula(f"loop {step.id}: cannot compute {text.strip()!r}")
        tokens.append(found[1])
        position = found.end()
    try:
        value, left = _sum(tokens)
    except (IndexError, ZeroDivisionError, ValueError):
        raise BadFormula(f"loop {step.id}: cannot compute {text.strip()!r}") from None
    if left:
        raise BadFormula(f"loop {step.id}: cannot compute {text.strip()!r}")
    return value


def _sum(tokens: list[str]) -> tuple[int, list[str]]:
    value, tokens = _product(tokens)
    while tokens and tokens[0] in "+-":
        sign, (more, tokens) = tokens[0], _product(tokens[1:])
        value = value + more if sign == "+" else value - more
    return value, tokens


def _product(tokens: list[str]) -> tuple[int, list[str]]:
    value, tokens = _power(tokens)
    while tokens and tokens[0] in "*/":
        sign, (more, tokens) = tokens[0], _power(tokens[1:])
        value = value * more if sign == "*" else value // more
    return value, tokens


def _power(tokens: list[str]) -> tuple[int, list[str]]:
    value, tokens = _atom(tokens)
    if tokens and tokens[0] == "^":
        exponent, tokens = _power(tokens[1:])
        if not 0 <= exponent <= _MAX_POWER or abs(value) > 1 << 31:
            raise ValueError(exponent)
        value = value**exponent
    return value, tokens


def _atom(tokens: list[str]) -> tuple[int, list[str]]:
    if tokens[0] == "-":
        value, tokens = _atom(tokens[1:])
        return -value, tokens
    if tokens[0] == "(":
        value, tokens = _sum(tokens[1:])
        if tokens[0] != ")":
            raise ValueError(tokens[0])
        return value, tokens[1:]
    return int(tokens[0]), tokens[1:]
