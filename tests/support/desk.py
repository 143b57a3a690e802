"""A desk in a town: `gt` and `bd` as they are typed there, in this process or as real commands."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gastown.cli.bd import root as bd_root
from gastown.cli.boundary import invoke
from gastown.cli.gt import root as gt_root
from gastown.ops.host import Host
from gastown.ops.install import install
from gastown.ops.sessions import sessions_of
from gastown.runtime.sessions import State
from gastown.store.operation import adopt
from gastown.store.town import Edge, Town
from tests.support.people import commit_all, git, make_project, write

SCRIPTS = Path(sysconfig.get_path("scripts"))
_ROOTS = {"gt": gt_root, "bd": bd_root}


@dataclass(frozen=True)
class Said:
    """What a command said."""

    status: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The payload of a `gt --json` answer, whose envelope is checked."""
        told = json.loads(self.out)
        assert told["schema"] == "gt/1"
        assert told["ok"] is True
        return told["data"]

    @property
    def error(self) -> Any:
        """The error of a `gt --json` answer, whose envelope is checked."""
        told = json.loads(self.out)
        assert told["schema"] == "gt/1"
        assert told["ok"] is False
        assert told["error"]["exit_status"] == self.status
        return told["error"]

    @property
    def json(self) -> Any:
        """What `bd --json` printed."""
        return json.loads(self.out)


class Desk:
    """Somebody who types commands, by default at the root of a town.

    Args:
        root: the town's folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def town(self) -> Town:
        """The town, opened anew."""
        return Town(self.root.resolve())

    def gt(
        self, *words: object, at: Path | str = "", status: int | None = 0,
        stdin: str | None = None,
    ) -> Said:  # fmt: skip
        """Type `gt WORDS` in the folder `at` of the town, in this process; check the status."""
        return self._typed("gt", words, at, status, stdin)

    def bd(
        self, *words: object, at: Path | str = "", status: int | None = 0,
        stdin: str | None = None,
    ) -> Said:  # fmt: skip
        """Type `bd WORDS` in the folder `at` of the town, in this process; check the status."""
        return self._typed("bd", words, at, status, stdin)

    def _typed(
        self, program: str, words: tuple[object, ...], at: Path | str, status: int | None,
        stdin: str | None,
    ) -> Said:  # fmt: skip
        arguments = [str(word) for word in words]
        out, err = io.StringIO(), io.StringIO()
        before = sys.argv, sys.stdin
        sys.argv, sys.stdin = [str(SCRIPTS / program), *arguments], io.StringIO(stdin or "")
        try:
            with (
                contextlib.chdir(self.root / at),
                contextlib.redirect_stdout(out),
                contextlib.redirect_stderr(err),
            ):
                ended = invoke(_ROOTS[program], program, arguments)
        finally:
            sys.argv, sys.stdin = before
        said = Said(ended, out.getvalue(), err.getvalue())
        assert status is None or said.status == status, f"{program} {arguments!a}: {said!a}"
        return said

    def run(
        self, *words: object, at: Path | str = "", status: int | None = 0,
        env: Mapping[str, str] | None = None, stdin: str | None = None, timeout: float = 60,
    ) -> Said:  # fmt: skip
        """Run a real command (`gt`, `bd` or any other) and check its status (None: any)."""
        done = subprocess.run(
            self._argv(words), cwd=self.root / at, env={**os.environ, **(env or {})}, input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None, capture_output=True,
            encoding="utf-8", errors="replace",
            check=False, timeout=timeout,
        )  # fmt: skip
        said = Said(done.returncode, done.stdout, done.stderr)
        assert status is None or said.status == status, f"{words!a}: {said!a}"
        return said

    def start(
        self, *words: object, at: Path | str = "", env: Mapping[str, str] | None = None
    ) -> subprocess.Popen[str]:
        """Start a real command and do not wait for it."""
        return subprocess.Popen(
            self._argv(words), cwd=self.root / at, env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def together(self, *commands: tuple[object, ...]) -> list[Said]:
        """Run real commands at the same time; their answers in the same order."""
        children = [self.start(*command) for command in commands]
        answers = []
        for child in children:
            out, err = child.communicate(timeout=90)
            answers.append(Said(child.returncode, out, err))
        return answers

    @staticmethod
    def _argv(words: tuple[object, ...]) -> list[str]:
        line = [str(word) for word in words]
        named = next((place for place, word in enumerate(line) if word in _ROOTS), None)
        if named is not None:
            line[named] = str(SCRIPTS / line[named])
        return line

    def bead(self, title: str = "A bead", *words: object) -> str:
        """Make a bead; returns its id."""
        return self.bd("create", title, *words, "--silent").out.strip()

    def sling(self, title: str = "A bead", *words: object, rig: str = "mp") -> tuple[str, Path]:
        """Make a bead and put it on a new polecat's hook, with no agent started.

        Returns the bead's id and the polecat's worktree.
        """
        bead = self.bead(title, *words, "--rig", rig)
        [slung] = self.gt("sling", bead, rig, "--no-start", "--json").data
        return bead, Path(slung["path"])

    def work(
        self, tree: Path, files: Mapping[str, str] | None = None, message: str = "work"
    ) -> str:
        """Commit files in a worktree, as an agent would; returns the commit."""
        write(tree, dict(files if files is not None else {f"{tree.name}.txt": "work\n"}))
        return commit_all(tree, message)

    def hand_in(
        self, title: str = "A bead", files: Mapping[str, str] | None = None, rig: str = "mp"
    ) -> tuple[str, Path]:
        """A bead whose work is committed and queued for merging; its id and worktree."""
        bead, tree = self.sling(title, rig=rig)
        self.work(tree, files)
        self.gt("done", at=tree)
        return bead, tree

    def gate(self, command: str, name: str = "test", rig: str = "mp") -> None:
        """Set a gate."""
        self.gt("config", "set", f"rigs.{rig}.gates.{name}", command)

    def shown(self, bead: str) -> dict[str, Any]:
        """A bead as `bd show --json` tells it."""
        [found] = self.bd("show", bead, "--json").json
        return dict(found)

    def hook(self, agent: str) -> Any:
        """A hook's record, or None."""
        return self.town.read().hook(agent)

    def target(self, rig: str = "mp", branch: str = "main") -> str:
        """The commit that a rig's target is at."""
        return git(self.root / rig / "repo.git", "rev-parse", f"refs/heads/{branch}")

    def on_target(self, path: str, rig: str = "mp", branch: str = "main") -> str:
        """The content of a file on a rig's target."""
        return git(self.root / rig / "repo.git", "show", f"refs/heads/{branch}:{path}")

    def tidy(self) -> None:
        """End every session and the tmux server of the town.

        An agent may be killed in the middle of an operation, which the next one heals.
        """
        if not (self.root / ".gt" / "town.git").is_dir():
            return
        town = self.town
        sessions = sessions_of(town, host())
        killed = False
        for session in sessions.all().sessions:
            killed |= sessions.look(session).state is State.RUNNING
            assert sessions.stop(session, grace_s=0)
        if sessions.tmux is not None:
            sessions.tmux.kill_server()
        if killed:
            adopt(town)
        town.close()


def host() -> Host:
    """The machine as `gt` would see it now."""
    temp = Path(os.environ.get("TMPDIR", "/tmp"))
    return Host(dict(os.environ), temp, sys.executable, SCRIPTS)


def make_template(folder: Path) -> Path:
    """A town with a rig `mp` whose project has one commit on `main`; returns the town's folder.

    Agents run as plain processes, and commits are not forced onto the disk.
    """
    project = folder / "project"
    make_project(project)
    root = folder / "town"
    install(
        root, name="gt", owner=("Ada Person", "ada@example.org"), force=False, edge=Edge(),
        durability="none",
    )  # fmt: skip
    desk = Desk(root)
    desk.gt("config", "set", "town.runner", "process")
    desk.gt("rig", "add", "mp", project)
    return folder


def copy_template(template: Path, folder: Path) -> Desk:
    """A desk in a town of its own, with a project of its own beside it."""
    shutil.copytree(template, folder, symlinks=True, dirs_exist_ok=True)
    desk = Desk(folder / "town")
    git(folder / "town" / "mp" / "repo.git", "config", "remote.origin.url", str(folder / "project"))
    desk.town.close()  # takes notice of its new place
    return desk
