"""bd create, q."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from gastown.cli.common import complete_bead, complete_rig, json_option
from gastown.cli.session import Session, pass_session
from gastown.cli.texts import read_json, read_text, said_moment, said_text
from gastown.errors import UsageTrouble

if TYPE_CHECKING:
    from gastown.ops.beads import NewBead

_TYPES = "bug, feature, task, epic, chore, …"
_RIG = click.option("--rig", shell_complete=complete_rig, help="The rig; by default where you are.")


@click.command()
@click.argument("title", required=False)
@click.option("--title", "titled", help="The title, instead of the argument.")
@click.option("-d", "--description", "--body", help="Markdown; '-' reads standard input.")
@click.option("--body-file", "--description-file", "body_file", metavar="FILE",
              help="The description is in a file.")  # fmt: skip
@click.option("--stdin", is_flag=True, help="The description comes from standard input.")
@click.option("-t", "--type", "issue_type", default="task", show_default=True, help=_TYPES)
@click.option("-p", "--priority", default="2", show_default=True,
              help="0 (urgent) to 4, or a word like high.")  # fmt: skip
@click.option("--id", "identifier", help="An id of your choice; by default a short hash.")
@click.option("--parent", shell_complete=complete_bead, help="Make it a child: PARENT.1, …")
@click.option("--deps", multiple=True, metavar="[TYPE:]ID,…",
              help="What it depends on. blocks:X means that it is blocked by X.")  # fmt: skip
@click.option("--waits-for", shell_complete=complete_bead,
              help="It waits for the children of this bead.")  # fmt: skip
@click.option("--waits-for-gate", type=click.Choice(["all-children", "any-children"]),
              default="all-children", show_default=True, help="All of them, or any.")  # fmt: skip
@click.option("-l", "--labels", "--label", multiple=True, help="Labels, separated by commas.")
@click.option("-a", "--assignee", help="Who will do it.")
@click.option("--acceptance", help="When it counts as done.")
@click.option("--design", help="How it is to be done.")
@click.option("--notes", help="Further notes.")
@click.option("--due", metavar="WHEN", help="By when: a date, +2d, tomorrow, next monday.")
@click.option("--defer", metavar="WHEN", help="Not ready before: a date, +6h, tomorrow.")
@click.option("--estimate", type=click.IntRange(min=0), help="Minutes it will take.")
@click.option("--external-ref", help="What it is called elsewhere, e.g. gh-9.")
@click.option("--spec-id", help="The specification it belongs to.")
@click.option("--mol-type", type=click.Choice(["swarm", "patrol", "work"]), help="For molecules.")
@click.option("--metadata", metavar="JSON", help="Data of your own; @FILE reads a file.")
@click.option("-e", "--ephemeral", is_flag=True,
              help="A wisp: on this machine only, never committed.")  # fmt: skip
@click.option("--wisp-type", metavar="KIND", help="How long a wisp is kept: heartbeat, patrol, …")
@click.option("-f", "--file", "file", metavar="FILE",
              help="A bead for every '## Title' of a Markdown file, in one commit.")  # fmt: skip
@click.option("--graph", metavar="FILE",
              help="Beads and edges between their keys, as JSON, in one commit.")  # fmt: skip
@_RIG
@click.option("--silent", is_flag=True, help="Print only the id.")
@click.option("--dry-run", is_flag=True, help="Only show what would be made.")
@json_option
@pass_session
def create(session: Session, /, title: str | None, titled: str | None, **said: Any) -> None:
    """Make a bead named TITLE, or many of a plan.

    \b
    In --deps, blocks:X or just X means that the new bead waits for X.
    A plan in Markdown has '## Title' and below it '### Priority', '### Type', '### Description',
    '### Design', '### Acceptance', '### Labels', '### Dependencies'.
    A plan in JSON: {"nodes": [{"key": "a", "title": "…", "parent_key": "b"}],
                     "edges": [{"from_key": "a", "to_key": "b"}]}   where a waits for b
    """
    if said["file"] or said["graph"]:
        if title or titled:
            raise UsageTrouble("a title and a plan at once", hint="leave the title out")
        _carry_out(session, said)
        return
    if title and titled and title != titled:
        raise UsageTrouble("two titles are given", hint="bd create TITLE")
    named = title if title is not None else titled
    if named is None:
        raise UsageTrouble("what is it called?", hint="bd create TITLE")
    _create(session, named, said)


@click.command()
@click.argument("words", nargs=-1, required=True)
@click.option("-t", "--type", "issue_type", default="task", show_default=True, help=_TYPES)
@click.option("-p", "--priority", default="2", show_default=True,
              help="0 (urgent) to 4, or a word like high.")  # fmt: skip
@click.option("-l", "--labels", "--label", multiple=True, help="Labels, separated by commas.")
@_RIG
@json_option
@pass_session
def q(session: Session, /, words: tuple[str, ...], **said: Any) -> None:
    """Make a bead quickly: prints its id and nothing else."""
    blank = dict.fromkeys(
        "description body_file parent identifier assignee acceptance design notes due defer"
        " estimate external_ref spec_id mol_type metadata waits_for".split()
    )
    empty = {"stdin": False, "deps": (), "waits_for_gate": "all-children", "dry_run": False}
    _create(session, " ".join(words), {**blank, **empty, **said, "silent": True})


def _create(session: Session, title: str, said: dict[str, Any]) -> None:
    from gastown.ops.beads import create as operation
    from gastown.render import bead_changes as render

    new = _new_bead(session, title, said)
    if said.get("ephemeral") or said.get("wisp_type"):
        from gastown.cli.wisps import make_wisp

        home = _home(session, said["rig"], None, None)
        make_wisp(session, new, home, said["wisp_type"], silent=bool(said["silent"]))
        return
    home = _home(session, said["rig"], new.identifier, new.parent)
    dry = bool(said["dry_run"])
    bead = operation(session.town, new, home, actor=session.actor, dry_run=dry)
    shown = render.planned_one if dry else render.created
    session.show_plain(bead, render.identifier if said["silent"] else shown, bead)


def _new_bead(session: Session, title: str, said: dict[str, Any]) -> NewBead:
    from gastown.domain.bead_words import labels_of, parse_link, priority_of, words_of
    from gastown.ops.beads import NewBead

    text = said_text(
        session, said["description"], file=said["body_file"], stdin=bool(said["stdin"])
    )
    metadata = said["metadata"]
    more = {
        "design": said["design"], "notes": said["notes"], "spec_id": said["spec_id"],
        "estimated_minutes": said["estimate"], "external_ref": said["external_ref"],
        "due_at": said_moment(session, said["due"], last=True),
        "defer_until": said_moment(session, said["defer"]), "mol_type": said["mol_type"],
        "metadata": read_json(session, metadata, "--metadata") if metadata else None,
    }  # fmt: skip
    return NewBead(
        title,
        text,
        said["issue_type"],
        priority_of(said["priority"]),
        said["identifier"],
        said["parent"] or None,
        tuple(parse_link(word) for text in said["deps"] for word in words_of(text)),
        labels_of(said["labels"]),
        said["assignee"],
        said["acceptance"],
        said["waits_for"],
        said["waits_for_gate"],
        {key: value for key, value in more.items() if value not in (None, "")},
    )


def _carry_out(session: Session, said: dict[str, Any]) -> None:
    from gastown.domain.bead_plan import read_graph, read_markdown
    from gastown.ops.planning import carry_out
    from gastown.render import bead_changes as render

    if said["file"] and said["graph"]:
        raise UsageTrouble("--file and --graph at once", hint="one plan at a time")
    if said["file"]:
        plan = read_markdown(read_text(session, said["file"]))
    else:
        plan = read_graph(read_json(session, f"@{said['graph']}", said["graph"]))
    home = _home(session, said["rig"], None, None)
    dry = bool(said["dry_run"])
    done = carry_out(session.town, plan, home, actor=session.actor, dry_run=dry)
    shape = list(done.beads) if said["file"] else render.graph_shape(done)
    session.show_plain(done, render.identifiers if said["silent"] else render.planned, shape)


def _home(session: Session, rig: str | None, identifier: str | None, parent: str | None) -> str:
    from gastown.ops.beads import rig_for

    return rig_for(
        session.town.read(), named=rig, identifier=identifier, parent=parent,
        standing_in=session.place.rig,
    )  # fmt: skip
