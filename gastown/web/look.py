"""What pages are made of: a look at the town, sections, panels.

A section is a word in the navigation and the first part of an address (`/agents/mp/nux`). Its
function makes a page of panels. Each panel is built by itself: one that cannot be built says
why in its own place, and the others stand.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from markupsafe import Markup

    from gastown.ops.host import Host
    from gastown.ops.picture import Picture
    from gastown.store.past import Moment
    from gastown.store.town import Town
    from gastown.views.status import Status

_LONGEST = 6
"""No page has a number of so many digits."""


@dataclass(frozen=True)
class Look:
    """One look at the town, as it is or as it was, and what was asked.

    Attributes:
        town: read it; where `past` is a moment it is a `store.past.Past`.
        picture: the town at a glance, gathered when it last changed.
        now: the present, or the moment that is looked back at.
        rest: what follows the section's name in the address, e.g. `("mp", "nux")`.
        query: what follows the question mark, without `at`.
        past: the moment that is looked back at; None: the present.
        moments: all moments of the ledger, oldest first.
        read_only: whether the dashboard was started to look only.
    """

    town: Town
    host: Host
    picture: Picture
    now: datetime
    rest: tuple[str, ...] = ()
    query: Mapping[str, str] = field(default_factory=dict)
    past: Moment | None = None
    moments: Sequence[Moment] = ()
    read_only: bool = False

    @property
    def status(self) -> Status:
        """The town at a glance."""
        return self.picture.status

    @property
    def may_act(self) -> bool:
        """Whether anything can be done from here."""
        return self.past is None and not self.read_only

    @property
    def page(self) -> int:
        """The number of the page that is asked for, from 1."""
        said = self.query.get("page", "1")
        return max(1, int(said)) if said.isdecimal() and len(said) < _LONGEST else 1

    @property
    def name(self) -> str:
        """What follows the section in the address, as one name: `mp/nux`."""
        return "/".join(self.rest)

    def url(self, path: str, **query: object) -> str:
        """An address of the dashboard, at the same moment as this one."""
        asked = {key: str(value) for key, value in query.items() if value not in (None, "")}
        if self.past is not None:
            asked["at"] = self.past.commit
        return quote(path, safe="/") + (f"?{urlencode(asked)}" if asked else "")


@dataclass(frozen=True)
class Panel:
    """A part of a page. `body` may raise: then the panel says so. `wide`: over the whole width.

    Attributes:
        id: unique on its page; the panel can be linked to by it.
        note: beside its title, e.g. how many there are.
    """

    id: str
    title: str
    body: Callable[[], Markup]
    wide: bool = True
    note: str = ""


@dataclass(frozen=True)
class Page:
    """A page of a section. `crumbs`: what it is below, as text and address."""

    title: str
    panels: tuple[Panel, ...]
    crumbs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Section:
    """A section of the dashboard.

    Attributes:
        key: goes there after `g`.
        page: makes the page of an address; raises NotFound for one that means nothing.
        count: how many things there want to be seen; shown in the navigation; None: nothing.
        urgent: whether that number needs the person.
    """

    name: str
    title: str
    key: str
    page: Callable[[Look], Page]
    count: Callable[[Status], int | None] = lambda _: None
    urgent: bool = False
