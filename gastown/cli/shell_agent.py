"""gt shell-agent."""

from __future__ import annotations

import click

from gastown.cli.session import Session, pass_session


@click.command(name="shell-agent")
@pass_session
def shell_agent(session: Session) -> None:
    """The embedded agent: work my bead without AI.

    It runs the lines of the ```sh blocks in the bead's description in the worktree, and commits
    after each. It stops when one fails, and ends with gt done. Of a molecule it works the steps
    that have a command.
    """
    from gastown.shell_agent.worker import Worker

    hook = session.own_hook()
    scripts = session.host.scripts
    worker = Worker(
        [str(scripts / "gt")], [str(scripts / "bd")], session.town.layout.root / hook.path,
        session.env,
    )  # fmt: skip
    raise click.exceptions.Exit(worker.run())
