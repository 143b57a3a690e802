"""Formulas for tests: written as text, resolved without a town."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gastown.domain.formulas.cooking import recipe
from gastown.domain.formulas.recipe import Recipe
from gastown.ops.formulas import load_resolved
from gastown.store.formulas import Library


def write_formulas(folder: Path, texts: Mapping[str, str]) -> Library:
    """A library of the texts (file name → text) in `folder`."""
    place = folder / ".beads" / "formulas"
    place.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (place / name).write_text(text, encoding="utf-8")
    return Library(None, folder, folder / "home")


def cooked(folder: Path, name: str, texts: Mapping[str, str], **values: str) -> Recipe:
    """The recipe of one of the texts."""
    found = load_resolved(write_formulas(folder, texts), name, values)
    return recipe(
        found.formula, values, {}, origin=found.origin, digest=found.digest, sources=found.sources
    )


def needs(made: Recipe) -> dict[str, tuple[str, ...]]:
    """Each step's id with what it needs, in order."""
    return {step.id: step.needs for step in made.steps}
