"""Beads: found, ready, blocked, on a board by status; everything about one of them is in `bead`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.bead import BeadState
from gastown.domain.bead_query import parse_query
from gastown.domain.bead_words import priority_of
from gastown.errors import UsageTrouble
from gastown.store.bead_filter import BeadFilter
from gastown.views.beads import blocked
from gastown.web.look import Page, Panel, Section
from gastown.web.sections.bead import bead_page
from gastown.web.templating import render

if TYPE_CHECKING:
    from markupsafe import Markup

    from gastown.domain.bead import Bead
    from gastown.web.look import Look

PAGE = 50
_CARDS = 25
VIEWS = ("list", "ready", "blocked", "board")
_COLUMNS = (
    BeadState.OPEN, BeadState.HOOKED, BeadState.IN_PROGRESS, BeadState.BLOCKED, BeadState.DEFERRED,
    BeadState.CLOSED,
)  # fmt: skip
_SIGNS = ("=", "<", ">")


@dataclass(frozen=True)
class Asked:
    """What was asked for; empty: anything. `words`: a text, or an expression of `bd query`."""

    view: str = "list"
    words: str = ""
    rig: str = ""
    status: str = ""
    type: str = ""
    label: str = ""
    assignee: str = ""
    priority: str = ""
    page: int = 1

    @classmethod
    def of(cls, look: Look) -> Asked:
        """From the address.

        Raises:
            UsageTrouble: there is no such view.
        """
        query = look.query
        said = {key: query.get(key, "").strip() for key in
                ("rig", "status", "type", "label", "assignee", "priority")}  # fmt: skip
        view = query.get("view", "list")
        if view not in VIEWS:
            raise UsageTrouble(f"there is no view {view!r}", hint=", ".join(VIEWS))
        return cls(view=view, words=query.get("q", "").strip(), page=look.page, **said)

    @property
    def is_expression(self) -> bool:
        """Whether the words look like an expression, such as `priority<2 AND label=ui`."""
        return any(sign in self.words for sign in _SIGNS)

    def address(self, **other: object) -> dict[str, object]:
        """For a link to the same, but for what is given."""
        said = {"view": None if self.view == "list" else self.view, "q": self.words,
                "rig": self.rig, "status": self.status, "type": self.type, "label": self.label,
                "assignee": self.assignee, "priority": self.priority}  # fmt: skip
        return {**said, **other}


def page(look: Look) -> Page:
    """Many beads, or (`/beads/ID`) one."""
    if look.rest:
        return bead_page(look)
    asked = Asked.of(look)
    titles = {"list": "Beads", "ready": "Ready", "blocked": "Blocked", "board": "Board"}
    return Page("Beads", (Panel("beads", titles[asked.view], lambda: _panel(look, asked)),))


def _panel(look: Look, asked: Asked) -> Markup:
    wanted = _filter(look, asked)
    found = _board(look, wanted) if asked.view == "board" else _list(look, asked, wanted)
    return render(
        "beads/beads.html", look=look, asked=asked, found=found, views=VIEWS,
        rigs=[rig.name for rig in look.status.rigs],
        statuses=[state.value for state in BeadState if state is not BeadState.TOMBSTONE],
    )  # fmt: skip


def _filter(look: Look, asked: Asked) -> BeadFilter:
    expression = parse_query(asked.words, look.now) if asked.is_expression else None
    if asked.status and asked.status not in [state.value for state in BeadState]:
        raise UsageTrouble(f"there is no status {asked.status!r}", hint=", ".join(BeadState))
    return BeadFilter(
        rig=asked.rig or None, statuses=(asked.status,) if asked.status else (),
        tombstones=asked.status == BeadState.TOMBSTONE.value,
        live=True if asked.view == "blocked" else None,
        types=(asked.type,) if asked.type else (), labels=(asked.label,) if asked.label else (),
        assignee=asked.assignee or None, query=expression,
        priorities=(priority_of(asked.priority),) if asked.priority else (),
        text=asked.words if asked.words and expression is None else None,
    )  # fmt: skip


def _list(look: Look, asked: Asked, wanted: BeadFilter) -> Markup:
    reader, now = look.town.read(), look.now.timestamp()
    skip = (asked.page - 1) * PAGE
    total: int | None = None
    beads: list[Bead]
    waits: dict[str, tuple[str, ...]] = {}
    if asked.view == "ready":
        beads = reader.ready(
            now, rig=wanted.rig, wanted=wanted, limit=skip + PAGE + 1
        )[skip:]  # fmt: skip
        total = reader.count_ready(now, rig=wanted.rig) if _is_only_rig(wanted) else None
    elif asked.view == "blocked":
        beads = reader.held(wanted, limit=skip + PAGE + 1)[skip:]
        waits = {one.bead.id: one.blockers for one in blocked(reader, beads[:PAGE])}
    else:
        beads = reader.select(wanted, now=now, limit=PAGE + 1, skip=skip)
        more = len(beads) > PAGE
        total = reader.tally(wanted, None, now)[0][1] if more else skip + len(beads)
    return render("beads/list.html", look=look, asked=asked, beads=beads[:PAGE], waits=waits,
                  more=len(beads) > PAGE, total=total, first=skip + 1)  # fmt: skip


def _is_only_rig(wanted: BeadFilter) -> bool:
    return wanted == BeadFilter(rig=wanted.rig, tombstones=False)


def _board(look: Look, wanted: BeadFilter) -> Markup:
    reader, now = look.town.read(), look.now.timestamp()
    totals = dict(reader.tally(wanted, "status", now))
    columns = []
    for state in _COLUMNS:
        total = totals.get(state.value, 0)
        if not total and state in (BeadState.BLOCKED, BeadState.DEFERRED):
            continue
        cards = reader.select(
            wanted._replace(statuses=(state.value,)), now=now, limit=_CARDS,
            order="closed" if state is BeadState.CLOSED else "priority",
        )  # fmt: skip
        columns.append((state.value, cards, total - len(cards)))
    return render("beads/board.html", look=look, columns=columns)


SECTION = Section("beads", "Beads", "b", page)
