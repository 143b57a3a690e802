"""gt nudge, broadcast."""

from __future__ import annotations

import click

from gastown.cli.common import complete_reader, complete_rig, json_option
from gastown.cli.session import Session, pass_session
from gastown.errors import UsageTrouble


@click.command()
@click.argument("agent", required=False, metavar="[AGENT|@RIG]", shell_complete=complete_reader)
@click.argument("text", required=False, metavar="[TEXT]")
@click.option("--all", "every", is_flag=True, help="Everybody in the town.")
@json_option
@pass_session
def nudge(session: Session, agent: str | None, text: str | None, every: bool) -> None:
    """Call an agent: TEXT is queued, and its doorbell rings.

    TEXT waits in its mailbox; without one it is only told to look at its hook. Only a fixed line
    is ever typed into its terminal, and none while a person is at it: it is told at its next
    prompt then. TEXT - reads standard input.
    """
    from gastown.cli.texts import said_text
    from gastown.ops.addresses import ALL
    from gastown.ops.nudging import nudge as operation
    from gastown.render import mail as render

    if every and text is not None:
        raise UsageTrouble("--all and an agent do not go together", hint='gt nudge --all "TEXT"')
    address, said = (ALL, agent) if every else (agent, text)
    if address is None:
        raise UsageTrouble("who is to be nudged?", hint='gt nudge RIG/AGENT ["TEXT"]')
    said = said_text(session, said, what="text")
    calls = operation(session.town, session.host, [address], said, actor=session.actor)
    session.show(calls, render.calls)


@click.command()
@click.argument("text")
@click.option("--rig", shell_complete=complete_rig, help="Only agents of this rig.")
@json_option
@pass_session
def broadcast(session: Session, text: str, rig: str | None) -> None:
    """Nudge every agent that is running.

    TEXT - reads standard input.
    """
    from gastown.cli.texts import said_text
    from gastown.ops.nudging import broadcast as operation
    from gastown.render import mail as render

    said = said_text(session, text, what="text") or ""
    calls = operation(session.town, session.host, said, rig=rig, actor=session.actor)
    session.show(calls, render.calls)
