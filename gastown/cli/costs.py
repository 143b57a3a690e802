"""gt costs: tokens, and what they cost."""

from __future__ import annotations

import click

from gastown.cli.common import complete_work, json_option
from gastown.cli.session import Session, pass_session


@click.command()
@click.argument(
    "of", required=False, metavar="[AGENT|BEAD|CONVOY|RIG]", shell_complete=complete_work
)
@click.option(
    "--by", type=click.Choice(["agent", "bead", "convoy", "model", "day", "session"]),
    help="What the lines are of.",
)  # fmt: skip
@click.option("--since", metavar="DAY", help="From this day on (UTC): 2026-02-01, today, 7d, 2w.")
@click.option("--budget", is_flag=True, help="The limits, and what was used of each.")
@json_option
@pass_session
def costs(
    session: Session, of: str | None, by: str | None, since: str | None, budget: bool
) -> None:  # fmt: skip
    """Tokens per agent, bead, convoy, model, day or session.

    Read from the clients' own transcripts (Claude Code, Codex). What is not known is listed, never
    counted as nothing. Money is shown where [prices] in hq/town.toml has the model.
    """
    from gastown.ops.costs import costs as operation
    from gastown.ops.costs import first_day
    from gastown.render import costs as render
    from gastown.views.costs import By

    if budget:
        from gastown.ops.budgets import budgets
        from gastown.render import budget as budget_render

        session.show(budgets(session.town, session.host), budget_render.budgets)
        return
    day = first_day(since, session.edge.clock()) if since is not None else None
    found = operation(session.town, session.host, of, by=By(by) if by else None, since=day)
    session.show(found, render.costs)
