"""Which command does properly what a person tried to write into a record by hand."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from gastown.domain.bead import Bead, BeadState
from gastown.domain.hook import Hook, HookState
from gastown.domain.merge import Merge, MergeState

if TYPE_CHECKING:
    from gastown.store.layout import AnyRecord
    from gastown.store.steps import File

_OTHERS = {
    ("convoy", "landed"): "gt convoy refresh {id}",
    ("convoy", "closed"): "gt convoy close {id}",
    ("convoy", "open"): "gt convoy add-issue ISSUE --convoy {id}",
    ("convoy", "gone"): "gt convoy close {id}",
    ("rig", "gone"): "gt rig remove {id}",
    ("mail", "read"): "gt mail read {id}",
    ("mail", "archived"): "gt mail archive {id}",
    ("mail", "gone"): "gt mail archive {id}",
    ("memory", "gone"): "bd forget KEY",
}


def instead_of(record: AnyRecord, dest: str | None) -> str:
    """The command for what would bring a record (as it was) to `dest` (`gone`: deleted)."""
    if isinstance(record, Bead):
        return _bead(record, dest)
    if isinstance(record, Hook):
        return _hook(record, dest)
    if isinstance(record, Merge):
        return _merge(record, dest)
    return _OTHERS.get((record.KIND, str(dest)), "gt log {id}").format(id=record.id)


def kept(file: File) -> str:
    """The command that takes a file's change out of the commit."""
    return f"git -C hq restore --staged --worktree {shlex.quote(file.path)}"


def _bead(bead: Bead, dest: str | None) -> str:
    if dest in ("gone", BeadState.TOMBSTONE):
        return f"bd delete {bead.id} --force"
    if dest == BeadState.CLOSED:
        return f"bd close {bead.id}"
    if dest == BeadState.HOOKED:
        first = f"bd reopen {bead.id}, then " if bead.state is BeadState.CLOSED else ""
        return f"{first}gt sling {bead.id} {bead.rig}"
    if bead.state is BeadState.CLOSED:
        return f"bd reopen {bead.id}"
    return f"bd update {bead.id} --status {dest}"


def _hook(hook: Hook, dest: str | None) -> str:
    if dest == HookState.COMPLETED:
        return f"gt done, in {hook.path}"
    if dest == HookState.ACTIVE:
        return f"gt sling ISSUE {hook.id}"
    return f"gt unsling {hook.id}"


def _merge(merge: Merge, dest: str | None) -> str:
    if dest == MergeState.MERGED:
        return f"gt refinery run {merge.rig}"
    if dest == MergeState.QUEUED:
        return f"gt mq retry {merge.id}"
    if dest == MergeState.WITHDRAWN:
        return f"gt unsling {merge.bead}"
    return f"gt mq show {merge.id}"
