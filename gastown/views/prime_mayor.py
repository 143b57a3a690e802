"""The mayor's context: the town at a glance, and how work gets done in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.domain.hook import Role
from gastown.ids import MAYOR
from gastown.views.prime_before import note
from gastown.views.prime_parts import mail, orders, role_text
from gastown.views.prime_text import Part, line

if TYPE_CHECKING:
    from gastown.domain.hook import Hook
    from gastown.store.reader import Reader
    from gastown.store.town import Town

_TITLE = 100
_RIGS, _CONVOYS, _AGENTS, _READY, _TROUBLES = 10, 8, 12, 8, 6


def mayor(town: Town) -> list[Part]:
    """All parts."""
    reader = town.read()
    return [
        Part("who you are", "hq/hooks/mayor.json", f"# You are the mayor of {town.layout.root}"),
        role_text("mayor", {}, rank=0),
        note(reader, MAYOR, None),
        mail(reader, MAYOR),
        orders(town, Role.MAYOR),
        *_town(town, reader),
    ]


def _town(town: Town, reader: Reader) -> list[Part]:
    now = town.edge.clock().timestamp()
    ready = reader.ready(now, limit=_READY + 1)
    hooks = [hook for hook in reader.hooks() if hook.role is not Role.MAYOR]
    rigs = [f"- {rig.id} (branch {rig.branch}, beads {rig.prefix}-…)" for rig in reader.rigs()]
    beads = [f"- {bead.id} P{bead.priority} {line(bead.title, _TITLE)}" for bead in ready]
    return [
        _section("Rigs", "hq/rigs/", rigs, _RIGS, "gt rig list", 3,
                 none="none yet: gt rig add NAME URL"),
        _section("In the way", "hq/merges/", _troubles(reader), _TROUBLES, "gt mq list", 2),
        _section("Open convoys", "hq/convoys/", _convoys(reader), _CONVOYS, "gt convoy list", 4,
                 none="none"),
        _section("Agents", "hq/hooks/", [_agent(hook) for hook in hooks], _AGENTS, "gt agents", 5,
                 none="none"),
        _section("Ready beads", "hq/beads/", beads, _READY, "bd ready", 6, none="none"),
    ]  # fmt: skip


def _agent(hook: Hook) -> str:
    return f"- {hook.id}: {hook.state}{f', {hook.bead}' if hook.bead else ''}"


def _convoys(reader: Reader) -> list[str]:
    from gastown.domain.convoy import ConvoyState

    convoys = reader.convoys(ConvoyState.OPEN)[: _CONVOYS + 1]
    wanted = [bead for convoy in convoys for bead in convoy.beads]
    status = reader.statuses(wanted)
    return [
        f"- {convoy.id} {line(convoy.title, _TITLE)}: "
        f"{sum(status.get(bead) == 'closed' for bead in convoy.beads)} of {len(convoy.beads)}"
        for convoy in convoys
    ]


def _troubles(reader: Reader) -> list[str]:
    """Work that came back from the merge queue and is not at work again."""
    return [
        f"- {merge.id} {merge.state}: {line(merge.reason or '', 140)}; "
        + (
            f"`gt sling {merge.bead} {merge.hook}`"
            if merge.bead and merge.hook
            else f"`gt mq show {merge.id}`"
        )
        for merge in reader.merges(states=("failed", "conflicted"))
    ]


def _section(
    title: str, source: str, lines: list[str], limit: int, rest: str, rank: int, *, none: str = ""
) -> Part:  # fmt: skip
    shown = lines[:limit]
    more = [f"- … more: {rest}"] if len(lines) > limit else []
    text = "\n".join([*shown, *more]) or none
    return Part(title.lower(), source, f"## {title}\n{text}" if text else "", rank, rest)
