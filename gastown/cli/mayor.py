"""gt mayor: the agent that the person talks to."""

from __future__ import annotations

import click

from gastown.cli.common import complete_runtime, json_option
from gastown.cli.session import Session, pass_session

_agent = click.option("--agent", metavar="NAME", shell_complete=complete_runtime,
                      help="The agent command; by default the role's, or the town's.")  # fmt: skip
_fresh = click.option("--fresh", is_flag=True, help="Begin a new conversation.")


@click.group()
def mayor() -> None:
    """The mayor: the agent you talk to, who coordinates the others.

    It works in mayor/, a worktree of its own for plans and notes. gt mayor attach is the way in.
    """


@mayor.command()
@_agent
@json_option
@pass_session
def attach(session: Session, agent: str | None) -> None:
    """Talk to the mayor; it is started where it does not run.

    Ctrl-b d leaves it running. Without a terminal it is only started, what to type is said, and the
    exit status is 1.
    """
    from gastown.cli.terminal import show_session
    from gastown.ops.mayor import attach_to

    actor = session.actor
    found = attach_to(session.town, session.host, agent=agent, actor=actor)
    show_session(session, found)


@mayor.command()
@_agent
@_fresh
@json_option
@pass_session
def start(session: Session, agent: str | None, fresh: bool) -> None:
    """Start the mayor in the background; its conversation goes on."""
    from gastown.ops.mayor import start as operation
    from gastown.render import sessions as render

    actor = session.actor
    begun = operation(session.town, session.host, agent=agent, fresh=fresh, actor=actor)
    session.show(begun, render.restarted)


@mayor.command()
@json_option
@pass_session
def stop(session: Session) -> None:
    """Stop the mayor; its conversation goes on at the next start."""
    from gastown.ops.mayor import stop as operation
    from gastown.render import sessions as render

    session.show(operation(session.town, session.host), render.stopped)


@mayor.command()
@_agent
@_fresh
@json_option
@pass_session
def restart(session: Session, agent: str | None, fresh: bool) -> None:
    """Stop and start the mayor; its conversation goes on."""
    from gastown.ops.mayor import restart as operation
    from gastown.render import sessions as render

    actor = session.actor
    begun = operation(session.town, session.host, agent=agent, fresh=fresh, actor=actor)
    session.show(begun, render.restarted)


@mayor.command()
@json_option
@pass_session
def detach(session: Session) -> None:
    """Let go of the mayor in every terminal; it runs on.

    A mayor that does not answer is stopped; the next gt mayor attach starts it again with its
    conversation. It does not answer if its process is gone, or if it says that it works (or never
    came as far as a prompt, or said that it ends) and there was no sign of life for five minutes:
    nothing new on its screen or in its transcript, and no command of its own that still runs.
    """
    from gastown.ops.mayor import detach as operation
    from gastown.render import sessions as render

    session.show(operation(session.town, session.host), render.detached)


@mayor.command()
@json_option
@pass_session
def status(session: Session) -> None:
    """How the mayor is.

    Exit status 1 if it does not run.
    """
    from gastown.ops.mayor import status as operation
    from gastown.render import sessions as render

    found = operation(session.town, session.host)
    now = session.edge.clock()
    session.show(found, lambda shown: render.mayor(shown, now))
    if not found.running:
        raise click.exceptions.Exit(1)


@mayor.command()
@click.argument("question")
@click.option("--timeout", "timeout_s", type=click.FloatRange(min=0, min_open=True), metavar="S",
              default=600, show_default=True, help="Seconds to wait for the answer.")  # fmt: skip
@_agent
@json_option
@pass_session
def ask(session: Session, question: str, timeout_s: float, agent: str | None) -> None:
    """Ask the mayor one QUESTION without attaching.

    QUESTION - reads standard input. A copy of its conversation is asked, so that the conversation
    itself does not change; where there is none, a new one that is not kept. The exit status is that
    of its client.
    """
    from gastown.cli.answers import tell, teller
    from gastown.cli.texts import said_text
    from gastown.ops.mayor import ask as operation

    said = said_text(session, question, what="question") or ""
    answer = operation(session.town, session.host, said, timeout_s=timeout_s, agent=agent,
                       show=teller(session))  # fmt: skip
    tell(session, answer)


@mayor.command(hidden=True)
@pass_session
def shell(session: Session) -> None:
    """Be the mayor where no AI client is: what it is told is printed, then a shell is yours."""
    from gastown.cli.terminal import become
    from gastown.render import sessions as render
    from gastown.views.prime import prime

    program = session.env.get("SHELL") or "/bin/sh"
    click.echo(render.by_hand(prime(session.town, session.place).text, program))
    become(session, [program])
