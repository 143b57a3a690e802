"""What is remembered of a git folder's git hooks: `gt/githooks.json`, and the markers of "off"."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gastown.store import git, hook_scripts
from gastown.store.files import read_or_none, write_atomically

if TYPE_CHECKING:
    from gastown.store.layout import Layout

SEALED, FILES, CHAIN, CONFIG, OFF = "sealed", "files", "chained", "configured", "off"
"""The ways: ours alone; files beside the project's; ours first; by git's configuration; none."""
IN_CONFIGURATION = (2, 54)
"""From this version on git takes git hooks from the configuration, several for each event."""


@dataclass(frozen=True)
class Remembered:
    """What was set up in a git folder.

    Attributes:
        way: how our scripts are reached; empty: nothing was set up.
        entries: what was set in its configuration.
        files: the digests of scripts that were put among others', by name.
        seen: all that this depended on, in short; as long as it is the same, all is well.
        before: the configuration's bytes before and the digest after, where it is a person's.
        made: folders that were not there before.
    """

    way: str = ""
    entries: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    seen: str = ""
    before: tuple[str, str] = ("", "")
    made: tuple[str, ...] = ()


def place(folder: Path) -> Path:
    """Where it is remembered for a git folder."""
    return folder / "gt" / "githooks.json"


def recall(folder: Path) -> Remembered:
    """What is remembered of a git folder; nothing where the file cannot be read."""
    try:
        found: Any = json.loads(read_or_none(place(folder)) or b"{}")
        known = {key: found[key] for key in Remembered.__dataclass_fields__ if key in found}
        made, before = tuple(known.pop("made", ())), tuple(known.pop("before", ("", "")))
        return Remembered(**known, made=made, before=(str(before[0]), str(before[1])))
    except (ValueError, TypeError, IndexError):
        return Remembered()


def remember(folder: Path, **changes: Any) -> None:
    """Note what was set up; of a git folder that is gone meanwhile, nothing."""
    if not folder.is_dir():
        return
    now = replace(recall(folder), **changes)
    told = {key: value for key, value in asdict(now).items() if value != asdict(Remembered())[key]}
    text = json.dumps(told, sort_keys=True, indent=1) + "\n"
    if read_or_none(place(folder)) != text.encode():
        write_atomically(place(folder), text.encode())


def marker(folder: Path) -> Path:
    """The file by which our git hooks stay away from a git folder; the scripts heed it, too."""
    return folder / "gt" / "githooks-off"


def town_marker(layout: Layout) -> Path:
    """The file by which our git hooks stay away from the whole town."""
    return layout.git_hooks / "off"


def is_off(layout: Layout, *folders: Path) -> bool:
    """Whether somebody has taken our git hooks away from these git folders, to stay away."""
    return town_marker(layout).exists() or any(marker(folder).exists() for folder in folders)


def takes_configured() -> bool:
    """Whether this machine's git has git hooks in its configuration."""
    return git.version() >= IN_CONFIGURATION


def common_of(folder: Path) -> Path:
    """The repository's folder to which a worktree's git folder belongs; itself, if it is one."""
    return folder.parent.parent if folder.parent.name == "worktrees" else folder


def configurations(folder: Path) -> list[Path]:
    """The files of settings that people change: the repository's and their own."""
    environment = git.environment(False)
    home = Path(environment.get("HOME", "/"))
    return [
        common_of(folder) / "config",
        Path(environment.get("GIT_CONFIG_GLOBAL") or home / ".gitconfig"),
        Path(environment.get("XDG_CONFIG_HOME") or home / ".config") / "git" / "config",
    ]


def seen(admin: Path, *more: object) -> str:
    """All that the set-up of a worktree depends on, in short."""
    common = common_of(admin)
    files = [
        *configurations(admin),
        admin / "gt" / "chain",
        *(common / "hooks" / name for name in (hook_scripts.LIBRARY, *hook_scripts.OURS)),
    ]
    return json.dumps([takes_configured(), *map(str, more), [_stamp(file) for file in files]])


def _stamp(file: Path) -> list[int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return [found.st_mtime_ns, found.st_size, found.st_ino, found.st_mode]
