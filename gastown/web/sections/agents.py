"""Agents by rig, each with its health and the evidence for it, and everything about one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.errors import NotFound
from gastown.ids import MAYOR
from gastown.ops.sessions import past_log
from gastown.runtime.logs import log_tail
from gastown.views.then import agents_then
from gastown.web.look import Page, Panel, Section
from gastown.web.sections.activity import happened_panel
from gastown.web.templating import render

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markupsafe import Markup

    from gastown.domain.hook import Hook
    from gastown.views.agents import AgentView
    from gastown.web.look import Look

_SCREEN_LINES = 60
_TOWN = "town"


def page(look: Look) -> Page:
    """All agents, or (`/agents/RIG/NAME`) one."""
    if look.rest:
        return _agent_page(look)
    wanted = look.query.get("rig", "")
    panels = tuple(
        _rig_panel(look, rig, agents) for rig, agents in _by_rig(look.status.agents)
        if wanted in ("", rig)
    )  # fmt: skip
    return Page("Agents", (*panels, _everybody(look)))


def _by_rig(agents: Sequence[AgentView]) -> Iterator[tuple[str, list[AgentView]]]:
    """The rigs with their agents; what is of no rig comes first."""
    found: dict[str, list[AgentView]] = {}
    for one in agents:
        rig, slash, _ = one.id.partition("/")
        found.setdefault(rig if slash else _TOWN, []).append(one)
    yield from sorted(found.items(), key=lambda item: (item[0] != _TOWN, item[0]))


def _rig_panel(look: Look, rig: str, agents: list[AgentView]) -> Panel:
    title = "The town" if rig == _TOWN else rig
    working = sum(one.condition.value == "working" for one in agents)
    note = f"{working} of {len(agents)} working" if look.past is None else f"{len(agents)}"
    return Panel(
        f"rig-{rig}", title, lambda: render("agents/list.html", look=look, agents=agents),
        note=note,
    )  # fmt: skip


def _everybody(look: Look) -> Panel:
    return Panel("everybody", "Everybody", lambda: render("agents/everybody.html", look=look))


def _agent_page(look: Look) -> Page:
    hook = _hook(look)
    view = next((one for one in look.status.agents if one.id == look.name), None)
    if view is None:
        view = next(one for one in agents_then(look.town.read(), every=True) if one.id == hook.id)
    bead = look.town.read().find("bead", hook.bead) if hook.bead else None
    panels = [
        Panel("agent", "Agent",
              lambda: render("agents/agent.html", look=look, one=view, hook=hook)),
        Panel("screen", "What it shows", lambda: _screen(look, hook)),
    ]  # fmt: skip
    if bead is not None:
        panels.insert(
            1, Panel("bead", "Its bead", lambda: render("agents/bead.html", look=look, bead=bead))
        )
    panels.append(happened_panel(look, hook.id))
    return Page(hook.id, tuple(panels), crumbs=(("Agents", "/agents"),))


def _hook(look: Look) -> Hook:
    found = look.town.read().hook(look.name)
    if found is None:
        raise NotFound(f"no agent {look.name!r}", hint="gt agents lists them")
    return found


def _screen(look: Look, hook: Hook) -> Markup:
    log = past_log(look.town, hook.id) if look.past is None else None
    text = log_tail(log, _SCREEN_LINES) if log is not None else ""
    return render("agents/screen.html", look=look, hook=hook, text=text, lines=_SCREEN_LINES,
                  is_mayor=hook.id == MAYOR)  # fmt: skip


SECTION = Section("agents", "Agents", "a", page)
