"""gt undo, diff, verify, bisect: history as a tool."""

from __future__ import annotations

from pathlib import Path

import click

from gastown.cli.common import complete_bead, json_option
from gastown.cli.session import Session, pass_session

_MOST_DIGITS = 4  # a longer number is the beginning of a commit's name


@click.command()
@click.argument("what", nargs=-1, metavar="[OP…|N]")
@click.option("--bead", metavar="ID", shell_complete=complete_bead,
              help="Your last operation on this issue.")  # fmt: skip
@click.option("--since", metavar="T", help="All that was done since, by anybody: 1h, a time, OP.")
@click.option("--with-later", is_flag=True,
              help="Take back what stands in the way, too, if anything does.")  # fmt: skip
@click.option("--revert", is_flag=True,
              help="Of a merge: queue a commit that takes its work out again.")  # fmt: skip
@click.option("-n", "--dry-run", is_flag=True, help="Only say what would be taken back.")
@json_option
@pass_session
def undo(
    session: Session, what: tuple[str, ...], bead: str | None, since: str | None,
    with_later: bool, revert: bool, dry_run: bool,
) -> None:  # fmt: skip
    """Take operations back, by one new commit; reality follows.

    Without argument: your last operation. N: your last N. OP: an operation or commit of the ledger,
    anybody's, as gt log shows it. Nothing is asked, and an undo can be undone.

    Where later operations changed the same records they are named, and nothing is done. What cannot
    be taken back, such as a message that was read, is said; a merge is taken out again by a commit
    that goes through the merge queue (--revert).
    """
    from gastown.errors import UsageTrouble
    from gastown.ops.undoing.reverting import revert_merge
    from gastown.ops.undoing.undo import undo as operation
    from gastown.render import undo as render
    from gastown.views.choosing import Wish

    last = None
    if len(what) == 1 and what[0].isdigit() and len(what[0]) <= _MOST_DIGITS:
        last, what = int(what[0]), ()
        if last == 0:
            raise UsageTrouble("0 operations are none", hint="gt undo takes the last one back")
    if since is not None and (what or last or bead):
        raise UsageTrouble("--since stands alone", hint="gt undo --since 1h")
    if what and bead:
        raise UsageTrouble("--bead goes with a number, not with names", hint="gt undo 2 --bead ID")
    wish = Wish(what, last, bead, since)
    actor = session.actor
    if revert:
        reverting = revert_merge(session.town, wish, actor=actor, dry_run=dry_run)
        session.show(reverting, render.reverting)
        return
    result = operation(
        session.town, wish, host=session.host, actor=actor, later=with_later, dry_run=dry_run
    )
    session.show(result, lambda found: render.undone(found, session.edge.clock()))


@click.command()
@click.argument("first", metavar="T1")
@click.argument("last", metavar="[T2]", default="now")
@json_option
@pass_session
def diff(session: Session, first: str, last: str) -> None:
    """What changed between two moments, in words.

    T1 and T2 are commits or operations of the ledger, times, or how long ago (2h); T2 is now.
    """
    from gastown.cli.screen import screen_of
    from gastown.render import between as render
    from gastown.store.past import find_moment
    from gastown.views.between import between

    town = session.town
    found = between(town, find_moment(town, first), find_moment(town, last))
    session.show(found, lambda shown: render.between(shown, screen_of(session)))


@click.command()
@click.option(
    "--trust", "trusted", multiple=True, metavar="FILE", type=click.Path(path_type=Path),
    help="A public key that is the person's.",
)  # fmt: skip
@json_option
@pass_session
def verify(session: Session, trusted: tuple[Path, ...]) -> None:
    """Replay the whole ledger and hold it against the rules.

    Every transition is in its table, every commit parses, what it tells and what it did agree, no
    bead is on two hooks, nothing was rewritten. Where operations are signed, each is, by its actor.
    Exit status 1: something is wrong.

    The first key that the ledger names for the person is believed. One that has replaced a lost key
    is not, until it is trusted: --trust ~/.ssh/id_ed25519.pub.
    """
    from gastown.cli.screen import progress
    from gastown.render import verify as render
    from gastown.store.auditing.audit import audit
    from gastown.store.signing.keys import read_key

    keys = frozenset(read_key(session.here / file.expanduser()) for file in trusted)
    with progress(session, "commits") as tell:
        found = audit(session.town, tell, trusted=keys)
    session.show(found, render.verified)
    if found.flaws:
        raise click.exceptions.Exit(1)


@click.group()
def bisect() -> None:
    """Find the operation after which something went wrong."""


@bisect.command(context_settings={"ignore_unknown_options": True})
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- CMD…")
@click.option("--good", required=True, metavar="T", help="When CMD still succeeded.")
@click.option("--bad", default="now", show_default=True, metavar="T", help="When it fails.")
@json_option
@pass_session
def run(session: Session, command: tuple[str, ...], good: str, bad: str) -> None:
    """Run CMD on the town as it was, at ever fewer moments.

    Half of the operations are left each time, until it is known with which one CMD began to fail.

    T is a commit or an operation of the ledger, a time, or 2h. CMD stands in a read-only folder
    with hq's files of then; GT_AT names the commit: gt --at "$GT_AT" status answers from it. As for
    git bisect run, status 0 is good, 125 cannot be told, 1 to 124 is bad.
    """
    from gastown.ops.bisecting import bisect as operation
    from gastown.render import bisect as render

    found = operation(
        session.town, session.host, command, good=good, bad=bad,
        tell=lambda one, left: session.note(render.tried(one, left)),
    )  # fmt: skip
    session.show(found, render.bisected)
