"""What people decide about merge requests, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.render.text import safe

if TYPE_CHECKING:
    from gastown.domain.merge import Merge
    from gastown.views.diffs import Diff


def approved(merge: Merge) -> str:
    """For `gt mq approve`."""
    return f"{merge.id} is approved at {merge.head[:12]} by {safe(merge.approved_by)}"


def rejected(merge: Merge) -> str:
    """For `gt mq reject`."""
    who = f"; {safe(merge.sender)} is told" if merge.sender else ""
    return f"{merge.id} is rejected: {safe(merge.reason)}{who}"


def withdrawn(merge: Merge) -> str:
    """For `gt mq withdraw`."""
    stays = f"its branch {safe(merge.branch)} stays"
    again = f", and {safe(merge.bead)} with {safe(merge.hook)}" if merge.hook else ""
    return f"{merge.id} is off the queue; {stays}{again}"


def retried(merges: list[Merge]) -> str:
    """For `gt mq retry`."""
    return "\n".join(f"{merge.id} is queued again at {merge.head[:12]}" for merge in merges)


def diff(found: Diff) -> str:
    """For `gt mq diff`."""
    text = safe(found.text.rstrip("\n"), lines=True)
    if not text:
        return f"{found.merge} changes nothing"
    return f"{text}\n… (more: git diff {found.base} {found.head})" if found.cut else text
