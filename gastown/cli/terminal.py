"""Giving this terminal to another program."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from gastown.cli.session import Session
    from gastown.ops.attaching import Attachment

NOT_ATTACHED = 1


def show_session(session: Session, found: Attachment) -> None:
    """Show an agent's session in this terminal, and become the program that does so.

    Without a terminal, with --json, and where the session is over already, what is known is
    printed; the exit status is 0 only for JSON of a session that can be attached to.
    """
    from gastown.render import sessions as render

    attachable = found.argv is not None
    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    if not attachable or session.wants_json or not terminal:
        session.show(found, render.attachment)
        if not (attachable and session.wants_json):
            raise click.exceptions.Exit(NOT_ATTACHED)
        return
    session.note(render.attaching(found))
    become(session, list(found.argv or ()))


def become(session: Session, argv: list[str]) -> None:
    """Be another program from now on, in the folder that the caller stands in."""
    os.chdir(session.here)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os.execvpe(argv[0], argv, session.env)  # noqa: S606  (no shell is in between, on purpose)
