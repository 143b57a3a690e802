"""How git reaches its hooks in one place: which of them are ours, and what of the project's runs.

Git is asked twice for a place and not once for each name. What is told here is how things lie; that
an event arrives is proved by `gt githooks test`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from gastown.errors import Refused
from gastown.store import hook_scripts
from gastown.store.files import read_or_none
from gastown.store.git import HOOK_NAMES, Git
from gastown.store.githooks import runs_ours
from gastown.store.hook_paths import is_our_folder, lower_hooks_path
from gastown.store.hook_state import SEALED, common_of, takes_configured

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Reach:
    """One git hook in one place.

    Attributes:
        ours: how git reaches our script; None: not at all.
        project: the project's script that runs, too.
        silent: the project's script that does not run.
        trouble: why ours is not reached, where it should be.
    """

    name: str
    ours: str | None
    project: str | None
    silent: str | None
    trouble: str | None


@dataclass(frozen=True)
class Spot:
    """A place where git runs: a worktree, or a repository without one.

    Attributes:
        path: the worktree's top, or the repository.
        folder: its own git folder.
        common: the repository's folder.
    """

    path: Path
    folder: Path
    common: Path


def find(path: Path) -> Spot:
    """The repository or worktree that contains `path`.

    Raises:
        Refused: there is none.
    """
    asked = Git(path).run(
        "rev-parse", "--path-format=absolute", "--absolute-git-dir", "--git-common-dir",
        "--is-bare-repository", accept=(0, 128),
    )  # fmt: skip
    if asked.returncode != 0:
        raise Refused(
            f"{path} is in no git repository", hint="give a clone, a rig, a worktree or the town"
        )
    folder, common, bare = asked.text.splitlines()
    inside = Git(path).run("rev-parse", "--show-toplevel", accept=(0, 128))
    top = inside.text if bare == "false" and inside.returncode == 0 else folder
    return Spot(Path(top), Path(folder), Path(common))


def reach(spot: Spot, names: Iterable[str], *, way: str, off: bool) -> tuple[Reach, ...]:
    """How git reaches each git hook of a place.

    Args:
        names: those that should be ours.
        way: how they should be reached.
        off: whether they were taken away, to stay away.
    """
    said = Git(spot.path, git_hooks=True).run("rev-parse", "--git-path", "hooks").stdout
    hooks = spot.path / os.fsdecode(said).rstrip("\n")
    lower = lower_hooks_path(spot.folder)
    usual = spot.path / lower if lower else common_of(spot.common) / "hooks"
    ours = _configured(spot.folder) if takes_configured() else {}
    wanted = tuple(names)
    found = []
    for name in HOOK_NAMES:
        one = _look(name, hooks, usual, ours.get(name))
        if name in wanted and (
            one.ours is None or (way == SEALED and not is_our_folder(str(hooks)))
        ):
            found.append(replace(one, ours=None, trouble=_trouble(spot, hooks / name, off)))
        elif name in wanted or one.project or one.silent:
            found.append(one if name in wanted else replace(one, ours=None))
    return tuple(found)


def _look(name: str, hooks: Path, usual: Path, configured: str | None) -> Reach:
    """How things lie for one name: git looks into `hooks`, and without us into `usual`."""
    file, theirs, ours = hooks / name, usual / name, configured
    if ours is None and _runs(file) and hook_scripts.is_ours(file):
        ours = str(file)
    elif ours is None and _runs(file) and runs_ours(file):
        ours = f"{file}.legacy, by {file}"
    project = str(theirs) if _runs(theirs) and not hook_scripts.is_ours(theirs) else None
    if hooks == usual or (is_our_folder(str(hooks)) and (hooks / hook_scripts.CHAIN).exists()):
        return Reach(name, ours, project, None, None)
    return Reach(name, ours, None, project, None)


def _runs(file: Path) -> bool:
    return file.is_file() and os.access(file, os.X_OK)


def _trouble(spot: Spot, file: Path, off: bool) -> str:
    """Why git does not reach our script where it looks for one."""
    if off:
        return "taken away by gt githooks uninstall"
    if file.parent != spot.common / "hooks" and not is_our_folder(str(file.parent)):
        return f"core.hooksPath leads to {file.parent}"
    if not file.exists():
        return f"{file} is missing"
    if not hook_scripts.is_ours(file):
        return f"{file} is not ours"
    return f"{file} is not executable" if not _runs(file) else f"git is led to {file}"


def _configured(folder: Path) -> dict[str, str]:
    """Our scripts that the configuration names, by event."""
    said: dict[str, str] = {}
    asked = Git(folder, bare=True, git_hooks=True).run(
        "config", "-z", "--get-regexp", r"^hook\.", accept=(0, 1)
    )
    for entry in os.fsdecode(asked.stdout).split("\0")[:-1]:
        key, _, value = entry.partition("\n")
        said[key] = value
    found = {}
    for name in hook_scripts.OURS:
        command = said.get(f"hook.gt-{name}.command", "")
        off = [said.get(f"hook.{key}.enabled") == "false" for key in (name, f"gt-{name}")]
        if command and said.get(f"hook.gt-{name}.event") == name and not any(off):
            found[name] = f"hook.gt-{name}: {command.rpartition('exec ')[2]}"
    return found


def spool_of(spot: Spot) -> Path | None:
    """Where the git hooks of a place report to; None: nobody has told them."""
    for folder in (spot.folder, spot.common):
        said = read_or_none(folder / "gt" / "hook")
        if said is not None:
            for line in said.splitlines():
                if line.startswith(b"spool "):
                    return Path(os.fsdecode(line.removeprefix(b"spool ")))
            return None
    return None
