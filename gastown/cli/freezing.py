"""gt estop, gt thaw."""

from __future__ import annotations

import click

from gastown.cli.common import json_option
from gastown.cli.session import Session, pass_session


@click.command()
@click.option("-r", "--reason", metavar="WHY", help="Why; everybody who looks is told.")
@json_option
@pass_session
def estop(session: Session, reason: str | None) -> None:
    """Stop every agent in its tracks; gt thaw lets them go on.

    Nothing is lost and nothing is suspended: their processes stand still. Until then nothing is
    slung, helped or tested. Exit status: 1 an agent may not.
    """
    from gastown.ops.freezing import estop as operation
    from gastown.render import freezing as render

    session.show(
        operation(session.town, session.host, reason=reason, actor=session.actor), render.stopped
    )


@click.command()
@json_option
@pass_session
def thaw(session: Session) -> None:
    """Let the agents go on that `gt estop` has stopped."""
    from gastown.ops.freezing import thaw as operation
    from gastown.render import freezing as render

    session.show(operation(session.town, session.host), render.thawed)
