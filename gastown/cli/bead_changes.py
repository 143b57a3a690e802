"""bd create, update, close, reopen."""

from __future__ import annotations

import sys

import click

from gastown.cli.common import complete_bead, complete_rig, json_option, show_batch
from gastown.cli.session import Session, pass_session
from gastown.errors import UsageTrouble


@click.command()
@click.argument("title")
@click.option("-d", "--description", help="Markdown; '-' reads standard input.")
@click.option("-t", "--type", "issue_type", default="task", show_default=True,
              help="bug, feature, task, epic, chore, …")  # fmt: skip
@click.option("-p", "--priority", default="2", show_default=True, help="0 (urgent) to 4.")
@click.option("--id", "identifier", help="An id of your choice; by default a short hash.")
@click.option("--parent", shell_complete=complete_bead, help="Make it a child: PARENT.1, …")
@click.option("--deps", help="What it waits for: ID,… or TYPE:ID,…")
@click.option("-l", "--labels", help="Labels, separated by commas.")
@click.option("-a", "--assignee", help="Who will do it.")
@click.option("--acceptance", help="When it counts as done.")
@click.option("--rig", shell_complete=complete_rig, help="The rig; by default where you are.")
@click.option("--silent", is_flag=True, help="Print only the id.")
@json_option
@pass_session
def create(
    session: Session, title: str, description: str | None, issue_type: str, priority: str,
    identifier: str | None, parent: str | None, deps: str | None, labels: str | None,
    assignee: str | None, acceptance: str | None, rig: str | None, silent: bool,
) -> None:  # fmt: skip
    """Make a bead named TITLE."""
    from gastown.ops.beads import NewBead, rig_for
    from gastown.ops.beads import create as operation
    from gastown.render import beads as render

    if description == "-":
        description = sys.stdin.read()
    reader = session.town.read()
    home = rig_for(
        reader, named=rig, identifier=identifier, parent=parent, standing_in=session.place.rig
    )
    new = NewBead(
        title, description, issue_type, parse_priority(priority), identifier, parent,
        tuple(parse_dependency(word) for word in _words(deps)), tuple(_words(labels)), assignee,
        acceptance,
    )  # fmt: skip
    bead = operation(session.town, new, home, actor=session.actor)
    session.show_plain(bead, render.identifier if silent else render.created, bead)


@click.command()
@click.argument("issues", nargs=-1, required=True, shell_complete=complete_bead)
@click.option("-s", "--status", help="open, in_progress, blocked, deferred, …")
@click.option("-p", "--priority", help="0 (urgent) to 4.")
@click.option("-a", "--assignee", help="Who does it; '' for nobody.")
@click.option("--title", help="A new title.")
@click.option("-d", "--description", help="A new description; '-' reads standard input.")
@click.option("-t", "--type", "issue_type", help="bug, feature, task, …")
@click.option("--acceptance", help="When it counts as done.")
@click.option("--design", help="How it is to be done.")
@click.option("--notes", help="Replace the notes.")
@click.option("--append-notes", help="Add to the notes.")
@click.option("--add-label", multiple=True, help="Add a label; may be repeated.")
@click.option("--remove-label", multiple=True, help="Remove a label; may be repeated.")
@click.option("--claim", is_flag=True, help="Make it mine and in progress, if nobody has it.")
@json_option
@pass_session
def update(
    session: Session, issues: tuple[str, ...], status: str | None, priority: str | None,
    assignee: str | None, title: str | None, description: str | None, issue_type: str | None,
    acceptance: str | None, design: str | None, notes: str | None, append_notes: str | None,
    add_label: tuple[str, ...], remove_label: tuple[str, ...], claim: bool,
) -> None:  # fmt: skip
    """Change beads."""
    from gastown.ops.batch import each
    from gastown.ops.beads import update as operation
    from gastown.render import beads as render

    if description == "-":
        description = sys.stdin.read()
    urgency = None if priority is None else parse_priority(priority)
    batch = each(
        issues,
        lambda issue: operation(
            session.town, issue, actor=session.actor, status=status, append_notes=append_notes,
            add_labels=add_label, remove_labels=remove_label, claim=claim, assignee=assignee,
            priority=urgency, title=title, description=description, issue_type=issue_type,
            acceptance_criteria=acceptance, design=design, notes=notes,
        ),
    )  # fmt: skip
    found = list(batch.done)
    show_batch(session, batch, lambda: session.show_plain(found, render.updated, found))


@click.command()
@click.argument("issues", nargs=-1, required=True, shell_complete=complete_bead)
@click.option("-r", "--reason", help="Why.")
@click.option("-f", "--force", is_flag=True, help="Even if it waits for others.")
@json_option
@pass_session
def close(session: Session, issues: tuple[str, ...], reason: str | None, force: bool) -> None:
    """Close beads by your word.

    What an agent works on is closed by its merge.
    """
    from gastown.ops.batch import each
    from gastown.ops.closing import close as operation
    from gastown.render import beads as render

    batch = each(
        issues,
        lambda issue: operation(
            session.town, issue, reason=reason, force=force, actor=session.actor
        ),
    )
    found = list(batch.done)
    beads = [one.bead for one in found]
    show_batch(session, batch, lambda: session.show_plain(found, render.closed, beads))


@click.command()
@click.argument("issues", nargs=-1, required=True, shell_complete=complete_bead)
@click.option("-r", "--reason", help="Why; it is added to the notes.")
@json_option
@pass_session
def reopen(session: Session, issues: tuple[str, ...], reason: str | None) -> None:
    """Open closed beads again.

    Landed convoys that hold them open, too.
    """
    from gastown.ops.batch import each
    from gastown.ops.closing import reopen as operation
    from gastown.render import beads as render

    batch = each(
        issues,
        lambda issue: operation(session.town, issue, reason=reason, actor=session.actor),
    )
    found = list(batch.done)
    show_batch(session, batch, lambda: session.show_plain(found, render.updated, found))


def parse_dependency(text: str) -> tuple[str, str]:
    """`ID` or `TYPE:ID`: what the new bead depends on, and how."""
    kind, colon, target = text.partition(":")
    return (kind, target) if colon else ("blocks", text)


def parse_priority(text: str) -> int:
    """`2` or `P2`.

    Raises:
        UsageTrouble: it is not 0 to 4.
    """
    digit = text.removeprefix("P").removeprefix("p")
    if digit not in ("0", "1", "2", "3", "4"):
        raise UsageTrouble(f"priority {text!r} is not in 0 (urgent) to 4")
    return int(digit)


def _words(text: str | None) -> list[str]:
    return [word.strip() for word in (text or "").split(",") if word.strip()]
