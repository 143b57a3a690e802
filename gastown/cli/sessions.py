"""gt session, handoff, seance: what runs, what is handed on, what was."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from gastown.cli.common import complete_agent, json_option
from gastown.cli.session import Session, pass_session

if TYPE_CHECKING:
    from gastown.domain.hook import Hook

_agent = click.argument("agent", metavar="RIG/AGENT", shell_complete=complete_agent)
_fresh = click.option("--fresh", is_flag=True, help="Begin a new conversation.")


def _named(session: Session, agent: str) -> Hook:
    from gastown.views.hook_log import named

    return named(session.town, agent)


@click.group()
def session() -> None:
    """Agents' sessions: the programs that run in their hooks."""


@session.command(name="list")
@click.option("-a", "--all", "every", is_flag=True, help="Conversations that have ended, too.")
@json_option
@pass_session
def list_(session: Session, every: bool) -> None:
    """What runs, since when, who looks at it, and how far it is."""
    from gastown.ops.session_list import session_list
    from gastown.render import sessions as render

    found = session_list(session.town, session.host, every=every)
    now = session.edge.clock()
    session.show(found, lambda shown: render.session_list(shown, now))


@session.command()
@_agent
@json_option
@pass_session
def attach(session: Session, agent: str) -> None:
    """Look at an agent's session in this terminal, and type into it.

    Ctrl-b d leaves it running. Without a terminal it is said what to type, with exit status 1.
    """
    from gastown.cli.terminal import show_session
    from gastown.ops.attaching import attach as operation

    found = operation(session.town, session.host, _named(session, agent))
    show_session(session, found)


@session.command()
@_agent
@json_option
@pass_session
def stop(session: Session, agent: str) -> None:
    """Stop an agent's session; its work and its hook stay.

    So does its conversation. What is not committed is held in a snapshot. The monitor lets it rest.
    """
    from gastown.ops.restarting import stop as operation
    from gastown.render import sessions as render

    hook = _named(session, agent)
    session.show(operation(session.town, session.host, hook), render.stopped)


@session.command()
@_agent
@_fresh
@json_option
@pass_session
def start(session: Session, agent: str, fresh: bool) -> None:
    """Start an agent's session; its conversation goes on."""
    from gastown.ops.mayor import start_agent
    from gastown.render import sessions as render

    hook, actor = _named(session, agent), session.actor
    begun = start_agent(session.town, session.host, hook, again=False, fresh=fresh, actor=actor)
    session.show(begun, render.restarted)


@session.command()
@_agent
@_fresh
@json_option
@pass_session
def restart(session: Session, agent: str, fresh: bool) -> None:
    """Stop and start a session; its conversation goes on.

    Hook, bead and worktree stay as they are; this is what to type after a crash, too.
    """
    from gastown.ops.mayor import start_agent
    from gastown.render import sessions as render

    hook, actor = _named(session, agent), session.actor
    begun = start_agent(session.town, session.host, hook, again=True, fresh=fresh, actor=actor)
    session.show(begun, render.restarted)


@session.command(hidden=True)
@_agent
@json_option
@pass_session
def cycle(session: Session, agent: str) -> None:
    """Follow a session that was handed off with the next one."""
    from gastown.ops.handoff import cycle as operation
    from gastown.render import sessions as render

    begun = operation(session.town, session.host, _named(session, agent))
    session.show(begun, render.cycled)


@click.command()
@click.argument("agent", required=False, metavar="[RIG/AGENT]", shell_complete=complete_agent)
@click.option("-m", "--message", "note", metavar="NOTE", help="What the next session has to know.")
@json_option
@pass_session
def handoff(session: Session, agent: str | None, note: str | None) -> None:
    """Go on with a new session: its prime begins with NOTE.

    The note is committed, the conversation ends, uncommitted work is held in a snapshot, and the
    session is ended and started again in the same hook. Without -m the note is read from standard
    input. By default of the hook you stand in.
    """
    from gastown.cli.texts import said_text
    from gastown.ops.handoff import hand_off
    from gastown.render import sessions as render

    hook = session.own_hook() if agent is None else _named(session, agent)
    said = said_text(session, note, stdin=note is None and not sys.stdin.isatty(), what="note")
    actor = session.actor
    done = hand_off(
        session.town, session.host, hook, note=(said or "").strip() or None, actor=actor
    )
    session.show(done, render.handed_off)


@click.command()
@click.argument("agent", required=False, metavar="[RIG/AGENT]", shell_complete=complete_agent)
@click.argument("wanted", required=False, metavar="[ID]")
@click.option("--list", "listed", is_flag=True, help="List them, also those of one agent.")
@click.option(
    "--ask", "question", metavar="QUESTION", help="Ask it something; - reads standard input."
)
@click.option("--timeout", "timeout_s", type=click.FloatRange(min=0, min_open=True), metavar="S",
              default=600, show_default=True, help="Seconds to wait for the answer.")  # fmt: skip
@json_option
@pass_session
def seance(
    session: Session, agent: str | None, wanted: str | None, listed: bool, question: str | None,
    timeout_s: float,
) -> None:  # fmt: skip
    """Former conversations of agents, and questions to them.

    Without arguments they are listed. An ID (or its beginning) shows one, with the note that was
    handed on. --ask asks a copy of the conversation through its own client, by default the latest
    of the agent, or of the hook you stand in; the exit status is that of the client.
    """
    from gastown.ops import seance as operation
    from gastown.render import sessions as render

    agent, wanted = _whose(session, agent, wanted)
    if question is not None:
        _ask(session, agent, wanted, question, timeout_s)
    elif wanted is not None and not listed:
        session.show(operation.pick(session.town, session.host, agent, wanted), render.former)
    else:
        now = session.edge.clock()
        found = operation.former(session.town, session.host, agent)
        session.show(found, lambda shown: render.formers(shown, now))


def _whose(
    session: Session, agent: str | None, wanted: str | None
) -> tuple[str | None, str | None]:
    """An agent, and an ID; a word alone that can be no agent's address is an ID."""
    from gastown.ids import MAYOR

    if agent is None:
        return None, None
    if wanted is None and agent != MAYOR and "/" not in agent:
        return None, agent
    return _named(session, agent).id, wanted


def _ask(
    session: Session, agent: str | None, wanted: str | None, question: str, timeout_s: float
) -> None:
    from gastown.cli.answers import tell, teller
    from gastown.cli.texts import said_text
    from gastown.ops import seance as operation

    said = said_text(session, question, what="question") or ""
    actor = session.actor
    whose = agent or (session.place.agent if wanted is None else None)
    one = operation.pick(session.town, session.host, whose, wanted)
    answer = operation.ask(session.town, session.host, one, said, actor=actor,
                           timeout_s=timeout_s, show=teller(session))  # fmt: skip
    tell(session, answer)
