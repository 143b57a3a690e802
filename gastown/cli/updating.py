"""bd update and its short forms: claim, assign, note, retitle, tag, priority; defer, pin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from gastown.cli.common import complete_bead, json_option, show_batch
from gastown.cli.session import Session, pass_session
from gastown.cli.texts import read_json, said_moment, said_text
from gastown.domain.wisp import has_wisp_form
from gastown.errors import UsageTrouble

if TYPE_CHECKING:
    from gastown.domain.bead import Bead
    from gastown.ops.batch import Batch
    from gastown.ops.updating import Change

_ISSUES = click.argument("issues", nargs=-1, required=True, shell_complete=complete_bead)
_ISSUE = click.argument("issue", shell_complete=complete_bead)


@click.command()
@_ISSUES
@click.option("-s", "--status", help="open, in_progress, blocked, deferred, …")
@click.option("-p", "--priority", help="0 (urgent) to 4, or a word like high.")
@click.option("-a", "--assignee", help="Who does it; '' for nobody.")
@click.option("--claim", is_flag=True, help="Make it mine and in progress, if nobody has it.")
@click.option("--title", help="A new title.")
@click.option("-d", "--description", "--body", help="A new description; '-' reads standard input.")
@click.option("--body-file", "--description-file", "body_file", metavar="FILE",
              help="The new description is in a file.")  # fmt: skip
@click.option("--stdin", is_flag=True, help="The new description comes from standard input.")
@click.option("-t", "--type", "issue_type", help="bug, feature, task, …")
@click.option("--acceptance", "--acceptance-criteria", help="When it counts as done.")
@click.option("--design", help="How it is to be done.")
@click.option("--notes", help="Replace the notes.")
@click.option("--append-notes", help="Add to the notes.")
@click.option("--add-label", multiple=True, help="Add labels; may be repeated.")
@click.option("--remove-label", multiple=True, help="Remove labels; may be repeated.")
@click.option("--set-labels", multiple=True, help="Exactly these labels; '' for none.")
@click.option("--parent", shell_complete=complete_bead, help="Whose child it is; '' for nobody's.")
@click.option("--due", metavar="WHEN", help="By when: a date, +2d, next monday; '' for no time.")
@click.option("--defer", metavar="WHEN", help="Not ready before; '' for no time.")
@click.option("--estimate", type=click.IntRange(min=0), help="Minutes it will take; 0: unknown.")
@click.option("--external-ref", help="What it is called elsewhere.")
@click.option("--spec-id", help="The specification it belongs to.")
@click.option("--await-id", help="What a gate waits for, e.g. the number of a run.")
@click.option("--metadata", metavar="JSON",
              help="Keys to set in its metadata; null removes one; also @FILE.")  # fmt: skip
@click.option("--unset-metadata", is_flag=True, help="Take all of its metadata away.")
@click.option("--persistent", is_flag=True, help="It is no longer ephemeral.")
@json_option
@pass_session
def update(session: Session, /, issues: tuple[str, ...], **said: Any) -> None:
    """Change beads.

    What is not named stays as it is. Several beads are changed in one commit.
    """
    change = _change(session, said)
    from gastown.ops.updating import Change

    if change == Change():
        raise UsageTrouble("nothing to change is named", hint="bd update --help")
    _update(session, issues, change)


@click.command()
@_ISSUES
@json_option
@pass_session
def claim(session: Session, issues: tuple[str, ...]) -> None:
    """Make beads mine and in progress, if nobody has them."""
    from gastown.ops.updating import Change

    _update(session, issues, Change(claim=True))


@click.command()
@_ISSUE
@click.argument("who")
@json_option
@pass_session
def assign(session: Session, issue: str, who: str) -> None:
    """Say WHO does ISSUE; '' for nobody."""
    from gastown.ops.updating import Change

    _update(session, (issue,), Change({"assignee": who}))


@click.command()
@_ISSUE
@click.argument("text", nargs=-1, required=True)
@json_option
@pass_session
def note(session: Session, issue: str, text: tuple[str, ...]) -> None:
    """Add TEXT to the notes of ISSUE; '-' reads standard input."""
    from gastown.ops.updating import Change

    said = said_text(session, " ".join(text), what="note")
    _update(session, (issue,), Change(append_notes=said))


@click.command()
@_ISSUE
@click.argument("title", nargs=-1, required=True)
@json_option
@pass_session
def retitle(session: Session, issue: str, title: tuple[str, ...]) -> None:
    """Give ISSUE a new title; its id stays."""
    from gastown.ops.updating import Change

    _update(session, (issue,), Change({"title": " ".join(title)}))


@click.command()
@_ISSUE
@click.argument("priority")
@json_option
@pass_session
def priority(session: Session, issue: str, priority: str) -> None:
    """Set how urgent ISSUE is: 0 (urgent) to 4, or a word like high."""
    from gastown.domain.bead_words import priority_of
    from gastown.ops.updating import Change

    _update(session, (issue,), Change({"priority": priority_of(priority)}))


@click.command()
@_ISSUES
@click.option("--until", metavar="WHEN",
              help="Ready again then, by itself: a date, +6h, tomorrow, next monday.")  # fmt: skip
@json_option
@pass_session
def defer(session: Session, issues: tuple[str, ...], until: str | None) -> None:
    """Put beads off, until undefer or until a moment."""
    from gastown.ops.bead_status import defer as operation

    when = said_moment(session, until) or None
    _show(session, operation(session.town, issues, until=when, actor=session.actor))


@click.command()
@_ISSUES
@json_option
@pass_session
def undefer(session: Session, issues: tuple[str, ...]) -> None:
    """Take up what was put off."""
    from gastown.ops.bead_status import undefer as operation

    _show(session, operation(session.town, issues, actor=session.actor))


@click.command()
@_ISSUES
@json_option
@pass_session
def pin(session: Session, issues: tuple[str, ...]) -> None:
    """Keep beads as a reference: they are no work and never ready."""
    from gastown.domain.bead import BeadState
    from gastown.ops.bead_status import set_statuses

    batch = set_statuses(session.town, issues, "pin", BeadState.PINNED, actor=session.actor)
    _show(session, batch)


@click.command()
@_ISSUES
@json_option
@pass_session
def unpin(session: Session, issues: tuple[str, ...]) -> None:
    """Make pinned beads work again."""
    from gastown.domain.bead import BeadState
    from gastown.ops.bead_status import set_statuses

    batch = set_statuses(
        session.town, issues, "unpin", BeadState.OPEN, actor=session.actor,
        only_from=BeadState.PINNED,
    )  # fmt: skip
    _show(session, batch)


def _change(session: Session, said: dict[str, Any]) -> Change:
    from gastown.domain.bead_words import labels_of, priority_of
    from gastown.ops.updating import Change

    fields = {
        "title": said["title"], "issue_type": said["issue_type"], "assignee": said["assignee"],
        "description": said_text(
            session, said["description"], file=said["body_file"], stdin=bool(said["stdin"])
        ),
        "acceptance_criteria": said["acceptance"], "design": said["design"],
        "notes": said["notes"], "external_ref": said["external_ref"], "spec_id": said["spec_id"],
        "await_id": said["await_id"], "estimated_minutes": said["estimate"] or None,
        "priority": None if said["priority"] is None else priority_of(said["priority"]),
        "due_at": said_moment(session, said["due"], last=True),
        "defer_until": said_moment(session, said["defer"]),
    }  # fmt: skip
    return Change(
        {key: value for key, value in fields.items() if value is not None},
        without=_without(said),
        status=said["status"],
        append_notes=said["append_notes"],
        set_labels=labels_of(said["set_labels"]) if said["set_labels"] else None,
        add_labels=labels_of(said["add_label"]),
        remove_labels=labels_of(said["remove_label"]),
        metadata=_metadata(session, said["metadata"]),
        parent=said["parent"],
        claim=said["claim"],
    )


def _without(said: dict[str, Any]) -> tuple[str, ...]:
    gone: tuple[str, ...] = ("metadata",) if said["unset_metadata"] else ()
    gone += ("ephemeral", "wisp_type") if said["persistent"] else ()
    return gone + (("estimated_minutes",) if said["estimate"] == 0 else ())


def _metadata(session: Session, text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    found = read_json(session, text, "--metadata")
    if not isinstance(found, dict):
        raise UsageTrouble(
            "--metadata is no object", hint="""e.g. '{"key": "value"}'; null removes a key"""
        )
    return found


def _update(session: Session, issues: tuple[str, ...], change: Change) -> None:
    from gastown.ops.updating import update as operation

    if any(map(has_wisp_form, issues)):
        from gastown.ops.ephemeral import update as operation
    _show(session, operation(session.town, issues, change, actor=session.actor))


def _show(session: Session, batch: Batch[Bead]) -> None:
    from gastown.render import bead_changes as render

    found = list(batch.done)
    show_batch(session, batch, lambda: session.show_plain(found, render.updated, found))
