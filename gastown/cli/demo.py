"""gt demo."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import click

from gastown.cli.session import Session, pass_session
from gastown.errors import GtError, Refused


@click.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option("--repo", metavar="URL|PATH", help="Play it on a clone of this repository.")
@pass_session
def demo(session: Session, folder: Path | None, repo: str | None) -> None:
    """See it all happen: a town, beads, polecats, gates, merges.

    No AI and no network are needed. FOLDER (new or empty; by default a temporary one) is kept for
    looking around. A repository given with --repo is cloned and never touched.
    """
    from gastown.demo.play import play
    from gastown.demo.stage import Stage

    place = Path(session.here, folder.expanduser()) if folder else Path(tempfile.mkdtemp("", "gt-"))
    if place.exists() and any(place.iterdir()):
        raise Refused(f"{place} is not empty", hint="give a new or an empty folder")
    place.mkdir(parents=True, exist_ok=True)
    source = str(Path(session.here, repo).resolve()) if repo and Path(repo).is_dir() else repo
    outcome = play(Stage(_invoke), place.resolve(), repository=source, host=session.host)
    if not outcome.landed:
        raise GtError("the convoy did not land", hint=f"look around in {outcome.town}")


def _invoke(words: list[str]) -> int:
    """Run a typed line in this process, as the shell would: `cd`, `gt …` or `bd …`."""
    from gastown.cli.bd import root as bd
    from gastown.cli.boundary import invoke
    from gastown.cli.gt import root as gt

    program, *arguments = words
    if program == "cd":
        os.chdir(arguments[0])
        return 0
    return invoke({"gt": gt, "bd": bd}[program], program, arguments)
