"""bd show, list, ready, blocked, children."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from gastown.cli.bead_filters import (
    all_filters,
    few_filters,
    filter_of,
    limit_option,
    now_of,
    rig_option,
)
from gastown.cli.common import complete_bead, json_option
from gastown.cli.session import Session, pass_session
from gastown.domain.wisp import has_wisp_form
from gastown.errors import UsageTrouble

if TYPE_CHECKING:
    from gastown.domain.bead import Bead
    from gastown.store.bead_filter import BeadFilter
    from gastown.views.beads import BeadView

_SORTS = click.Choice(
    "priority hybrid oldest created updated closed status id title type assignee".split()
)
_READY_SORTS = click.Choice(["priority", "hybrid", "oldest"])


@click.command()
@click.argument("issues", nargs=-1, required=True, shell_complete=complete_bead)
@click.option("--short", is_flag=True, help="One line for each.")
@click.option("--long", is_flag=True, help="Every key, also those that are seldom looked at.")
@click.option("--refs", is_flag=True, help="Only what refers to them.")
@click.option("--children", is_flag=True, help="Only their children.")
@click.option("--thread", is_flag=True, help="A message, with what it answers and the replies.")
@click.option("--include-comments", is_flag=True, help="They are shown in any case.")
@click.option("--include-dependents", is_flag=True, help="They are shown in any case.")
@json_option
@pass_session
def show(session: Session, /, issues: tuple[str, ...], **said: bool) -> None:
    """Beads in full, with what surrounds them."""
    from gastown.render import beads as render
    from gastown.views.beads import bead_view

    asked = [word for word in ("short", "refs", "children", "thread") if said[word]]
    if len(asked) > 1:
        raise UsageTrouble(f"--{asked[0]} and --{asked[1]} are two answers: choose one")
    found = [bead_view(_source(session, issue), issue) for issue in dict.fromkeys(issues)]
    if asked in ([], ["short"]):
        details = [render.details(view) for view in found]
        session.show_plain(
            found,
            lambda views: render.lines(view.bead for view in views) if said["short"]
            else render.views(views, long=said["long"]),
            details,
        )  # fmt: skip
    else:
        _show_part(session, found, asked[0])


def _source(session: Session, issue: str) -> Any:
    """Who knows a bead: the ledger, or for wisps this machine."""
    if not has_wisp_form(issue):
        return session.town.read()
    from gastown.views.molecules import source_of

    return source_of(session.town, issue)


def _show_part(session: Session, found: list[BeadView], part: str) -> None:
    from gastown.render import beads as render
    from gastown.views.threads import thread

    if part == "refs":
        shape = render.references_shape(found)
        session.show_plain(found, lambda v: "\n\n".join(map(render.references, v)), shape)
    elif part == "children":
        family = {v.bead.id: [c.bead for c in v.children if c.bead is not None] for v in found}
        session.show_plain(
            family, lambda f: "\n".join(render.children(beads, name) for name, beads in f.items()),
            family,
        )  # fmt: skip
    else:
        threads = [thread(session.town.read(), view.bead) for view in found]
        shape_ = [branch.bead for one in threads for branch in one]
        session.show_plain(threads, lambda t: "\n\n".join(map(render.thread, t)), shape_)


@click.command(name="list")
@click.option("--all", "every", is_flag=True, help="Closed ones, too.")
@click.option(
    "--sort", "order", type=_SORTS, default="priority", show_default=True, help="By what."
)
@click.option("-r", "--reverse", is_flag=True, help="The other way round.")
@click.option("--ready", is_flag=True, help="Only what can be started.")
@click.option("--ephemeral", is_flag=True, help="Only wisps, which are never committed.")
@click.option("--tree/--flat", "as_tree", default=False, help="Children below their parents.")
@limit_option
@all_filters
@rig_option
@json_option
@pass_session
def list_(
    session: Session, /, every: bool, order: Any, reverse: bool, ready: bool, ephemeral: bool,
    as_tree: bool, limit: int, rig: str | None, **said: Any,
) -> None:  # fmt: skip
    """Beads, most urgent first, then newest first.

    Closed ones come only with --all, or where a condition names them.
    """
    from gastown.render import beads as render

    if ephemeral:
        from gastown.cli.wisps import show_wisps

        show_wisps(session, rig, every=every or "all" in said["status"])
        return
    wanted = filter_of(session, rig, said)
    if not (wanted.statuses or every or "all" in said["status"] or _names_closed(said)):
        wanted = wanted._replace(live=True)
    if "tombstone" not in wanted.statuses and wanted.ids is None:
        wanted = wanted._replace(tombstones=False)
    reader, now = session.town.read(), now_of(session)
    bound = limit + 1 if limit else None
    if ready:
        found = reader.ready(now, limit=bound, wanted=wanted, order=order, reverse=reverse)
    else:
        found = reader.select(wanted, now=now, order=order, reverse=reverse, limit=bound)
    show_list(session, found, limit, text=render.beads, as_tree=as_tree)


def show_list(
    session: Session, found: list[Bead], limit: int, *, text: Any, as_tree: bool = False
) -> None:
    """Show at most `limit` beads (0: all), with their counts as JSON, or as `text` says.

    One more may have been found: then it is said that there are more.
    """
    from gastown.render import beads as render
    from gastown.views import beads as views

    more = bool(limit) and len(found) > limit
    found = found[:limit] if limit else found
    if session.wants_json:
        told = views.counted(session.town.read(), found)
        session.show_plain(found, render.lines, render.counted_shape(told))
    elif as_tree:
        session.show_plain(views.as_tree(found), render.tree, None)
    else:
        session.show_plain(found, lambda beads: text(beads, more=more), None)


def _names_closed(said: dict[str, Any]) -> bool:
    """Whether the conditions can only be about beads that may be closed, or name beads."""
    return bool(said["closed_after"] or said["closed_before"] or said["ids"])


@click.command()
@click.option("-n", "--limit", default=100, show_default=True, type=click.IntRange(min=0),
              help="At most so many; 0: all.")  # fmt: skip
@few_filters
@click.option("--label-any", multiple=True, help="With at least one of these labels.")
@click.option("--exclude-type", multiple=True, help="None of this type; may be repeated.")
@click.option("-u", "--unassigned", "no_assignee", is_flag=True, help="Nobody's.")
@click.option("--parent", shell_complete=complete_bead, help="Below this bead, at any depth.")
@click.option("--mol", shell_complete=complete_bead, help="Steps of this molecule.")
@click.option("--mol-type", type=click.Choice(["swarm", "patrol", "work"]),
              help="With this mol_type.")  # fmt: skip
@click.option("--gated", is_flag=True, help="What waited for a gate that is open now.")
@click.option("--sort", "order", type=_READY_SORTS, default="priority", show_default=True,
              help="hybrid: the last two days by priority, then the oldest.")  # fmt: skip
@click.option("--include-deferred", is_flag=True, help="Also what is put off.")
@click.option("--include-in-progress", is_flag=True, help="Also what is being worked on.")
@click.option("--explain", is_flag=True, help="Say of every open bead why it is ready or not.")
@click.option("--claim", is_flag=True, help="Take the first one: make it yours and in progress.")
@rig_option
@json_option
@pass_session
def ready(
    session: Session, /, limit: int, order: Any, explain: bool, claim: bool, rig: str | None,
    **said: Any,
) -> None:  # fmt: skip
    """Beads that can be started now.

    They are open, wait for nothing (nor do their parents), and are not put off. The most urgent
    come first, then the newest. Gates, messages and the steps of a molecule that somebody works
    through are no work to pick up.

    --claim is atomic: each bead goes to one caller. It exits with 1 when nothing is left.
    """
    from gastown.render import beads as render

    wanted, rules = _ready_rules(session, rig, said)
    if claim:
        _claim(session, wanted, {**rules, "order": order})
        return
    reader, now = session.town.read(), now_of(session)
    bound = limit + 1 if limit and not explain else limit or None
    found = reader.ready(now, limit=bound, wanted=wanted, order=order, **rules)
    if explain:
        _explain(session, found, wanted)
    else:
        show_list(session, found, limit, text=render.ready)


def _ready_rules(
    session: Session, rig: str | None, said: dict[str, Any]
) -> tuple[BeadFilter, dict[str, Any]]:
    root, below = said.pop("mol"), said.pop("parent")
    for named in filter(None, (root, below)):
        session.town.read().bead(named)
    rules = {
        "root": root, "below": below, "gated": said.pop("gated"),
        "deferred": said.pop("include_deferred"), "in_progress": said.pop("include_in_progress"),
    }  # fmt: skip
    excluded, mol_type = said.pop("exclude_type"), said.pop("mol_type")
    wanted = filter_of(session, "all" if rig is None and (root or below) else rig, said)
    types = filter_of(session, "all", {"types": excluded}).types if excluded else ()
    return wanted._replace(without_types=types, mol_type=mol_type), rules


def _claim(session: Session, wanted: BeadFilter, rules: dict[str, Any]) -> None:
    from gastown.ops.claiming import claim_next
    from gastown.render import beads as render

    bead = claim_next(session.town, wanted, rules, actor=session.actor)
    session.show_plain(bead, render.claimed, [bead] if bead else [])
    if bead is None:
        raise click.exceptions.Exit(1)


def _explain(session: Session, found: list[Bead], wanted: BeadFilter) -> None:
    from gastown.render import bead_reports as render
    from gastown.views.readiness import explain

    told = explain(session.town.read(), found, wanted, now_of(session))
    session.show_plain(told, render.explanation, render.explanation_shape(told))


@click.command()
@click.option(
    "-n", "--limit", default=0, type=click.IntRange(min=0), help="At most so many; 0: all."
)
@few_filters
@click.option("--parent", shell_complete=complete_bead, help="Children of this bead.")
@rig_option
@json_option
@pass_session
def blocked(session: Session, /, limit: int, rig: str | None, **said: Any) -> None:
    """Beads that wait for others, and what for."""
    from gastown.render import beads as render
    from gastown.views import beads as views

    reader = session.town.read()
    found = views.blocked(reader, reader.held(filter_of(session, rig, said), limit=limit or None))
    session.show_plain(found, render.blocked, render.blocked_shape(found))


@click.command()
@click.argument("issue", shell_complete=complete_bead)
@json_option
@pass_session
def children(session: Session, issue: str) -> None:
    """The children of a bead, closed ones too."""
    from gastown.render import beads as render
    from gastown.views.beads import counted

    reader = session.town.read()
    found = reader.children(reader.bead(issue).id)
    shape = render.counted_shape(counted(reader, found))
    session.show_plain(found, lambda beads: render.children(beads, issue), shape)
