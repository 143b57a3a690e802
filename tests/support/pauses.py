"""A git that stops before one of its commands until it is told to go on."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from tests.support.children import fake_git
from tests.support.waiting import until


@dataclass(frozen=True)
class Pause:
    """The first git that is given `words` waits; `env` is for the command that is to meet it."""

    folder: Path
    env: dict[str, str]

    def wait(self) -> None:
        """Wait until a git has come there."""
        until((self.folder / "reached").exists, 20)

    def go_on(self) -> None:
        """Let it go on."""
        (self.folder / "go").write_text("go\n")


def pause_before(folder: Path, words: str) -> Pause:
    """Make such a git in a new folder."""
    folder.mkdir()
    os.mkfifo(folder / "go")
    script = f"""
        case " $* " in *" {words} "*)
          if mkdir {folder}/once 2>/dev/null; then
            touch {folder}/reached; read -r _ <{folder}/go
          fi;;
        esac
        exec "$GIT" "$@"
    """
    return Pause(folder, fake_git(folder / "bin", script))
