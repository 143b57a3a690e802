"""gt config."""

from __future__ import annotations

import click

from gastown.cli.agent_config import agent
from gastown.cli.common import complete_agent, complete_rig, complete_runtime, json_option
from gastown.cli.session import Session, pass_session


@click.group()
def config() -> None:
    """The town's settings (hq/town.toml)."""


@config.command()
@json_option
@pass_session
def show(session: Session) -> None:
    """All settings, and what waits to be accepted."""
    from gastown.ops.config import overview
    from gastown.render import config as render

    session.show(overview(session.town), render.overview)


@config.command()
@click.argument("key")
@json_option
@pass_session
def get(session: Session, key: str) -> None:
    """One setting, e.g. town.default_agent."""
    from gastown.ops.config import get_value
    from gastown.render import config as render

    session.show(get_value(session.town, key), render.value)


@config.command(name="set")
@click.argument("key")
@click.argument("value")
@json_option
@pass_session
def set_(session: Session, key: str, value: str) -> None:
    """Set one setting.

    For example: rigs.myproject.gates.test "make test"
    """
    from gastown.ops.config import set_value
    from gastown.render import config as render

    session.show(set_value(session.town, key, value, actor=session.actor), render.changed)


@config.command()
@click.argument("key")
@json_option
@pass_session
def unset(session: Session, key: str) -> None:
    """Take one setting away, so that it is as by default.

    Exit status 3: it is not set.
    """
    from gastown.ops.config import unset_value
    from gastown.render import config as render

    session.show(unset_value(session.town, key, actor=session.actor), render.changed)


@config.command(name="default-agent")
@click.argument("name", required=False, shell_complete=complete_runtime)
@json_option
@pass_session
def default_agent(session: Session, name: str | None) -> None:
    """Show or choose the command that new agents run."""
    from gastown.ops.config import set_default_agent
    from gastown.render import config as render

    if name is None:
        session.show(session.town.settings().default_agent, render.value)
        return
    session.show(set_default_agent(session.town, name, actor=session.actor), render.changed)


@config.command(name="renew-key")
@click.argument("actor", metavar="ACTOR", shell_complete=complete_agent)
@json_option
@pass_session
def renew_key(session: Session, actor: str) -> None:
    """Let ACTOR sign with a new key.

    For a key that is lost, or that others know. ACTOR is RIG/AGENT, mayor, town, or human. Only
    where operations are signed (log.sign). What was signed before stays as it is.
    """
    from gastown.ops.signing import renew_key as operation
    from gastown.render import config as render

    session.show(operation(session.town, actor, actor=session.actor), render.renewed)


@config.command()
@json_option
@pass_session
def accept(session: Session) -> None:
    """Let commands run that were written by hand.

    A gate or an agent command that somebody wrote into town.toml runs only after this.
    """
    from gastown.ops.config import accept_commands
    from gastown.render import config as render

    session.show(accept_commands(session.town, actor=session.actor), render.accepted)


config.add_command(agent)


@config.group()
def trust() -> None:
    """What may run on this machine because a person has read it."""


@trust.command(name="formula")
@click.argument("name")
@click.option("--rig", shell_complete=complete_rig, help="Of this rig's project.")
@json_option
@pass_session
def trust_formula(session: Session, name: str, rig: str | None) -> None:
    """Let a formula's commands run, as its text is now.

    Read it first: bd formula show NAME. When it, or a formula it is made of, changes, it wants
    trust again.
    """
    from gastown.cli.formulas import library_of
    from gastown.ops.formulas import trust_text
    from gastown.render import formulas as render

    library = library_of(session, rig)
    found = trust_text(session.town, library, name, actor=session.actor)
    session.show(found, render.trusted)


@trust.command(name="claude")
@click.option("--undo", is_flag=True, help="Take the entry away again.")
@json_option
@pass_session
def trust_claude(session: Session, undo: bool) -> None:
    """Let Claude Code trust this town and all below it.

    It does not ask whether you trust the folder then.

    It writes one entry for the town's root into your own ~/.claude.json; every other key stays.
    """
    from gastown.ops.client_trust import trust_claude as operation
    from gastown.render import clients as render

    found = operation(session.town, session.host, trusted=not undo, actor=session.actor)
    session.show(found, render.trusted)
