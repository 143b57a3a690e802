"""gt export: a report to send to somebody."""

from __future__ import annotations

from pathlib import Path

import click

from gastown.cli.common import complete_convoy, json_option
from gastown.cli.session import Session, pass_session
from gastown.errors import UsageTrouble


@click.command()
@click.argument("convoy", required=False, metavar="[CONVOY]", shell_complete=complete_convoy)
@click.option("--html", "folder", required=True, metavar="DIR",
              type=click.Path(path_type=Path), help="Where to: DIR/index.html.")  # fmt: skip
@click.option("--day", metavar="DAY",
              help="Of a day (UTC): 2026-02-01, yesterday; today is the default.")  # fmt: skip
@json_option
@pass_session
def export(session: Session, convoy: str | None, folder: Path, day: str | None) -> None:
    """Write a report of a convoy or a day, to send to somebody.

    One file that needs nothing else: timeline, agents, issues, merges, costs, and all that happened
    in words. It holds titles, subjects of mail and reasons, no texts of issues and mail.
    """
    from gastown.ops.reporting import report, save
    from gastown.render import report as render
    from gastown.web.report import page

    if convoy is not None and day is not None:
        raise UsageTrouble("a report is of a convoy or of a day", hint="leave one out")
    place = session.here / folder.expanduser()
    found = report(session.town, session.host, convoy=convoy, day=day)
    session.show(save(place, page(found), found), render.exported)
