"""bd import, export, merge."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gastown.cli.common import complete_rig, json_option
from gastown.cli.session import Session, pass_session
from gastown.errors import NotFound, UsageTrouble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gastown.ops.interchange import Imported

_RIG = click.option("--rig", shell_complete=complete_rig, help="The rig; by default where you are.")
_FILE = click.Path(path_type=Path)


@click.command(name="import")
@click.argument("file", required=False, type=click.Path())
@click.option("-i", "--input", "named", type=click.Path(), help="The same as FILE.")
@click.option("--from-repo", is_flag=True, help="What the project carries on its target branch.")
@_RIG
@click.option("-n", "--dry-run", is_flag=True, help="Only say what would come.")
@json_option
@pass_session
def import_(
    session: Session, file: str | None, named: str | None, from_repo: bool, rig: str | None,
    dry_run: bool,
) -> None:  # fmt: skip
    """Take in the beads of FILE, an issues.jsonl.

    It holds lines of JSON, as upstream writes them; '-' reads standard input. Lines of every
    version of bd are taken, and exported again as they are. A bead that is here already is merged;
    the same file again changes nothing. All of it is one operation, which `git -C hq revert` takes
    back. What cannot be taken is named by line; then the status is 1.
    """
    from gastown.ops import interchange as ops

    source = _one_source(file, named, from_repo)
    reader = session.town.read()
    with progress_bar(session, "importing") as progress:
        if source is None:
            home = reader.rig(_rig(session, rig))
            result = ops.import_carried(
                session.town, home, actor=session.actor, dry_run=dry_run, progress=progress
            )
        else:
            content = _content(session, source)
            result = ops.import_(
                session.town, content, _rig(session, rig), actor=session.actor, dry_run=dry_run,
                source="standard input" if source == "-" else Path(source).name,
                progress=progress,
            )  # fmt: skip
    show_imported(session, result)


@click.command()
@click.option("-o", "--output", type=_FILE, help="Write a file, whole or not at all.")
@click.option("--schema", type=click.Choice(["v0.47", "v1"]),
              help="For which bd; by default each line as it was imported.")  # fmt: skip
@click.option("-s", "--status", multiple=True, help="Only with this status; may be repeated.")
@click.option("--rig", shell_complete=complete_rig,
              help="Only of this rig; by default where you are, else all of the town.")  # fmt: skip
@json_option
@pass_session
def export(
    session: Session, output: Path | None, schema: str | None, status: tuple[str, ...],
    rig: str | None,
) -> None:  # fmt: skip
    """Print the beads as lines of JSON.

    They are sorted by id, and hold their comments; memories follow. v0.47: comments have numbers,
    no memory rows. v1: `_type` first, counts last.
    """
    from gastown.domain.schemas import Schema
    from gastown.ops.interchange import export as operation
    from gastown.render import interchange as render

    chosen = Schema(schema) if schema else Schema.AS_READ
    place = None if output is None else session.here / output
    home = rig if rig is not None else session.place.rig
    result = operation(
        session.town, session.home(home), schema=chosen, statuses=_statuses(status),
        file=place,
    )  # fmt: skip
    if output is None:
        click.echo(result.text, nl=False)
    else:
        session.show_plain(result, render.exported, render.exported_json(result))


@click.command()
@click.argument("output", type=_FILE)
@click.argument("base", type=_FILE)
@click.argument("left", type=_FILE)
@click.argument("right", type=_FILE)
@json_option
@pass_session
def merge(session: Session, output: Path, base: Path, left: Path, right: Path) -> None:
    """Merge two versions of an issues.jsonl, key by key.

    OUTPUT is what LEFT and RIGHT become, which both came from BASE. For projects that carry the
    file: git config merge.beads.driver "bd merge %A %O %A %B", and in .gitattributes:
    .beads/issues.jsonl merge=beads
    """
    from gastown.ops.merging_files import merge as operation
    from gastown.render import interchange as render

    places = [session.here / one for one in (output, base, left, right)]
    result = operation(*places)
    session.show_plain(result, render.merged, result)


def show_imported(session: Session, result: Imported) -> None:
    """Show what an import did; where lines were not taken, the exit status says so."""
    from gastown.render import interchange as render

    session.show_plain(result, render.imported, render.imported_json(result))
    if result.errors:
        raise click.exceptions.Exit(1)


@contextmanager
def progress_bar(session: Session, word: str) -> Iterator[Callable[[int, int], None] | None]:
    """A bar on a terminal; nothing elsewhere."""
    if session.wants_json or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(word, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _one_source(file: str | None, named: str | None, from_repo: bool) -> str | None:
    """The file that is meant; None: the project's own."""
    given = [one for one in (file, named) if one is not None]
    if len(given) + from_repo != 1:
        raise UsageTrouble(
            "which file?",
            hint="bd import FILE, bd import - (standard input), bd import --from-repo",
        )
    return given[0] if given else None


def _content(session: Session, source: str) -> bytes:
    if source == "-":
        stream = getattr(sys.stdin, "buffer", None)
        return stream.read() if stream is not None else sys.stdin.read().encode()
    try:
        return (session.here / Path(source).expanduser()).read_bytes()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise NotFound(
            f"no file {source}", hint="bd import FILE, or - for standard input"
        ) from None


def _rig(session: Session, named: str | None) -> str:
    from gastown.ops.beads import rig_for

    return rig_for(
        session.town.read(), named=named, identifier=None, parent=None,
        standing_in=session.place.rig,
    )  # fmt: skip


def _statuses(words: tuple[str, ...]) -> tuple[str, ...]:
    from gastown.domain.bead import BeadState

    for word in words:
        if word not in set(BeadState):
            raise UsageTrouble(f"no status {word!r}", hint=f"one of {', '.join(BeadState)}")
    return words
