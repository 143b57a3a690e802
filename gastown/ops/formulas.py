"""Formulas: loaded, resolved, trusted.

What a formula runs is code. A formula with commands runs only when a person of this machine has
trusted the texts it stands on, all of them as they are now; the built-in ones are trusted.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.formulas.command_text import check_command
from gastown.domain.formulas.cooking import fill_in, recipe, resolve
from gastown.domain.formulas.formula import BUILT_IN, BadFormula, Formula, Problem, every
from gastown.domain.formulas.reading import read_formula
from gastown.domain.formulas.variables import BadValues, values_for
from gastown.errors import Refused, Unreadable, UsageTrouble
from gastown.ids import TOWN_RIG
from gastown.ops.actors import is_person
from gastown.store.accepted import accept, is_accepted
from gastown.store.formula_text import BadText, read, stem_of
from gastown.store.formulas import Found, Library, Project
from gastown.store.git import Git

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gastown.domain.formulas.recipe import Recipe
    from gastown.store.town import Town

_SHOWN = 5


@dataclass(frozen=True)
class Trusted:
    """A formula whose commands may run on this machine from now on."""

    formula: str
    origin: str
    digest: str
    commands: tuple[str, ...]


@dataclass(frozen=True)
class Resolved:
    """A formula with everything it is made of put in; its variables still stand in its texts."""

    formula: Formula
    origin: str
    digest: str
    sources: tuple[str, ...]


def load_recipe(
    town: Town, name: str, variables: Mapping[str, str], *, here: Path, home: Path,
    offered: Mapping[str, str] | None = None, rig: str | None = None,
) -> Recipe:  # fmt: skip
    """Find a formula, resolve it, and fill its variables in.

    Args:
        name: its name, or the path of its file.
        here: where one stands; `home`: the person's home.
        offered: values for variables that the formula may or may not have.
        rig: its project's formulas are looked at, too.

    Raises:
        NotFound: there is no such formula, or one that it stands on.
        Unreadable: its text is wrong; the message names file and line.
        UsageTrouble: variables are missing, unknown or do not fit.
        Refused: it cannot be resolved, or a variable stands where it would become code.
    """
    project = project_of(town, rig) if rig is not None else None
    resolved = load_resolved(Library(town.layout.hq, here, home, project), name, variables)
    try:
        made = recipe(
            resolved.formula, variables, offered or {}, origin=resolved.origin,
            digest=resolved.digest, sources=resolved.sources,
        )  # fmt: skip
    except BadValues as wrong:
        raise _bad_values(resolved.formula, wrong) from None
    except BadFormula as wrong:
        raise _bad_formula(resolved.formula.name, resolved.origin, wrong) from None
    return made


def project_of(town: Town, name: str) -> Project | None:
    """The project of a rig, as its target branch has it; None where there is no such branch.

    Raises:
        NotFound: there is no such rig.
    """
    if name == TOWN_RIG:
        return None
    rig = town.read().rig(name)
    git = Git(town.layout.repository(rig.id), bare=True)
    commit = git.oid(f"refs/heads/{rig.branch}")
    return Project(rig.id, git, commit) if commit is not None else None


def load_resolved(library: Library, name: str, variables: Mapping[str, str]) -> Resolved:
    """Find a formula and resolve it; variables are used for nothing but the ranges of loops.

    Raises:
        NotFound, Unreadable, Refused: as `load_recipe`.
    """
    shelf = _Shelf(library)
    own = library.find(name)
    formula = shelf.take(own)
    try:
        resolved = resolve(formula, shelf.load, variables)
    except BadFormula as wrong:
        raise _bad_formula(formula.name, own.origin, wrong) from None
    for step in every(resolved.steps):
        if step.command is not None:
            try:
                check_command(step.command)
            except Refused as refused:
                raise Refused(f"formula {formula.name}, step {step.id}: {refused.message}",
                              hint=refused.hint) from None  # fmt: skip
    return Resolved(resolved, own.origin, shelf.digest(), shelf.sources())


def with_values(resolved: Resolved, variables: Mapping[str, str]) -> Formula:
    """A resolved formula with its variables filled in.

    Raises:
        UsageTrouble: variables are missing, unknown or do not fit.
    """
    try:
        values = values_for(resolved.formula, variables, {})
    except BadValues as wrong:
        raise _bad_values(resolved.formula, wrong) from None
    return fill_in(resolved.formula, values)


def is_trusted(town: Town, recipe: Recipe) -> bool:
    """Whether a recipe may run its commands; one without commands may always be worked."""
    sources = recipe.sources or (recipe.origin,)
    return not recipe.has_commands or _may_run(town, sources, recipe.digest)


def check_trusted(town: Town, recipe: Recipe) -> None:
    """Refuse to run commands that nobody has trusted.

    Raises:
        Refused: the text is new on this machine, or has changed.
    """
    if not is_trusted(town, recipe):
        rig, is_project, _ = recipe.origin.partition(":")
        named = f"{recipe.formula} --rig {rig}" if is_project else recipe.formula
        raise Refused(
            f"formula {recipe.formula} runs commands that nobody on this machine has trusted"
            f" as they are now ({recipe.origin})",
            hint=f"look at it: bd formula show {named}; then: gt config trust formula {named},"
            " or --yes where it is used",
        )


def trust(town: Town, recipe: Recipe, *, actor: str) -> Trusted:
    """Let a recipe's commands run on this machine, as long as no text it stands on changes.

    Raises:
        Refused: an agent asks; only a person may.
    """
    commands = tuple(step.command for step in recipe.steps if step.command is not None)
    found = Trusted(recipe.formula, recipe.origin, recipe.digest, commands)
    return _trust(town, found, recipe.sources or (recipe.origin,), actor)


def trust_text(town: Town, library: Library, name: str, *, actor: str) -> Trusted:
    """Let a formula's commands run on this machine, whatever its variables will be.

    Raises:
        NotFound: there is no such formula.
        Refused: an agent asks; only a person may.
    """
    resolved = load_resolved(library, name, {})
    formula = resolved.formula
    commands = tuple(s.command for s in every(formula.steps) if s.command is not None)
    found = Trusted(formula.name, resolved.origin, resolved.digest, commands)
    return _trust(town, found, resolved.sources, actor)


def _trust(town: Town, found: Trusted, sources: tuple[str, ...], actor: str) -> Trusted:
    if _may_run(town, sources, found.digest):
        return found
    if not is_person(town.read(), actor):
        raise Refused(
            f"{actor} may not trust formulas",
            hint=f"a person types, outside agents' hooks: gt config trust formula {found.formula}",
        )
    with town.lock():
        accept(town.layout, [_definition(found.digest)])
    return found


def _may_run(town: Town, sources: tuple[str, ...], digest: str) -> bool:
    if all(source == BUILT_IN for source in sources):
        return True
    return is_accepted(town.layout, _definition(digest))


def parse(found: Found, data: bytes) -> tuple[Formula | None, list[Problem]]:
    """Read a formula's text; None where it cannot be read at all."""
    name = getattr(found.file, "name", found.name)
    try:
        text = read(data, name)
    except BadText as wrong:
        return None, [Problem(str(wrong), line=wrong.line)]
    return read_formula(text.values, text.lines, stem_of(name) or found.name)


class _Shelf:
    """Formulas that were loaded for one recipe; its digest is over all their texts."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._formulas: dict[str, Formula] = {}
        self._texts: dict[str, tuple[str, bytes]] = {}

    def load(self, name: str) -> Formula:
        """A formula that another one names."""
        if name not in self._formulas:
            self.take(self._library.find(name))
        return self._formulas[name]

    def take(self, found: Found) -> Formula:
        """Read a formula's file."""
        data = found.read()
        formula, problems = parse(found, data)
        if formula is None or problems:
            raise unreadable(found, problems)
        self._formulas[found.name] = formula
        self._texts[found.name] = found.origin, data
        return formula

    def digest(self) -> str:
        """SHA-256 over the names and texts."""
        total = hashlib.sha256()
        for name, (_, data) in sorted(self._texts.items()):
            total.update(f"{name}\0{len(data)}\0".encode())
            total.update(data)
        return total.hexdigest()

    def sources(self) -> tuple[str, ...]:
        """Where the texts were found, the formula's own first."""
        return tuple(origin for origin, _ in self._texts.values())


def unreadable(found: Found, problems: list[Problem]) -> Unreadable:
    """The error for a formula's text with problems."""
    lines = [describe(found.origin, problem) for problem in problems[:_SHOWN]]
    if len(problems) > _SHOWN:
        lines.append(f"and {len(problems) - _SHOWN} more")
    return Unreadable("\n".join(lines), hint=f"bd formula validate {found.name}")


def describe(origin: str, problem: Problem) -> str:
    """A problem as compilers say it: file, line, place, what."""
    line = f":{problem.line}" if problem.line is not None else ""
    where = f"{problem.where}: " if problem.where else ""
    return f"{origin}{line}: {where}{problem.message}"


def _definition(digest: str) -> str:
    return f"formula {digest}"


def _bad_formula(name: str, origin: str, wrong: BadFormula) -> Refused:
    return Refused(f"formula {name} ({origin}): {wrong}", hint=f"bd formula show {name}")


def _bad_values(formula: Formula, wrong: BadValues) -> UsageTrouble:
    missing = " ".join(f"--var {name}=…" for name in wrong.missing)
    hint = f"add {missing}" if missing else f"bd formula show {formula.name} lists its variables"
    return UsageTrouble(f"formula {formula.name}: {wrong}", hint=hint)
