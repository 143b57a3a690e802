"""The world around a test: a HOME of its own, no variables of the person's, odd git settings."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from gastown.store.git import environment

DROPPED = ("GT_", "BD_", "BEADS_", "GIT_", "COLUMNS", "LINES")  # xdist says how wide it is
# Nobody who runs the tests wants to be told of them.
DESKTOP = (
    "DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_CURRENT_DESKTOP",
    "TERMINAL", "BROWSER",
)  # fmt: skip
# What a command that forgot its sealed HOME would most likely leave in the real one.
_TELLTALES = (
    ".gitconfig", ".git", ".git-credentials", ".gt", ".beads", ".gastown", "gt", "hq",
    ".config/git", ".config/gastown", ".cache/gastown", ".local/share/gastown",
    ".local/state/gastown",
)  # fmt: skip


def seal(home: Path, patch: pytest.MonkeyPatch) -> Path:
    """Make `home` the HOME of this process; returns the global git configuration in it."""
    for name in [name for name in os.environ if name.startswith(DROPPED) or name in DESKTOP]:
        patch.delenv(name)
    gitconfig = home / "gitconfig"
    gitconfig.write_text("[user]\n\tname = Ada Person\n\temail = ada@example.org\n")
    places = {
        "HOME": home,
        "XDG_CONFIG_HOME": home / ".config",
        "XDG_DATA_HOME": home / ".local" / "share",
        "XDG_STATE_HOME": home / ".local" / "state",
        "XDG_CACHE_HOME": home / ".cache",
        "XDG_RUNTIME_DIR": home / "run",
        "GIT_CONFIG_GLOBAL": gitconfig,
    }
    for name, place in places.items():
        patch.setenv(name, str(place))
    for name, value in {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_EDITOR": "false",  # a surprise editor fails at once instead of waiting
        "GIT_TERMINAL_PROMPT": "0",
        "TZ": "UTC",
    }.items():
        patch.setenv(name, value)
    places["XDG_RUNTIME_DIR"].mkdir(mode=0o700)
    environment.cache_clear()
    return gitconfig


def fingerprint(home: Path) -> dict[str, int | None]:
    """Which of the telltale places there are in a HOME, and when the git settings changed."""
    found: dict[str, int | None] = {}
    for name in _TELLTALES:
        try:
            status = (home / name).stat()
        except OSError:
            found[name] = None
        else:
            found[name] = status.st_mtime_ns if name == ".gitconfig" else 0
    return found


@dataclass(frozen=True)
class Traps:
    """A hostile git configuration; each thing it makes git run leaves a file in `folder`."""

    folder: Path

    def sprung(self) -> list[str]:
        """Names of the traps that git walked into."""
        return sorted(entry.name for entry in self.folder.iterdir())


_HOOKS = (
    "pre-commit prepare-commit-msg commit-msg post-commit post-checkout post-merge post-rewrite"
    " pre-push pre-rebase reference-transaction post-index-change applypatch-msg pre-auto-gc"
).split()


def make_hostile(gitconfig: Path) -> Traps:
    """Add to a git configuration what has broken tools before."""
    home = gitconfig.parent
    traps, hooks = home / "traps", home / "hostile-hooks"
    traps.mkdir()
    hooks.mkdir()
    for name in _HOOKS:
        _script(hooks / name, f"touch '{traps}/hook-{name}'")
    _script(home / "fsmonitor", f"touch '{traps}/fsmonitor'")
    _script(home / "gpg", f"touch '{traps}/gpg'; exit 1")
    _script(home / "pager", f"touch '{traps}/pager'; cat")
    (home / "ignore").write_text("*.json\n")
    with gitconfig.open("a") as file:
        file.write(
            f"""[core]
	excludesFile = {home}/ignore
	hooksPath = {hooks}
	fsmonitor = {home}/fsmonitor
	pager = {home}/pager
[commit]
	gpgsign = true
[gpg]
	program = {home}/gpg
[color]
	ui = always
[fetch]
	prune = true
[init]
	defaultBranch = weird
[status]
	showUntrackedFiles = no
	relativePaths = false
[diff]
	external = {home}/pager
	noprefix = true
[advice]
	detachedHead = true
"""
        )
    return Traps(traps)


def _script(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
