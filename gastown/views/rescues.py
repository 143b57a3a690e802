"""What removals have kept: rescued changes, secrets set aside, branches that were never merged."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from gastown.domain.hook import Role
from gastown.errors import NotFound, UsageTrouble
from gastown.ids import MAYOR
from gastown.store.history import tell
from gastown.store.merging import contains
from gastown.store.objects import tree
from gastown.store.reflog import entries
from gastown.store.worktree import Worktrees
from gastown.views.hook_log import earlier, moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from gastown.domain.hook import Hook
    from gastown.store.git import Git
    from gastown.store.history import Told
    from gastown.store.town import Town

_REFS = "refs/gt/rescue"
_POLECAT = re.compile(r"polecat/(?P<agent>[^/]+)/(?P<bead>.+)@(?P<generation>\d+)\Z")
_FOLDER = re.compile(r"(?P<agent>.+)-(?P<generation>\d+)\Z")
_MOST_NAMES = 50
_LEAST = 4


@dataclass(frozen=True)
class Rescue:
    """What is kept of one generation of a hook whose worktree is gone (or was lost once).

    Attributes:
        id: what `gt rescue restore` takes: RIG/AGENT@GENERATION; of an older rescue its commit.
        commit, ref: the rescued files; None where only commits or secrets are kept.
        merged: how many of the changed files are in the target just so.
        branch, ahead: the branch that was never merged, and its commits that the target lacks.
        set_aside: secrets and repositories, in `folder`.
    """

    id: str
    rig: str
    agent: str
    generation: int
    bead: str | None = None
    at: str = ""
    commit: str | None = None
    ref: str | None = None
    files: int = 0
    added: int = 0
    removed: int = 0
    size: int = 0
    merged: int = 0
    left_out: tuple[str, ...] = ()
    branch: str | None = None
    ahead: int = 0
    set_aside: tuple[str, ...] = ()
    folder: str | None = None


@dataclass
class _Shelf:
    """All of a repository's rescues while they are gathered, by agent and generation."""

    rig: str
    found: dict[tuple[str, int], Rescue] = field(default_factory=dict)
    older: list[Rescue] = field(default_factory=list)

    def at(self, agent: str, generation: int) -> Rescue:
        """The rescue of a generation, an empty one at first."""
        address = MAYOR if self.rig == "hq" else f"{self.rig}/{agent}"
        new = Rescue(f"{address}@{generation}", self.rig, agent, generation)
        return self.found.setdefault((agent, generation), new)

    def add(self, rescue: Rescue, **changes: object) -> None:
        """Note more of a generation's rescue."""
        key = (rescue.agent, rescue.generation)
        self.found[key] = replace(rescue, **changes)  # type: ignore[arg-type]


def rescues(town: Town, rig: str | None = None) -> list[Rescue]:
    """Everything that is kept, newest first; of one rig or of all."""
    names = [rig] if rig is not None else ["hq", *(one.id for one in town.read().rigs())]
    found = [one for name in names for one in _of_rig(town, name)]
    return sorted(found, key=lambda one: (one.at, one.generation), reverse=True)


def find(town: Town, text: str) -> Rescue:
    """The rescue of that id, or whose commit's name begins so.

    Raises:
        NotFound: there is none.
        UsageTrouble: several begin so.
    """
    kept = rescues(town)
    wanted = text.strip("/")
    chosen = [one for one in kept if one.id == wanted]
    if not chosen and len(wanted) >= _LEAST:
        chosen = [one for one in kept if one.commit and one.commit.startswith(wanted.lower())]
    if not chosen:
        raise NotFound(f"nothing is kept under {text!r}", hint="gt rescue list shows all")
    if len(chosen) > 1:
        names = ", ".join(str(one.commit)[:12] for one in chosen[:5])
        raise UsageTrouble(f"{text} may be {names}", hint="write more of the id")
    return chosen[0]


def _of_rig(town: Town, rig: str) -> list[Rescue]:
    git = Worktrees(town.layout, rig).git
    if not git.place.is_dir():
        return []
    shelf = _Shelf(rig)
    target = f"refs/heads/{MAYOR}" if rig == "hq" else town.read().rig(rig).target
    _rescued(git, shelf, git.oid(target))
    if rig != "hq":
        _unmerged(town, git, shelf, target)
    _put_aside(town, shelf)
    known = {hook.agent: hook for hook in town.read().hooks(rig=rig, live=False)}
    return [
        replace(one, bead=one.bead or _bead(town, known.get(one.agent), one.generation))
        for one in (*shelf.found.values(), *shelf.older)
    ]


def _rescued(git: Git, shelf: _Shelf, target: str | None) -> None:
    refs = git.text("for-each-ref", "--format=%(refname) %(objectname)", _REFS).splitlines()
    kept = []
    for line in refs:
        ref, oid = line.split(" ")
        log = [entry.new for entry in reversed(entries(git.place, ref))]
        kept.append((ref, list(dict.fromkeys([oid, *log]))))
    told = tell(git, [oid for _, oids in kept for oid in oids])
    there = {one.path: one.new for one in tree(git, target)} if kept and target else {}
    for ref, (newest, *rest) in kept:
        agent, _, number = ref.removeprefix(f"{_REFS}/").partition("/")
        rescue = shelf.at(agent, int(number))
        shelf.add(_described(rescue, ref, told[newest], there))
        shelf.older += [
            replace(_described(rescue, ref, told[oid], there), id=oid[:10]) for oid in rest
        ]


def _described(rescue: Rescue, ref: str, told: Told, there: dict[str, str | None]) -> Rescue:
    merged = sum(there.get(path) == blob for path, blob in told.changed)
    return replace(
        rescue, commit=told.oid, ref=ref, at=moment(told.at), files=told.files, added=told.added,
        removed=told.removed, size=told.size, merged=merged,
        left_out=(*told.left_out, *told.nested),
    )  # fmt: skip


def _unmerged(town: Town, git: Git, shelf: _Shelf, target: str) -> None:
    """Branches of hooks that are archived, whose work the target does not contain."""
    hooks = town.read().hooks(rig=shelf.rig, live=False)
    live = {hook.full_branch for hook in hooks if hook.is_live}
    listed = git.text(
        "for-each-ref", f"--no-merged={target}",
        "--format=%(refname) %(objectname) %(committerdate:unix)", "refs/heads",
    ).splitlines()  # fmt: skip
    for line in listed:
        ref, oid, at = line.rsplit(" ", 2)
        owner = _owner(ref.removeprefix("refs/heads/"), hooks)
        if owner is None or ref in live or contains(git, target, oid):
            continue
        agent, generation, bead = owner
        rescue = shelf.at(agent, generation)
        ahead = int(git.text("rev-list", "--count", f"{target}..{ref}"))
        shelf.add(rescue, branch=ref.removeprefix("refs/heads/"), ahead=ahead, bead=bead,
                  at=rescue.at or moment(int(at)))  # fmt: skip


def _owner(branch: str, hooks: Iterable[Hook]) -> tuple[str, int, str | None] | None:
    """Whose branch it is: agent, generation, bead."""
    if found := _POLECAT.match(branch):
        return found["agent"], int(found["generation"]), found["bead"]
    for hook in hooks:
        if hook.branch == branch and hook.role is Role.CREW:
            return hook.agent, hook.generation, None
    return None


def _put_aside(town: Town, shelf: _Shelf) -> None:
    if not town.layout.quarantine.is_dir():
        return
    for folder in town.layout.quarantine.iterdir():
        found = _FOLDER.match(folder.name.removeprefix(f"{shelf.rig}-"))
        if found is None or not folder.name.startswith(f"{shelf.rig}-") or not folder.is_dir():
            continue
        if town.read().hook(f"{shelf.rig}/{found['agent']}") is None and _fits_another(
            town, shelf.rig, folder.name
        ):
            continue
        names = tuple(sorted(_names(folder)))
        rescue = shelf.at(found["agent"], int(found["generation"]))
        at = rescue.at or moment(int(folder.stat().st_mtime))
        shelf.add(rescue, set_aside=names[:_MOST_NAMES], folder=str(folder), at=at)


def _fits_another(town: Town, rig: str, name: str) -> bool:
    """Whether a folder may be of another rig, as `a-b-toast-1` of `a-b` as well as of `a`."""
    return any(one.id != rig and name.startswith(f"{one.id}-") for one in town.read().rigs())


def _names(folder: Path) -> Iterator[str]:
    """The files below a folder; a repository is one name."""
    for place, folders, files in os.walk(folder):
        inside = os.path.relpath(place, folder)
        if ".git" in (*folders, *files):
            folders.clear()
            yield f"{inside}/"
            continue
        yield from (os.path.normpath(f"{inside}/{name}") for name in files)


def _bead(town: Town, hook: Hook | None, generation: int) -> str | None:
    """The bead that a generation held, as its branch says in the ledger's history."""
    if hook is None:
        return None
    for record in (hook, *(earlier(town, hook) if generation < hook.generation else ())):
        if record.generation == generation and (found := _POLECAT.match(record.branch)):
            return found["bead"]
    return None
