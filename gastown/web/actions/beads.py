"""What can be done with beads: made, changed, commented, closed, put off, deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.domain.bead_words import labels_of, priority_of
from gastown.domain.moments import parse_moment
from gastown.ids import TOWN_RIG
from gastown.ops import bead_status, beads, closing, comments, deleting, dependencies, updating
from gastown.render import bead_changes as words
from gastown.web.doing import Action, Done, Field, done_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gastown.domain.bead import Bead
    from gastown.domain.record import Json
    from gastown.ops.batch import Batch
    from gastown.store.town import Town
    from gastown.web.doing import Doing

_TEXTS = {"description": "description", "acceptance": "acceptance_criteria", "design": "design",
          "notes": "notes"}  # fmt: skip


def _create(doing: Doing) -> Done:
    new = beads.NewBead(
        doing.need("title"), description=doing.raw("description").strip() or None,
        issue_type=doing.get("type", "task") or "task",
        priority=priority_of(doing.get("priority", "2") or "2"),
        parent=doing.get("parent") or None, labels=labels_of(doing.words("labels")),
        dependencies=tuple(("blocks", one) for one in doing.words("after")),
        acceptance=doing.raw("acceptance").strip() or None,
    )  # fmt: skip
    made = beads.create(doing.town, new, doing.need("rig"), actor=doing.actor)
    return Done(words.created(made), to=f"/beads/{made.id}")


def _update(doing: Doing) -> str:
    fields: dict[str, Json] = {}
    if "title" in doing.values:
        fields["title"] = doing.need("title")
    if doing.get("priority"):
        fields["priority"] = priority_of(doing.get("priority"))
    if doing.get("type"):
        fields["issue_type"] = doing.get("type")
    if "assignee" in doing.values:
        fields["assignee"] = doing.get("assignee")
    labels = labels_of(doing.words("labels")) if "labels" in doing.values else None
    change = updating.Change(
        _changed(doing, fields), status=doing.get("status") or None, set_labels=labels
    )
    return _updated(updating.update(doing.town, [doing.need("bead")], change, actor=doing.actor))


def _changed(doing: Doing, fields: dict[str, Json]) -> dict[str, Json]:
    """Only what is another value than the bead has."""
    bead = doing.town.read().bead(doing.need("bead"))
    return {key: value for key, value in fields.items() if (bead.data.get(key) or "") != value}


def _write(doing: Doing) -> str:
    fields: dict[str, Json] = {
        key: doing.raw(name).strip() for name, key in _TEXTS.items() if name in doing.values
    }
    change = updating.Change(_changed(doing, fields))
    return _updated(updating.update(doing.town, [doing.need("bead")], change, actor=doing.actor))


def _comment(doing: Doing) -> str:
    said = comments.add_comment(
        doing.town, doing.need("bead"), doing.raw("text").strip(), actor=doing.actor
    )
    return words.commented(said)


def _close(doing: Doing) -> str:
    done = closing.close(
        doing.town, doing.need("bead"), reason=doing.get("reason") or None,
        force=doing.flag("force"), actor=doing.actor,
    )  # fmt: skip
    return words.closed([done])


def _reopen(doing: Doing) -> str:
    reason = doing.get("reason") or None
    return _updated(
        closing.reopen(doing.town, [doing.need("bead")], reason=reason, actor=doing.actor)
    )


def _defer(doing: Doing) -> str:
    said = doing.get("until")
    now = doing.town.edge.clock().astimezone()
    until = parse_moment(said, now, local=lambda at: at.astimezone()) if said else None
    return _updated(
        bead_status.defer(doing.town, [doing.need("bead")], until=until, actor=doing.actor)
    )


def _undefer(doing: Doing) -> str:
    return _updated(bead_status.undefer(doing.town, [doing.need("bead")], actor=doing.actor))


def _wait(doing: Doing) -> str:
    bead = dependencies.add_dependency(
        doing.town, doing.need("bead"), doing.need("target"), doing.get("type") or "blocks",
        actor=doing.actor,
    )  # fmt: skip
    return f"{bead.id} waits for {doing.need('target')}"


def _unwait(doing: Doing) -> str:
    bead = dependencies.remove_dependency(
        doing.town, doing.need("bead"), doing.need("target"), actor=doing.actor
    )
    return f"{bead.id} does not depend on {doing.need('target')} any more"


def _delete(doing: Doing) -> Done:
    done = deleting.delete(
        doing.town, [doing.need("bead")], reason=doing.get("reason") or None, cascade=False,
        force=True, actor=doing.actor,
    )  # fmt: skip
    return Done(words.deleted(done), to="/beads")


def _updated(batch: Batch[Bead]) -> str:
    return words.updated(done_of(batch))


def _rigs(town: Town) -> Iterable[str]:
    return [*(rig.id for rig in town.read().rigs()), TOWN_RIG]


def _priorities(_: Town) -> Iterable[tuple[str, str]]:
    return [("0", "0 urgent"), ("1", "1 high"), ("2", "2"), ("3", "3 low"), ("4", "4 backlog")]


_BEAD = Field("bead", "Bead", required=True)

ACTIONS: tuple[Action, ...] = (
    Action(
        "bead.create", "Make a bead", "A unit of work.", _create,
        (Field("title", "Title", required=True),
         Field("rig", "Where", "choice", required=True, choices=_rigs,
               hint="a rig, or hq for the town's own"),
         Field("description", "Description", "area"),
         Field("acceptance", "Done when", "area"),
         Field("priority", "Priority", "choice", choices=_priorities, default="2"),
         Field("type", "Type", default="task",
               choices=lambda _: ("task", "bug", "feature", "epic", "chore")),
         Field("labels", "Labels"), Field("parent", "Child of"),
         Field("after", "Waits for", hint="ids, with spaces between them")),
    ),
    Action(
        "bead.update", "Change", "Title, priority, type, labels, status, who has it.", _update,
        (_BEAD, Field("title", "Title", required=True),
         Field("priority", "Priority", "choice", choices=_priorities), Field("type", "Type"),
         Field("status", "Status", "choice", hint="none: as it is",
               choices=lambda _: ("open", "in_progress", "blocked", "deferred", "pinned")),
         Field("assignee", "Who has it"), Field("labels", "Labels")), in_palette=False,
    ),
    Action(
        "bead.write", "Edit its texts", "Description, acceptance, design, notes.", _write,
        (_BEAD, Field("description", "Description", "area"),
         Field("acceptance", "Done when", "area"), Field("design", "Design", "area"),
         Field("notes", "Notes", "area")), in_palette=False,
    ),
    Action("bead.comment", "Comment", "Say something about a bead.", _comment,
           (_BEAD, Field("text", "Text", "area", required=True))),
    Action("bead.close", "Close", "Close a bead.", _close,
           (_BEAD, Field("reason", "Why"),
            Field("force", "Even if it waits, has open children, or is in the merge queue",
                  "flag"))),
    Action("bead.reopen", "Reopen", "Open a closed bead again; its convoys open with it.",
           _reopen, (_BEAD, Field("reason", "Why"))),
    Action("bead.defer", "Put off", "Put a bead off.", _defer,
           (_BEAD, Field("until", "Until", hint="+2d, tomorrow, 2026-02-01; nothing: until you"
                                                " take it up again"))),
    Action("bead.undefer", "Take up again", "A bead that was put off is ready again.", _undefer,
           (_BEAD,)),
    Action("bead.wait", "Wait for another", "Say that a bead depends on another one.", _wait,
           (_BEAD, Field("target", "On the bead", required=True),
            Field("type", "How", "choice", default="blocks",
                  choices=lambda _: ("blocks", "related", "discovered-from", "parent-child")))),
    Action("bead.unwait", "Forget a dependency", "A bead does not depend on another any more.",
           _unwait, (_BEAD, Field("target", "On the bead", required=True))),
    Action("bead.delete", "Delete", "Delete a bead.", _delete, (_BEAD, Field("reason", "Why")),
           destroys="The bead is deleted, its id is never given again, and others do not wait for"
                    " it any more. git -C hq revert brings it back."),
)  # fmt: skip
