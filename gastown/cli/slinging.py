"""gt sling, unsling."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gastown.cli.common import (
    complete_bead,
    complete_runtime,
    complete_target,
    complete_work,
    json_option,
    show_batch,
)
from gastown.cli.session import Session, pass_session
from gastown.errors import UsageTrouble

if TYPE_CHECKING:
    from gastown.domain.molecule import Molecule
    from gastown.ops.batch import Batch
    from gastown.ops.sling import Slung
    from gastown.ops.sling_formula import Manner, SlungFormula
    from gastown.ops.waiting import Finished


def _complete_sling(
    ctx: click.Context, parameter: click.Parameter, incomplete: str
) -> list[click.shell_completion.CompletionItem]:
    return complete_bead(ctx, parameter, incomplete) + complete_target(ctx, parameter, incomplete)


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="ISSUE…|FORMULA RIG[/AGENT]",
                shell_complete=_complete_sling)  # fmt: skip
@click.option("--agent", "runtime", metavar="RUNTIME", shell_complete=complete_runtime,
              help="The command to run; by default the town's default agent.")  # fmt: skip
@click.option("--on", "on", metavar="ISSUE", shell_complete=complete_bead,
              help="Of a formula: make this issue its root.")  # fmt: skip
@click.option("--var", "variables", multiple=True, metavar="NAME=VALUE",
              help="Of a formula: give a variable its value; may be repeated.")  # fmt: skip
@click.option("-y", "--yes", is_flag=True, help="Of a formula: trust its commands.")
@click.option("--no-start", is_flag=True, help="Make hook and worktree, but start no agent.")
@click.option("-f", "--force", is_flag=True, help="Take it from whoever has it; ignore blockers.")
@click.option("--wait", is_flag=True, help="Wait for the agents, then test and merge their work.")
@json_option
@pass_session
def sling(
    session: Session, words: tuple[str, ...], runtime: str | None, on: str | None,
    variables: tuple[str, ...], yes: bool, no_start: bool, force: bool, wait: bool,
) -> None:  # fmt: skip
    """Give issues to agents: each a hook, each started.

    Each ISSUE goes on the hook of a polecat of its own in RIG, or on that of the named agent. A
    FORMULA is poured first: one agent works all its steps; of a convoy each step has its own. A
    molecule that is there already is gone on with by its ID.
    """
    if wait and no_start:
        raise UsageTrouble("--wait waits for agents, --no-start starts none", hint="leave one out")
    from gastown.ops.sling_formula import Manner

    *issues, target = _with_target(session, words)
    manner = Manner(session.host, runtime, start=not no_start, force=force)
    formula = _formula_of(session, issues, target, named=on is not None or bool(variables))
    if formula is not None:
        _sling_formula(session, (formula, on, variables), target, manner, yes=yes, wait=wait)
    elif (molecule := _molecule_of(session, issues)) is not None:
        _go_on(session, molecule, target, manner, wait=wait)
    else:
        _sling_beads(session, tuple(issues), target, manner, wait=wait)


def _with_target(session: Session, words: tuple[str, ...]) -> tuple[str, ...]:
    """The words with a place to sling to; an issue alone goes to its own rig, where it is one."""
    if len(words) == 1:
        bead = session.town.read().find("bead", words[0])
        if bead is not None and bead.rig != "hq":
            return (words[0], bead.rig)
    if len(words) < 2:
        raise UsageTrouble("say what to sling, and where", hint="gt sling ISSUE… RIG[/AGENT]")
    return words


def _formula_of(session: Session, issues: list[str], target: str, *, named: bool) -> str | None:
    """The formula that is to be slung; None: issues. An issue of that name wins.

    Raises:
        UsageTrouble: what only a formula has was said of an issue.
    """
    [first, *rest] = issues
    is_bead = session.town.read().find("bead", first) is not None
    if named and (is_bead or rest):
        raise UsageTrouble(
            f"--on and --var are of a formula, and {first} is an issue"
            if is_bead else "one formula at a time",
            hint="gt sling FORMULA --on ISSUE RIG --var NAME=VALUE",
        )  # fmt: skip
    if is_bead or (rest and not named):
        return None
    from gastown.cli.formula_options import is_formula

    return first if named or is_formula(session, first, _rig(target)) else None


def _rig(target: str) -> str:
    from gastown.ops.sling import parse_target

    return parse_target(target).rig


def _molecule_of(session: Session, issues: list[str]) -> Molecule | None:
    """The molecule that is named by its root."""
    found: Molecule | None = None
    if len(issues) == 1:
        found = session.town.read().find("molecule", issues[0])
    return found


def _sling_beads(
    session: Session, issues: tuple[str, ...], target: str, manner: Manner, *, wait: bool
) -> None:
    from gastown.ops.sling import sling as operation
    from gastown.render import agents as render

    result = operation(
        session.town, issues, target, runtime=manner.runtime, host=session.host,
        start=manner.start, force=manner.force, actor=session.actor,
    )  # fmt: skip
    slung = list(result.done)
    if not wait:
        show_batch(session, result, lambda: session.show(slung, render.slung))
        return
    session.note(render.slung(slung))
    _wait(session, result, None)


def _sling_formula(
    session: Session, formula: tuple[str, str | None, tuple[str, ...]], target: str,
    manner: Manner, *, yes: bool, wait: bool,
) -> None:  # fmt: skip
    from gastown.cli.formula_options import pairs, trusted_recipe
    from gastown.ops.sling_formula import sling_formula

    name, on, variables = formula
    recipe = trusted_recipe(session, name, pairs(variables), yes=yes, rig=_rig(target))
    result = sling_formula(
        session.town, recipe, target, on=on, manner=manner, actor=session.actor
    )  # fmt: skip
    _show(session, result, manner, wait=wait)


def _go_on(
    session: Session, molecule: Molecule, target: str, manner: Manner, *, wait: bool
) -> None:
    from gastown.ops.sling_formula import sling_molecule

    actor = session.actor
    result = sling_molecule(session.town, molecule, target, manner=manner, actor=actor)
    _show(session, result, manner, wait=wait)


def _show(session: Session, result: SlungFormula, manner: Manner, *, wait: bool) -> None:
    from gastown.render.molecules import slung_formula

    if wait:
        session.note(slung_formula(result))
        _wait(session, result.slung, result.molecule, manner)
    else:
        slung = list(result.slung.done)
        if not slung and result.slung.refused:
            session.note(slung_formula(result))
        show_batch(
            session, result.slung, lambda: session.show(slung, lambda _: slung_formula(result))
        )


def _wait(
    session: Session, result: Batch[Slung], molecule: Molecule | None,
    manner: Manner | None = None,
) -> None:  # fmt: skip
    """Wait for the agents and merge their work; of a convoy, until nothing more can be slung."""
    from gastown.ops.waiting import finish
    from gastown.render import agents as render

    def wait_for(these: list[Slung]) -> Finished:
        return finish(session.town, these, host=session.host, announce=session.note)

    outcome = wait_for(list(result.done))
    if molecule is not None and molecule.is_convoy and manner is not None:
        from gastown.ops.sling_formula import go_on, under_way
        from gastown.render.molecules import slung_formula

        while outcome.all_merged:
            more = go_on(session.town, molecule, manner=manner, actor=session.actor)
            if more.slung.done or more.closed:
                session.note(slung_formula(more))
            these = under_way(session.town, molecule)  # a monitor may have been quicker
            if not these:
                break
            outcome = wait_for(these)
    show_batch(session, result, lambda: session.show(outcome, render.finished))
    if not outcome.all_merged:
        raise click.exceptions.Exit(1)


@click.command()
@click.argument("subject", metavar="ISSUE|RIG/AGENT", shell_complete=complete_work)
@json_option
@pass_session
def unsling(session: Session, subject: str) -> None:
    """Take an issue off its hook; its work is kept.

    The agent stops, its commits and changes stay under refs, and the issue is open again.
    """
    from gastown.ops.work import unsling as operation
    from gastown.render import agents as render

    result = operation(session.town, subject, host=session.host, actor=session.actor)
    session.show(result, render.unslung)
