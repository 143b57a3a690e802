"""bd mol step, bd mol trust."""

from __future__ import annotations

import click

from gastown.cli.common import complete_bead, json_option, show_batch
from gastown.cli.session import Session, pass_session

_STEPS = click.argument(
    "issues", nargs=-1, required=True, metavar="STEP…", shell_complete=complete_bead
)
_REASON = click.option("-r", "--reason", help="Why; kept in the step's issue.")
_ALIASES = {"close": "done", "finish": "done", "complete": "done", "claim": "start",
            "begin": "start", "block": "fail", "reset": "retry"}  # fmt: skip


class _StepGroup(click.Group):
    """`done` is also called close, finish, complete; `start` claim."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command by its name or alias."""
        return super().get_command(ctx, _ALIASES.get(cmd_name, cmd_name))


@click.group(cls=_StepGroup)
def step() -> None:
    """Move steps of molecules.

    pending → running → done, failed or skipped. bd close STEP does the same as done, bd update STEP
    --claim the same as start.
    """


def _move(session: Session, issues: tuple[str, ...], trigger: str, reason: str | None) -> None:
    from gastown.ops.batch import each
    from gastown.ops.molecules import move_step
    from gastown.render import molecules as render

    actor = session.actor
    result = each(
        issues, lambda issue: move_step(session.town, issue, trigger, reason=reason, actor=actor)
    )
    moved = list(result.done)
    shape = [render.stepped_shape(one) for one in moved]
    show_batch(
        session, result,
        lambda: session.show_plain(moved, lambda found: "\n".join(map(render.stepped, found)),
                                   shape),
    )  # fmt: skip


@step.command()
@_STEPS
@json_option
@pass_session
def start(session: Session, issues: tuple[str, ...]) -> None:
    """Begin with a step: it is running."""
    _move(session, issues, "start", None)


@step.command()
@_STEPS
@_REASON
@json_option
@pass_session
def done(session: Session, issues: tuple[str, ...], reason: str | None) -> None:
    """A step is done."""
    _move(session, issues, "done", reason)


@step.command()
@_STEPS
@_REASON
@json_option
@pass_session
def fail(session: Session, issues: tuple[str, ...], reason: str | None) -> None:
    """A step failed; what comes after it waits.

    It goes on when the step is tried again or skipped.
    """
    _move(session, issues, "fail", reason)


@step.command()
@_STEPS
@_REASON
@json_option
@pass_session
def skip(session: Session, issues: tuple[str, ...], reason: str | None) -> None:
    """Go on without a step."""
    _move(session, issues, "skip", reason)


@step.command()
@_STEPS
@_REASON
@json_option
@pass_session
def retry(session: Session, issues: tuple[str, ...], reason: str | None) -> None:
    """Try a step again that failed."""
    _move(session, issues, "retry", reason)


@click.command()
@click.argument("identifier", metavar="ID", shell_complete=complete_bead)
@json_option
@pass_session
def trust(session: Session, identifier: str) -> None:
    """Accept a molecule's commands on this machine.

    Read them first: bd mol show ID. Only needed for one that was poured on another machine, or
    whose record was changed by hand.
    """
    from gastown.ops.molecules import trust as operation
    from gastown.views.molecules import molecule_view, source_of

    view = molecule_view(source_of(session.town, identifier), identifier)
    found = operation(session.town, view.molecule, actor=session.actor)
    said = f"✓ the commands of {found.id} ({found.formula}) are accepted on this machine"
    session.show_plain(found, lambda _: said, {"molecule_id": found.id, "trusted": True})
