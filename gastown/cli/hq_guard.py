"""gt hq-guard: what the git hook of hq asks; nobody types it."""

from __future__ import annotations

import click

from gastown.cli.session import Session, pass_session


@click.command("hq-guard", hidden=True)
@click.argument("old")
@click.argument("new")
@pass_session
def hq_guard(session: Session, old: str, new: str) -> None:
    """Say whether git may move the ledger from OLD to NEW: exit 0, or 1 with the reasons."""
    from gastown.errors import UsageTrouble
    from gastown.ids import is_oid
    from gastown.render.guard import refusal
    from gastown.runtime.process import started_at
    from gastown.store.guard import judge

    if not (is_oid(old) and is_oid(new)):
        raise UsageTrouble("hq-guard wants the names of two commits")
    git = session.env.get("GT_GIT_PID", "")
    begun = started_at(int(git)) if git.isdigit() else None
    found = judge(session.town, old, new, begun=begun)
    if found:
        session.note(refusal(found))
        raise click.exceptions.Exit(1)
