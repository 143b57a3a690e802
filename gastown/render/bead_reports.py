"""Reports on many beads: numbers, reasons, epics, what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gastown.render.beads import line
from gastown.render.text import age, bar, plural, safe, table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gastown.domain.bead import Bead
    from gastown.views.bead_lint import Lint
    from gastown.views.bead_stats import Stats, Tally
    from gastown.views.epics import Epic
    from gastown.views.orphans import Orphan
    from gastown.views.readiness import Explanation


def explanation(found: Explanation) -> str:
    """For `bd ready --explain`."""
    out = [f"Ready ({len(found.ready)})"]
    for one in found.ready:
        out += [f"  {line(one.counted.bead)}", f"    {safe(one.reason)}"]
    out += ["", f"Waiting ({len(found.held)})"]
    for held in found.held:
        out += [f"  {line(held.bead)}", f"    {safe(held.reason)}"]
        out += [f"      {line(blocker)}" for blocker in held.blockers]
    out += ["", f"Not ready for another reason ({len(found.other)})"]
    for other in found.other:
        out += [f"  {line(other.bead)}", f"    {safe(other.reason)}"]
    for circle in found.cycles:
        out += ["", f"⚠ a circle: {safe(' → '.join([*circle, circle[0]]))}"]
    return "\n".join(out)


def explanation_shape(found: Explanation) -> dict[str, Any]:
    """Upstream's ReadyExplanation, and `not_ready` for all others."""
    shape: dict[str, Any] = {"ready": [], "blocked": [], "not_ready": []}
    for one in found.ready:
        counts = one.counted.counts
        data = one.counted.bead.shown()
        data |= {"reason": one.reason, "resolved_blockers": list(one.resolved)}
        data["dependency_count"], data["dependent_count"] = counts.dependencies, counts.dependents
        if one.counted.parent:
            data["parent"] = one.counted.parent
        shape["ready"].append(data)
    for held in found.held:
        blockers = [
            {"id": b.id, "title": b.title, "status": b.state.value, "priority": b.priority}
            for b in held.blockers
        ]
        shape["blocked"].append(
            held.bead.shown()
            | {"blocked_by": blockers, "blocked_by_count": len(blockers), "reason": held.reason}
        )
    for other in found.other:
        shape["not_ready"].append(other.bead.shown() | {"reason": other.reason})
    if found.cycles:
        shape["cycles"] = [list(circle) for circle in found.cycles]
    shape["summary"] = {
        "total_ready": len(found.ready), "total_blocked": len(found.held),
        "total_not_ready": len(found.other), "cycle_count": len(found.cycles),
    }  # fmt: skip
    return shape


def stats(found: Stats) -> str:
    """For `bd stats`."""
    lines = [f"{plural(found.total, 'bead')}: {found.ready} ready, {found.blocked} blocked"]
    for title, groups in (("Status", found.statuses), ("Type (open)", found.types),
                          ("Priority (open)", found.priorities)):  # fmt: skip
        if groups:
            rows = sorted(groups.items())
            lines += ["", title, *(f"  {safe(name)}: {number}" for name, number in rows)]
    lines += ["", f"last 24 h: {found.created} created, {found.updated} changed,"
                  f" {found.closed} closed"]  # fmt: skip
    if found.lead_time_h:
        lines.append(f"from creation to closing: {found.lead_time_h:.1f} h on average")
    if found.epics_to_close:
        number = plural(found.epics_to_close, "epic")
        lines.append(f"{number} can be closed: bd epic close-eligible")
    return "\n".join(lines)


def stats_shape(found: Stats) -> dict[str, Any]:
    """Upstream's `bd status`."""
    count = found.statuses.get
    return {
        "summary": {
            "total_issues": found.total,
            "open_issues": count("open", 0),
            "in_progress_issues": count("in_progress", 0),
            "hooked_issues": count("hooked", 0),
            "closed_issues": count("closed", 0),
            "blocked_issues": found.blocked,
            "deferred_issues": count("deferred", 0),
            "ready_issues": found.ready,
            "tombstone_issues": count("tombstone", 0),
            "pinned_issues": count("pinned", 0),
            "epics_eligible_for_closure": found.epics_to_close,
            "average_lead_time_hours": found.lead_time_h,
        },
        "recent_activity": {
            "hours_tracked": 24,
            "issues_created": found.created,
            "issues_closed": found.closed,
            "issues_updated": found.updated,
        },
    }


def tally(found: Tally) -> str:
    """For `bd count`."""
    if found.groups is None:
        return str(found.total)
    rows = [f"  {safe(name)}: {number}" for name, number in found.groups]
    return "\n".join([f"Total: {found.total}", *rows])


def tally_shape(found: Tally) -> dict[str, Any]:
    """Upstream's shape: the count, or the total with its groups."""
    if found.groups is None:
        return {"count": found.total}
    groups = [{"group": name, "count": number} for name, number in found.groups]
    return {"total": found.total, "groups": groups}


def stale(found: Sequence[Bead], days: int, now: datetime) -> str:
    """For `bd stale`."""
    if not found:
        return f"nothing has been left alone for {plural(days, 'day')}"
    rows = [
        (b.id, f"P{b.priority}", b.state, age(str(b.data.get("updated_at", "")), now),
         b.assignee or "-", b.title)
        for b in found
    ]  # fmt: skip
    return table(("ID", "P", "STATUS", "CHANGED", "ASSIGNEE", "TITLE"), rows)


def epics(found: Sequence[Epic]) -> str:
    """For `bd epic status`."""
    if not found:
        return "no such epics"
    out = []
    for epic in found:
        said = f"{epic.closed} of {epic.total} closed"
        out.append(f"{safe(epic.bead.id)}: {safe(epic.bead.title)}")
        out.append(f"  {bar(epic.closed, epic.total)} {said}")
        if epic.eligible:
            out.append("  all of its children are closed: bd epic close-eligible closes it")
    return "\n".join(out)


def epics_shape(found: Sequence[Epic]) -> list[dict[str, Any]]:
    """Upstream's EpicStatus."""
    return [
        {"epic": epic.bead.shown(), "total_children": epic.total,
         "closed_children": epic.closed, "eligible_for_close": epic.eligible}
        for epic in found
    ]  # fmt: skip


def epics_closed(found: Sequence[Bead]) -> str:
    """After `bd epic close-eligible`."""
    if not found:
        return "no epic can be closed"
    return "\n".join(f"✓ {safe(bead.id)} is closed: {safe(bead.title)}" for bead in found)


def lint(found: Lint) -> str:
    """For `bd lint`."""
    if not found.findings:
        return f"✓ nothing is missing ({plural(found.checked, 'bead')} looked at)"
    out = [f"{plural(found.total, 'warning')} on {plural(len(found.findings), 'bead')}"]
    for one in found.findings:
        out.append(f"{safe(one.bead.id)} [{safe(one.bead.issue_type)}]: {safe(one.bead.title)}")
        out += [f"  missing: {title}" for title in one.missing]
        out += [f"  {safe(problem)}" for problem in one.problems]
    return "\n".join(out)


def lint_shape(found: Lint) -> dict[str, Any]:
    """Upstream's result, with `problems` for what does not fit together."""
    results = []
    for one in found.findings:
        data = {"id": one.bead.id, "title": one.bead.title, "type": one.bead.issue_type}
        results.append(
            data | {"missing": list(one.missing), "problems": list(one.problems),
                    "warnings": one.warnings}
        )  # fmt: skip
    return {"total": found.total, "issues": len(results), "results": results}


def orphans(found: Sequence[Orphan], *, details: bool = False) -> str:
    """For `bd orphans`."""
    if not found:
        return "✓ no open bead is named in a commit of its target"
    out = [f"{plural(len(found), 'open bead')} named in commits"]
    for one in found:
        out.append(line(one.bead))
        if details:
            out.append(f"  {one.rig} {one.commit}: {safe(one.subject)}")
    out.append("bd close ID closes what is done")
    return "\n".join(out)


def orphans_shape(found: Sequence[Orphan]) -> list[dict[str, Any]]:
    """Upstream's array."""
    return [
        {"issue_id": one.bead.id, "title": one.bead.title, "status": one.bead.state.value,
         "latest_commit": one.commit, "latest_commit_message": one.subject, "rig": one.rig}
        for one in found
    ]  # fmt: skip
