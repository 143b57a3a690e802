"""gt notify: what you are told on your desktop, and when."""

from __future__ import annotations

import click

from gastown.cli.common import complete_agent, json_option
from gastown.cli.session import Session, pass_session
from gastown.errors import UsageTrouble


@click.group()
def notify() -> None:
    """Notices on your desktop: who needs you, what failed."""


@notify.command()
@click.option("--wait", "wait_s", type=click.IntRange(0, 600), default=0, metavar="SECONDS",
              help="Wait for a press of its button.")  # fmt: skip
@json_option
@pass_session
def test(session: Session, wait_s: int) -> None:
    """Show a notice, and say which way worked.

    Exit status 1 if none did.
    """
    from gastown.ops.notice_reports import try_out
    from gastown.render import notify as render

    found = try_out(session.town, session.host, wait_s=wait_s)
    session.show(found, render.tested)
    if found.way is None:
        raise click.exceptions.Exit(1)


@notify.command(name="list")
@click.option("-n", "--limit", default=20, show_default=True, help="How many of those told.")
@json_option
@pass_session
def list_(session: Session, limit: int) -> None:
    """What you were told, newest last, and what waits."""
    from gastown.ops.notice_reports import history
    from gastown.render import notify as render

    found = history(session.town, session.host, limit)
    now = session.edge.clock()
    session.show(found, lambda shown: render.history(shown, now))


@notify.command()
@click.argument("agent", required=False, metavar="[RIG/AGENT]", shell_complete=complete_agent)
@click.option("--for", "how_long", metavar="TIME", help="So long: 30m, 2h, 1d; by default 1h.")
@click.option("--until", metavar="MOMENT", help="Until then: tomorrow, 18:00, 2026-12-01.")
@click.option("--off", is_flag=True, help="Be told again.")
@json_option
@pass_session
def mute(
    session: Session, agent: str | None, how_long: str | None, until: str | None, off: bool
) -> None:
    """Be told nothing of an agent, or of anything, for an hour.

    Requests for permission are still shown, without a sound. What is so when that time is over is
    told then.
    """
    from gastown.ops import notifying
    from gastown.render import notify as render
    from gastown.views.hook_log import named

    if sum((how_long is not None, until is not None, off)) > 1:
        raise UsageTrouble("--for, --until and --off are one or the other")
    name = named(session.town, agent).id if agent is not None else None
    end = None if off else _end(session, how_long, until)
    session.show(notifying.mute(session.town, name, end), render.muted)


@notify.command()
@json_option
@pass_session
def rules(session: Session) -> None:
    """By which rules you are told, who tells, and who is muted."""
    from gastown.ops.notice_reports import rules as operation
    from gastown.render import notify as render

    session.show(operation(session.town), render.rules)


def _end(session: Session, how_long: str | None, until: str | None) -> float:
    """Until when, in seconds since 1970."""
    from datetime import datetime

    from gastown.cli.texts import said_moment
    from gastown.domain.moments import how_long_ago
    from gastown.ops.notifying import MUTE_S

    now = session.edge.clock().timestamp()
    if until is not None:
        end = datetime.fromisoformat(said_moment(session, until) or "").timestamp()
        if end <= now:
            raise UsageTrouble(f"{until} is over", hint="--until tomorrow")
        return end
    if how_long is None:
        return now + MUTE_S
    span = how_long_ago(how_long)
    if span is None:
        raise UsageTrouble(f"{how_long!r} is no time", hint="--for 30m, 2h or 1d")
    return now + span.total_seconds()
