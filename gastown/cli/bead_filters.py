"""The options that choose beads, shared by every command that lists or counts some."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gastown.cli.common import complete_bead, complete_rig

if TYPE_CHECKING:
    from gastown.cli.session import Session
    from gastown.store.bead_filter import BeadFilter

F = TypeVar("F", bound=Callable[..., Any])

rig_option = click.option(
    "--rig", shell_complete=complete_rig,
    help="Only of this rig (hq: the town's own; all: everywhere). By default of the rig you stand"
    " in, else everywhere.",
)  # fmt: skip
limit_option = click.option(
    "-n",
    "--limit",
    default=50,
    show_default=True,
    type=click.IntRange(min=0),
    help="At most so many; 0: all.",
)
_TIMES = [
    click.option(
        f"--{what}-{side}",
        metavar="WHEN",
        help=f"{what.capitalize()} {side} a day, a moment, or so long ago (30d).",
    )
    for what in ("created", "updated", "closed")
    for side in ("after", "before")
]
_FEW = [
    click.option("-p", "--priority", multiple=True, help="0 to 4; may be repeated."),
    click.option("-a", "--assignee", help="Only of this agent or person; '': of nobody."),
    click.option("-l", "--label", multiple=True, help="With this label; repeated: with all."),
    click.option("-t", "--type", "types", multiple=True, help="bug, feature, …; may be repeated."),
]
_MANY = [
    click.option("-s", "--status", multiple=True, help="open, closed, …; may be repeated."),
    click.option("--label-any", multiple=True, help="With at least one of these labels."),
    click.option("--no-labels", is_flag=True, help="Without any label."),
    click.option("--no-assignee", is_flag=True, help="Nobody's."),
    click.option("--parent", shell_complete=complete_bead, help="Children of this bead."),
    click.option("--id", "ids", multiple=True, shell_complete=complete_bead, help="ID,…"),
    click.option("--title", "--title-contains", help="With this in the title."),
    click.option("--priority-min", help="0 to 4: this number or a higher one."),
    click.option("--priority-max", help="0 to 4: this number or a lower one."),
    click.option("--overdue", is_flag=True, help="Due before now, and not closed."),
    *_TIMES,
]


def few_filters(command: F) -> F:
    """Add the options that name a priority, an assignee, labels and types."""
    return _with(command, _FEW)


def all_filters(command: F) -> F:
    """Add every option that chooses beads."""
    return _with(command, [*_FEW, *_MANY])


def scope(session: Session, rig: str | None) -> str | None:
    """The rig that is meant; None: the whole town.

    Raises:
        NotFound: there is no rig of that name.
    """
    if rig is None:
        return session.place.rig
    if rig in ("all", "hq"):
        return None if rig == "all" else rig
    return session.rig(rig)


def filter_of(session: Session, rig: str | None, said: dict[str, Any]) -> BeadFilter:
    """The filter that options name.

    Raises:
        UsageTrouble: a value is not understood.
        NotFound: the rig or the parent does not exist.
    """
    from gastown.domain.bead_words import labels_of, priority_of, words_of
    from gastown.store.bead_filter import BeadFilter

    if not any(said.values()):
        return BeadFilter(rig=scope(session, rig))
    parent = said.get("parent")
    if parent is not None:
        session.town.read().bead(parent)
    statuses = _each(said.get("status"))
    ids = _each(said.get("ids"))
    return BeadFilter(
        rig=scope(session, rig),
        statuses=() if "all" in statuses else tuple(_status(word) for word in statuses),
        types=tuple(_type(word) for word in _each(said.get("types"))),
        priorities=tuple(priority_of(word) for word in _each(said.get("priority"))),
        priority_min=_priority(said.get("priority_min")),
        priority_max=_priority(said.get("priority_max")),
        assignee=said.get("assignee") or None,
        unassigned=bool(said.get("no_assignee")) or said.get("assignee") == "",
        labels=labels_of(said.get("label") or ()),
        labels_any=labels_of(said.get("label_any") or ()),
        without_labels=bool(said.get("no_labels")),
        ids=tuple(ids) if ids else None,
        parent=parent,
        title=" ".join(words_of(said["title"])) if said.get("title") else None,
        overdue=bool(said.get("overdue")),
        between=_between(session, said),
    )


def now_of(session: Session) -> float:
    """The present, in seconds since 1970."""
    return session.edge.clock().timestamp()


def moment_of(session: Session, text: str) -> float:
    """Seconds since 1970 of a moment that was typed.

    Raises:
        UsageTrouble: it is none.
    """
    from gastown.domain.bead_query import past_moment

    return past_moment(text, session.edge.clock().astimezone())


def _between(
    session: Session, said: dict[str, Any]
) -> tuple[tuple[str, float | None, float | None], ...]:
    found = []
    for what in ("created", "updated", "closed"):
        after, before = (said.get(f"{what}_{side}") for side in ("after", "before"))
        if after or before:
            bounds = [moment_of(session, text) if text else None for text in (after, before)]
            found.append((what, bounds[0], bounds[1]))
    return tuple(found)


def _with(command: F, options: Sequence[Callable[[F], F]]) -> F:
    for option in reversed(options):
        command = option(command)
    return command


def _each(words: tuple[str, ...] | None) -> list[str]:
    """Words that were repeated, or stand with commas between them."""
    return [part.strip() for word in words or () for part in word.split(",") if part.strip()]


def _status(word: str) -> str:
    from gastown.domain.bead_words import status_of

    return status_of(word).value


def _type(word: str) -> str:
    """A type to look for: also one that nobody has told the town of."""
    from gastown.domain.bead_words import type_of
    from gastown.errors import UsageTrouble

    try:
        return type_of(word)
    except UsageTrouble:
        return word


def _priority(text: str | None) -> int | None:
    from gastown.domain.bead_words import priority_of

    return None if text is None else priority_of(text)
