"""bd remember, recall, memories, forget."""

from __future__ import annotations

import click

from gastown.cli.common import complete_rig, json_option
from gastown.cli.session import Session, pass_session
from gastown.cli.texts import said_text
from gastown.errors import UsageTrouble
from gastown.ids import TOWN_RIG

_RIG = click.option("--rig", shell_complete=complete_rig, help="Of which rig; hq: of the town.")


@click.command()
@click.argument("text", nargs=-1, required=True)
@click.option("-k", "--key", help="What it is recalled by; by default its first words.")
@_RIG
@json_option
@pass_session
def remember(session: Session, text: tuple[str, ...], key: str | None, rig: str | None) -> None:
    """Keep TEXT for whoever works here later.

    '-' reads standard input. Under a key that is there already it takes the place of the former.
    """
    from gastown.ops.memories import remember as operation
    from gastown.render import bead_changes as render

    said = said_text(session, " ".join(text), what="text") or ""
    done = operation(session.town, _home(session, rig), said, key=key, actor=session.actor)
    session.show_plain(done, render.remembered, render.remembered_shape(done))


@click.command()
@click.argument("key", nargs=-1)
@_RIG
@json_option
@pass_session
def recall(session: Session, key: tuple[str, ...], rig: str | None) -> None:
    """What is remembered under KEY.

    Where there is none of that key: what holds all of its words. Without a key: all.
    """
    from gastown.ops.memories import matching
    from gastown.ops.memories import recall as operation
    from gastown.render import bead_changes as render

    reader, home, words = session.town.read(), _home(session, rig), " ".join(key)
    named = [memory for memory in reader.memories(home) if memory.key == words]
    found = named or matching(reader, home, words)
    if key and not found:
        operation(reader, home, words)  # says which key is like it
    if named:
        session.show_plain(named[0], render.memory, render.memory_shape(named[0]))
    else:
        session.show_plain(found, render.memories, [render.memory_shape(one) for one in found])


@click.command()
@click.argument("words", nargs=-1)
@_RIG
@json_option
@pass_session
def memories(session: Session, words: tuple[str, ...], rig: str | None) -> None:
    """All that is remembered, or what holds all of the WORDS."""
    from gastown.ops.memories import matching
    from gastown.render import bead_changes as render

    found = matching(session.town.read(), _home(session, rig), " ".join(words))
    session.show_plain(found, render.memories, [render.memory_shape(one) for one in found])


@click.command()
@click.argument("key")
@_RIG
@json_option
@pass_session
def forget(session: Session, key: str, rig: str | None) -> None:
    """Forget what is remembered under KEY; the history still has it."""
    from gastown.ops.memories import forget as operation
    from gastown.render import bead_changes as render

    gone = operation(session.town, _home(session, rig), key, actor=session.actor)
    session.show_plain(gone, render.forgotten, {"key": gone.key, "deleted": True})


def _home(session: Session, named: str | None) -> str:
    """The rig whose memories are meant: named, where one stands, the only one, else the town's."""
    from gastown.ops.beads import rig_for

    try:
        return rig_for(
            session.town.read(), named=named, identifier=None, parent=None,
            standing_in=session.place.rig,
        )  # fmt: skip
    except UsageTrouble:
        return TOWN_RIG
