"""The demo's second act: the monitor runs, and a person types nothing but git."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gastown.ops.monitor import standing
from gastown.runtime.command import run_command
from gastown.runtime.process import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from gastown.demo.stage import Stage
    from gastown.ops.host import Host
    from gastown.store.town import Town

PATIENCE_S = 60
TITLE = "Say where it came from"


class PlainGit:
    """The act: one bead, done by a person in a worktree of theirs."""

    def __init__(self, stage: Stage, town: Town, host: Host, rig: str) -> None:
        self._stage = stage
        self._town = town
        self._host = host
        self._rig = rig

    def play(self) -> str:
        """From `gt up` to a closed bead; returns its id. The town is down afterwards."""
        stage, rig = self._stage, self._rig
        stage.say("5. Plain git is a client: with the monitor running, git is all one types")
        stage.type("gt", "up")
        try:
            stage.type("bd", "create", TITLE, "--rig", rig)
            bead = next(one.id for one in self._town.read().beads(rig=rig) if one.title == TITLE)
            stage.type("gt", "crew", "add", "you", "--rig", rig)
            stage.type("gt", "sling", bead, f"{rig}/you")
            tree = self._town.layout.root / rig / "crew" / "you"
            stage.say(f"   In {rig}/crew/you:")
            self._write(tree, "ORIGIN.md", "Made in the demo of Gas Town.\n")
            self._git(tree, "add", "ORIGIN.md")
            self._git(tree, "commit", "-q", "-m", TITLE, "-m", "Bead-Status: done")
            if not wait_until(lambda: not self._town.read().bead(bead).is_live, PATIENCE_S):
                raise click.ClickException(f"{bead} was not merged within {PATIENCE_S} s")
            stage.say("   and the monitor did the rest:")
            stage.type("gt", "daemon", "logs", "-n", "5")
        finally:
            if standing(self._town).running:
                stage.type("gt", "down")
        return bead

    def _write(self, tree: Path, name: str, text: str) -> None:
        self._stage.command(f"echo {text.strip()!r} > {name}")
        (tree / name).write_text(text, encoding="utf-8")

    def _git(self, tree: Path, *words: str) -> None:
        self._stage.command("git", *words)
        log = self._town.layout.logs / "demo-git.log"
        env = {key: value for key, value in self._host.env.items() if not key.startswith("GIT_")}
        # Whoever tries the demo may not have told git a name yet.
        for who in ("AUTHOR", "COMMITTER"):
            env |= {f"GIT_{who}_NAME": "You", f"GIT_{who}_EMAIL": "you@example.org"}
        done = run_command(["git", *words], cwd=tree, env=env, log=log, timeout_s=PATIENCE_S)
        if not done.passed:
            raise click.ClickException(log.read_text(errors="replace"))
