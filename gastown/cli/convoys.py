"""gt convoy."""

from __future__ import annotations

import click

from gastown.cli.common import LazyGroup, complete_bead, complete_convoy, json_option
from gastown.cli.session import Session, pass_session


@click.group(
    cls=LazyGroup,
    aliases={"status": "show", "check": "refresh", "ls": "list"},
)
def convoy() -> None:
    """Bundles of beads that land when all of them are closed.

    `status` is another word for show, `check` for refresh.
    """


@convoy.command()
@click.argument("title")
@click.argument("issues", nargs=-1, shell_complete=complete_bead)
@click.option(
    "--notify", multiple=True, is_flag=False, flag_value="", metavar="[ADDRESS]",
    help="Mail this address when it lands; without one, you. May be repeated.",
)  # fmt: skip
@click.option("--human", is_flag=True, help="Tell the person at the desk, too.")
@click.option("--owner", help="Who answers for it; by default who makes it.")
@json_option
@pass_session
def create(
    session: Session, title: str, issues: tuple[str, ...], notify: tuple[str, ...], human: bool,
    owner: str | None,
) -> None:  # fmt: skip
    """Make a convoy named TITLE of ISSUES; none yet is fine."""
    from gastown.ops.convoys import create as operation
    from gastown.render import convoys as render

    told = tuple(address or session.actor for address in notify)
    result = operation(
        session.town, title, issues, notify=told, human=human, owner=owner, actor=session.actor
    )
    session.show(result, render.created)


@convoy.command(name="list")
@click.option("-a", "--all", "every", is_flag=True, help="Landed and given-up ones, too.")
@json_option
@pass_session
def list_(session: Session, every: bool) -> None:
    """Open convoys, newest first, with their progress."""
    from gastown.render import convoys as render
    from gastown.views.convoys import convoy_list

    session.show(convoy_list(session.town.read(), every=every), render.convoys)


@convoy.command()
@click.argument("convoy_id", required=False, metavar="[ID]", shell_complete=complete_convoy)
@json_option
@pass_session
def show(session: Session, convoy_id: str | None) -> None:
    """One convoy with its beads; without ID the newest open one."""
    from gastown.render import convoys as render
    from gastown.views.convoys import convoy_view, newest, pick

    reader = session.town.read()
    found = convoy_view(reader, pick(reader, convoy_id)) if convoy_id else newest(reader)
    session.show(found, render.convoy)


@convoy.command(name="add-issue")
@click.argument("issues", nargs=-1, required=True, shell_complete=complete_bead)
@click.option("--convoy", "convoy_id", help="By default the newest open one.",
              shell_complete=complete_convoy)  # fmt: skip
@json_option
@pass_session
def add_issue(session: Session, issues: tuple[str, ...], convoy_id: str | None) -> None:
    """Put ISSUES on a convoy; a landed one opens again."""
    _add(session, issues, convoy_id)


@convoy.command()
@click.argument("convoy_id", metavar="CONVOY", shell_complete=complete_convoy)
@click.argument("issues", nargs=-1, required=True, shell_complete=complete_bead)
@json_option
@pass_session
def add(session: Session, convoy_id: str, issues: tuple[str, ...]) -> None:
    """Put ISSUES on CONVOY; a landed one opens again."""
    _add(session, issues, convoy_id)


@convoy.command()
@click.argument("convoy_id", required=False, metavar="[ID]", shell_complete=complete_convoy)
@json_option
@pass_session
def refresh(session: Session, convoy_id: str | None) -> None:
    """Look at the target branches again.

    Work that somebody merged by hand counts as merged, and complete convoys land.
    """
    from gastown.ops.refresh import refresh as operation
    from gastown.render import convoys as render

    result = operation(session.town, convoy_id, host=session.host, actor=session.actor)
    session.show(result, render.refreshed)


@convoy.command()
@click.argument("convoy_id", metavar="ID", shell_complete=complete_convoy)
@click.option("-r", "--reason", help="Why it will not land.")
@json_option
@pass_session
def close(session: Session, convoy_id: str, reason: str | None) -> None:
    """Give a convoy up; its beads stay as they are."""
    from gastown.ops.convoys import give_up
    from gastown.render import convoys as render

    result = give_up(session.town, convoy_id, reason=reason, actor=session.actor)
    session.show(result, render.given_up)


def _add(session: Session, issues: tuple[str, ...], convoy_id: str | None) -> None:
    from gastown.ops.convoys import add as operation
    from gastown.render import convoys as render

    result = operation(session.town, issues, convoy_id, actor=session.actor)
    session.show(result, render.added)
