"""Beads as text, and upstream's JSON shapes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gastown.render.text import plural, safe, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gastown.domain.bead import Bead
    from gastown.views.beads import BeadView, Blocked, Branch, Counted, Link

_TEXTS = {
    "description": "", "acceptance_criteria": "Acceptance", "design": "Design", "notes": "Notes",
}  # fmt: skip
# What `bd show` says in words; `--long` adds the other keys as they are.
_SAID = frozenset(
    "id title status priority issue_type assignee labels dependencies comments close_reason".split()
) | frozenset(_TEXTS)
_ENDS = {
    "blocks": ("Waits for", "Blocks"),
    "conditional-blocks": ("Waits for (conditional)", "Blocks (conditional)"),
    "waits-for": ("Waits for the children of", "Waited for by"),
    "parent-child": ("Parent", "Children"),
    "related": ("Related", "Related"),
    "relates-to": ("Related", "Related"),
    "discovered-from": ("Discovered from", "Discovered here"),
    "duplicates": ("Duplicate of", "Duplicates"),
    "supersedes": ("Supersedes", "Superseded by"),
    "replies-to": ("Reply to", "Replies"),
}


def beads(found: Sequence[Bead], *, more: bool = False) -> str:
    """For `bd list`."""
    if not found:
        return "no beads"
    rows = [
        (bead.id, f"P{bead.priority}", bead.state, bead.issue_type, bead.assignee or "-",
         bead.title)
        for bead in found
    ]  # fmt: skip
    text = table(("ID", "P", "STATUS", "TYPE", "ASSIGNEE", "TITLE"), rows)
    return f"{text}\n… and more: -n 0 shows all" if more else text


def ready(found: Sequence[Bead], *, more: bool = False) -> str:
    """For `bd ready`."""
    if not found:
        return "nothing is ready (bd blocked, bd ready --explain: why)"
    rows = [
        (bead.id, f"P{bead.priority}", bead.issue_type, bead.assignee or "-", bead.title)
        for bead in found
    ]
    head = f"{plural(len(found), 'bead')} ready{', and more: -n 0 shows all' if more else ''}"
    return f"{head}\n" + table(("ID", "P", "TYPE", "ASSIGNEE", "TITLE"), rows)


def claimed(bead: Bead | None) -> str:
    """After `bd ready --claim`."""
    if bead is None:
        return "nothing is ready to be claimed"
    return (
        f"✓ {line(bead)}\n  it is yours and in progress; bd close {safe(bead.id)} when it is done"
    )


def blocked(found: Sequence[Blocked]) -> str:
    """For `bd blocked`."""
    if not found:
        return "nothing is blocked"
    out = [f"{plural(len(found), 'bead')} blocked"]
    for one in found:
        out.append(f"{safe(one.bead.id)}  P{one.bead.priority}  {safe(one.bead.title)}")
        names = safe(", ".join(one.blockers))
        out.append(f"  waits for {names}" if names else "  set to blocked, and waits for nobody")
    return "\n".join(out)


def tree(found: Sequence[Branch]) -> str:
    """Beads, children indented below their parents."""
    if not found:
        return "no beads"
    return "\n".join(f"{'  ' * branch.depth}{line(branch.bead)}" for branch in found)


def lines(found: Iterable[Bead]) -> str:
    """One line for each bead."""
    return "\n".join(line(bead) for bead in found)


def line(bead: Bead) -> str:
    """A bead in one line."""
    who = f", {safe(bead.assignee)}" if bead.assignee else ""
    return (
        f"{safe(bead.id)}: {safe(bead.title)} ({bead.state}, P{bead.priority},"
        f" {safe(bead.issue_type)}{who})"
    )


def children(found: Sequence[Bead], parent: str) -> str:
    """For `bd children`."""
    return lines(found) or f"{safe(parent)} has no children"


def views(found: Sequence[BeadView], *, long: bool = False) -> str:
    """For `bd show`."""
    return "\n\n".join(view(one, long=long) for one in found)


def view(one: BeadView, *, long: bool = False) -> str:
    """One bead in full."""
    parts = ["\n".join(_head(one))]
    for key, title in _TEXTS.items():
        if one.bead.data.get(key):
            parts.append((f"{title}\n" if title else "") + safe(one.bead.data[key], lines=True))
    parts += _ends(one.dependencies, 0)
    parts += _ends(one.dependents, 1)
    if one.comments:
        parts.append("Comments\n" + "\n".join(_comment(comment) for comment in one.comments))
    if long:
        rest = {key: value for key, value in one.bead.shown().items() if key not in _SAID}
        parts.append("\n".join(f"{safe(key)}: {_value(value)}" for key, value in rest.items()))
    return "\n\n".join(parts)


def references(one: BeadView) -> str:
    """For `bd show --refs`: what refers to a bead."""
    parts = _ends(one.dependents, 1) + [f"convoys: {', '.join(one.convoys)}"] * bool(one.convoys)
    if not parts:
        return f"nothing refers to {safe(one.bead.id)}"
    return "\n\n".join([line(one.bead), *parts])


def thread(found: Sequence[Branch]) -> str:
    """For `bd show --thread`: messages, each below what it answers."""
    out = []
    for branch in found:
        bead, indent = branch.bead, "  " * branch.depth
        sender = safe(bead.data.get("sender") or bead.data.get("created_by") or "somebody")
        out.append(f"{indent}{safe(bead.id)} from {sender}: {safe(bead.title)}")
        text = safe(bead.description, lines=True)
        out += [f"{indent}  {row}" for row in text.splitlines()]
    return "\n".join(out)


def details(one: BeadView) -> dict[str, Any]:
    """Upstream's IssueDetails: the bead, and the beads around it with the dependency's type."""
    data = one.bead.shown()
    data["dependencies"] = [link_shape(item) for item in one.dependencies]
    data["dependents"] = [link_shape(item) for item in one.dependents]
    if one.comments:
        data["comments"] = [comment.shown() for comment in one.comments]
    if one.bead.parent:
        data["parent"] = one.bead.parent
    return data


def counted_shape(found: Iterable[Counted]) -> list[dict[str, Any]]:
    """Upstream's IssueWithCounts."""
    return [_with_counts(one) for one in found]


def blocked_shape(found: Iterable[Blocked]) -> list[dict[str, Any]]:
    """Upstream's BlockedIssue."""
    return [
        {**one.bead.shown(), "blocked_by_count": len(one.blockers),
         "blocked_by": list(one.blockers)}
        for one in found
    ]  # fmt: skip


def references_shape(found: Iterable[BeadView]) -> dict[str, Any]:
    """What refers to each bead."""
    return {one.bead.id: [link_shape(item) for item in one.dependents] for one in found}


def link_shape(item: Link) -> dict[str, Any]:
    """A bead at the end of a dependency, with the dependency's type."""
    if item.bead is None:
        return {"id": item.id, "title": None, "status": None, "dependency_type": item.type}
    return {**item.bead.shown(), "dependency_type": item.type}


def _with_counts(one: Counted) -> dict[str, Any]:
    data = one.bead.shown()
    data["dependency_count"], data["dependent_count"], data["comment_count"] = one.counts
    if one.parent:
        data["parent"] = one.parent
    return data


def _head(one: BeadView) -> list[str]:
    bead = one.bead
    who = f", {safe(bead.assignee)}" if bead.assignee else ""
    head = [
        f"{safe(bead.id)}: {safe(bead.title)}",
        f"{bead.state}, P{bead.priority}, {safe(bead.issue_type)}, rig {safe(bead.rig)}{who}",
    ]
    if bead.labels:
        head.append(f"labels: {safe(', '.join(bead.labels))}")
    if one.blockers and bead.is_live:
        head.append(f"held back by: {safe(', '.join(one.blockers))}")
    for key, said in (("due_at", "due"), ("defer_until", "put off until"),
                      ("external_ref", "elsewhere")):  # fmt: skip
        if bead.data.get(key):
            head.append(f"{said}: {safe(bead.data[key])}")
    if one.convoys:
        head.append(f"convoys: {', '.join(one.convoys)}")
    if bead.data.get("close_reason"):
        head.append(f"closed: {safe(bead.data['close_reason'])}")
    return head


def _ends(links: Iterable[Link], side: int) -> list[str]:
    """The other ends of dependencies, a paragraph for each type."""
    groups: dict[str, list[str]] = {}
    for item in links:
        there = _ENDS.get(item.type)
        title = there[side] if there else f"{safe(item.type)} ({('to', 'from')[side]})"
        text = line(item.bead) if item.bead else f"{safe(item.id)} (not in this town)"
        groups.setdefault(title, []).append(f"  {text}")
    return ["\n".join([title, *rows]) for title, rows in groups.items()]


def _comment(comment: Any) -> str:
    rows = safe(comment.text, lines=True).splitlines() or [""]
    head = f"  {safe(comment.author or 'somebody')}, {safe(comment.created_at)}"
    return "\n".join([head, *(f"    {row}" for row in rows)])


def _value(value: object) -> str:
    if isinstance(value, str):
        return safe(value)
    from gastown.render.json import dump

    return safe(dump(value), lines=True)
