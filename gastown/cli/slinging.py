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
    from gastown.ops.scheduling.asking import Waiting
    from gastown.ops.sling import Slung
    from gastown.ops.sling_formula import Manner, SlungFormula


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

    Where only so many polecats may work at once (gt config set scheduler.max_polecats N), an issue
    without a place waits in the queue, and is slung as soon as there is one: gt scheduler list.
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
    from gastown.ops.sling_order import parse_target

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
    from gastown.ops.scheduling.asking import ask
    from gastown.render.scheduler import asked as render

    result = ask(
        session.town, session.host, issues, target, runtime=manner.runtime, start=manner.start,
        force=manner.force, actor=session.actor,
    )  # fmt: skip
    if wait:
        session.note(render(result))
        _wait(session, result.batch, result.waiting, None)
        return
    shown = [*result.slung, *result.waiting]
    if shown or not result.batch.refused:
        session.show(shown, lambda _: render(result))
    show_batch(session, result.batch, lambda: None)


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
        _wait(session, result.slung, result.waiting, result.molecule, manner)
    else:
        shown = [*result.slung.done, *result.waiting]
        if not shown and result.slung.refused:
            session.note(slung_formula(result))
        elif shown or not result.slung.refused:
            session.show(shown, lambda _: slung_formula(result))
        show_batch(session, result.slung, lambda: None)


def _wait(
    session: Session, result: Batch[Slung], waiting: tuple[Waiting, ...],
    molecule: Molecule | None, manner: Manner | None = None,
) -> None:  # fmt: skip
    """Wait for the agents and merge their work; of a convoy, until nothing more can be slung."""
    from gastown.ops.scheduling.asking import come
    from gastown.ops.sling_formula import go_on, under_way
    from gastown.ops.waiting import finish, together
    from gastown.render import agents as render
    from gastown.render.molecules import slung_formula

    queued = {one.bead for one in waiting}
    outcome = finish(session.town, list(result.done), host=session.host, announce=session.note)
    while outcome.all_merged:
        these: list[Slung] = []
        if molecule is not None and molecule.is_convoy and manner is not None:
            more = go_on(session.town, molecule, manner=manner, actor=session.actor)
            if more.slung.done or more.waiting or more.closed:
                session.note(slung_formula(more))
            queued |= {one.bead for one in more.waiting}
            these = under_way(session.town, molecule)  # a monitor may have been quicker
        these = these or come(session.town, session.host, queued)
        if not these:
            break
        queued -= {one.bead for one in these}
        found = finish(session.town, these, host=session.host, announce=session.note)
        outcome = together(outcome, found)
    show_batch(session, result, lambda: session.show(outcome, render.finished))
    if not outcome.all_merged or queued:
        raise click.exceptions.Exit(1)


@click.command()
@click.argument("subject", metavar="ISSUE|RIG/AGENT", shell_complete=complete_work)
@json_option
@pass_session
def unsling(session: Session, subject: str) -> None:
    """Take an issue off its hook, or out of the queue.

    Its work is kept: the agent stops, its commits and changes stay under refs, and the issue is
    open again.
    """
    from gastown.ops.scheduling.asking import waits_still
    from gastown.ops.scheduling.dispatches import withdraw
    from gastown.ops.scheduling.passing import catch_up
    from gastown.ops.work import unsling as operation
    from gastown.render import agents as render
    from gastown.render import scheduler as render_queue

    actor = session.actor
    if waits_still(session.town, subject):
        batch = withdraw(session.town, (subject,), f"{actor} took it back", actor=actor)
        show_batch(session, batch, lambda: session.show(batch.done[0], render_queue.withdrawn))
        return
    result = operation(session.town, subject, host=session.host, actor=actor)
    catch_up(session.town, session.host)
    session.show(result, render.unslung)
