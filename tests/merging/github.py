"""A stand-in for `gh` and the server behind it: a bare origin, and one pull request in files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from gastown.store.git import Git
from gastown.store.merging import commit_merge, try_merge
from tests.support.desk import Desk
from tests.support.people import git

URL = "https://github.example/ada/project/pull/7"
_SCRIPT = """#!/bin/sh
cd '{place}' || exit 1
printf '%s\\n' "$@" >>asked
if test -e out; then echo 'try: gh auth login' >&2; exit 4; fi
state=$(cat state 2>/dev/null)
case "$1 $2" in
  'pr list') if test "$state" = OPEN; then echo '[{{"url":"{url}","state":"OPEN"}}]'
             else echo '[]'; fi;;
  'pr create') cat >body; echo OPEN >state; echo {url}; if test -e dies; then exit 1; fi;;
  'pr view') commit=$(cat commit 2>/dev/null || echo null)
             echo "{{\\"state\\":\\"$state\\",\\"url\\":\\"{url}\\",\\"mergeCommit\\":$commit}}";;
  *) echo "no $*" >&2; exit 1;;
esac
"""


@dataclass(frozen=True)
class GitHub:
    """What GitHub knows of one pull request, in a folder; `origin`: its repository."""

    place: Path
    origin: Path

    @property
    def asked(self) -> list[str]:
        """Every word that `gh` was given."""
        return (self.place / "asked").read_text().splitlines()

    def say(self, name: str, text: str = "") -> None:
        """Write one of its files."""
        (self.place / name).write_text(text)

    def end(self, state: str, commit: str | None = None) -> None:
        """The pull request is merged or closed."""
        self.say("state", state)
        self.say("commit", json.dumps({"oid": commit} if commit else None))

    def merge(self, branch: str, how: str) -> str:
        """Merge a branch of the origin as a person does there; the target's commit."""
        store = Git(self.origin, bare=True)
        main, head = (git(self.origin, "rev-parse", name) for name in ("main", branch))
        tree = try_merge(store, main, head).tree
        assert tree is not None
        parents = (main, head) if how == "merge" else (main,)
        done = commit_merge(store, tree, parents, f"{how} (#7)", ("Ada", "ada@example.org"))
        git(self.origin, "update-ref", "refs/heads/main", done, main)
        self.end("MERGED", done)
        return done


def make_github(desk: Desk, folder: Path) -> GitHub:
    """A bare origin for the rig `mp`, and a `gh` in the folder `bin`."""
    place, origin = folder / "github", folder / "origin.git"
    place.mkdir()
    git(folder, "clone", "--quiet", "--bare", str(folder / "project"), str(origin))
    git(desk.root / "mp" / "repo.git", "config", "remote.origin.url", str(origin))
    script = folder / "bin" / "gh"
    script.parent.mkdir()
    script.write_text(_SCRIPT.format(place=place, url=URL))
    script.chmod(0o755)
    return GitHub(place, origin)
