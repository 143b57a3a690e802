"""Rigs, crew and hooks as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.render.interchange import carries, imported
from gastown.render.text import plural, safe, table

if TYPE_CHECKING:
    from gastown.ops.crew import CrewAdded
    from gastown.ops.repair import Finding
    from gastown.ops.rigs import RigAdded, RigRemoved
    from gastown.views.hooks import HookList, HookView


def added(result: RigAdded) -> str:
    """After `gt rig add`."""
    rig = result.rig
    text = f"✓ rig {rig.id}: branch {safe(rig.branch)} at {result.head[:12]}, beads {rig.prefix}-…"
    if result.imported is not None:
        return f"{text}\n{imported(result.imported)}\nnext: bd ready, then gt sling ISSUE {rig.id}"
    if result.carried is not None:
        text = f"{text}\n{carries(result.carried)}"
    return f'{text}\nnext: bd create "TITLE" --rig {rig.id}, then gt sling ISSUE {rig.id}'


def removed(result: RigRemoved) -> str:
    """After `gt rig remove`."""
    return f"✓ rig {result.name} is out of the town; its folder was kept: {safe(result.kept)}"


def crew_added(result: CrewAdded) -> str:
    """After `gt crew add`."""
    trouble = f"  {safe(result.trouble)}\n" if result.trouble else ""
    return (
        f"✓ {result.hook.id} has a worktree on branch {safe(result.hook.branch)}\n"
        f"{trouble}next: cd {safe(result.path)}"
    )


def hooks(found: HookList) -> str:
    """For `gt hooks list`."""
    if not found.hooks:
        return "no hooks"
    rows = [
        (
            hook.id, hook.role, hook.state, hook.bead or "-",
            "?" if hook.ahead is None else hook.ahead,
            {True: "changes", False: "clean", None: "?"}[hook.dirty], hook.branch,
            f"BROKEN: {hook.trouble}" if hook.trouble else hook.reason or _how(hook),
        )
        for hook in found.hooks
    ]  # fmt: skip
    header = ("HOOK", "ROLE", "STATE", "BEAD", "AHEAD", "WORKTREE", "BRANCH", "CONDITION")
    text = table(header, rows)
    if found.broken:
        text += f"\n\n{plural(found.broken, 'hook')} broken: gt hooks repair"
    return text


def _how(hook: HookView) -> str:
    """Of the past nobody knows how a worktree was."""
    seen = hook.dirty is not None or hook.ahead is not None or hook.state == "archived"
    return "ok" if seen else "as recorded"


def findings(found: list[Finding]) -> str:
    """After `gt hooks repair`."""
    if not found:
        return "✓ all hooks are in order"
    return "\n".join(
        f"{'✓' if one.mended else '·'} {one.hook}: {safe(one.trouble)} → {safe(one.outcome)}"
        for one in found
    )
