"""gt convoy."""

from __future__ import annotations

import click

from gastown.cli.common import (
    LazyGroup,
    complete_bead,
    complete_convoy,
    complete_rig,
    complete_runtime,
    json_option,
)
from gastown.cli.session import Session, pass_session
from gastown.errors import UsageTrouble


@click.group(
    cls=LazyGroup,
    aliases={"status": "show", "check": "refresh", "ls": "list"},
)
def convoy() -> None:
    """Bundles of beads that land when all of them are closed.

    `status` is another word for show, `check` for refresh.
    """


@convoy.command()
@click.argument("title")
@click.argument("issues", nargs=-1, shell_complete=complete_bead)
@click.option(
    "--notify", multiple=True, is_flag=False, flag_value="", metavar="[ADDRESS]",
    help="Mail this address when it lands; without one, you. May be repeated.",
)  # fmt: skip
@click.option("--human", is_flag=True, help="Tell the person at the desk, too.")
@click.option("--owner", help="Who answers for it; by default who makes it.")
@json_option
@pass_session
def create(
    session: Session, title: str, issues: tuple[str, ...], notify: tuple[str, ...], human: bool,
    owner: str | None,
) -> None:  # fmt: skip
    """Make a convoy named TITLE of ISSUES; none yet is fine."""
    from gastown.ops.convoys import create as operation
    from gastown.render import convoys as render

    told = tuple(address or session.actor for address in notify)
    result = operation(
        session.town, title, issues, notify=told, human=human, owner=owner, actor=session.actor
    )
    session.show(result, render.created)


@convoy.command(name="list")
@click.option("-a", "--all", "every", is_flag=True, help="Landed and given-up ones, too.")
@json_option
@pass_session
def list_(session: Session, every: bool) -> None:
    """Open convoys, newest first, with their progress."""
    from gastown.render import convoys as render
    from gastown.views.convoys import convoy_list

    session.show(convoy_list(session.town.read(), every=every), render.convoys)


@convoy.command()
@click.argument("convoy_id", required=False, metavar="[ID]", shell_complete=complete_convoy)
@json_option
@pass_session
def show(session: Session, convoy_id: str | None) -> None:
    """One convoy with its beads and workers; by default the newest."""
    from gastown.cli.screen import screen_of
    from gastown.ops.health import report
    from gastown.render import convoys as render
    from gastown.views.convoys import convoy_view, newest, pick

    reader = session.town.read()
    chosen = pick(reader, convoy_id) if convoy_id else None
    healths = report(session.town, session.host).healths
    found = (convoy_view(reader, chosen, healths=healths) if chosen
             else newest(reader, healths=healths))  # fmt: skip
    now, screen = session.edge.clock(), screen_of(session)
    session.show(found, lambda shown: render.convoy(shown, now, screen))


@convoy.command(name="add-issue")
@click.argument("issues", nargs=-1, required=True, shell_complete=complete_bead)
@click.option("--convoy", "convoy_id", help="By default the newest open one.",
              shell_complete=complete_convoy)  # fmt: skip
@json_option
@pass_session
def add_issue(session: Session, issues: tuple[str, ...], convoy_id: str | None) -> None:
    """Put ISSUES on a convoy; a landed one opens again."""
    _add(session, issues, convoy_id)


@convoy.command()
@click.argument("convoy_id", metavar="CONVOY", shell_complete=complete_convoy)
@click.argument("issues", nargs=-1, required=True, shell_complete=complete_bead)
@json_option
@pass_session
def add(session: Session, convoy_id: str, issues: tuple[str, ...]) -> None:
    """Put ISSUES on CONVOY; a landed one opens again."""
    _add(session, issues, convoy_id)


@convoy.command()
@click.argument("convoy_id", required=False, metavar="[ID]", shell_complete=complete_convoy)
@json_option
@pass_session
def refresh(session: Session, convoy_id: str | None) -> None:
    """Look at the target branches again.

    Work that somebody merged by hand counts as merged, and complete convoys land.
    """
    from gastown.ops.refresh import refresh as operation
    from gastown.render import convoys as render

    result = operation(session.town, convoy_id, host=session.host, actor=session.actor)
    session.show(result, render.refreshed)


@convoy.command()
@click.argument("convoy_id", metavar="ID", shell_complete=complete_convoy)
@click.option("-r", "--reason", help="Why it will not land.")
@json_option
@pass_session
def close(session: Session, convoy_id: str, reason: str | None) -> None:
    """Give a convoy up; its beads stay as they are."""
    from gastown.ops.convoys import give_up
    from gastown.render import convoys as render

    result = give_up(session.town, convoy_id, reason=reason, actor=session.actor)
    session.show(result, render.given_up)


@convoy.command()
@click.argument("convoy_id", required=False, metavar="[ID]", shell_complete=complete_convoy)
@click.option("--rig", shell_complete=complete_rig, help="Where the town's own beads go.")
@click.option("--agent", "runtime", metavar="RUNTIME", shell_complete=complete_runtime,
              help="The command to run; by default that of each rig.")  # fmt: skip
@click.option("--stop", is_flag=True, help="Take it back: what waits is withdrawn.")
@json_option
@pass_session
def launch(
    session: Session, convoy_id: str | None, rig: str | None, runtime: str | None, stop: bool
) -> None:  # fmt: skip
    """Let the scheduler sling the beads of a convoy.

    Each goes when all it waits for is merged. Without ID the newest open convoy. Each bead goes to
    its own rig. Beads that are added later go, too; said again, what was taken back goes again.
    """
    from gastown.ops import launching
    from gastown.ops.scheduling.passing import catch_up
    from gastown.render import stranded as render

    town = session.town
    if stop:
        if rig or runtime:
            raise UsageTrouble("--stop starts nothing", hint="leave --rig and --agent out")
        session.show(launching.halt(town, convoy_id, actor=session.actor), render.halted)
        return
    if runtime is not None:
        from gastown.ops.runtimes import runtime_for

        runtime_for(town, session.host, runtime)
    result = launching.launch(
        town, convoy_id, rig=session.rig(rig), runtime=runtime, actor=session.actor
    )
    passed = catch_up(town, session.host)
    session.show(result, lambda found: render.launched(found, passed))


@convoy.command()
@json_option
@pass_session
def stranded(session: Session) -> None:
    """Open convoys that do not get on: why, and what helps."""
    from gastown.ops.health import report
    from gastown.render import stranded as render
    from gastown.store.locks import is_held
    from gastown.views.stranded import stranded as view

    town = session.town
    healths = report(town, session.host).healths
    helped = is_held(town.layout.monitor_lock) and town.settings().recovery.enabled
    found = view(town.read(), healths, session.edge.clock(), helped=helped)
    session.show(found, render.stranded)


def _add(session: Session, issues: tuple[str, ...], convoy_id: str | None) -> None:
    from gastown.ops.convoys import add as operation
    from gastown.render import convoys as render

    result = operation(session.town, issues, convoy_id, actor=session.actor)
    session.show(result, render.added)
