"""bd dep."""

from __future__ import annotations

import click

from gastown.cli.common import LazyGroup, complete_bead, json_option
from gastown.cli.session import Session, pass_session


@click.group(cls=LazyGroup, aliases={"rm": "remove"})
def dep() -> None:
    """Which bead waits for which."""


@dep.command()
@click.argument("issue", shell_complete=complete_bead)
@click.argument("depends_on", shell_complete=complete_bead)
@click.option("-t", "--type", "kind", default="blocks", show_default=True,
              help="blocks, related, parent-child, discovered-from, …")  # fmt: skip
@json_option
@pass_session
def add(session: Session, issue: str, depends_on: str, kind: str) -> None:
    """Say that ISSUE waits for DEPENDS_ON to be closed."""
    from gastown.ops.dependencies import add_dependency
    from gastown.render import beads as render

    add_dependency(session.town, issue, depends_on, kind, actor=session.actor)
    shape = {"status": "added", "issue_id": issue, "depends_on_id": depends_on, "type": kind}
    session.show_plain(shape, render.dependency_added, shape)


@dep.command()
@click.argument("issue", shell_complete=complete_bead)
@click.argument("depends_on", shell_complete=complete_bead)
@json_option
@pass_session
def remove(session: Session, issue: str, depends_on: str) -> None:
    """Forget that ISSUE depends on DEPENDS_ON."""
    from gastown.ops.dependencies import remove_dependency
    from gastown.render import beads as render

    remove_dependency(session.town, issue, depends_on, actor=session.actor)
    shape = {"status": "removed", "issue_id": issue, "depends_on_id": depends_on}
    session.show_plain(shape, render.dependency_removed, shape)
