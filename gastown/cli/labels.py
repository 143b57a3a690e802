"""bd label, tag."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gastown.cli.common import LazyGroup, complete_bead, complete_rig, json_option, show_batch
from gastown.cli.session import Session, pass_session

if TYPE_CHECKING:
    from gastown.domain.bead import Bead
    from gastown.ops.batch import Batch

_WORDS = click.argument("words", nargs=-1, required=True, metavar="ISSUE… LABEL…",
                        shell_complete=complete_bead)  # fmt: skip


@click.group(cls=LazyGroup, aliases={"rm": "remove", "ls": "list", "all": "list-all"})
def label() -> None:
    """Labels on beads."""


@label.command()
@_WORDS
@json_option
@pass_session
def add(session: Session, words: tuple[str, ...]) -> None:
    """Put labels on beads: first the beads, then the labels. All in one commit."""
    _change(session, words, adding=True)


@label.command()
@_WORDS
@json_option
@pass_session
def remove(session: Session, words: tuple[str, ...]) -> None:
    """Take labels off beads: first the beads, then the labels. All in one commit."""
    _change(session, words, adding=False)


@label.command(name="list")
@click.argument("issue", shell_complete=complete_bead)
@json_option
@pass_session
def list_(session: Session, issue: str) -> None:
    """The labels of ISSUE."""
    from gastown.render import bead_changes as render

    found = list(session.town.read().bead(issue).labels)
    session.show_plain(found, render.labels, found)


@label.command(name="list-all")
@click.option("--rig", shell_complete=complete_rig, help="Only of this rig.")
@json_option
@pass_session
def list_all(session: Session, rig: str | None) -> None:
    """All labels that beads have, and how many have each."""
    from gastown.render import bead_changes as render
    from gastown.views.labels import label_counts

    home = session.home(rig)
    found = label_counts(session.town.read(), home)
    session.show_plain(found, render.label_counts, found)


@click.command()
@_WORDS
@json_option
@pass_session
def tag(session: Session, words: tuple[str, ...]) -> None:
    """Put labels on beads, as bd label add."""
    _change(session, words, adding=True)


def _change(session: Session, words: tuple[str, ...], *, adding: bool) -> None:
    from gastown.domain.bead_words import labels_of
    from gastown.ops import labels as operations

    issues, texts = operations.beads_and_labels(session.town.read(), words)
    wanted = labels_of(texts)
    operation = operations.add_labels if adding else operations.remove_labels
    batch = operation(session.town, issues, wanted, actor=session.actor)
    _show(session, batch, wanted, adding=adding)


def _show(session: Session, batch: Batch[Bead], wanted: tuple[str, ...], *, adding: bool) -> None:
    from gastown.render import bead_changes as render

    found = list(batch.done)
    status = "added" if adding else "removed"
    shape = [{"status": status, "issue_id": bead.id, "label": label}
             for bead in found for label in wanted]  # fmt: skip
    show_batch(session, batch, lambda: session.show_plain(shape, render.labelled, shape))
