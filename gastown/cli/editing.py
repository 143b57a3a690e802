"""bd edit."""

from __future__ import annotations

import sys

import click

from gastown.cli.common import complete_bead, json_option
from gastown.cli.session import Session, pass_session
from gastown.errors import GtError, Refused, UsageTrouble

_KEYS = {"title": "title", "description": "description", "design": "design", "notes": "notes",
         "acceptance": "acceptance_criteria"}  # fmt: skip


@click.command()
@click.argument("issue", shell_complete=complete_bead)
@click.option("--title", "part", flag_value="title", help="Edit the title.")
@click.option("--description", "part", flag_value="description", default="description",
              help="Edit the description (this is what is edited by default).")  # fmt: skip
@click.option("--design", "part", flag_value="design", help="Edit the design.")
@click.option("--notes", "part", flag_value="notes", help="Edit the notes.")
@click.option("--acceptance", "part", flag_value="acceptance", help="Edit when it counts as done.")
@json_option
@pass_session
def edit(session: Session, issue: str, part: str) -> None:
    """Edit a text of ISSUE in your editor ($VISUAL, $EDITOR).

    Left without saving, nothing is changed.
    """
    from gastown.ops.beads import existing_in
    from gastown.ops.updating import edit as operation
    from gastown.render import bead_changes as render

    key = _KEYS[part]
    bead = existing_in(session.town.read(), issue)
    before = str(bead.data.get(key) or "")
    text = _edited(session, before)
    if text is None or text == before:
        session.show_plain([], lambda _: f"{issue} is as it was", [bead])
        return
    try:
        bead = operation(session.town, issue, key, read=before, text=text, actor=session.actor)
    except GtError:
        session.note(f"your text is in {_keep(issue, text)}")
        raise
    session.show_plain([bead], render.updated, [bead])


def _edited(session: Session, text: str) -> str | None:
    """What an editor made of a text; None: it was not saved.

    Raises:
        UsageTrouble: there is no editor to be asked.
        Refused: the editor failed.
    """
    editor = session.env.get("VISUAL") or session.env.get("EDITOR")
    if not editor and not sys.stdin.isatty():
        raise UsageTrouble(
            "there is no editor: neither $VISUAL nor $EDITOR is set",
            hint="bd update ISSUE --body-file FILE",
        )
    ends = text.endswith("\n")
    try:
        found = click.edit(text, editor=editor, extension=".md")
    except click.ClickException as error:
        raise Refused(f"nothing was changed: {error.format_message()}") from None
    if found is None or ends:
        return found
    return found.removesuffix("\n")  # editors end the last line, which is no change of the text


def _keep(issue: str, text: str) -> str:
    import tempfile

    with tempfile.NamedTemporaryFile(
        "w", prefix=f"{issue}-", suffix=".md", delete=False, encoding="utf-8"
    ) as file:
        file.write(text)
    return file.name
