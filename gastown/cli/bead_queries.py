"""bd search, query, count, stats, stale, lint, orphans: questions about many beads."""

from __future__ import annotations

from typing import Any

import click

from gastown.cli.bead_filters import (
    all_filters,
    filter_of,
    limit_option,
    now_of,
    rig_option,
    scope,
)
from gastown.cli.beads import show_list
from gastown.cli.common import complete_bead, json_option
from gastown.cli.session import Session, pass_session
from gastown.errors import UsageTrouble

_GROUPS = ("status", "priority", "type", "assignee", "label", "rig")
_SORT = click.option(
    "--sort", "order", default="priority", show_default=True, help="By what.",
    type=click.Choice("priority oldest created updated closed status id title type".split()),
)  # fmt: skip


@click.command()
@click.argument("words", nargs=-1)
@click.option("--query", "text", help="The text, instead of words.")
@_SORT
@click.option("-r", "--reverse", is_flag=True, help="The other way round.")
@limit_option
@all_filters
@rig_option
@json_option
@pass_session
def search(
    session: Session, /, words: tuple[str, ...], text: str | None, order: Any, reverse: bool,
    limit: int, rig: str | None, **said: Any,
) -> None:  # fmt: skip
    """Beads with WORDS in a text of theirs.

    The words have to follow each other. Closed beads are searched, too. Looked at are id, title,
    description, notes, design and acceptance criteria; upper and lower case count as one.
    """
    from gastown.render import beads as render

    needle = text or " ".join(words)
    if not needle.strip():
        raise UsageTrouble("search for what?", hint='bd search "log in"')
    wanted = filter_of(session, rig, said)._replace(text=needle)
    if "tombstone" not in wanted.statuses:
        wanted = wanted._replace(tombstones=False)
    found = session.town.read().select(
        wanted,
        now=now_of(session),
        order=order,
        reverse=reverse,
        limit=limit + 1 if limit else None,
    )
    show_list(session, found, limit, text=render.beads)


@click.command()
@click.argument("expression", nargs=-1, required=True)
@click.option("--all", "-a", "every", is_flag=True, help="Closed ones, too.")
@_SORT
@click.option("-r", "--reverse", is_flag=True, help="The other way round.")
@limit_option
@rig_option
@json_option
@pass_session
def query(
    session: Session, expression: tuple[str, ...], every: bool, order: Any, reverse: bool,
    limit: int, rig: str | None,
) -> None:  # fmt: skip
    """Beads that an EXPRESSION describes.

    \b
    bd query "status=open AND priority<2 AND label=backend"
    bd query "(type=bug OR type=feature) AND NOT assignee=none"
    bd query 'updated<30d AND title~"log in"'

    \b
    Fields: id title description notes design acceptance text status priority type
            assignee label parent rig created updated closed due defer
    Signs:  =  !=  ~ (contains)  <  <=  >  >=

    `none` is an empty field. A time is a day, a moment, or an age: updated<30d was changed before
    that, created>2h was made since. NOT binds closer than AND, AND closer than OR. Closed beads
    are left out, unless the expression names a status or closed, or with --all.
    """
    from gastown.domain.bead import BeadState
    from gastown.domain.bead_query import comparisons, parse_query
    from gastown.render import beads as render
    from gastown.store.bead_filter import BeadFilter

    node = parse_query(" ".join(expression), session.edge.clock().astimezone())
    named = comparisons(node)
    wanted = BeadFilter(
        rig=scope(session, rig),
        live=None if every or {"status", "closed"} & {one.field for one in named} else True,
        tombstones=any(one.value == BeadState.TOMBSTONE for one in named if one.field == "status"),
        query=node,
    )
    found = session.town.read().select(
        wanted,
        now=now_of(session),
        order=order,
        reverse=reverse,
        limit=limit + 1 if limit else None,
    )
    show_list(session, found, limit, text=render.beads)


def _by_options(command: Any) -> Any:
    for name in reversed(_GROUPS):
        command = click.option(
            f"--by-{name}", "by", flag_value=name, help=f"By {name}, as --by {name}."
        )(command)
    return command


@click.command()
@click.option("--by", type=click.Choice(_GROUPS), help="How many of each.")
@_by_options
@all_filters
@rig_option
@json_option
@pass_session
def count(session: Session, /, by: str | None, rig: str | None, **said: Any) -> None:
    """How many beads match; closed ones, too, deleted ones not."""
    from gastown.render import bead_reports as render
    from gastown.views.bead_stats import tally

    wanted = filter_of(session, rig, said)
    if "tombstone" not in wanted.statuses:
        wanted = wanted._replace(tombstones=False)
    found = tally(session.town.read(), wanted, by, now_of(session))
    session.show_plain(found, render.tally, render.tally_shape(found))


@click.command()
@rig_option
@json_option
@pass_session
def stats(session: Session, rig: str | None) -> None:
    """The beads in numbers."""
    from gastown.render import bead_reports as render
    from gastown.views.bead_stats import stats as view

    found = view(session.town.read(), now_of(session), scope(session, rig))
    session.show_plain(found, render.stats, render.stats_shape(found))


@click.command()
@click.option("-d", "--days", default=30, show_default=True, type=click.IntRange(min=1),
              help="Not changed for so many days.")  # fmt: skip
@click.option("-s", "--status", multiple=True, help="Only with this status; may be repeated.")
@limit_option
@rig_option
@json_option
@pass_session
def stale(
    session: Session, days: int, status: tuple[str, ...], limit: int, rig: str | None
) -> None:
    """Open beads that nobody has changed for long."""
    from gastown.render import bead_reports as render
    from gastown.views.beads import counted

    reader, now = session.town.read(), now_of(session)
    wanted = filter_of(session, rig, {"status": status})._replace(
        live=None if status else True, between=(("updated", None, now - days * 86400),)
    )
    found = reader.select(wanted, order="updated", reverse=True, limit=limit or None)
    moment = session.edge.clock()
    shape = [one.bead for one in counted(reader, found)]
    session.show_plain(found, lambda beads: render.stale(beads, days, moment), shape)


@click.command()
@click.argument("issues", nargs=-1, shell_complete=complete_bead)
@click.option("-s", "--status", multiple=True, help="all, or only with this status; by default"
              " those that are not closed.")  # fmt: skip
@click.option("-t", "--type", "types", multiple=True, help="Only of this type.")
@rig_option
@json_option
@pass_session
def lint(
    session: Session, /, issues: tuple[str, ...], rig: str | None, **said: tuple[str, ...]
) -> None:
    """What is missing from beads, or does not fit together.

    It exits with 1 if there is any of that. Looked at are descriptions and the sections that a type
    should have, dependencies on what is not there, circles, open children of closed parents, and
    ids that differ by case alone.
    """
    from gastown.render import bead_reports as render
    from gastown.views.bead_lint import lint as view

    reader = session.town.read()
    if issues:
        beads = [reader.bead(issue) for issue in dict.fromkeys(issues)]
    else:
        wanted = filter_of(session, rig, said)
        beads = reader.select(
            wanted._replace(live=None if said["status"] else True, tombstones=False)
        )
    found = view(reader, beads)
    session.show_plain(found, render.lint, render.lint_shape(found))
    if found.findings:
        raise click.exceptions.Exit(1)


@click.command()
@click.option("--details", is_flag=True, help="With the newest commit that names each.")
@rig_option
@json_option
@pass_session
def orphans(session: Session, details: bool, rig: str | None) -> None:
    """Open beads that commits on a rig's target name."""
    from gastown.render import bead_reports as render
    from gastown.views.orphans import orphans as view

    found = view(session.town, scope(session, rig))
    session.show_plain(
        found, lambda some: render.orphans(some, details=details), render.orphans_shape(found)
    )
