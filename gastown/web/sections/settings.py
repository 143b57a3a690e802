"""Settings: looked at, and changed with one commit each; the file itself, and what may run."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from gastown.domain.hook import Role
from gastown.errors import NotFound
from gastown.ops.agent_config import agent_commands
from gastown.ops.config import pending_commands, text_of
from gastown.store.layout import SETTINGS
from gastown.store.pushing import redacted
from gastown.views.feed import event_of
from gastown.views.history import operations
from gastown.views.setting_catalogue import GROUPS, Group, of_rig, valued
from gastown.web.asked import asked
from gastown.web.look import Page, Panel, Section
from gastown.web.templating import render

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from markupsafe import Markup

    from gastown.views.feed import Event
    from gastown.web.look import Look

_CHANGES = 30
_PAGES = {
    "agents": "Agents", "scheduler": "Scheduler", "notifications": "Notifications",
    "health": "Health and recovery", "prices": "Prices", "budget": "Budget", "town": "The town",
    "all": "The file",
}  # fmt: skip
_GROUPS_OF = {
    "scheduler": ("scheduler",), "notifications": ("escalation", "escalation.routes"),
    "health": ("health", "recovery"), "budget": ("budget",),
    "town": ("town", "owner", "snapshots"),
}  # fmt: skip


def page(look: Look) -> Page:
    """An overview, one page of settings, or (`/settings/rigs/NAME`) those of one rig."""
    if not look.rest:
        return Page("Settings", (_pages_panel(look), _agents_panel(look), _changes_panel(look)))
    crumbs = (("Settings", "/settings"),)
    if look.rest[0] == "rigs" and len(look.rest) == 2:
        return Page(f"Settings of {look.rest[1]}", _of_rig(look, look.rest[1]), crumbs)
    name = look.name
    if name not in _PAGES:
        raise NotFound(f"there are no settings {name!r}", hint=", ".join(_PAGES))
    return Page(f"Settings: {_PAGES[name]}", _panels(look, name), crumbs)


def _panels(look: Look, name: str) -> tuple[Panel, ...]:
    special: dict[str, Callable[[Look], tuple[Panel, ...]]] = {
        "agents": lambda look: (_agents_panel(look), _roles_panel(look)),
        "scheduler": lambda look: (_tables_panel(look, "scheduler", ("rigs", "runtimes")),),
        "notifications": lambda look: (
            _tables_panel(look, "escalation", ("commands", "webhooks")),
        ),
        "prices": lambda look: (_prices_panel(look),),
        "all": lambda look: (_file_panel(look), _changes_panel(look)),
    }  # fmt: skip
    groups = [group for group in GROUPS if group.name in _GROUPS_OF.get(name, ())]
    more = special[name](look) if name in special else ()
    return (*(_group_panel(look, group) for group in groups), *more)


def _data(look: Look) -> Mapping[str, Any]:
    return tomllib.loads(text_of(look.town))


def _group_panel(look: Look, group: Group) -> Panel:
    return Panel(
        group.name.replace(".", "-"), group.title,
        lambda: render("settings/group.html", look=look, rows=valued(group, _data(look))),
    )  # fmt: skip


def _pages_panel(look: Look) -> Panel:
    rigs = [rig.name for rig in look.status.rigs]
    return Panel(
        "pages", "What can be set",
        lambda: render("settings/pages.html", look=look, pages=_PAGES, rigs=rigs),
    )  # fmt: skip


def _agents_panel(look: Look) -> Panel:
    def body() -> Markup:
        if look.past is not None:
            return render("settings/past.html", look=look)
        found = agent_commands(look.town, look.host)
        return render("settings/agents.html", look=look, found=found)

    return Panel("agent-commands", "Agent commands", body)


def _roles_panel(look: Look) -> Panel:
    def body() -> Markup:
        settings = look.town.settings()
        roles = [(role.value, settings.roles.get(role.value)) for role in Role]
        rigs = [(rig.name, settings.rig(rig.name).agent) for rig in look.status.rigs]
        return render("settings/roles.html", look=look, roles=roles, rigs=rigs,
                      default=settings.default_agent)  # fmt: skip

    return Panel("roles", "Who works where", body)


def _tables_panel(look: Look, within: str, names: tuple[str, ...]) -> Panel:
    """Tables whose keys are the person's own: a limit for each rig, a command for each name."""

    def body() -> Markup:
        data = _data(look).get(within, {})
        tables = [(name, {key: redacted(str(value)) for key, value in data.get(name, {}).items()})
                  for name in names]  # fmt: skip
        return render("settings/tables.html", look=look, within=within, tables=tables)

    return Panel(f"{within}-tables", " and ".join(names).capitalize(), body)


def _prices_panel(look: Look) -> Panel:
    def body() -> Markup:
        return render("settings/prices.html", look=look, prices=look.town.settings().prices)

    return Panel("prices", "What a million tokens cost", body)


def _of_rig(look: Look, name: str) -> tuple[Panel, ...]:
    rig = look.town.read().rig(name)

    def facts() -> Markup:
        return render("settings/rig.html", look=look, rig=rig,
                      gates=look.town.settings().rig(name).gates)  # fmt: skip

    groups = (_group_panel(look, group) for group in of_rig(name))
    return (Panel("rig", name, facts), *groups)


def _file_panel(look: Look) -> Panel:
    def body() -> Markup:
        pending = pending_commands(look.town) if look.past is None else []
        lines = [redacted(line) if line.strip() else "" for line in text_of(look.town).split("\n")]
        return render("settings/file.html", look=look, text="\n".join(lines), pending=pending)

    return Panel("file", "hq/town.toml", body)


def _changes_panel(look: Look) -> Panel:
    def body() -> Markup:
        town, commit = look.town, look.status.commit
        blob = town.read().documents().get(SETTINGS)

        def ask() -> tuple[Event, ...]:
            found = operations(town.ledger, commit, limit=_CHANGES, paths=(SETTINGS,))
            return tuple(event_of(one, {}) for one in found)

        events = asked(("settings", look.status.root, blob or commit), ask)
        return render("overview/activity.html", look=look, events=events)

    return Panel("changes", "Who changed them", body)


SECTION = Section("settings", "Settings", "s", page)
