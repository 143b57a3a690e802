"""bd dep list, tree, cycles: looking at dependencies."""

from __future__ import annotations

from typing import Any

import click

from gastown.cli.common import complete_bead, json_option
from gastown.cli.session import Session, pass_session
from gastown.domain.bead_words import kind_of_link

_TYPES = click.option(
    "-t", "--type", "types", multiple=True, help="Only dependencies of this type."
)


_DIRECTION = click.option(
    "--direction",
    type=click.Choice(["down", "up", "both"]),
    default="down",
    show_default=True,
    help="down: what it depends on; up: what depends on it.",
)


@click.command(name="list")
@click.argument("issues", nargs=-1, required=True, shell_complete=complete_bead)
@_DIRECTION
@_TYPES
@json_option
@pass_session
def list_(
    session: Session, issues: tuple[str, ...], direction: str, types: tuple[str, ...]
) -> None:
    """What beads depend on, or what depends on them."""
    from gastown.render import bead_graph as render
    from gastown.render.beads import link_shape
    from gastown.views.beads import back, forth

    reader = session.town.read()
    wanted = {kind_of_link(word) for word in types}
    found: list[dict[str, Any]] = []
    for bead in (reader.bead(issue) for issue in issues):
        sides = (("down", forth(reader, bead)), ("up", back(reader, bead.id)))
        found += [
            {**link_shape(link), "direction": side}
            for side, links in sides if direction in (side, "both")
            for link in links if not wanted or link.type in wanted
        ]  # fmt: skip
    session.show_plain(found, render.links, found)


@click.command()
@click.argument("issue", shell_complete=complete_bead)
@_DIRECTION
@click.option("-d", "--max-depth", default=50, show_default=True, help="How deep at most.")
@_TYPES
@click.option("--reverse", is_flag=True, help="As --direction up.")
@json_option
@pass_session
def tree(
    session: Session, issue: str, direction: Any, max_depth: int, types: tuple[str, ...],
    reverse: bool,
) -> None:  # fmt: skip
    """A bead and what it depends on, as a tree."""
    from gastown.render import bead_graph as render
    from gastown.views.dependencies import tree as view

    kinds = [kind_of_link(word) for word in types]
    way: Any = "up" if reverse else direction
    found = view(session.town.read(), issue, direction=way, max_depth=max_depth, types=kinds)
    session.show_plain(found, render.tree, render.tree_shape(found))


@click.command()
@json_option
@pass_session
def cycles(session: Session) -> None:
    """Circles of beads that wait for each other.

    No command makes one; they come from imports and edits by hand.
    """
    from gastown.render import bead_graph as render
    from gastown.views.dependencies import cycles as view

    found = view(session.town.read())
    session.show_plain(found, render.cycles, found)
