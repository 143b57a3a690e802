"""bd prime, onboard: what agents are told of beads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gastown.cli.common import json_option
from gastown.cli.session import Session, pass_session
from gastown.errors import UsageTrouble

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.option("--full", is_flag=True, help="All commands, also where the brief text is usual.")
@click.option("--mcp", is_flag=True, help="A few lines, for where tools tell the rest.")
@click.option("--stealth", is_flag=True, help="No word about git.")
@click.option("--export", "own", is_flag=True,
              help="The text that .beads/PRIME.md replaces, to begin one with.")  # fmt: skip
@json_option
@pass_session
def prime(session: Session, full: bool, mcp: bool, stealth: bool, own: bool) -> None:
    """Print what an agent has to know about beads.

    It is meant for the start of a session. The file .beads/PRIME.md of the worktree, or else of
    hq, takes the place of the text.
    """
    from gastown.views import bead_context as view

    if full and mcp:
        raise UsageTrouble("--full and --mcp are two answers: choose one")
    length = view.Length.FULL if full else view.Length.BRIEF if mcp else view.Length.USUAL
    context = view.Context(session.place.actor, session.place.rig, length, stealth)
    text = None if own else view.override(session.town, _worktree(session))
    if text is None:
        text = view.prime(session.town, context, session.edge.clock().timestamp())
    _show_text(session, text)


@click.command()
@json_option
@pass_session
def onboard(session: Session) -> None:
    """Print what belongs into a project's AGENTS.md."""
    from gastown.views.bead_context import onboard as view

    _show_text(session, view())


def _show_text(session: Session, text: str) -> None:
    from gastown.render.text import safe

    session.show_plain(text, lambda said: safe(said.rstrip("\n"), lines=True), {"text": text})


def _worktree(session: Session) -> Path | None:
    """The worktree that the caller stands in."""
    here = session.here
    return next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), None)
