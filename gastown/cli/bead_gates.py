"""bd gate: what holds steps back until a person, the clock or an event opens the way."""

from __future__ import annotations

import click

from gastown.cli.common import complete_bead, json_option
from gastown.cli.molecules import rig_of, rig_option
from gastown.cli.session import Session, pass_session

_ID = click.argument("identifier", metavar="GATE", shell_complete=complete_bead)
_KINDS = ("human", "timer", "gh:run", "gh:pr", "mail", "bead")


class _GateGroup(click.Group):
    """`resolve` is also called open, approve and close."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command by its name or alias."""
        aliases = dict.fromkeys(("open", "approve", "close"), "resolve") | {"ls": "list"}
        return super().get_command(ctx, aliases.get(cmd_name, cmd_name))


@click.group(cls=_GateGroup)
def gate() -> None:
    """What issues wait for besides issues: gates.

    A gate is an issue of type gate that blocks others. A timer opens by the clock, bead when that
    issue is closed, mail when a message came, gh:run and gh:pr as GitHub says (by gh, where it is
    installed), human by bd gate resolve.
    """


@gate.command(name="list")
@click.option("--all", "every", is_flag=True, help="Those that have opened, too.")
@click.option("--type", "kind", type=click.Choice(_KINDS), help="Only of this type.")
@json_option
@pass_session
def list_(session: Session, every: bool, kind: str | None) -> None:
    """Gates that are closed."""
    from gastown.ops.bead_gates import gate_list
    from gastown.render import molecule_ends as render

    found = gate_list(session.town.read(), every=every, kind=kind)
    session.show_plain(found, render.gates, found)


@gate.command()
@_ID
@json_option
@pass_session
def show(session: Session, identifier: str) -> None:
    """A gate, and what waits for it."""
    from gastown.render import molecule_ends as render

    reader = session.town.read()
    found = reader.bead(identifier)
    waiting = [name for name, kind in reader.dependents(identifier) if kind != "parent-child"]
    session.show_plain(found, lambda one: render.gate(one, waiting), found)


@gate.command()
@click.option("--type", "kind", type=click.Choice(_KINDS), default="human", show_default=True,
              help="What opens it.")  # fmt: skip
@click.option("--await-id", metavar="ID", help="The issue, run, pull request or address.")
@click.option("--timeout", metavar="TIME", help="How long: of a timer, or until you are told.")
@click.option("--blocks", metavar="ISSUE", shell_complete=complete_bead, help="What waits for it.")
@click.option("--title", help="Its title.")
@rig_option
@json_option
@pass_session
def create(
    session: Session, kind: str, await_id: str | None, timeout: str | None, blocks: str | None,
    title: str | None, rig: str | None,
) -> None:  # fmt: skip
    """Make a gate."""
    from gastown.ops.bead_gates import create_gate
    from gastown.render import molecule_ends as render

    home = session.town.read().bead(blocks).rig if blocks else rig_of(session, rig)
    found = create_gate(
        session.town, kind, await_id=await_id, timeout=timeout, blocks=blocks, title=title,
        rig=home, actor=session.actor,
    )  # fmt: skip
    session.show_plain(found, render.created_gate, found)


@gate.command()
@_ID
@click.option("-r", "--reason", help="Why it may open.")
@json_option
@pass_session
def resolve(session: Session, identifier: str, reason: str | None) -> None:
    """Open a gate."""
    from gastown.ops.bead_gates import resolve as operation
    from gastown.render import molecule_ends as render

    found = operation(session.town, identifier, reason=reason, actor=session.actor)
    session.show_plain(found, render.resolved, found)


@gate.command()
@click.argument("identifier", required=False, metavar="[GATE]", shell_complete=complete_bead)
@click.option("--type", "kind", type=click.Choice(_KINDS), help="Only of this type.")
@click.option("-n", "--dry-run", is_flag=True, help="Only say what would open.")
@click.option("--escalate", is_flag=True, help="Tell the person of gates whose time is over.")
@json_option
@pass_session
def check(
    session: Session, identifier: str | None, kind: str | None, dry_run: bool, escalate: bool
) -> None:
    """Look at every closed gate, and open those that may."""
    from gastown.ops.bead_gates import check as operation
    from gastown.render import molecule_ends as render

    found = operation(
        session.town, kind=kind, only=identifier, dry_run=dry_run, escalate=escalate,
        github=session.env, actor=session.actor,
    )  # fmt: skip
    session.show_plain(
        found, lambda these: render.checked(these, dry_run=dry_run), render.checked_shape(found)
    )
