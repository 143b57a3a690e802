"""Merge requests as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.render.text import plural, safe

if TYPE_CHECKING:
    from gastown.domain.merge import Merge
    from gastown.ops.refining.submitting import Submitted
    from gastown.views.merges import Printed, Told


def submitted(result: Submitted) -> str:
    """After `gt mq submit`."""
    merge = result.merge
    what = f"{safe(merge.branch)} at {merge.head[:12]}"
    for_ = f" for {safe(merge.bead)}" if merge.bead else ""
    if result.outcome == "unchanged":
        said = f"{what} is asked for already: {merge.id}, {merge.state}"
        if merge.state in ("failed", "conflicted", "rejected"):
            said += f" (again as it is: gt mq retry {merge.id})"
    else:
        verb = "queued as" if result.outcome == "queued" else "is asked for by"
        said = f"✓ {what}: {plural(result.commits, 'commit')} {verb} {merge.id}{for_}"
        said += f", into {safe(merge.target)}"
    return f"{said}\nnote: {safe(result.warning)}" if result.warning else said


def merge(found: Merge) -> str:
    """One request, after something was done with it."""
    by = f" by {safe(found.sender)}" if found.sender else ""
    about = f"bead {safe(found.bead)}{by}, " if found.bead else f"{by.strip()}, " if by else ""
    lines = [
        f"{found.id} is {found.state}",
        f"  {about}branch {safe(found.branch)} at {found.head[:12]}",
        f"  target {safe(found.target)}{f', tried on {found.base[:12]}' if found.base else ''}",
    ]
    if found.result:
        lines.append(f"  merged as {found.result}")
    if found.reason:
        lines.append(f"  {safe(found.reason)}")
    if found.conflicts:
        lines.append(f"  conflicts: {safe(', '.join(found.conflicts))}")
    lines += [f"  {name}: {safe(value)}" for name, value in _details(found)]
    if found.log:
        lines.append(f"  what its gates printed: gt mq log {found.id}")
    return "\n".join(lines)


def _details(found: Merge) -> list[tuple[str, str]]:
    how = f"{found.style or ''}{f' (proof: {found.proof})' if found.proof else ''}"
    approved = found.approved_by or ""
    if found.approved_by and not found.is_approved:
        approved += f", but for an earlier commit ({(found.approved_head or '')[:12]})"
    named = [
        ("merged by", how), ("batch", found.batch or ""), ("tested tree", found.tested or ""),
        ("tries", str(found.attempts) if found.attempts else ""),
        ("came back", f"{found.retries} times" if found.retries else ""),
        ("gate", found.gate or ""), ("flaky", ", ".join(found.flaky)),
        ("advisory and red", ", ".join(found.advisory)), ("pushed to", found.pushed or ""),
        ("approved by", approved), ("pull request", found.pull_request or ""),
        ("conflict bead", found.conflict_bead or ""),
        ("priority", "" if found.priority is None else str(found.priority)),
    ]  # fmt: skip
    return [(name, value) for name, value in named if value]


def told(found: Told) -> str:
    """For `gt mq show`."""
    lines = [merge(found.merge), "  history:"]
    for deed in found.history:
        when = deed.at[:19].replace("T", " ")
        move = f"  [{safe(deed.move)}]" if deed.move else ""
        lines.append(f"    {when}  {safe(deed.actor)}: {safe(deed.subject)}{move}")
    return "\n".join(lines)


def log(found: list[Printed]) -> str:
    """For `gt mq log`: each gate under its own header."""
    return "\n".join(
        f"{header(one.test, one.name)}\n{safe(one.text.rstrip(), lines=True)}" for one in found
    )


def header(test: str, name: str) -> str:
    """What stands above a gate's output."""
    return f"== {safe(name)} ({safe(test)}) =="
