"""The command palette: sections, actions, agents and beads that fit what was typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from gastown.store.bead_filter import BeadFilter
from gastown.web.actions import ACTIONS
from gastown.web.sections import SECTIONS
from gastown.web.templating import render

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markupsafe import Markup

    from gastown.store.town import Town
    from gastown.web.watcher import Seen

_MOST = 12
_MOST_BEADS = 8


@dataclass(frozen=True)
class Offer:
    """A line of the palette. `acts`: it opens the form of an action."""

    kind: str
    text: str
    href: str
    about: str = ""
    acts: bool = False


def found_for(town: Town, *, seen: Seen, asked: str, read_only: bool) -> Markup:
    """The lines for what was typed."""
    words = asked.casefold().split()
    offers = list(_fixed(words, read_only=read_only))[: _MOST if words else None]
    if words:
        offers += _agents(seen, words)
        offers += _beads(town, asked)
    return render("palette.html", offers=offers)


def _fixed(words: list[str], *, read_only: bool) -> Iterator[Offer]:
    for section in SECTIONS.values():
        if _fits(f"{section.title} {section.name}", words):
            yield Offer("go to", section.title, f"/{section.name}", f"g {section.key}")
    if read_only:
        return
    for action in ACTIONS.values():
        if action.in_palette and _fits(f"{action.title} {action.about} {action.name}", words):
            yield Offer("do", action.title, f"/act/{action.name}", action.about, acts=True)


def _agents(seen: Seen, words: list[str]) -> list[Offer]:
    agents = seen.picture.status.agents if seen.picture else ()
    return [
        Offer("agent", one.id, f"/agents/{quote(one.id)}", one.title or "")
        for one in agents if _fits(f"{one.id} {one.title or ''}", words)
    ][:_MOST_BEADS]  # fmt: skip


def _beads(town: Town, asked: str) -> list[Offer]:
    found = town.read().select(BeadFilter(text=asked, tombstones=False), limit=_MOST_BEADS)
    return [Offer("bead", f"{one.id} {one.title}", f"/beads/{quote(one.id)}", one.state.value)
            for one in found]  # fmt: skip


def _fits(text: str, words: list[str]) -> bool:
    folded = text.casefold()
    return all(word in folded for word in words)
