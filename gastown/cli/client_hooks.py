"""gt client-hook: what agents' clients run at their moments; nobody types it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gastown.cli.session import Session, pass_session

if TYPE_CHECKING:
    from gastown.ops.client_moments import Moment
    from gastown.store.town import Town


@click.command("client-hook", hidden=True)
@click.argument("moment")
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("form", default="plain")
@pass_session
def client_hook(session: Session, moment: str, folder: Path, form: str) -> None:
    """Answer a client's hook: MOMENT of the agent whose FOLDER it is, with its JSON on stdin."""
    if moment == "guard":  # asked often, so without what the others need
        from gastown.cli.guard import answer_client

        answer_client(session, folder, form, sys.stdin.buffer.read())
        return
    from gastown.errors import GtError
    from gastown.ops.client_moments import check_folder, moment_of

    data = sys.stdin.buffer.read()
    town = session.town_at(folder)
    try:
        found = moment_of(town, check_folder(town, folder), data)
        answer(town, moment, found, form)
    except GtError as trouble:  # never in the client's way
        session.note(f"gt: {trouble.message}")


def answer(town: Town, moment: str, found: Moment, form: str) -> None:
    """Do what the moment asks for, and print it as the client wants it."""
    from gastown.ops import client_moments

    if moment == "session-start":
        click.echo(in_form(client_moments.session_start(town, found), "SessionStart", form))
    elif moment == "prompt":
        client_moments.prompt(town, found, lambda text: _write(text, form))
    elif moment == "stop":
        reason = client_moments.stop(town, found)
        if reason is not None:
            click.echo(json.dumps({"decision": "block", "reason": reason}))


def _write(text: str, form: str) -> None:
    """Print a text for the model, to the last byte or with an error."""
    click.echo(in_form(text, "UserPromptSubmit", form), nl=False)
    sys.stdout.flush()


def in_form(text: str, event: str, form: str) -> str:
    """A text for the model in the form in which a client takes it."""
    if form == "plain":
        return text
    if form == "copilot":
        return json.dumps({"additionalContext": text}, ensure_ascii=False)
    output = {"hookEventName": event, "additionalContext": text}
    return json.dumps({"hookSpecificOutput": output}, ensure_ascii=False)
