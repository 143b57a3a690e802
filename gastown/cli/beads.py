"""bd show, list, ready."""

from __future__ import annotations

import click

from gastown.cli.common import complete_bead, complete_rig, json_option
from gastown.cli.session import Session, pass_session
from gastown.errors import UsageTrouble

_RIG = click.option("--rig", shell_complete=complete_rig, help="The rig; by default where you are.")


@click.command()
@click.argument("issues", nargs=-1, required=True, shell_complete=complete_bead)
@json_option
@pass_session
def show(session: Session, issues: tuple[str, ...]) -> None:
    """Beads in full, with what they wait for."""
    from gastown.render import beads as render
    from gastown.views.beads import bead_view

    found = [bead_view(session.town.read(), issue) for issue in issues]
    session.show_plain(found, render.views, [render.details(view) for view in found])


@click.command(name="list")
@click.option("-s", "--status", multiple=True, help="Only with this status; may be repeated.")
@click.option("-a", "--assignee", help="Only of this agent or person.")
@click.option("--all", "every", is_flag=True, help="Closed ones, too.")
@click.option("-n", "--limit", default=50, show_default=True, help="At most so many; 0: all.")
@_RIG
@json_option
@pass_session
def list_(
    session: Session, status: tuple[str, ...], assignee: str | None, every: bool, limit: int,
    rig: str | None,
) -> None:  # fmt: skip
    """Beads, most urgent first, then newest first."""
    from gastown.domain.bead import LIVE, BeadState
    from gastown.render import beads as render

    statuses = tuple(_status(word) for word in status)
    if not statuses and not every:
        statuses = LIVE
    home = session.town.read().rig(rig).id if rig and rig != "hq" else rig
    found = session.town.read().beads(
        rig=home, statuses=statuses, assignee=assignee, limit=limit or None
    )
    found = [bead for bead in found if statuses or bead.state is not BeadState.TOMBSTONE]
    session.show_plain(found, render.beads, found)


@click.command()
@click.option("-n", "--limit", default=100, show_default=True, help="At most so many; 0: all.")
@click.option("--include-in-progress", is_flag=True, help="Also what is being worked on.")
@_RIG
@json_option
@pass_session
def ready(session: Session, limit: int, include_in_progress: bool, rig: str | None) -> None:
    """Beads that can be started now.

    They are open, wait for nothing, and are not deferred.
    """
    from gastown.render import beads as render

    reader = session.town.read()
    home = reader.rig(rig).id if rig and rig != "hq" else rig
    now = session.edge.clock().timestamp()
    found = reader.ready(now, rig=home, limit=limit or None, in_progress=include_in_progress)
    session.show_plain(found, render.ready, found)


def _status(word: str) -> str:
    from gastown.domain.bead import BeadState

    if word not in set(BeadState):
        raise UsageTrouble(f"no status {word!r}", hint=f"one of {', '.join(BeadState)}")
    return word
