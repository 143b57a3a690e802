"""Tokens and money, and what is left of each budget. What is not known is listed, never counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.errors import UsageTrouble
from gastown.ops import budgets as budget_ops
from gastown.ops import costs as cost_ops
from gastown.views.costs import By
from gastown.web.asked import asked
from gastown.web.drawing.bars import bars
from gastown.web.look import Page, Panel, Section
from gastown.web.templating import render

if TYPE_CHECKING:
    from markupsafe import Markup

    from gastown.web.look import Look

_FRESH_S = 30
"""So long numbers are good: transcripts are read anew after that."""
_DAYS = "30d"


def page(look: Look) -> Page:
    """What was used, by what is asked for; of the town, or of an agent, bead, convoy or rig."""
    of = look.query.get("of", "").strip() or None
    return Page(
        "Costs",
        (
            Panel("budgets", "Budgets", lambda: _budgets(look)),
            Panel("days", "The last 30 days", lambda: _days(look, of)),
            Panel("costs", f"Tokens of {of}" if of else "Tokens", lambda: _costs(look, of)),
        ),
    )


def _costs(look: Look, of: str | None) -> Markup:
    if look.past is not None:
        return _not_on_record(look)
    named = look.query.get("by", By.AGENT.value)
    try:
        by = By(named)
    except ValueError:
        raise UsageTrouble(f"costs are not by {named!r}", hint=", ".join(By)) from None
    since = look.query.get("since", "").strip() or None
    day = cost_ops.first_day(since, look.now) if since else None
    found = asked(
        ("costs", look.status.root, of, by, day, _bucket(look)),
        lambda: cost_ops.costs(look.town, look.host, of, by=by, since=day),
    )
    return render("costs/costs.html", look=look, found=found, of=of, since=since, kinds=list(By))


def _days(look: Look, of: str | None) -> Markup:
    if look.past is not None:
        return _not_on_record(look)
    day = cost_ops.first_day(_DAYS, look.now)
    found = asked(
        ("costs", look.status.root, of, By.DAY, day, _bucket(look)),
        lambda: cost_ops.costs(look.town, look.host, of, by=By.DAY, since=day),
    )
    picture = bars([(line.name, line.tokens.total) for line in found.lines], "tokens")
    return render("costs/days.html", look=look, found=found, picture=picture)


def _budgets(look: Look) -> Markup:
    if look.past is not None:
        return _not_on_record(look)
    found = asked(
        ("budgets", look.status.root, look.status.commit, _bucket(look)),
        lambda: budget_ops.budgets(look.town, look.host),
    )
    return render("costs/budgets.html", look=look, found=found)


def _not_on_record(look: Look) -> Markup:
    return render("costs/past.html", look=look)


def _bucket(look: Look) -> int:
    return int(look.now.timestamp()) // _FRESH_S


SECTION = Section("costs", "Costs", "u", page)
