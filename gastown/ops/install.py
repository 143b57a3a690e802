"""Making a town."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import tomlkit

from gastown.domain.hook import Hook, HookState, Role
from gastown.errors import Refused
from gastown.ids import HUMAN, MAYOR
from gastown.store import faults
from gastown.store.codec import encode
from gastown.store.commits import Signature, commit
from gastown.store.files import disk_errors, write_atomically
from gastown.store.git import Git, require_git
from gastown.store.githooks import set_up_town
from gastown.store.hook_scripts import place_scripts
from gastown.store.layout import LEDGER_REF, SETTINGS, Layout, find_root, record_path
from gastown.store.repository import DURABILITY, configure
from gastown.store.town import Edge, Town
from gastown.store.worktree import LOCK_REASON, Worktrees

# All that an install puts into a town's root.
_OURS = (".gt", ".beads", "hq", MAYOR)
_MAYOR_README = """# The mayor's hook

A worktree of its own (branch `mayor`) for plans and notes. The town is read with `gt` commands.
"""


@dataclass(frozen=True)
class Installed:
    """A town that is there now. `fresh`: it was not there before."""

    root: Path
    name: str
    commit: str
    fresh: bool


def install(
    root: Path, *, name: str | None, owner: tuple[str, str], force: bool, edge: Edge,
    durability: str = "full",
) -> Installed:  # fmt: skip
    """Make `root` a town; a failed install leaves nothing behind.

    Args:
        name: the town's name; its folder's, if not given.
        owner: the person's name and mail address, for the ledger's commits.
        force: complete an existing town (settings and records stay as they are), or accept a
            place inside another repository.

    Raises:
        Refused: the place is a town already, not empty, or inside a town or repository.
    """
    require_git()
    layout = Layout(root)
    if _is_town(layout):
        if not force:
            raise Refused(
                f"{root} is a town already; nothing was changed",
                hint=f"cd {root}; or put back what is missing of it: gt install {root} --force",
            )
        return _complete(layout, edge)
    existing = _check_place(layout, force)
    try:
        with disk_errors():
            first = _build(layout, name or root.name or "gt", owner, edge, durability)
    except BaseException:
        _clear(root, existing)
        raise
    return Installed(root, name or root.name, first, fresh=True)


def _is_town(layout: Layout) -> bool:
    return layout.place.exists() and not layout.unfinished.exists()


def _check_place(layout: Layout, force: bool) -> Path:
    """Check that a town may be made here; returns the nearest folder that is there already."""
    root = layout.root
    existing = next(folder for folder in (root, *root.parents) if os.path.lexists(folder))
    if not existing.is_dir():
        raise Refused(f"{existing} is no folder", hint="give another path")
    if existing == root and not _is_empty(layout):
        raise Refused(f"{root} is not empty", hint="give a new or an empty folder")
    outer = find_root(root.parent)
    if outer is not None:
        raise Refused(f"{root} is inside the town {outer}", hint="give a path outside of it")
    inside = Git(existing).run("rev-parse", "--show-toplevel", accept=(0, 128))
    if inside.returncode == 0 and not force:
        raise Refused(
            f"{root} is inside the git repository {inside.text}",
            hint="a town's root belongs to no repository: give a path outside, or use --force",
        )
    return existing


def _is_empty(layout: Layout) -> bool:
    """Whether nothing is in the folder but what a killed install left."""
    found = {entry.name for entry in layout.root.iterdir()}
    if layout.unfinished.exists():
        return found <= set(_OURS)
    return not found or (found == {".gt"} and not any(layout.machine.iterdir()))


def _build(layout: Layout, name: str, owner: tuple[str, str], edge: Edge, durability: str) -> str:
    ledger = begin(layout, durability)
    seconds = int(edge.clock().timestamp())
    who = Signature(owner[0] or HUMAN, owner[1], seconds)
    now = edge.clock().isoformat(timespec="microseconds").replace("+00:00", "Z")
    base = _start_mayor(ledger, who)
    mayor = Hook(
        id=MAYOR, state=HookState.CREATED, role=Role.MAYOR, rig="hq", branch=MAYOR, target=MAYOR,
        base=base, path=MAYOR, created_at=now, updated_at=now,
    )  # fmt: skip
    files: dict[str, bytes | None] = dict(_templates(name, owner, durability))
    files[record_path(mayor)] = encode(mayor)
    message = (
        f"install {name}\n\nOp: {'0' * 26}\nActor: {HUMAN}\nMove: hook {MAYOR} none -> created\n"
    )
    first = commit(ledger, parent=None, message=message, files=files, who=who, committer=who)
    furnish(layout, ledger, first)
    Worktrees(layout, "hq").add(mayor)
    finish(layout)
    return first


def begin(layout: Layout, durability: str) -> Git:
    """The folders of a town and its ledger, still empty; instead of what a killed one left."""
    _clear(layout.root, layout.root)
    layout.machine.mkdir(parents=True, mode=0o700)
    layout.unfinished.touch()
    for folder in ("spool/tmp", "spool/new", "spool/bad", "run/locks", "cache", "log"):
        (layout.machine / folder).mkdir(parents=True)
    ledger = Git(layout.town_git, bare=True, sealed=True)
    Git(layout.root).run("init", "--bare", "--quiet", "--template=", str(layout.town_git))
    configure(ledger, {"core.fsync": DURABILITY[durability], "commit.gpgsign": "false",
                       "core.autocrlf": "false"})  # fmt: skip
    ledger.run("symbolic-ref", "HEAD", LEDGER_REF)
    return ledger


def furnish(layout: Layout, ledger: Git, commit: str) -> None:
    """Make hq, at the commit that the ledger stands at, and its git hooks."""
    ledger.run("worktree", "add", "--lock", "--reason", LOCK_REASON, str(layout.hq), "town")
    faults.reach("install:hq")
    write_atomically(layout.synced, f"{commit}\n".encode())
    _link_beads(layout)
    place_scripts(layout)
    set_up_town(layout)


def finish(layout: Layout) -> None:
    """From here on it is a town."""
    write_atomically(layout.place, os.fsencode(layout.root))
    layout.unfinished.unlink()


def _complete(layout: Layout, edge: Edge) -> Installed:
    """Put back what is missing of a town; what is there stays."""
    town = Town(layout.root, edge)
    settings = town.settings()
    missing = {
        path: data
        for path, data in _templates(
            settings.name, (settings.owner_name, settings.owner_email), settings.durability
        )
        if not (layout.hq / path).exists()
    }
    if SETTINGS in missing:  # never the template's words for what a person has chosen
        town.restore_files([SETTINGS])
    with town.transaction("install --force: put back missing templates", actor=HUMAN) as tx:
        for path in missing.keys() - {SETTINGS}:
            tx.put_document(path, missing[path])
        mayor = tx.hook(MAYOR)
    _link_beads(layout)
    place_scripts(layout)
    set_up_town(layout)
    Worktrees(layout, "hq").add(mayor)
    return Installed(layout.root, settings.name, town.commit(), fresh=False)


def _templates(name: str, owner: tuple[str, str], durability: str) -> list[tuple[str, bytes]]:
    source = resources.files("gastown") / "templates"
    settings = tomlkit.parse((source / SETTINGS).read_text(encoding="utf-8"))
    settings["town"]["name"] = name
    settings["town"]["durability"] = durability
    settings["owner"]["name"] = owner[0] or HUMAN
    settings["owner"]["email"] = owner[1]
    directives = sorted((source / "directives").iterdir(), key=lambda entry: entry.name)
    return [(SETTINGS, tomlkit.dumps(settings).encode())] + [
        (f"directives/{entry.name}", entry.read_bytes()) for entry in directives
    ]


def _start_mayor(ledger: Git, who: Signature) -> str:
    """The first commit of the mayor's branch; the worktree makes the branch."""
    blob = ledger.run("hash-object", "-w", "--stdin", stdin=_MAYOR_README.encode()).text
    tree = ledger.run("mktree", stdin=f"100644 blob {blob}\tREADME.md\n".encode()).text
    identity = {
        f"GIT_{role}_{part}": value
        for role in ("AUTHOR", "COMMITTER")
        for part, value in (("NAME", who.name), ("EMAIL", who.email or "human@town.gt"))
    }
    return ledger.text("commit-tree", "-m", "the mayor's hook", tree, extra=identity)


def _link_beads(layout: Layout) -> None:
    link = layout.root / ".beads"
    (layout.hq / ".beads" / "formulas").mkdir(parents=True, exist_ok=True)
    if not link.is_symlink() and not link.exists():
        link.symlink_to(Path("hq") / ".beads")


def _clear(root: Path, existing: Path) -> None:
    """Remove what an install made: its own entries of `root`, and the folders below `existing`."""
    for name in _OURS:
        entry = root / name
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)
    for folder in (root, *root.parents):
        if folder == existing:
            return
        if folder.is_dir():
            folder.rmdir()
