"""What commands that take a formula share: its variables, and the person's trust in its text."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from gastown.errors import GtError, NotFound, Refused, UsageTrouble

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gastown.cli.session import Session
    from gastown.domain.formulas.recipe import Recipe


def pairs(words: tuple[str, ...]) -> dict[str, str]:
    """`NAME=VALUE` words as a mapping.

    Raises:
        UsageTrouble: one has no `=`, or a name stands twice with different values.
    """
    found: dict[str, str] = {}
    for word in words:
        name, sign, value = word.partition("=")
        if not sign or not name:
            raise UsageTrouble(f"--var {word}: write NAME=VALUE", hint="--var version=1.2.0")
        if found.get(name, value) != value:
            raise UsageTrouble(f"--var {name} is given twice, with different values")
        found[name] = value
    return found


def resolved_recipe(
    session: Session, name: str, variables: Mapping[str, str], *, at: Path | None = None,
    rig: str | None = None,
) -> Recipe:  # fmt: skip
    """A formula with its variables filled in.

    Args:
        at: where it is looked for first, instead of the place the caller stands in.
        rig: its project's formulas come after those of that place.

    Raises:
        NotFound: there is no formula of that name.
        UsageTrouble: a variable is missing or not allowed.
    """
    from pathlib import Path

    from gastown.ops.formulas import load_recipe

    home = Path(session.env.get("HOME", "~")).expanduser()
    here = session.here  # before the town is opened, which changes the directory
    if at is not None:
        with suppress(NotFound):
            return load_recipe(session.town, name, variables, here=at, home=home)
    return load_recipe(session.town, name, variables, here=here, home=home, rig=rig)


def trusted_recipe(
    session: Session, name: str, variables: Mapping[str, str], *, yes: bool,
    at: Path | None = None, rig: str | None = None,
) -> Recipe:  # fmt: skip
    """A formula whose commands may run on this machine.

    Raises:
        Refused: its text was not accepted, and there is no terminal to ask on.
    """
    from gastown.ops import formulas

    recipe = resolved_recipe(session, name, variables, at=at, rig=rig)
    if not recipe.has_commands:
        return recipe
    if yes:
        formulas.trust(session.town, recipe, actor=session.actor)
        return recipe
    try:
        formulas.check_trusted(session.town, recipe)
    except Refused:
        if not _is_asked_and_granted(session, recipe):
            raise
        formulas.trust(session.town, recipe, actor=session.actor)
    return recipe


def _is_asked_and_granted(session: Session, recipe: Recipe) -> bool:
    """Show a formula's commands and ask for trust, where there is a terminal."""
    import sys

    import click

    if session.wants_json or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    session.note(f"formula {recipe.formula} ({recipe.origin}) will run these commands:")
    for step in recipe.steps:
        if step.command is not None:
            session.note(f"  {step.id}: {step.command}")
    return click.confirm("Trust this text on this machine?", default=False, err=True)


def is_formula(session: Session, name: str, rig: str | None = None) -> bool:
    """Whether a formula of this name is to be found, whatever may be wrong with it."""
    try:
        resolved_recipe(session, name, {}, rig=rig)
    except NotFound:
        return False
    except GtError:
        return True
    return True
