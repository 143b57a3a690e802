"""What happened: the operations of the ledger and what was seen of agents' health; one of them.

The latest are at hand; what lies further back is asked of git once for each state of the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.errors import NotFound
from gastown.views.feed import KINDS, Event, event_of, events
from gastown.views.history import operations
from gastown.views.ledger_diffs import LedgerDiff, ledger_diff
from gastown.web.asked import asked
from gastown.web.look import Page, Panel, Section
from gastown.web.templating import render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from gastown.web.look import Look

_PAGE = 60
_HAPPENED = 30
_FAR = 20_000
"""So far back at most at once; `gt log` goes further."""


@dataclass(frozen=True)
class Wanted:
    """Which events are asked for; empty: any."""

    actor: str = ""
    rig: str = ""
    kind: str = ""
    text: str = ""

    @property
    def is_all(self) -> bool:
        """Whether nothing is asked for."""
        return self == Wanted()

    def fits(self, event: Event) -> bool:
        """Whether an event is wanted."""
        words = f"{event.actor} {event.text} {event.agent or ''} {' '.join(event.moves)}".casefold()
        return (
            (not self.actor or event.actor == self.actor)
            and (not self.rig or self.rig in event.rigs)
            and (not self.kind or self.kind in event.kinds)
            and all(word in words for word in self.text.casefold().split())
        )


def page(look: Look) -> Page:
    """What happened; of `/activity/COMMIT`: one operation."""
    if look.rest:
        return _operation_page(look)
    return Page("Activity", (Panel("events", "What happened", lambda: _events(look)),))


def _events(look: Look) -> Markup:
    query = look.query
    wanted = Wanted(*(query.get(name, "").strip() for name in ("actor", "rig", "kind", "q")))
    place = look.page
    found = [one for one in reversed(_known(look, wanted, place)) if wanted.fits(one)]
    shown = found[(place - 1) * _PAGE : place * _PAGE]
    actors = sorted({one.actor for one in look.picture.events})
    return render(
        "activity/events.html", look=look, wanted=wanted, events=shown, page=place,
        more=len(found) > place * _PAGE, kinds=KINDS, actors=actors,
        rigs=[rig.name for rig in look.status.rigs],
    )  # fmt: skip


def _known(look: Look, wanted: Wanted, place: int) -> Sequence[Event]:
    """The events to choose from, oldest first: those at hand where they are enough."""
    at_hand = look.picture.events
    everything = look.past is None and len(look.moments) <= len(at_hand)
    if everything or (wanted.is_all and look.past is None and place * _PAGE < len(at_hand)):
        return at_hand
    town, commit = look.town, look.status.commit
    return asked(("events", commit), lambda: events(town, limit=_FAR, until=commit))


def happened_panel(look: Look, *names: str) -> Panel:
    """What happened to a record: the latest operations that name it, newest first."""
    wanted = {*names}

    def body() -> Markup:
        found = [one for one in look.picture.events if _names(one) & wanted][-_HAPPENED:]
        return render("overview/activity.html", look=look, events=found[::-1])

    return Panel("happened", "What happened", body)


def _names(event: Event) -> set[str]:
    moved = {move.split(" ")[1] for move in event.moves if " " in move}
    return moved | {event.actor, event.agent or ""} | {*event.text.replace(":", " ").split()}


def _operation_page(look: Look) -> Page:
    event = _operation(look, look.name)
    commit = event.commit or ""
    return Page(
        event.text,
        (
            Panel("operation", "Operation",
                  lambda: render("activity/operation.html", look=look, event=event,
                                 before=_before(look, commit))),
            Panel("changes", "What it changed", lambda: _changes(look, commit)),
        ),
        crumbs=(("Activity", "/activity"),),
    )  # fmt: skip


def _operation(look: Look, name: str) -> Event:
    if len(name) < 4 or not all(char in "0123456789abcdef" for char in name):
        raise NotFound(f"{name} is no commit of the ledger", hint="gt log shows them")
    found = [one.commit for one in look.moments if one.commit.startswith(name)]
    if not found:
        raise NotFound(f"the ledger has no commit {name}", hint="gt log shows them")
    commit, town = found[-1], look.town

    def ask() -> Event:
        [operation] = operations(town.ledger, commit, limit=1)
        return event_of(operation, {rig.prefix: rig.id for rig in town.read().rigs()})

    return asked(("operation", commit), ask)


def _before(look: Look, commit: str) -> str | None:
    """The commit that stood before."""
    place = next((n for n, one in enumerate(look.moments) if one.commit == commit), 0)
    return look.moments[place - 1].commit if place else None


def _changes(look: Look, commit: str) -> Markup:
    town = look.town
    found: LedgerDiff = asked(("ledger diff", commit), lambda: ledger_diff(town, commit))
    return render("activity/changes.html", look=look, found=found)


SECTION = Section("activity", "Activity", "l", page)
