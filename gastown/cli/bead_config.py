"""bd config; init and sync, which a town has no need of."""

from __future__ import annotations

import click

from gastown.cli.common import LazyGroup, json_option
from gastown.cli.session import Session, pass_session

_ANY = {"ignore_unknown_options": True, "allow_extra_args": True}


@click.group(cls=LazyGroup, aliases={"ls": "list", "show": "list", "rm": "unset"})
def config() -> None:
    """Settings of bd: the table [beads] of hq/town.toml.

    \b
    types.custom                 types of your own, with commas between them
    hierarchy.max-depth          how deep children may be nested (3)
    create.require-description   true: no bead without a description
    Any other key is kept as it is.
    """


@config.command(name="get")
@click.argument("key")
@json_option
@pass_session
def get(session: Session, key: str) -> None:
    """One setting."""
    from gastown.ops.bead_config import get_value
    from gastown.render import bead_changes as render

    shape = {"key": key, "value": get_value(session.town, key)}
    session.show_plain(shape, render.setting, shape)


@config.command(name="set")
@click.argument("key")
@click.argument("value")
@json_option
@pass_session
def set_(session: Session, key: str, value: str) -> None:
    """Set one setting."""
    from gastown.ops.bead_config import set_value
    from gastown.render import bead_changes as render

    done = set_value(session.town, key, value, actor=session.actor)
    session.show_plain(done, render.setting_changed, {"key": key, "value": value})


@config.command(name="list")
@json_option
@pass_session
def list_(session: Session) -> None:
    """All settings."""
    from gastown.ops.bead_config import all_values
    from gastown.render import bead_changes as render

    found = all_values(session.town)
    session.show_plain(found, render.settings, found)


@config.command()
@click.argument("key")
@json_option
@pass_session
def unset(session: Session, key: str) -> None:
    """Forget one setting."""
    from gastown.ops.bead_config import unset_value
    from gastown.render import bead_changes as render

    done = unset_value(session.town, key, actor=session.actor)
    session.show_plain(done, render.setting_changed, {"key": key, "status": "unset"})


@click.command(context_settings=_ANY)
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
@json_option
@pass_session
def init(session: Session, words: tuple[str, ...]) -> None:  # noqa: ARG001
    """Say that a town needs no init.

    Its beads are there as soon as it is.
    Options of other versions (--prefix, --stealth, …) are taken and do nothing.
    """
    from gastown.render import bead_changes as render

    rigs = session.town.read().rigs()
    shape = {"status": "ready", "root": str(session.town.layout.root),
             "prefixes": {rig.id: rig.prefix for rig in rigs}}  # fmt: skip
    session.show_plain(shape, render.initialised, shape)


@click.command(context_settings=_ANY)
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
@json_option
@pass_session
def sync(session: Session, words: tuple[str, ...]) -> None:  # noqa: ARG001
    """Say that there is nothing to sync.

    Every command commits what it did.
    Options of other versions (--flush-only, --import, …) are taken and do nothing.
    """
    from gastown.render import bead_changes as render

    session.take_events()
    shape = {"status": "in sync", "commit": session.town.read().commit}
    session.show_plain(shape, render.synced, shape)
