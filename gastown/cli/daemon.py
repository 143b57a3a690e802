"""gt daemon, up, down: the monitor that keeps the town moving."""

from __future__ import annotations

import click

from gastown.cli.common import json_option
from gastown.cli.session import Session, pass_session


@click.group()
def daemon() -> None:
    """The monitor, which keeps the town moving.

    It watches git and files. Without it everything still works at the next command.
    """


@daemon.command()
@json_option
@pass_session
def start(session: Session) -> None:
    """Start the monitor in the background, unless it runs."""
    from gastown.ops.monitor import start as operation
    from gastown.render import monitor as render

    session.show(operation(session.town, session.host), render.started)


@daemon.command()
@json_option
@pass_session
def stop(session: Session) -> None:
    """Stop the monitor; agents go on working."""
    from gastown.ops.monitor import stop_monitor
    from gastown.render import monitor as render

    session.show(stop_monitor(session.town), render.stopped)


@daemon.command()
@json_option
@pass_session
def status(session: Session) -> None:
    """Whether the monitor runs, and what it is at.

    Also what it had to put off. Exit status 1 if it does not run.
    """
    from gastown.ops.monitor import standing
    from gastown.render import monitor as render

    found = standing(session.town)
    now = session.edge.clock()
    session.show(found, lambda shown: render.standing(shown, now))
    if not found.running:
        raise click.exceptions.Exit(1)


@daemon.command()
@json_option
@pass_session
def run(session: Session) -> None:
    """Be the monitor in this terminal, until Ctrl-C."""
    from gastown.monitor.daemon import run as operation
    from gastown.render import monitor as render

    already = operation(session.town, session.host, echo=not session.wants_json)
    if already is not None:
        session.show(already, render.started)


@daemon.command()
@click.option("-n", "--limit", default=40, show_default=True, help="How many entries.")
@click.option("-f", "--follow", is_flag=True, help="Go on showing what comes, until Ctrl-C.")
@json_option
@pass_session
def logs(session: Session, limit: int, follow: bool) -> None:
    """What the monitor has done and met, newest last."""
    from gastown.ops.monitor import log_file
    from gastown.render import monitor as render
    from gastown.runtime.journal import follow as follow_log
    from gastown.runtime.journal import read

    file = log_file(session.town)
    session.show(read(file, limit), render.entries)
    if follow:
        for entry in follow_log(file):
            session.show([entry], render.entries)


@click.command()
@json_option
@pass_session
def up(session: Session) -> None:
    """Start the monitor, and the agents that gt down has suspended."""
    from gastown.ops.standstill import bring_up
    from gastown.render import monitor as render

    result = bring_up(session.town, session.host, actor=session.actor)
    session.show(result, render.up)
    if result.troubles:
        raise click.exceptions.Exit(1)


@click.command()
@json_option
@pass_session
def down(session: Session) -> None:
    """Stop the monitor and all agents of this town.

    Nothing starts again until gt up. Each agent's work is held in a snapshot first.
    """
    from gastown.ops.standstill import take_down
    from gastown.render import monitor as render

    result = take_down(session.town, session.host, actor=session.actor)
    session.show(result, render.down)
    if result.troubles:
        raise click.exceptions.Exit(1)
