"""gt service: the monitor and the tray at login."""

from __future__ import annotations

import click

from gastown.cli.common import json_option
from gastown.cli.session import Session, pass_session

_user = click.option("--user", is_flag=True, default=True,
                     help="For you alone, without root: there is no other way.")  # fmt: skip


@click.group()
def service() -> None:
    """Have the monitor of this town, and the tray, start at login."""


@service.command()
@_user
@click.option("--tray/--no-tray", default=True, show_default=True, help="The tray, too.")
@click.option("--start/--no-start", default=True, show_default=True,
              help="Start the monitor now, where a systemd or launchd of yours can.")  # fmt: skip
@json_option
@pass_session
def install(session: Session, user: bool, tray: bool, start: bool) -> None:  # noqa: ARG001
    """Have them start at login.

    The monitor is a unit of your systemd (or a launchd agent); where there is none, your desktop
    starts it. Agents outlive it.
    """
    from gastown.ops.service import install as operation
    from gastown.render import service as render

    session.show(operation(session.town, session.host, tray=tray, start=start), render.installed)


@service.command()
@_user
@json_option
@pass_session
def uninstall(session: Session, user: bool) -> None:  # noqa: ARG001
    """Have nothing of this town start at login.

    No file of it is left. The tray goes with the last town. A monitor that systemd or launchd has
    started is stopped.
    """
    from gastown.ops.service import uninstall as operation
    from gastown.render import service as render

    session.show(operation(session.town, session.host), render.removed)


@service.command()
@_user
@json_option
@pass_session
def status(session: Session, user: bool) -> None:  # noqa: ARG001
    """What starts at login. Exit status 1 if nothing of this town does."""
    from gastown.ops.service import standing
    from gastown.render import service as render

    found = standing(session.town, session.host)
    session.show(found, render.standing)
    if not any(one.file for one in found):
        raise click.exceptions.Exit(1)
