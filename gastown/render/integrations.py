"""Integration branches as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.render.text import plural, safe, table

if TYPE_CHECKING:
    from gastown.domain.integration import Integration
    from gastown.domain.merge import Merge
    from gastown.views.integrations import IntegrationView


def made(found: Integration) -> str:
    """After `gt mq integration create`."""
    return (
        f"✓ {safe(found.branch)} begins at {found.base[:12]} of {safe(found.target)}\n"
        f"  what is slung from below {found.id} is merged there; "
        f"then: gt mq integration land {found.id}"
    )


def closed(found: Integration) -> str:
    """After `gt mq integration close`."""
    return f"✓ the integration of {found.id} is closed; the branch {safe(found.branch)} stays"


def landing(result: tuple[Integration, Merge]) -> str:
    """After `gt mq integration land`."""
    one, merge = result
    return f"✓ {safe(one.branch)} is {merge.state} as {merge.id}, into {safe(one.target)}"


def integration(found: IntegrationView) -> str:
    """For `gt mq integration status`."""
    one = found.integration
    beads = ", ".join(f"{count} {state}" for state, count in found.beads.items()) or "none"
    lines = [
        f"{one.id} {safe(found.title)}: {one.state}",
        f"  branch {safe(one.branch)} at {(found.head or 'nothing: it is gone')[:12]}, "
        f"{plural(found.ahead, 'commit')} ahead of {safe(one.target)}, {found.behind} behind",
        f"  beads: {beads}",
    ]
    lines += [f"  open: {', '.join(found.open)}"] if found.open else []
    lines += [f"  at work: {', '.join(found.agents)}"] if found.agents else []
    lines += [f"  to be merged into it: {', '.join(found.requests)}"] if found.requests else []
    lines += [f"  landing: {found.landing}"] if found.landing else []
    if one.state == "open":
        able = f"can land: gt mq integration land {one.id}" if found.ahead else "has no work yet"
        lines.append(f"  cannot land yet: {'; '.join(found.waits)}" if found.waits else f"  {able}")
    return "\n".join(lines)


def integrations(found: list[IntegrationView]) -> str:
    """For `gt mq integration list`."""
    if not found:
        return "no integration branches: gt mq integration create EPIC"
    rows = [
        (v.integration.id, v.integration.state, v.integration.branch, v.integration.target,
         sum(v.beads.values()) - len(v.open), sum(v.beads.values()), v.ahead, v.behind, v.title)
        for v in found
    ]  # fmt: skip
    header = ("EPIC", "STATE", "BRANCH", "TARGET", "CLOSED", "OF", "AHEAD", "BEHIND", "")
    return table(header, rows)
