"""hq with its git hooks in place, and somebody who uses plain git in it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gastown.render.guard import refusal
from gastown.store.guard import judge
from gastown.store.layout import Layout, hook_path, record_path
from gastown.store.spool import Spool, parse
from gastown.store.town import Town
from tests.support.children import REPOSITORY
from tests.support.desk import Desk, Said
from tests.support.people import git
from tests.support.soundness import history, trailers
from tests.support.waiting import until

SCRIPTS = REPOSITORY / "githooks" / "hq"


@dataclass(frozen=True)
class Guarded:
    """hq, seen by a person with git and an editor."""

    desk: Desk

    @property
    def town(self) -> Town:
        """The town, opened anew."""
        return self.desk.town

    @property
    def folder(self) -> Path:
        """The files of hq."""
        return self.desk.root / "hq"

    def git(
        self, *words: str, status: int | None = 0, env: Mapping[str, str] | None = None,
        at: Path | None = None,
    ) -> Said:  # fmt: skip
        """Type git in hq; its output, with the status checked (None: any).

        A person does not type within the hundredth of a second after an operation.
        """
        synced = self.town.layout.synced
        until(lambda: not synced.exists() or time.time() - synced.stat().st_mtime > 0.04)
        done = subprocess.run(
            ["git", *words], cwd=at or self.folder, env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", errors="replace",
            check=False,
        )  # fmt: skip
        said = Said(done.returncode, done.stdout, done.stderr)
        assert status is None or said.status == status, f"git {words!a}: {said!a}"
        return said

    def bead_path(self, bead: str, rig: str = "mp") -> str:
        """Where a bead's record is in hq."""
        return record_path(self.town.read().bead(bead))

    def edit(self, path: str, **values: Any) -> None:
        """Change keys of a record's file by hand (None: take the key away)."""
        file = self.folder / path
        data = {**json.loads(file.read_text()), **values}
        kept = {key: value for key, value in data.items() if value is not None}
        file.write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n")

    def edit_bead(self, bead: str, **values: Any) -> None:
        """Change keys of a bead by hand."""
        self.edit(self.bead_path(bead), **values)

    def edit_hook(self, hook: str, **values: Any) -> None:
        """Change keys of a hook by hand; `bead=NULL` empties it."""
        file = self.folder / hook_path(hook)
        file.write_text(json.dumps({**json.loads(file.read_text()), **values}, indent=2) + "\n")

    def commit(self, message: str = "by hand", status: int | None = 0) -> Said:
        """Commit everything in hq."""
        self.git("add", "-A")
        return self.git("commit", "--quiet", "-m", message, status=status)

    def refused(self, *words: str) -> str:
        """Type git in hq, which must be refused and move nothing; what the guard says."""
        before = self.tip
        said = self.git(*words, status=None)
        assert said.status != 0, f"git {words!a} was let through: {said!a}"
        assert self.tip == before
        assert "gt: " in said.err, said
        return said.err

    def refused_commit(self, message: str = "by hand") -> str:
        """Commit everything in hq, which must be refused; what the guard says."""
        self.git("add", "-A")
        said = self.refused("commit", "-m", message)
        self.drop()
        return said

    def judged(self) -> str:
        """What the guard would say of a commit of everything in hq; no ref is moved."""
        self.git("add", "-A")
        tree = self.git("write-tree").out.strip()
        commit = self.git("commit-tree", "-p", "HEAD", "-m", "by hand", tree).out.strip()
        return refusal(judge(self.town, self.tip, commit, begun=time.time() + 1))

    def back(self) -> None:
        """Look at the ledger again, after another branch."""
        self.git("switch", "--quiet", "town")

    def drop(self) -> None:
        """Drop what is not committed, as the guard advises."""
        self.git("reset", "--quiet", "--hard")
        self.git("clean", "--quiet", "-fd")

    def adopted(self) -> list[tuple[str, str]]:
        """Let the next operation happen; the trailers of the adoption just before it."""
        self.desk.bd("create", "the next operation", "--rig", "mp")
        return trailers(self.town, history(self.town)[-2])

    @property
    def tip(self) -> str:
        """The ledger's commit."""
        return self.town.commit()

    def events(self) -> list[str]:
        """The kinds of the events in the spool that are of hq; each of them can be read."""
        spool = Spool(self.town.layout.spool)
        files = [spool.new / name for name in spool.waiting()]
        events = [parse(file.name, file.read_bytes()) for file in files]
        assert all(Path(event.gitdir).is_dir() for event in events)
        return [event.kind for event in events if event.hook == "hq"]


def guard(desk: Desk) -> Guarded:
    """Put hq's git hooks into place, as an installation does."""
    layout = desk.town.layout
    target = layout.git_hooks / "hq"
    shutil.copytree(SCRIPTS, target, dirs_exist_ok=True)
    place_interpreter(layout, sys.executable)
    git(layout.town_git, "config", "core.hooksPath", str(target))
    return Guarded(desk)


def place_interpreter(layout: Layout, python: str) -> None:
    """Say which Python runs the guard."""
    (layout.git_hooks / "hq" / "python").write_text(f"{python}\n")
