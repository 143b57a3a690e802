"""Files of formulas: listed, shown, checked, begun."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.formulas.command_text import check_command
from gastown.domain.formulas.conditions import check_condition
from gastown.domain.formulas.cooking import flat, spawner_of
from gastown.domain.formulas.formula import (
    BadFormula,
    Formula,
    FormulaStep,
    FormulaType,
    Problem,
    every,
)
from gastown.domain.formulas.reading import slug
from gastown.domain.formulas.recipe import find_circle
from gastown.errors import GtError, NotFound, Refused, UsageTrouble
from gastown.ops.formulas import load_resolved, parse
from gastown.store.files import write_atomically
from gastown.store.formula_text import stem_of
from gastown.store.formulas import FOLDER, Found, Library, worktree_root

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Listed:
    """A formula's file in the list.

    Attributes:
        where: worktree, town, user or built-in.
        shadowed: another of its name comes first.
        error: why it cannot be used, or None.
    """

    name: str
    type: str
    description: str
    source: str
    where: str
    steps: int
    vars: int
    shadowed: bool = False
    error: str | None = None


@dataclass(frozen=True)
class Shown:
    """A formula as written, and as resolved; the latter is None for what only builds others."""

    formula: Formula
    resolved: Formula | None
    source: str
    text: str


@dataclass(frozen=True)
class Checked:
    """A file that was looked at, and everything that is wrong with it."""

    file: str
    name: str
    problems: tuple[Problem, ...]


def list_formulas(library: Library, type_: str | None = None) -> list[Listed]:
    """Every formula that can be seen, in the order of their names, the winning ones first.

    Raises:
        UsageTrouble: there is no such type.
    """
    if type_ is not None and type_ not in set(FormulaType):
        raise UsageTrouble(f"no type {type_!r}", hint=f"one of {', '.join(FormulaType)}")
    seen: set[str] = set()
    found = []
    for entry in library.entries:
        listed = _listed(library, entry, shadowed=entry.name in seen)
        seen.add(entry.name)
        if type_ in (None, listed.type):
            found.append(listed)
    return sorted(found, key=lambda one: (one.name, one.shadowed))


def _listed(library: Library, found: Found, *, shadowed: bool) -> Listed:
    try:
        formula, problems = parse(found, found.read())
    except GtError as error:
        formula, problems = None, [Problem(error.message)]
    wrong = None
    if problems:
        line = f"line {problems[0].line}: " if problems[0].line else ""
        wrong = f"{line}{problems[0].message}"
    if formula is None:
        return Listed(found.name, "", "", found.origin, found.source, 0, 0, shadowed, wrong)
    whole = formula
    if formula.extends and not shadowed and wrong is None:
        try:
            whole = load_resolved(library, found.name, {}).formula
        except GtError as error:
            wrong = error.message
    return Listed(
        found.name, formula.type, formula.description.partition("\n")[0], found.origin,
        found.source, whole.size, len(whole.vars), shadowed, wrong,
    )  # fmt: skip


def show_formula(library: Library, name: str) -> Shown:
    """One formula.

    Raises:
        NotFound: there is none of that name.
        Unreadable, Refused: it, or what it stands on, is wrong.
    """
    found = library.find(name)
    data = found.read()
    formula, _ = parse(found, data)
    resolved = load_resolved(library, name, {})
    assert formula is not None, "what was resolved can be read"
    builds = formula.type in (FormulaType.ASPECT, FormulaType.EXPANSION)
    return Shown(
        formula, None if builds and not formula.steps else resolved.formula, found.origin,
        data.decode("utf-8"),
    )  # fmt: skip


def validate(library: Library, file: Path) -> Checked:
    """Everything that is wrong with one file, and with how it fits what it stands on.

    Raises:
        NotFound: there is no such file.
    """
    if not file.is_file():
        raise NotFound(f"no file {file}", hint="bd formula list shows where formulas are")
    name = stem_of(file.name)
    found = Found(name or file.stem, str(file.parent), file, str(file))
    data = found.read()
    formula, problems = parse(found, data)
    if formula is not None:
        problems = [*problems, *_contradictions(formula, _Lines(found, data))]
    if not problems:
        try:
            load_resolved(library, str(file), {})
        except GtError as error:
            problems = [Problem(error.message)]
    return Checked(str(file), found.name, tuple(sorted(problems, key=_by_line)))


def new_formula(folder: Path, name: str) -> Path:
    """Write a formula to begin with.

    Raises:
        UsageTrouble: that is no name for one.
        Refused: there is one of that name in the folder.
    """
    if not name or slug(name) != name or stem_of(name):
        raise UsageTrouble(
            f"{name!r} is no name for a formula", hint="letters, digits, - and _, e.g. release"
        )
    target = folder / f"{name}.yaml"
    if folder.is_dir():
        for file in folder.iterdir():
            if stem_of(file.name) == name:
                raise Refused(f"{file} is there already", hint=f"bd formula show {name}")
    write_atomically(target, _SKELETON.format(name=name).encode(), mode=0o644)
    return target


def folder_for(hq: Path, here: Path, *, town: bool) -> Path:
    """Where a new formula goes: the worktree one stands in, or the town."""
    root = worktree_root(here, hq.parent)
    if town or root is None or root == hq:
        return hq / FOLDER
    return root / FOLDER


class _Lines:
    """The lines of a formula's parts, by what problems call them."""

    def __init__(self, found: Found, data: bytes) -> None:
        from gastown.domain.formulas.values import place
        from gastown.store.formula_text import read

        text = read(data, getattr(found.file, "name", found.name))
        self._lines = {place(path): line for path, line in text.lines.items()}

    def of(self, *places: str) -> int | None:
        return next((self._lines[one] for one in places if one in self._lines), None)


def _contradictions(formula: Formula, lines: _Lines) -> Iterator[Problem]:
    """What is wrong between the steps of one text; each with its line."""
    steps = [*every(formula.steps), *every(formula.template), *every(formula.convoy.legs)]
    known: dict[str, str] = {}
    for step in steps:
        if step.id in known:
            yield Problem(f"two steps are called {step.id!r}, also {known[step.id]}", step.source,
                          lines.of(step.source))  # fmt: skip
        known.setdefault(step.id, step.source)
    for step in steps:
        yield from _of_step(formula, step, known, lines)
    circle = find_circle(flat(formula.steps)) if len(known) == len(steps) else []
    if circle and set(circle) <= known.keys():
        at = known[circle[0]]
        yield Problem(f"steps need each other: {' -> '.join(circle)}", at, lines.of(at))


def _of_step(
    formula: Formula, step: FormulaStep, known: dict[str, str], lines: _Lines
) -> Iterator[Problem]:
    at = step.source
    wanted = [*step.needs, *filter(None, [spawner_of(step.waits_for)])]
    for need in wanted if not formula.extends else ():
        if need not in known:
            yield Problem(f"needs {need!r}, which is no step of it", at,
                          lines.of(f"{at}.needs", f"{at}.depends_on", at))  # fmt: skip
    if step.command is not None:
        try:
            check_command(step.command)
        except Refused as refused:
            yield Problem(f"{refused.message} ({refused.hint})", f"{at}.command",
                          lines.of(f"{at}.command", f"{at}.run", at))  # fmt: skip
    if step.condition is not None:
        try:
            check_condition(step.condition)
        except BadFormula as wrong:
            yield Problem(str(wrong), f"{at}.condition", lines.of(f"{at}.condition", at))


def _by_line(problem: Problem) -> int:
    return problem.line or 0


_SKELETON = """\
# A formula: steps that are run (bd cook {name}), tracked (bd mol pour {name}) or given to an
# agent (gt sling {name} RIG). Look at it with: bd formula show {name}
formula: {name}
description: What this is for, in a sentence

# Values for {{{{…}}}} below; give them with --var version=1.2.0
vars:
  version:
    description: The version to release
    required: true
    pattern: '^[0-9]+\\.[0-9]+\\.[0-9]+$'

# Without `needs`, steps run in this order. A step without a command is for an agent or a person.
steps:
  - name: test
    command: make test

  - name: tag
    command: git tag -a v{{{{version}}}} -m "Release v{{{{version}}}}"
"""
