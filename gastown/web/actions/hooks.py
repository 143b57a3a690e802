"""What can be done with hooks: suspended, resumed, mended, restored."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gastown.domain.hook import HookState
from gastown.errors import Refused, UsageTrouble
from gastown.ops import repair, rescue, restore, snapshots, suspension
from gastown.render import hook_log as words
from gastown.views.hook_log import named
from gastown.web import choices
from gastown.web.doing import Action, Field

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gastown.store.town import Town
    from gastown.web.doing import Doing


def _suspend(doing: Doing) -> str:
    found = suspension.suspend(
        doing.town, named(doing.town, doing.need("agent")).id, host=doing.host,
        actor=doing.actor, reason=doing.get("reason") or None,
    )  # fmt: skip
    return words.suspended(found)


def _resume(doing: Doing) -> str:
    hook = named(doing.town, doing.need("agent"))
    return words.resumed(
        suspension.resume(doing.town, hook.id, host=doing.host, actor=doing.actor)
    )  # fmt: skip


def _repair(doing: Doing) -> str:
    found = repair.repair(doing.town, dry_run=False, actor=doing.actor)
    if not found:
        return "every hook is as it should be"
    return "\n".join(f"{one.trouble}: {one.outcome}" for one in found)


def _restore(doing: Doing) -> str:
    hook = named(doing.town, doing.need("agent"))
    found = restore.restore(
        doing.town, hook, doing.get("id") or None, host=doing.host, dry_run=False
    )
    return words.restored(found)


def _restore_to(doing: Doing) -> str:
    hook = named(doing.town, doing.need("agent"))
    found = restore.restore_to(
        doing.town, hook, doing.get("id") or None, _folder(doing), dry_run=False
    )
    return words.placed(found)


def _rescue(doing: Doing) -> str:
    folder = _folder(doing)
    found = rescue.restore(doing.town, doing.need("rescue"), folder, here=folder.parent)
    return words.placed(found)


def _snapshot(doing: Doing) -> str:
    hook = named(doing.town, doing.need("agent"))
    if not hook.is_live:
        raise Refused(f"{hook.id} has no worktree any more", hint="its rescue holds its work")
    taken = snapshots.capture(doing.town, hook, "asked")
    return f"snapshot {taken.oid[:10]}" if taken else "all of its work was held already"


def _folder(doing: Doing) -> Path:
    """A folder of the person's: the whole path, since a page stands nowhere."""
    folder = Path(doing.need("folder")).expanduser()
    if not folder.is_absolute():
        raise UsageTrouble(f"{folder} is no whole path", hint="e.g. ~/restored or /tmp/restored")
    return folder


def _active(town: Town) -> Iterable[str]:
    return [hook.id for hook in town.read().hooks() if hook.state is HookState.ACTIVE]


def _suspended(town: Town) -> Iterable[str]:
    return [hook.id for hook in town.read().hooks() if hook.state is HookState.SUSPENDED]


_ID = Field("id", "Commit or snapshot", hint="its id; the newest snapshot by default")
_FOLDER = Field("folder", "Into the folder", required=True,
                hint="a whole path; it must be new or empty")  # fmt: skip

ACTIONS: tuple[Action, ...] = (
    Action("hook.suspend", "Suspend", "Stop its agent and keep its hook; its work is held.",
           _suspend,
           (Field("agent", "Agent", "choice", required=True, choices=_active),
            Field("reason", "Why")),
           destroys="Its session ends in the middle of what it does, until the hook is resumed;"
                    " what is not committed is held in a snapshot."),
    Action("hook.resume", "Resume", "Let a suspended hook go on: its agent is started.", _resume,
           (Field("agent", "Agent", "choice", required=True, choices=_suspended),)),
    Action("hook.snapshot", "Take a snapshot", "Hold what is in its worktree now.", _snapshot,
           (Field("agent", "Agent", "choice", required=True, choices=choices.agents),)),
    Action("hook.restore", "Restore", "Bring its worktree to what a commit or snapshot holds.",
           _restore,
           (Field("agent", "Agent", "choice", required=True, choices=choices.agents), _ID),
           destroys="The files of its worktree become those of that moment. What is there now is"
                    " kept as a snapshot first, and can be restored in the same way."),
    Action("hook.restore-to", "Put into a folder",
           "Put the files of a commit or snapshot into a folder of yours.", _restore_to,
           (Field("agent", "Agent", required=True, choices=choices.agents), _ID, _FOLDER)),
    Action("hook.repair", "Mend hooks",
           "Mend what is broken from branch, snapshot or last good record.", _repair),
    Action("rescue.restore", "Restore a rescue",
           "Put what was kept of a removed worktree into a folder of yours.", _rescue,
           (Field("rescue", "Rescue", required=True, hint="RIG/AGENT@GENERATION"), _FOLDER)),
)  # fmt: skip
