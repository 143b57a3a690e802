"""gt scheduler."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gastown.cli.common import LazyGroup, complete_bead, complete_runtime, json_option, show_batch
from gastown.cli.session import Session, pass_session

if TYPE_CHECKING:
    from gastown.views.scheduler import SchedulerView


@click.group(cls=LazyGroup, aliases={"ls": "list", "show": "status"})
def scheduler() -> None:
    """How many polecats work at once, and what waits for a place.

    The limits are settings: gt config set scheduler.max_polecats N (0: no limit),
    scheduler.rigs.RIG, scheduler.runtimes.NAME.
    """


def _view(session: Session) -> SchedulerView:
    from gastown.ops.scheduling.passing import present
    from gastown.views.scheduler import scheduler_view

    town = session.town
    return scheduler_view(town.read(), town.settings(), present(town, session.host))


@scheduler.command()
@json_option
@pass_session
def status(session: Session) -> None:
    """Places, what holds them up, and the queue."""
    from gastown.render import scheduler as render

    now = session.edge.clock()
    session.show(_view(session), lambda view: render.status(view, now))


@scheduler.command(name="list")
@json_option
@pass_session
def list_(session: Session) -> None:
    """What waits for a place, in order, and for what."""
    from gastown.render import scheduler as render

    now, view = session.edge.clock(), _view(session)
    session.show([*view.queue, *view.failed], lambda _: render.rows(view, now))


@scheduler.command()
@click.option("-r", "--reason", metavar="WHY", help="Why; everybody who looks is told.")
@json_option
@pass_session
def pause(session: Session, reason: str | None) -> None:
    """Sling nothing new; agents at work go on.

    Exit status: 1 an agent may not, 4 it is paused already.
    """
    from gastown.ops.scheduling.steering import pause as operation
    from gastown.render import scheduler as render

    session.show(operation(session.town, reason=reason, actor=session.actor), render.turned)


@scheduler.command()
@json_option
@pass_session
def resume(session: Session) -> None:
    """Go on with what waits.

    Exit status: 1 an agent may not, 4 it is not paused.
    """
    from gastown.ops.scheduling.passing import catch_up
    from gastown.ops.scheduling.steering import resume as operation
    from gastown.render import scheduler as render

    found = operation(session.town, actor=session.actor)
    catch_up(session.town, session.host)
    session.show(found, render.turned)


@scheduler.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be slung.")
@click.option("-n", "--limit", type=click.IntRange(1), metavar="N", help="At most so many.")
@json_option
@pass_session
def run(session: Session, dry_run: bool, limit: int | None) -> None:
    """Sling what has a place now, also what has just failed.

    A running monitor does that by itself. Exit status 1 if something could not be slung.
    """
    from gastown.ops.scheduling.passing import dispatch, rehearse
    from gastown.render import scheduler as render

    if dry_run:
        session.show(rehearse(session.town, session.host, most=limit), render.passed)
        return
    result = dispatch(session.town, session.host, actor=session.actor, most=limit, hurry=True)
    session.show(result, render.passed)
    if result.failures:
        raise click.exceptions.Exit(1)


@scheduler.command()
@click.argument("issues", nargs=-1, required=True, shell_complete=complete_bead)
@json_option
@pass_session
def clear(session: Session, issues: tuple[str, ...]) -> None:
    """Take ISSUES out of the queue; they stay open.

    Exit status 3: one of them does not wait.
    """
    from gastown.ops.scheduling.dispatches import withdraw
    from gastown.render import scheduler as render

    actor = session.actor
    batch = withdraw(session.town, issues, f"{actor} took it out of the queue", actor=actor)
    show_batch(session, batch, lambda: session.show(list(batch.done), render.cleared))


@scheduler.command()
@click.argument("runtime", shell_complete=complete_runtime)
@json_option
@pass_session
def release(session: Session, runtime: str) -> None:
    """Lift the hold on RUNTIME, whatever its provider says.

    Exit status: 1 an agent may not, 3 it is not held.
    """
    from gastown.ops.scheduling.holds import release as operation
    from gastown.ops.scheduling.passing import catch_up
    from gastown.ops.scheduling.steering import check_may_steer
    from gastown.render import scheduler as render

    actor = session.actor
    check_may_steer(session.town, actor, "steer")
    found = operation(session.town, runtime, actor=actor)
    catch_up(session.town, session.host)
    session.show(found, lambda _: render.released(runtime))
