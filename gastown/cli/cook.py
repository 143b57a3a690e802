"""bd cook."""

from __future__ import annotations

import signal
import sys
import threading
from contextlib import contextmanager
from pathlib import PurePath
from typing import TYPE_CHECKING

import click

from gastown.cli.common import complete_rig, json_option
from gastown.cli.session import Session, pass_session
from gastown.errors import Refused, UsageTrouble

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gastown.domain.formulas.recipe import Recipe, Step
    from gastown.domain.run import Run
    from gastown.ops.cook import Audience, Report
    from gastown.ops.cook_place import Kitchen


@click.command()
@click.argument("name", required=False)
@click.option("--var", "words", multiple=True, metavar="NAME=VALUE",
              help="A value for {{NAME}}; may be repeated.")  # fmt: skip
@click.option("--rig", shell_complete=complete_rig,
              help="Run it in a fresh worktree of this rig's target branch.")  # fmt: skip
@click.option("-n", "--dry-run", is_flag=True, help="Say what would run; run nothing.")
@click.option("--mode", type=click.Choice(["run", "compile", "runtime"]), default="run",
              show_default=True, help="compile: print the resolved formula as JSON; runtime: "
              "the same with its variables filled in.")  # fmt: skip
@click.option("--resume", is_flag=True, help="Go on with the run that did not end well.")
@click.option("-y", "--yes", is_flag=True, help="Trust the formula's commands as they are now.")
@click.option("--list", "list_runs", is_flag=True, help="Former runs, newest first.")
@json_option
@pass_session
def cook(
    session: Session, name: str | None, words: tuple[str, ...], rig: str | None, dry_run: bool,
    mode: str, resume: bool, yes: bool, list_runs: bool,
) -> None:  # fmt: skip
    """Run the commands of a formula, one step after the other.

    They run at the root of the git worktree you stand in; --rig takes a fresh one, which goes
    again unless something is left in it. The first step that fails ends the run; --resume goes on
    from there. Values of variables reach the commands as they are, and never as shell code.
    """
    from gastown.cli.formula_options import pairs

    if list_runs:
        _list(session, name)
    elif name is None:
        raise UsageTrouble("which formula?", hint="bd formula list")
    elif mode != "run":
        _print(session, name, pairs(words), filled=mode == "runtime")
    elif dry_run:
        _plan(session, name, pairs(words), rig)
    elif resume:
        _resume(session, name, pairs(words), rig, yes=yes)
    else:
        _start(session, name, pairs(words), rig, yes=yes)


def _list(session: Session, name: str | None) -> None:
    from gastown.render import formulas as render

    found = [run for run in session.town.read().runs() if name in (None, run.formula)]
    now = session.edge.clock()
    session.show_plain(found, lambda runs: render.runs(runs, now), found)


def _print(session: Session, name: str, variables: Mapping[str, str], *, filled: bool) -> None:
    from gastown.cli.formulas import library_of
    from gastown.ops.formulas import load_resolved, with_values
    from gastown.render import formulas as render
    from gastown.render.json import dump

    resolved = load_resolved(library_of(session), name, variables)
    formula = with_values(resolved, variables) if filled else resolved.formula
    click.echo(dump(render.formula_shape(formula, resolved.origin)))


def _plan(session: Session, name: str, variables: Mapping[str, str], rig: str | None) -> None:
    from gastown.cli.formula_options import resolved_recipe
    from gastown.ops.plan import plan
    from gastown.render import formulas as render

    with _place(session, rig) as kitchen:
        recipe = resolved_recipe(session, name, variables, at=kitchen.tree if kitchen else None)
    here = str(kitchen.tree) if kitchen else "a git worktree (you stand in none; or --rig RIG)"
    found = plan(recipe, f"a fresh worktree of {rig}" if rig else here)
    session.show_plain(found, render.plan, found)


def _start(
    session: Session, name: str, variables: Mapping[str, str], rig: str | None, *, yes: bool
) -> None:
    from gastown.cli.formula_options import resolved_recipe, trusted_recipe
    from gastown.ops.cook import begin, check_cookable

    with _place(session, rig) as kitchen:
        at = kitchen.tree if kitchen else None
        check_cookable(resolved_recipe(session, name, variables, at=at))
        if kitchen is None:
            raise UsageTrouble(
                "you do not stand in a git worktree",
                hint="cd into one, or use a fresh one: --rig RIG",
            )
        recipe = trusted_recipe(session, name, variables, yes=yes, at=at)
        if kitchen.spare:
            session.note(f"in {kitchen.tree}")
        _cook(session, recipe, begin(session.town, recipe, kitchen, actor=session.actor), kitchen)


def _resume(
    session: Session, name: str, variables: Mapping[str, str], rig: str | None, *, yes: bool
) -> None:
    from gastown.cli.formula_options import trusted_recipe
    from gastown.ops.cook import last_unfinished, resumed
    from gastown.ops.cook_place import kitchen_at
    from gastown.store.formula_text import stem_of

    here = session.here.resolve()
    standing = kitchen_at(session.town, here, session.place.rig) if rig is None else None
    formula = stem_of(PurePath(name).name) or name
    run, kitchen = last_unfinished(session.town, formula, kitchen=standing, rig=session.rig(rig))
    other = [one for one, value in variables.items() if run.vars.get(one) != value]
    if other:
        raise Refused(
            f"the run began with another value for {', '.join(other)}",
            hint=f"go on with the old one: bd cook {name} --resume; or start anew without --resume",
        )
    recipe = trusted_recipe(session, name, run.vars, yes=yes, at=kitchen.tree)
    if recipe.digest != run.digest and not yes:
        raise Refused(
            f"formula {name} has changed since the run began",
            hint=f"go on with it as it is now: bd cook {name} --resume --yes; or start anew",
        )
    _cook(session, recipe, resumed(run, recipe), kitchen)


@contextmanager
def _place(session: Session, rig: str | None) -> Iterator[Kitchen | None]:
    """The worktree that the caller stands in, or a fresh one of a rig, which goes if it can."""
    from gastown.ops.cook import new_run_id
    from gastown.ops.cook_place import kitchen_at, leave, spare_kitchen

    here = session.here.resolve()
    if session.rig(rig) is None or rig is None:
        yield kitchen_at(session.town, here, session.place.rig)
        return
    kitchen = spare_kitchen(session.town, rig, new_run_id(session.town))
    try:
        yield kitchen
    finally:
        if session.town.read().find("run", kitchen.tree.name) is None:  # it did not come to a run
            leave(session.town, kitchen)


def _cook(session: Session, recipe: Recipe, run: Run, kitchen: Kitchen) -> None:
    from gastown.ops.cook import cook as run_all
    from gastown.render import formulas as render

    actor = session.actor
    try:
        with _ended_by_signals():
            done = run_all(
                session.town, session.host, recipe, run, kitchen, _audience(session, actor),
                actor=actor,
            )  # fmt: skip
    except KeyboardInterrupt:
        where = f" --rig {kitchen.rig}" if kitchen.spare else ""
        session.note(f"to go on from there: bd cook {recipe.formula}{where} --resume")
        raise
    session.show_plain(done, render.cooked, render.cooked_shape(done))
    if not done.passed:
        raise click.exceptions.Exit(1)


def _audience(session: Session, actor: str) -> Audience:
    from gastown.ops.actors import is_person
    from gastown.ops.cook import Audience
    from gastown.render import formulas as render

    aside = session.wants_json  # then standard output is for the one object at the end

    def tell(report: Report) -> None:
        click.echo(render.progress(report), err=aside)

    def show(text: str) -> None:
        click.echo(text, nl=False, err=aside)

    def approve(step: Step) -> bool:
        session.note(f"{step.id}: {step.title}")
        for text in (step.description, step.command and f"$ {step.command}"):
            if text:
                session.note(f"  {text}")
        return click.confirm("Go on?", default=False, err=True)

    there = sys.stdin.isatty() and sys.stderr.isatty() and is_person(session.town.read(), actor)
    return Audience(tell, show, approve if there else None)


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """TERM and a closed terminal end a run as Ctrl-C does: with its command, and recorded."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, signal.default_int_handler) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
