"""gt escalate."""

from __future__ import annotations

from contextlib import suppress

import click

from gastown.cli.common import complete_bead, json_option
from gastown.cli.default_group import DefaultGroup
from gastown.cli.session import Session, pass_session
from gastown.errors import Busy


@click.group(
    cls=DefaultGroup, default="raise", aliases={"close": "resolve", "ls": "list"},
    invoke_without_command=True, no_args_is_help=False,
)  # fmt: skip
@click.pass_context
def escalate(ctx: click.Context) -> None:
    """Say that something needs a person.

    gt escalate "TEXT" [-s SEVERITY] raises it. One thing escalated twice is one escalation. What
    nobody acknowledges rises after a time (escalation.stale_s). Without a text: what is open.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_)


@escalate.command(name="raise")
@click.argument("text")
@click.option(
    "-s", "--severity", type=click.Choice(["critical", "high", "medium", "low"]),
    default="medium", show_default=True, help="How urgent it is.",
)  # fmt: skip
@click.option("--bead", metavar="BEAD", shell_complete=complete_bead,
              help="What it is about; an agent's own bead by default.")  # fmt: skip
@click.option("-r", "--reason", metavar="BODY", help="The question, and what is known.")
@click.option("--stdin", is_flag=True, help="Read that from standard input.")
@json_option
@pass_session
def raise_(
    session: Session, text: str, severity: str, bead: str | None, reason: str | None, stdin: bool
) -> None:
    """Escalate TEXT."""
    from dataclasses import replace

    from gastown.cli.texts import said_text
    from gastown.domain.escalation import Severity
    from gastown.ops.escalating import deliver, find
    from gastown.ops.escalating import escalate as operation
    from gastown.ops.notifying import notify_once
    from gastown.render import escalations as render
    from gastown.store.locks import is_held

    body = said_text(session, reason, stdin=stdin, what="reason") or ""
    town = session.town
    found = operation(
        town, text, severity=Severity(severity), body=body, bead=bead, actor=session.actor
    )
    if not is_held(town.layout.monitor_lock):
        with suppress(Busy):  # it is open, and told by the next that looks
            deliver(town, session.host)
            notify_once(town, session.host)
        found = replace(found, escalation=find(town, found.escalation.id))
    session.show(found, render.raised)


@escalate.command(name="list")
@click.option("-a", "--all", "every", is_flag=True, help="Resolved ones, too.")
@json_option
@pass_session
def list_(session: Session, every: bool = False) -> None:
    """What is open, newest first."""
    from gastown.render import escalations as render

    now = session.edge.clock()
    session.actor  # noqa: B018  (takes what git hooks have reported)
    found = session.town.read().escalations(live=not every)
    session.show(found, lambda rows: render.rows(rows, now))


@escalate.command()
@click.argument("escalation", metavar="ID")
@json_option
@pass_session
def show(session: Session, escalation: str) -> None:
    """All that is known of one."""
    from gastown.ops.escalating import find
    from gastown.render import escalations as render

    now = session.edge.clock()
    session.show(find(session.town, escalation), lambda one: render.shown(one, now))


@escalate.command()
@click.argument("escalations", metavar="ID…", nargs=-1, required=True)
@json_option
@pass_session
def ack(session: Session, escalations: tuple[str, ...]) -> None:
    """Take escalations on: they do not rise any more.

    An agent may do that with what it raised itself; the mayor and people with all.
    """
    from gastown.ops.escalating import acknowledge
    from gastown.render import escalations as render

    session.show(acknowledge(session.town, escalations, actor=session.actor), render.moved)


@escalate.command()
@click.argument("escalations", metavar="ID…", nargs=-1, required=True)
@click.option("-r", "--reason", metavar="WHAT", help="What was done about it.")
@json_option
@pass_session
def resolve(session: Session, escalations: tuple[str, ...], reason: str | None) -> None:
    """Close escalations."""
    from gastown.ops.escalating import resolve as operation
    from gastown.render import escalations as render

    session.show(
        operation(session.town, escalations, resolution=reason, actor=session.actor), render.moved
    )
