# LEAD: read the note in tests/githooks/test_switching.py before going on: worktreeConfig is out,
# conditional includes are in. Remove these two lines then.
"""Which git hooks run where in a town, and how they are reached.

Rules: in polecats' worktrees only ours run. In crews', and in those of polecats whose rig the
person trusts, the project's go on as they were installed: beside ours in the repository's `hooks`
folder, or after ours where that cannot be. What was set is remembered, so that looking again costs
no git process. How it is written down for git: `store/hook_paths.py`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gastown.domain.hook import Role
from gastown.domain.settings import trust_hooks_text
from gastown.errors import Unreadable
from gastown.store import accepted, documents, hook_scripts
from gastown.store.files import read_or_none, write_atomically
from gastown.store.hand import Hand
from gastown.store.hook_paths import lead, lower_hooks_path
from gastown.store.hook_state import (
    CHAIN,
    CONFIG,
    FILES,
    OFF,
    SEALED,
    is_off,
    recall,
    remember,
    seen,
    takes_configured,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from gastown.store.layout import Layout


def is_trusted(layout: Layout, rig: str) -> bool:
    """Whether the person lets the project's own git hooks run in polecats' worktrees."""
    try:
        settings = documents.read_settings(read_or_none(layout.settings) or b"")
    except Unreadable:
        return False
    return rig in settings.trust_hooks and accepted.is_accepted(layout, trust_hooks_text(rig))


def set_up_town(layout: Layout, hand: Hand | None = None) -> list[str]:
    """Give hq its git hooks; returns what was changed."""
    hand = hand or Hand()
    hq = layout.town_git / "worktrees" / "hq"
    if hq.is_dir():
        off = is_off(layout, layout.town_git)
        _describe(hq, f"hook hq\nrole hq\nspool {layout.spool}\n", off, hand)
        lead(layout, "hq", layout.town_git, hand)
    return hand.done


def set_up_rig(
    layout: Layout, rig: str, hand: Hand | None = None, *, repository: Path | None = None
) -> list[str]:
    """Give a rig's bare repository its git hooks; returns what was changed.

    Args:
        repository: where it is as long as it is being made.

    Raises:
        Busy: another process is at work on the repository's registry, and does not end.
    """
    hand = hand or Hand()
    where = repository or layout.repository(rig)
    off = is_off(layout, where)
    _describe(where, f"rig {rig}\nspool {layout.spool}\n", off, hand)
    lead(layout, rig, layout.repository(rig), hand, built=where)
    if off:
        take_files(where, hand)
    return hand.done


def set_up_worktree(
    layout: Layout, rig: str, role: str, admin: Path, hand: Hand | None = None
) -> list[str]:
    """Give a hook's worktree its git hooks; returns what was changed.

    Args:
        rig: the rig's name, "hq" for the mayor's.
        admin: the worktree's own folder in the repository.

    Raises:
        Busy: another process is at work on the repository's registry, and does not end.
    """
    hand = hand or Hand()
    repository = admin.parent.parent
    off = is_off(layout, admin, repository)
    keeps = role == Role.CREW or (role == Role.POLECAT and is_trusted(layout, rig))
    if recall(admin).seen == seen(admin, layout.root, off, keeps):
        return hand.done
    before = recall(admin).way
    way = _beside_the_projects(repository, admin, hand) if keeps and not off else SEALED
    if off:  # without ours a polecat's worktree stays sealed, and a person's is left to itself
        way = "" if keeps else OFF
    if way != CHAIN:
        hand.remove(admin / "gt" / "chain")
    if way != before:
        hand.done.append(f"{admin.name}: {before or 'not set up'} -> {way or 'not set up'}")
    if not hand.dry:
        remember(admin, way=way)
        lead(layout, rig, repository, hand)
        remember(admin, seen=seen(admin, layout.root, off, keeps))
    return hand.done


def _beside_the_projects(repository: Path, admin: Path, hand: Hand) -> str:
    """Set up a worktree in which the project's git hooks run as the person installed them."""
    if takes_configured():
        take_files(repository, hand)
        return CONFIG
    folder = repository / "hooks"
    lower = lower_hooks_path(admin)
    if lower is None and not in_the_way(folder, recall(repository).files, hook_scripts.WORKTREE):
        put_files(repository, hook_scripts.alone(hook_scripts.WORKTREE), hand)
        return FILES
    hand.write(admin / "gt" / "chain", os.fsencode(f"{lower or folder}\n"))
    return CHAIN


def in_the_way(folder: Path, written: Mapping[str, str], names: Iterable[str]) -> list[str]:
    """What keeps our scripts out of a folder of git hooks: names that others have there."""
    found = []
    for name in (hook_scripts.LIBRARY, *names):
        file = folder / name
        there = file.exists() or file.is_symlink()
        ours = hook_scripts.is_as_written(file, written) or (
            not written and hook_scripts.is_ours(file)
        )
        if there and not ours and not runs_ours(file):
            found.append(name)
    return found


def runs_ours(file: Path) -> bool:
    """Whether a script is one of pre-commit's, which has put ours aside and runs it first."""
    legacy = file.with_name(f"{file.name}.legacy")
    return hook_scripts.is_ours(legacy) and b"pre-commit" in (read_or_none(file) or b"")


def put_files(common: Path, scripts: Mapping[str, bytes], hand: Hand) -> None:
    """Put scripts into a repository's `hooks` folder, and note how they were written."""
    folder = common / "hooks"
    new = {name: data for name, data in scripts.items() if not runs_ours(folder / name)}
    hook_scripts.place(folder, new, hand)
    if not hand.dry:
        digests = {name: hook_scripts.digest(data) for name, data in new.items()}
        remember(common, files={**recall(common).files, **digests})


def take_files(common: Path, hand: Hand) -> list[Path]:
    """Remove our scripts from a repository's `hooks` folder; returns those that were edited."""
    folder = common / "hooks"
    written = recall(common).files
    there = sorted(folder.iterdir()) if folder.is_dir() else []
    ours = [file for file in there if hook_scripts.is_as_written(file, written)]
    edited = [file for file in there if hook_scripts.is_ours(file) and file not in ours]
    hand.remove(*ours)
    if written and not hand.dry:
        remember(common, files={})
    return edited


def _describe(folder: Path, said: str, off: bool, hand: Hand) -> None:
    """Say in a git folder where its git hooks are to report."""
    if off:
        hand.remove(folder / "gt" / "hook")
    else:
        hand.write(folder / "gt" / "hook", os.fsencode(said), mode=0o600)


def correct(layout: Layout, rig: str, repository: Path, before: Path) -> None:
    """After a town was moved: let everything that names its old place name the new one."""
    for folder in (repository, *sorted((repository / "worktrees").glob("*"))):
        for name in ("hook", "chain"):
            _respell(folder / "gt" / name, before, layout.root)
    if (repository / "gt" / "config").exists():
        lead(layout, rig, repository, Hand(), alone=True)


def _respell(file: Path, before: Path, now: Path) -> None:
    """Let the lines of a file that name a path below the old place name it below the new one."""
    said = read_or_none(file)
    if said is None:
        return
    old, new = os.fsencode(f"{before}/"), os.fsencode(f"{now}/")
    lines = said.splitlines(keepends=True)
    changed = [
        line.replace(old, new, 1) if line.removeprefix(b"spool ").startswith(old) else line
        for line in lines
    ]
    if changed != lines:
        write_atomically(file, b"".join(changed))
