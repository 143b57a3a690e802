"""bd dep, block, unblock: which bead waits for which."""

from __future__ import annotations

import click

from gastown.cli.common import complete_bead, json_option, show_batch
from gastown.cli.default_group import DefaultGroup
from gastown.cli.session import Session, pass_session
from gastown.errors import UsageTrouble

_VIEWS = "gastown.cli.dependency_views"
_ISSUE = click.argument("issue", shell_complete=complete_bead)
_TYPE = click.option("-t", "--type", "kind", default=None,
                     help="blocks (the default), related, parent-child, …")  # fmt: skip
_FORWARD = ("blocked-by", "blocked_by", "depends-on", "depends_on", "needs", "waits-for", "on")
_BACKWARD = ("blocks",)


@click.group(
    cls=DefaultGroup,
    default="blocks",
    lazy={name: f"{_VIEWS}:{name}" for name in ("tree", "cycles")} | {"list": f"{_VIEWS}:list_"},
    aliases={"rm": "remove", "ls": "list", "cycle": "cycles"},
)
def dep() -> None:
    """Which bead waits for which.

    \b
    bd dep add A B          A is blocked by B
    bd dep A --blocks B     B is blocked by A
    """


@dep.command()
@_ISSUE
@click.argument("words", nargs=-1, shell_complete=complete_bead)
@click.option("--blocked-by", "--depends-on", "by", shell_complete=complete_bead,
              help="What ISSUE waits for, instead of an argument.")  # fmt: skip
@_TYPE
@click.option("--gate", type=click.Choice(["all-children", "any-children"]),
              help="With -t waits-for: all or any children of DEPENDS_ON.")  # fmt: skip
@json_option
@pass_session
def add(
    session: Session, issue: str, words: tuple[str, ...], by: str | None, kind: str | None,
    gate: str | None,
) -> None:  # fmt: skip
    """Say what ISSUE waits for: bd dep add ISSUE DEPENDS_ON.

    It waits until that is closed. Also `bd dep add A blocked-by B` and, the other way round,
    `bd dep add A blocks B`. What was understood is told.
    """
    relation, target = _target(words, by)
    if relation in _BACKWARD:
        _block(session, issue, target, kind or "blocks")
        return
    named = kind or ("waits-for" if relation == "waits-for" else "blocks")
    _add(session, issue, target, "waits-for" if gate and kind is None else named, gate)


@dep.command()
@_ISSUE
@click.argument("depends_on", shell_complete=complete_bead)
@click.option("-t", "--type", "kind", default=None, help="Only a dependency of this type.")
@json_option
@pass_session
def remove(session: Session, issue: str, depends_on: str, kind: str | None) -> None:
    """Forget that ISSUE depends on DEPENDS_ON."""
    _remove(session, issue, depends_on, kind)


@dep.command(hidden=True)
@_ISSUE
@click.option("-b", "--blocks", "blocked", multiple=True, shell_complete=complete_bead,
              help="What waits for ISSUE.")  # fmt: skip
@click.option("--blocked-by", "--depends-on", "by", shell_complete=complete_bead,
              help="What ISSUE waits for.")  # fmt: skip
@json_option
@pass_session
def blocks(session: Session, issue: str, blocked: tuple[str, ...], by: str | None) -> None:
    """Say what waits for ISSUE: bd dep ISSUE --blocks OTHER."""
    if not blocked and by is None:
        raise UsageTrouble(
            f"what about {issue}?",
            hint=f"bd dep list {issue}; bd dep add {issue} OTHER; bd dep {issue} --blocks OTHER",
        )
    for other in blocked:
        _block(session, issue, other, "blocks")
    if by is not None:
        _add(session, issue, by, "blocks", None)


@dep.command()
@_ISSUE
@click.argument("other", shell_complete=complete_bead)
@json_option
@pass_session
def relate(session: Session, issue: str, other: str) -> None:
    """Link two beads to each other; nothing waits."""
    from gastown.cli.relations import relate_both

    relate_both(session, issue, other)


@dep.command()
@_ISSUE
@click.argument("other", shell_complete=complete_bead)
@json_option
@pass_session
def unrelate(session: Session, issue: str, other: str) -> None:
    """Take the link between two beads away."""
    from gastown.cli.relations import unrelate_both

    unrelate_both(session, issue, other)


@click.command()
@_ISSUE
@click.argument("others", nargs=-1, shell_complete=complete_bead)
@click.option("--by", multiple=True, shell_complete=complete_bead, help="What it waits for.")
@click.option("-r", "--reason", help="Without another bead: why; it is added to the notes.")
@json_option
@pass_session
def block(
    session: Session, issue: str, others: tuple[str, ...], by: tuple[str, ...], reason: str | None
) -> None:
    """Let ISSUE wait for OTHERS, as bd dep add.

    `bd block A B` means that A is blocked by B. Without another bead the status of ISSUE is set to
    blocked, until unblock.
    """
    words = [word for word in (*others, *by) if word not in ("by", "on")]
    if not words:
        _set_blocked(session, issue, reason)
        return
    for other in words:
        _add(session, issue, other, "blocks", None)


@click.command()
@_ISSUE
@click.argument("others", nargs=-1, shell_complete=complete_bead)
@json_option
@pass_session
def unblock(session: Session, issue: str, others: tuple[str, ...]) -> None:
    """Let ISSUE no longer wait for OTHERS.

    Without another bead its status is set to open.
    """
    from gastown.domain.bead import BeadState
    from gastown.ops.bead_status import set_statuses
    from gastown.render import bead_changes as render

    for other in others:
        _remove(session, issue, other, "blocks")
    if not others:
        batch = set_statuses(
            session.town, (issue,), "unblock", BeadState.OPEN, actor=session.actor,
            only_from=BeadState.BLOCKED,
        )  # fmt: skip
        found = list(batch.done)
        show_batch(session, batch, lambda: session.show_plain(found, render.updated, found))


def _target(words: tuple[str, ...], by: str | None) -> tuple[str | None, str]:
    """The word between two beads, if one was typed, and the second bead."""
    if by is not None and not words:
        return None, by
    if by is None and len(words) == 1:
        return None, words[0]
    if by is None and len(words) == 2 and words[0].casefold() in (*_FORWARD, *_BACKWARD):
        return words[0].casefold(), words[1]
    raise UsageTrouble(
        "two beads are needed: which one waits, and for which",
        hint="bd dep add A B means that A is blocked by B; for other types: -t TYPE",
    )


def _add(session: Session, issue: str, target: str, kind: str, gate: str | None) -> None:
    from gastown.domain.bead_words import kind_of_link
    from gastown.ops.dependencies import add_dependency
    from gastown.render import bead_changes as render

    kind = kind_of_link(kind)
    if gate is not None and kind != "waits-for":
        raise UsageTrouble("--gate is for -t waits-for")
    add_dependency(session.town, issue, target, kind, gate=gate, actor=session.actor)
    shape = {"status": "added", "issue_id": issue, "depends_on_id": target, "type": kind}
    session.show_plain(shape, render.dependency_added, shape)


def _block(session: Session, blocker: str, blocked: str, kind: str) -> None:
    from gastown.domain.bead_words import kind_of_link
    from gastown.ops.dependencies import add_dependency
    from gastown.render import bead_changes as render

    kind = kind_of_link(kind)
    add_dependency(session.town, blocked, blocker, kind, actor=session.actor)
    shape = {"status": "added", "blocker_id": blocker, "blocked_id": blocked, "type": kind}
    said = {"status": "added", "issue_id": blocked, "depends_on_id": blocker, "type": kind}
    session.show_plain(said, render.dependency_added, shape)


def _remove(session: Session, issue: str, target: str, kind: str | None) -> None:
    from gastown.ops.dependencies import remove_dependency
    from gastown.render import bead_changes as render

    remove_dependency(session.town, issue, target, kind, actor=session.actor)
    shape = {"status": "removed", "issue_id": issue, "depends_on_id": target}
    session.show_plain(shape, render.dependency_removed, shape)


def _set_blocked(session: Session, issue: str, reason: str | None) -> None:
    from gastown.domain.bead import BeadState
    from gastown.ops.bead_status import set_statuses
    from gastown.render import bead_changes as render

    batch = set_statuses(
        session.town, (issue,), "block", BeadState.BLOCKED, actor=session.actor, reason=reason
    )
    found = list(batch.done)
    show_batch(session, batch, lambda: session.show_plain(found, render.updated, found))
