"""bd close, reopen, delete."""

from __future__ import annotations

from typing import Any

import click

from gastown.cli.common import complete_bead, json_option, show_batch
from gastown.cli.session import Session, pass_session
from gastown.domain.wisp import has_wisp_form
from gastown.errors import UsageTrouble

_ISSUES = click.argument("issues", nargs=-1, required=True, shell_complete=complete_bead)


@click.command()
@_ISSUES
@click.option("-r", "--reason", "--resolution", "-m", "--message", help="Why.")
@click.option("-f", "--force", is_flag=True,
              help="Even if it waits for others or has open children.")  # fmt: skip
@click.option("--suggest-next", is_flag=True, help="Name what can start now.")
@click.option("--continue", "go_on", is_flag=True,
              help="Claim the next ready step of the same molecule or parent.")  # fmt: skip
@click.option("--no-auto", is_flag=True, help="With --continue: only show it, do not claim it.")
@click.option("--claim-next", is_flag=True, help="Claim the next ready bead of the rig.")
@click.option("--session", "session_id", help="The session of the agent that did it.")
@json_option
@pass_session
def close(session: Session, /, issues: tuple[str, ...], **said: Any) -> None:
    """Close beads by your word; several in one commit.

    What an agent has on its hook is closed by its merge. An epic may stand before its children.
    """
    from gastown.ops.closing import Order, close_all
    from gastown.render import bead_changes as render

    following = _following(said["go_on"], said["no_auto"], said["claim_next"])
    whose = said["session_id"] or session.env.get("CLAUDE_SESSION_ID") or None
    order = Order(said["reason"], said["force"], whose, following=following)
    if any(map(has_wisp_form, issues)):
        from gastown.ops.ephemeral import close_all
    batch = close_all(session.town, issues, order, actor=session.actor)
    found = list(batch.done)
    shape = render.closed_shape(found, following, suggest=said["suggest_next"])
    show_batch(session, batch, lambda: session.show_plain(found, render.closed, shape))


@click.command()
@_ISSUES
@click.option("-r", "--reason", help="Why; it is added to the notes.")
@json_option
@pass_session
def reopen(session: Session, issues: tuple[str, ...], reason: str | None) -> None:
    """Open closed beads again.

    Landed convoys that hold them open, too.
    """
    from gastown.ops.closing import reopen as operation
    from gastown.render import bead_changes as render

    if any(map(has_wisp_form, issues)):
        from gastown.ops.ephemeral import reopen as operation
    batch = operation(session.town, issues, reason=reason, actor=session.actor)
    found = list(batch.done)
    show_batch(session, batch, lambda: session.show_plain(found, render.updated, found))


@click.command()
@_ISSUES
@click.option("-f", "--force", is_flag=True, help="Do it; without, only what it would do is shown.")
@click.option("--cascade", is_flag=True, help="Also what depends on them: children, and theirs.")
@click.option("--dry-run", is_flag=True, help="Only show what would be done.")
@click.option("-r", "--reason", help="Why.")
@json_option
@pass_session
def delete(
    session: Session, issues: tuple[str, ...], force: bool, cascade: bool, dry_run: bool,
    reason: str | None,
) -> None:  # fmt: skip
    """Delete beads, all of them or none.

    Their ids are never given again, and links to them are taken away. `git revert` of the commit
    in hq brings everything back.
    """
    from gastown.ops.deleting import delete as operation
    from gastown.render import bead_changes as render

    done = operation(
        session.town, issues, reason=reason, cascade=cascade, force=force and not dry_run,
        actor=session.actor,
    )  # fmt: skip
    session.show_plain(done, render.deleted, render.deleted_shape(done))


def _following(go_on: bool, no_auto: bool, claim_next: bool) -> Any:
    from gastown.ops.succession import Following

    if go_on and claim_next:
        raise UsageTrouble("--continue and --claim-next at once", hint="one of them")
    if claim_next:
        return Following.CLAIM_ANY
    if go_on:
        return Following.SHOW_STEP if no_auto else Following.CLAIM_STEP
    return Following.NOTHING
