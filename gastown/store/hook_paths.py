"""How git is led to our scripts: a file of settings in the repository, included by its own.

`gt/config` holds one condition for each worktree's git folder and what holds there; it is written
anew, whole, from what is remembered of each worktree. It is included at the end of the repository's
configuration, so that it outvotes a `core.hooksPath` there and the person's own. Not done with
`extensions.worktreeConfig`: git before 2.49 then takes the bare repository for a worktree that has
its HEAD's branch checked out, and lets nobody switch to it.
"""

from __future__ import annotations

import os
import re
import shlex
from contextlib import nullcontext
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from gastown.store import hook_scripts, locks
from gastown.store.files import read_or_none
from gastown.store.git import HOOK_NAMES, Git
from gastown.store.hand import Hand, locked, quoted, rendered, replace
from gastown.store.hook_state import (
    CHAIN,
    CONFIG,
    OFF,
    SEALED,
    configurations,
    is_off,
    recall,
    takes_configured,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gastown.store.layout import Layout

HOOKS_PATH = "core.hooksPath"
_INCLUDE = b"[include]\n\tpath = gt/config\n"
_NOWHERE = "/dev/null"


def lead(
    layout: Layout, rig: str, repository: Path, hand: Hand, *, built: Path | None = None,
    alone: bool = False,
) -> None:  # fmt: skip
    """Lead git to our scripts in a repository and its worktrees, as it is remembered of each.

    Args:
        rig: the rig's name, "hq" for the ledger's repository.
        built: where the repository is as long as it is being made.
        alone: nobody else is at work here; the registry's lock is not taken.

    Raises:
        Busy: another process is at work on the repository's registry, and does not end.
    """
    where = built or repository
    if _is_led(layout, rig, repository, where):
        return
    lock = layout.rig_lock(rig, "registry")
    with nullcontext() if alone or hand.dry or locks.held(lock) else locks.hold(lock):
        for name, data in _files(layout, rig, repository, where).items():
            hand.write(where / "gt" / name, data)
        _include(where / "config", hand)


def _is_led(layout: Layout, rig: str, repository: Path, where: Path) -> bool:
    files = _files(layout, rig, repository, where)
    same = all(read_or_none(where / "gt" / name) == data for name, data in files.items())
    return same and _is_included(read_or_none(where / "config") or b"")


def _files(layout: Layout, rig: str, repository: Path, where: Path) -> dict[str, bytes]:
    """The files of settings for a repository, by name."""
    off = is_off(layout, where)
    # The repository itself, and the throw-away worktrees in which gates run.
    ways = {} if off or rig == "hq" else {"": SEALED, "/worktrees/mr-*": SEALED}
    for folder in sorted((where / "worktrees").glob("*")):
        if (way := recall(folder).way) in (SEALED, CHAIN, CONFIG, OFF):
            ways[f"/worktrees/{_literal(folder.name)}"] = way
    text = ""
    if rig == "hq":
        text = "" if off else rendered({HOOKS_PATH: str(layout.git_hooks / "hq")}).decode()
    place = _literal(str(repository))
    for at, way in ways.items():
        text += f"[includeIf {quoted(f'gitdir:{place}{at}')}]\n\tpath = {way}.config\n"
    settings = {f"{way}.config": _settings(layout, where, way) for way in sorted({*ways.values()})}
    return {"config": os.fsencode(text), **settings}


def _literal(path: str) -> str:
    """A path as a pattern that means it and nothing else."""
    return re.sub(r"([*?\[\\])", r"\\\1", path)


def _settings(layout: Layout, where: Path, way: str) -> bytes:
    folder = "mayor" if (where, way) == (layout.town_git, SEALED) else way
    wanted = {HOOKS_PATH: str(layout.git_hooks / folder) if way != OFF else _NOWHERE}
    if way == CONFIG:
        wanted = configured(layout.git_hooks / "sealed", hook_scripts.WORKTREE)
    if way in (SEALED, OFF) and takes_configured():
        # The switch of an event may stop a script in the folder, too: not where that is ours.
        others = [name for name in HOOK_NAMES if way == OFF or name not in hook_scripts.OURS]
        names = [*others, *configured_elsewhere(where)]
        wanted |= {f"hook.{name}.enabled": "false" for name in names}
    return rendered(wanted)


def configured(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """Settings by which git itself runs scripts of a folder, beside all others of an event.

    A script that is gone must not fail git: no commit could be made any more.
    """
    found = {}
    for name in names:
        script = shlex.quote(str(folder / name))
        found[f"hook.gt-{name}.event"] = name
        found[f"hook.gt-{name}.command"] = f"test ! -x {script} || exec {script}"
    return found


def configured_elsewhere(folder: Path) -> list[str]:
    """Names of the git hooks in the configurations that a git folder sees, but for ours."""
    said = b"".join(read_or_none(file) or b"" for file in configurations(folder))
    if not re.search(rb"\[\s*(hook|include)", said.replace(_INCLUDE, b""), re.IGNORECASE):
        return []
    names = (
        entry.partition("\n")[0].removeprefix("hook.").removesuffix(".event")
        for _, entry in scoped(folder, "--get-regexp", r"^hook\..*\.event$")
    )
    return sorted({name for name in names if not name.startswith("gt-")})


def lower_hooks_path(folder: Path) -> str | None:
    """The `core.hooksPath` that would hold in a git folder if ours were not set."""
    found = hooks_paths(folder)
    return found[-1][1] if found else None


def hooks_paths(folder: Path) -> list[tuple[str, str]]:
    """Every `core.hooksPath` that is not ours, with its scope; the last one holds."""
    asked = scoped(folder, "--type=path", "--get-all", HOOKS_PATH)
    return [(scope, value) for scope, value in asked if value and not is_our_folder(value)]


def scoped(folder: Path, *words: str) -> list[tuple[str, str]]:
    """Scopes and values of settings that a git folder sees, but for those we include or say."""
    asked = Git(folder, bare=True).run(
        "config", "--show-scope", "--show-origin", "-z", *words, accept=(0, 1)
    )
    said = os.fsdecode(asked.stdout).split("\0")[:-1]
    triples = zip(said[::3], said[1::3], said[2::3], strict=True)
    ours = {f"{way}.config" for way in (SEALED, CHAIN, CONFIG, OFF)} | {"config"}
    return [
        (scope, value)
        for scope, origin, value in triples
        if scope != "command"
        and not ((place := PurePath(origin)).parent.name == "gt" and place.name in ours)
    ]


def is_our_folder(value: str) -> bool:
    """Whether a `core.hooksPath` names a folder of our scripts, in whatever town."""
    return "/.gt/githooks/" in value or value.endswith("/gt/githooks")


def _is_included(data: bytes) -> bool:
    """Whether our settings are included, and outvote every other `core.hooksPath` there."""
    _, found, after = data.rpartition(_INCLUDE)
    return bool(found) and b"hookspath" not in after.lower()


def _include(config: Path, hand: Hand) -> None:
    if _is_included(read_or_none(config) or b""):
        return
    hand.done.append(f"{'include' if hand.dry else 'included'} gt/config in {config}")
    if hand.dry:
        return
    with locked(config) as lock:
        data = (read_or_none(config) or b"").replace(_INCLUDE, b"")
        replace(config, lock, data + (b"" if data.endswith(b"\n") else b"\n") + _INCLUDE)
