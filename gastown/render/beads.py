"""Beads as text, and upstream's JSON shape of one bead in full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gastown.render.text import plural, safe, table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gastown.domain.bead import Bead
    from gastown.ops.closing import Closed
    from gastown.views.beads import BeadView, Link

_TEXTS = {
    "description": "", "acceptance_criteria": "Acceptance", "design": "Design", "notes": "Notes",
}  # fmt: skip


def created(bead: Bead) -> str:
    """After `bd create`."""
    return f"✓ {safe(bead.id)}: {safe(bead.title)} (P{bead.priority}, {safe(bead.issue_type)})"


def identifier(bead: Bead) -> str:
    """After `bd create --silent`: only the id."""
    return bead.id


def updated(found: list[Bead]) -> str:
    """After `bd update` and `bd reopen`."""
    return "\n".join(
        f"✓ {safe(bead.id)}: {safe(bead.title)} ({bead.state}, P{bead.priority}"
        f"{f', {safe(bead.assignee)}' if bead.assignee else ''})"
        for bead in found
    )


def closed(found: list[Closed]) -> str:
    """After `bd close`."""
    lines = []
    for one in found:
        lines.append(f"✓ {safe(one.bead.id)} is closed: {safe(one.bead.data.get('close_reason'))}")
        lines += [f"  {safe(bead)} can start now" for bead in one.unblocked]
        lines += [f"  convoy {convoy.id} landed: {safe(convoy.title)}" for convoy in one.landed]
        if one.released is not None:
            lines.append(f"  {one.released.id} had it; its worktree stays: {one.released.path}")
            if one.released.role == "polecat":
                lines.append(f"  to let it go: gt unsling {one.released.id}")
    return "\n".join(lines)


def beads(found: list[Bead]) -> str:
    """For `bd list`."""
    if not found:
        return "no beads"
    rows = [
        (bead.id, f"P{bead.priority}", bead.state, bead.issue_type, bead.assignee or "-",
         bead.title)
        for bead in found
    ]  # fmt: skip
    return table(("ID", "P", "STATUS", "TYPE", "ASSIGNEE", "TITLE"), rows)


def ready(found: list[Bead]) -> str:
    """For `bd ready`."""
    if not found:
        return "nothing is ready"
    rows = [(bead.id, f"P{bead.priority}", bead.issue_type, bead.title) for bead in found]
    return f"{plural(len(found), 'bead')} ready\n" + table(("ID", "P", "TYPE", "TITLE"), rows)


def views(found: list[BeadView]) -> str:
    """For `bd show`."""
    return "\n\n".join(view(one) for one in found)


def view(one: BeadView) -> str:
    """One bead in full."""
    bead = one.bead
    head = [f"{safe(bead.id)}: {safe(bead.title)}"]
    who = f", {safe(bead.assignee)}" if bead.assignee else ""
    head.append(f"{bead.state}, P{bead.priority}, {safe(bead.issue_type)}, rig {bead.rig}{who}")
    if bead.labels:
        head.append(f"labels: {safe(', '.join(bead.labels))}")
    if one.blockers:
        head.append(f"waits for: {safe(', '.join(one.blockers))}")
    if one.convoys:
        head.append(f"convoys: {', '.join(one.convoys)}")
    if bead.data.get("close_reason"):
        head.append(f"closed: {safe(bead.data['close_reason'])}")
    parts = ["\n".join(head)]
    for key, title in _TEXTS.items():
        if bead.data.get(key):
            parts.append((f"{title}\n" if title else "") + safe(bead.data[key], lines=True))
    for title, found in (("Depends on", one.dependencies), ("Needed by", one.dependents)):
        if found:
            parts.append(f"{title}\n" + "\n".join(_link(item) for item in found))
    return "\n\n".join(parts)


def details(one: BeadView) -> dict[str, Any]:
    """Upstream's IssueDetails: the bead, and the beads around it with the dependency's type."""
    data = one.bead.to_json()
    data["dependencies"] = [_detail(item) for item in one.dependencies]
    data["dependents"] = [_detail(item) for item in one.dependents]
    if one.bead.parent:
        data["parent"] = one.bead.parent
    return data


def dependency_added(shape: Mapping[str, str]) -> str:
    """After `bd dep add`: what was understood, in words."""
    bead, target = safe(shape["issue_id"]), safe(shape["depends_on_id"])
    if shape["type"] == "blocks":
        return f"✓ {bead} is blocked by {target}"
    return f"✓ {bead} depends on {target} ({safe(shape['type'])})"


def dependency_removed(shape: Mapping[str, str]) -> str:
    """After `bd dep remove`."""
    return f"✓ {safe(shape['issue_id'])} no longer depends on {safe(shape['depends_on_id'])}"


def _link(item: Link) -> str:
    title = safe(item.title) if item.title is not None else "(not in this town)"
    return f"  {safe(item.id)} ({safe(item.type)}, {item.status or 'missing'}): {title}"


def _detail(item: Link) -> dict[str, Any]:
    return {
        "id": item.id, "title": item.title, "status": item.status, "dependency_type": item.type,
    }  # fmt: skip
