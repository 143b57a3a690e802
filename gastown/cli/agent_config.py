"""gt config agent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gastown.cli.common import complete_runtime, json_option
from gastown.cli.session import Session, pass_session

if TYPE_CHECKING:
    from gastown.ops.agent_test import Stage


@click.group()
def agent() -> None:
    """Commands that agents can run."""


def _variables(_: click.Context, __: click.Parameter, words: tuple[str, ...]) -> dict[str, str]:
    pairs = [word.partition("=") for word in words]
    wrong = [key for key, equals, _ in pairs if not equals or not key]
    if wrong:
        raise click.BadParameter(f"{wrong[0]!r}: expected NAME=VALUE")
    return {key: value for key, _, value in pairs}


@agent.command(name="set")
@click.argument("name")
@click.argument("command")
@click.option("--like", metavar="PRESET|none", help="What it is a variant of; else by its program.")
@click.option("--prompt", type=click.Choice(["arg", "stdin", "none"]), help="How it is prompted.")
@click.option("--resume", metavar="WORDS", help="What makes it go on: with {conversation} its id.")
@click.option("--headless", metavar="WORDS", help="What makes it run without a terminal.")
@click.option("--ready", metavar="TEXT", help="How a line begins when it takes work.")
@click.option("--env", metavar="NAME=VALUE", multiple=True, callback=_variables,
              help="A variable that it needs; may be given again.")  # fmt: skip
@json_option
@pass_session
def agent_set(
    session: Session, name: str, command: str, like: str | None, prompt: str | None,
    resume: str | None, headless: str | None, ready: str | None, env: dict[str, str],
) -> None:  # fmt: skip
    """Give a command a name, for agents to run.

    COMMAND is split as a shell would split it, and run in the hook's worktree. For example:
    gt config agent set claude-glm "claude-glm --model glm-4"
    """
    from gastown.domain.agent_settings import AgentCommand
    from gastown.ops.agent_config import set_agent
    from gastown.render import config as render

    wanted = AgentCommand(command, env, like, prompt, resume, headless, ready)
    session.show(
        set_agent(session.town, session.host, name, wanted, actor=session.actor), render.agent_set
    )


@agent.command(name="get")
@click.argument("name", shell_complete=complete_runtime)
@json_option
@pass_session
def agent_get(session: Session, name: str) -> None:
    """The command of that name, and what follows from it."""
    from gastown.ops.agent_config import agent_entry
    from gastown.render import config as render

    session.show(agent_entry(session.town, session.host, name), render.agent)


@agent.command(name="list")
@json_option
@pass_session
def agent_list(session: Session) -> None:
    """All commands, presets first; the default is marked."""
    from gastown.ops.agent_config import agent_commands
    from gastown.render import config as render

    session.show(agent_commands(session.town, session.host), render.agents)


@agent.command(name="remove")
@click.argument("name", shell_complete=complete_runtime)
@json_option
@pass_session
def agent_remove(session: Session, name: str) -> None:
    """Forget a command."""
    from gastown.ops.agent_config import remove_agent
    from gastown.render import config as render

    session.show(remove_agent(session.town, name, actor=session.actor), render.changed)


@agent.command(name="test")
@click.argument("name", shell_complete=complete_runtime)
@click.option("--prompt", metavar="TEXT", help="What it is asked; by default one word's answer.")
@click.option("--timeout", type=click.FloatRange(1, 3600), metavar="S",
              help="After how many seconds it is not ready in time.")  # fmt: skip
@click.option("--keep", is_flag=True, help="Leave it running, and say how to look at it.")
@json_option
@pass_session
def agent_test(
    session: Session, name: str, prompt: str | None, timeout: float | None, keep: bool
) -> None:  # fmt: skip
    """Start a command in a scratch hook, and report how far it comes.

    It ends with 0 only if the client takes work. Nothing of it is left.
    """
    from gastown.ops.agent_test import try_agent
    from gastown.render import agent_test as render

    def tell(stage: Stage) -> None:
        if not session.wants_json:
            click.echo(render.stage(stage))

    found = try_agent(
        session.town, session.host, name, prompt=prompt, patience_s=timeout, keep=keep, tell=tell
    )
    session.show(found, render.result)
    if not found.ready:
        raise click.exceptions.Exit(1)
