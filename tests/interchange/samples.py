"""Lines of every era, with the oddities that real files have; and how upstream spells them."""

from __future__ import annotations

import json
from typing import Any

ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def spelt(data: Any) -> str:
    """A line as upstream writes it; written independently of the code under test."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for char, escape in ESCAPES.items():
        text = text.replace(char, escape)
    return text


def bead(
    identifier: str, title: str = "A bead", assignee: str | None = None, **more: Any
) -> dict[str, Any]:
    """A bead as v0.47 wrote it."""
    when = "2026-01-11T18:16:00.860132-08:00"
    whose = {"assignee": assignee} if assignee is not None else {}
    return {
        "id": identifier, "title": title, "status": "open", "priority": 2, "issue_type": "task",
        **whose, "created_at": when, "created_by": "wolf", "updated_at": when, **more,
    }  # fmt: skip


EARLY = {
    "id": "ex-1", "title": "An old one", "description": "", "status": "open", "priority": 0,
    "issue_type": "bug", "created_at": "2025-10-12T09:00:00Z", "updated_at": "2025-10-12T09:00:00Z",
}  # fmt: skip
LEGACY = {
    **EARLY, "id": "ex-2", "content_hash": "abc", "source_repo": ".", "wisp": True,
    "relates_to": ["ex-1"],
}  # fmt: skip
GRAVE = {
    "id": "ex-3", "title": "Deleted <b>&</b>", "status": "tombstone", "priority": 1,
    "issue_type": "bug", "created_at": "2025-12-17T14:32:02.998106-08:00",
    "updated_at": "2025-12-25T01:21:01.952723+11:00", "deleted_at": "2025-12-25T01:21:01Z",
    "deleted_by": "batch delete", "delete_reason": "batch delete", "original_type": "bug",
}  # fmt: skip
TALKED = bead(
    "ex-4.1", "Talked about \u2028 at length",
    dependencies=[
        {"issue_id": "ex-4.1", "depends_on_id": "ex-4", "type": "parent-child",
         "created_at": "2026-01-12T02:16:00.123456789Z", "metadata": "{}", "thread_id": ""},
        {"issue_id": "ex-4.1", "depends_on_id": "external:other:thing", "type": "blocks",
         "created_at": "2026-01-12T02:16:00Z"},
    ],
    comments=[
        {"id": 13, "issue_id": "ex-4.1", "author": "wolf", "text": "later number, first",
         "created_at": "2026-01-12T02:16:00Z"},
        {"id": 7, "issue_id": "ex-4.1", "author": "fox", "text": "a > b",
         "created_at": "2026-01-11T02:16:00Z", "mood": {"b": 1, "a": [None, 1.0]}},
    ],
)  # fmt: skip
GATE = bead(
    "ex-mol-pjc", "Gate: gh:run", ephemeral=True, issue_type="gate", await_type="gh:run",
    await_id="release.yml", timeout=1800000000000,
)  # fmt: skip
CUSTOM = {
    "_type": "issue", **bead("ex-5", "In review"), "status": "review",
    "metadata": {"z": {"y": 1}, "a": 2}, "dependency_count": 1, "dependent_count": 0,
    "comment_count": 0,
}  # fmt: skip
SHIPPED = bead("ex-6", "Shipped") | {
    "status": "shipped",
    "closed_at": "2026-02-01T00:00:00Z",
}
HOOKED = bead("ex-7", "Elsewhere", assignee="other/crew/wolf") | {"status": "hooked"}
WORKED = bead("ex-8", "Elsewhere, too", assignee="other/toast") | {"status": "in_progress"}
PERSONAL = bead("ex-9", "A person's", assignee="wolf") | {"status": "in_progress"}
WORDY = bead(
    "ex-a", "v1 comments",
    comments=[{"id": "c-x1", "issue_id": "ex-a", "author": "w", "text": "t", "created_at": "?"}],
)  # fmt: skip
UNKNOWN = bead("ex-b", "From tomorrow", tomorrow={"nested": [{"k": None}]}, empty="", none=None)
BARE = {"id": "ex-c", "title": "Bare"}
ODD_ORDER = {"title": "Turned", "priority": 1, "id": "ex-d", "zz": 1, "labels": ["b", "a", "b"]}
NO_REMARKS = bead("ex-e", "Without", comments=[]) | {"status": None, "labels": None}
CLASHING = bead("ex-f", "Uses our names", schema="x", gt_line={"a": 1})
LONG = bead("a-rather-long-slug-id-2", "Same text as the next")
TWIN = bead("a-rather-long-slug-id-3", "Same text as the next")

BEADS: list[dict[str, Any]] = sorted(
    [EARLY, LEGACY, GRAVE, TALKED, GATE, CUSTOM, SHIPPED, HOOKED, WORKED, PERSONAL, WORDY,
     UNKNOWN, BARE, ODD_ORDER, NO_REMARKS, CLASHING, LONG, TWIN],
    key=lambda one: str(one["id"]).encode(),
)  # fmt: skip
MEMORY = {"_type": "memory", "key": "build", "value": "make -j2", "since": "v1"}


def file_of(*rows: Any) -> str:
    """A file of these rows; text stands as it is."""
    return "".join(f"{row if isinstance(row, str) else spelt(row)}\n" for row in rows)
