"""gt refinery, mq: the merge queue, submitting to it, reading it, pausing it."""

from __future__ import annotations

import click

from gastown.cli.common import (
    LazyGroup,
    complete_bead,
    complete_rig,
    json_option,
    show_batch,
)
from gastown.cli.session import Session, pass_session

_ELSEWHERE = {
    **{name: f"gastown.cli.deciding:{name}"
       for name in ("approve", "reject", "withdraw", "retry", "diff")},
    **{name: f"gastown.cli.queue_reading:{name}" for name in ("show", "log", "next")},
    "list": "gastown.cli.queue_reading:list_",
    "integration": "gastown.cli.integrating:integration",
}  # fmt: skip


@click.group()
def refinery() -> None:
    """The merge queue's worker: tests, then merges."""


@refinery.command()
@click.argument("rig", required=False, shell_complete=complete_rig)
@json_option
@pass_session
def run(session: Session, rig: str | None) -> None:
    """Test and merge what is queued, of RIG or of all rigs.

    Branches that were pushed as mq/NAME are queued first. Exit status 1 if a request failed,
    conflicted or could not be tried.
    """
    from gastown.ops.refinery import run as operation
    from gastown.ops.refining.integration import settle
    from gastown.ops.refining.pushed import look_at_pushed
    from gastown.ops.scheduling.passing import catch_up
    from gastown.render import agents as render

    announce = (lambda _: None) if session.wants_json else session.note
    session.take_events()
    reader = session.town.read()
    for name in [reader.rig(rig).id] if rig else [one.id for one in reader.rigs()]:
        look_at_pushed(session.town, name)
    result = operation(session.town, host=session.host, rig=rig, announce=announce)
    for name in result.rigs:
        settle(session.town, name)
    catch_up(session.town, session.host)
    session.show(result, render.refinery)
    fine = ("merged", "proposed", "withdrawn")
    if any(verdict.held or verdict.merge.state not in fine for verdict in result.verdicts):
        raise click.exceptions.Exit(1)


@click.group(cls=LazyGroup, lazy=_ELSEWHERE, aliases={"status": "show"})
def mq() -> None:
    """The merge queue.

    A branch gets in by `gt done` or `gt mq submit`, or by a push to mq/NAME in RIG/repo.git or on
    the origin. ID may be a request, or a bead or branch: then its latest one.
    """


@mq.command()
@click.argument("branch", required=False)
@click.option("--rig", shell_complete=complete_rig, help="Whose branch it is; default: this one.")
@click.option("--bead", metavar="ID", shell_complete=complete_bead, help="What the work is for.")
@click.option("--target", metavar="BRANCH", help="Where to; default: the rig's branch.")
@click.option("--priority", type=click.IntRange(0, 4), help="0 is first; default: its bead's.")
@json_option
@pass_session
def submit(
    session: Session, branch: str | None, rig: str | None, bead: str | None, target: str | None,
    priority: int | None,
) -> None:  # fmt: skip
    """Queue BRANCH, or the one checked out here, for merging.

    On a hook with a bead this is `gt done`. Said again, the request asks for the newest commit.
    Exit status: 1 nothing to merge or the bead is taken, 3 no such branch, 4 just being tested.
    """
    from gastown.ops.refining import submitting
    from gastown.render import merges as render

    actor = session.actor
    given = submitting.Given(branch, session.rig(rig), bead, target, priority)
    result = submitting.submit_from(session.town, session.place, session.here, given, actor=actor)
    session.show(result, render.submitted)


@mq.command()
@click.argument("rig", required=False, shell_complete=complete_rig)
@click.option("-r", "--reason", metavar="WHY", help="Why; everybody who looks is told.")
@json_option
@pass_session
def pause(session: Session, rig: str | None, reason: str | None) -> None:
    """Test and merge nothing more in RIG until `gt mq resume`.

    Without RIG: in the rig one stands in, else in all. What is being tested is finished. Exit
    status: 1 an agent may not, 3 nothing to pause, 4 it is paused already.
    """
    from gastown.ops.refining.pausing import pause as operation
    from gastown.render import queue as render

    actor = session.actor
    batch = operation(session.town, rig or session.place.rig, reason=reason, actor=actor)
    show_batch(session, batch, lambda: session.show(batch, render.turned))


@mq.command()
@click.argument("rig", required=False, shell_complete=complete_rig)
@json_option
@pass_session
def resume(session: Session, rig: str | None) -> None:
    """Go on with the queue of RIG.

    Without RIG: of the rig one stands in, else of all that are paused. Exit status: 1 an agent may
    not, 3 nothing is paused, 4 it is not paused.
    """
    from gastown.ops.refining.pausing import resume as operation
    from gastown.render import queue as render

    actor = session.actor
    batch = operation(session.town, rig or session.place.rig, actor=actor)
    show_batch(session, batch, lambda: session.show(batch, render.turned))
