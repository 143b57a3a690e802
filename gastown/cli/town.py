"""gt install, status, version."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gastown import __version__
from gastown.cli.common import json_option
from gastown.cli.session import Session, pass_session

if TYPE_CHECKING:
    from gastown.views.status import Status


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--git/--no-git", default=True, help="A town is always kept in git; the default.")
@click.option("-n", "--name", help="The town's name; by default its folder's.")
@click.option("-f", "--force", is_flag=True, help="Complete an existing town; settings stay.")
@click.option("--owner", help="Your name for the ledger; by default git's user.name.")
@click.option(
    "--trust-claude/--no-trust-claude",
    default=None,
    help="Let Claude Code work here without asking whether you trust the folder: one "
    "entry in your ~/.claude.json. Without either you are asked, on a terminal.",
)
@json_option
@pass_session
def install(
    session: Session, path: Path, git: bool, name: str | None, force: bool, owner: str | None,
    trust_claude: bool | None,
) -> None:  # fmt: skip
    """Make PATH a town.

    A town is the workspace folder that holds projects, agents, and all that they do.
    """
    from gastown.errors import UsageTrouble
    from gastown.ops.install import install as operation
    from gastown.render import town as render
    from gastown.store.git import identity

    if not git:
        raise UsageTrouble("a town cannot be without git", hint="leave --no-git away")
    person, email = identity()
    root = Path(session.here, path.expanduser()).resolve()
    result = operation(
        root, name=name, owner=(owner or person, email), force=force, edge=session.edge
    )
    session.show(result, render.installed)
    _offer_trust(session, root, trust_claude)


def _offer_trust(session: Session, root: Path, wanted: bool | None) -> None:
    """Trust of the new town in Claude Code's own file: only with the person's yes."""
    from gastown.ops.client_trust import trust_folder, would_ask
    from gastown.render.clients import trusted

    if wanted is None:
        asks = not session.wants_json and sys.stdin.isatty() and sys.stdout.isatty()
        wanted = asks and would_ask(root, session.host) and click.confirm(
            "Claude Code would ask in every worktree whether you trust it.\n"
            f"Trust {root} and all below it, by one entry in your ~/.claude.json?"
        )  # fmt: skip
    if wanted:
        session.note(trusted(trust_folder(root, session.host)))


@click.command()
@click.option("-w", "--watch", is_flag=True,
              help="Go on until Ctrl-C; into a pipe, with each change.")  # fmt: skip
@json_option
@pass_session
def status(session: Session, watch: bool) -> None:
    """The town at a glance: first of all what needs you."""
    from gastown.cli.screen import screen_of, watched
    from gastown.ops.health import report
    from gastown.render import town as render
    from gastown.render.json import envelope
    from gastown.views.status import status as view
    from gastown.views.then import status_then

    def look() -> Status:
        if session.town.is_on_paper:
            return status_then(session.town)
        seen = report(session.town, session.host)
        return view(session.town, session.sessions, seen.healths, looked_at=seen.at,
                    published=seen.published)  # fmt: skip

    def text(found: Status) -> str:
        return render.status(found, session.edge.clock(), screen_of(session))

    def picture() -> tuple[str, object]:
        found = look()
        return envelope(found) if session.wants_json else text(found), render.gist(found)

    if watch:
        watched(picture)
    else:
        session.show(look(), text)


@click.command()
@json_option
@pass_session
def version(session: Session) -> None:
    """The version of gt, and of the git it uses."""
    from gastown.store.git import version as git_version

    known = {"gt": __version__, "git": ".".join(map(str, git_version()))}
    session.show(known, lambda found: f"gt {found['gt']} (git {found['git']})")
