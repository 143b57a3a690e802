"""Git hooks: put in, looked at, proved, taken out; in the town, a rig, a worktree or a clone.

`refresh` keeps those of the town right and is cheap when nothing has changed. What a person has
taken away stays away until they put it back.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.errors import GitFailed, NotFound, Refused
from gastown.ops.hook_places import CLONE, HQ, RIG, TOWN, Place, locate, places, worktrees
from gastown.store import clone_hooks
from gastown.store.files import disk_errors
from gastown.store.git import ZERO, Git
from gastown.store.githooks import set_up_rig, set_up_town, set_up_worktree
from gastown.store.hand import Hand
from gastown.store.hook_reach import Reach, Spot, reach, spool_of
from gastown.store.hook_scripts import place_scripts
from gastown.store.hook_state import SEALED, is_off, marker, recall, town_marker
from gastown.store.worktree import Worktrees

if TYPE_CHECKING:
    from pathlib import Path

    from gastown.store.town import Town

_ARRIVAL_S = 0.5


@dataclass(frozen=True)
class Changed:
    """What was (or with a dry run: would be) changed.

    Attributes:
        left: our scripts that somebody has edited; they stay.
    """

    place: str
    kind: str
    way: str
    changes: tuple[str, ...]
    left: tuple[str, ...] = ()
    dry_run: bool = False


@dataclass(frozen=True)
class Shown:
    """The git hooks of one place."""

    place: str
    kind: str
    way: str
    hooks: tuple[Reach, ...]


@dataclass(frozen=True)
class Tested:
    """Whether what git does in one place arrives in the spool.

    Attributes:
        trouble: why not.
    """

    place: str
    kind: str
    hooks: tuple[Reach, ...]
    arrived: bool
    trouble: str | None


def refresh(town: Town) -> tuple[str, ...]:
    """Set the git hooks of the whole town up as they should be; says what was changed."""
    hand = Hand()
    _set_up_all(town, hand)
    return tuple(hand.done)


def _set_up_all(town: Town, hand: Hand) -> None:
    layout = town.layout
    place_scripts(layout, hand)
    set_up_town(layout, hand)
    reader = town.read()
    for rig in reader.rigs():
        if layout.repository(rig.id).is_dir():
            set_up_rig(layout, rig.id, hand)
    for hook in reader.hooks():
        admin = Worktrees(layout, hook.rig).admin(hook)
        if admin is not None:
            set_up_worktree(layout, hook.rig, hook.role, admin, hand)


def install(town: Town, path: Path, *, rig: str | None, dry_run: bool) -> Changed:
    """Put our git hooks in, or put right what is there.

    Args:
        path: the town's root (all of it), a rig, a worktree, or a clone of a rig's project.
        rig: which rig a clone belongs to, where its remotes do not tell.

    Raises:
        NotFound: there is no such rig, or a clone's remotes belong to none.
        Refused: they cannot be put in without changing what is others'.
    """
    place = locate(town, path)
    hand = Hand(dry=dry_run)
    if place.kind == CLONE:
        return _install_in_clone(town, place, rig, hand)
    if rig is not None:
        raise Refused(f"{path} is in the town: --rig is for clones outside of it")
    _check_wider(town, place)
    for file in _markers(town, place):
        hand.remove(file)
    place_scripts(town.layout, hand)
    _set_up(town, place, hand)
    return Changed(place.name, place.kind, _way(place), tuple(hand.done), dry_run=dry_run)


def uninstall(town: Town | None, path: Path, *, dry_run: bool) -> Changed:
    """Take our git hooks away; in the town they stay away until they are installed again.

    Raises:
        Refused: there are none.
    """
    place = locate(town, path)
    hand = Hand(dry=dry_run)
    if place.kind == CLONE or town is None:
        return _take_out_of_clone(place, hand)
    for file in _markers(town, place, every=False):
        hand.write(file, b"taken away by gt githooks uninstall\n")
    _set_up(town, place, hand)
    return Changed(place.name, place.kind, "off", tuple(hand.done), dry_run=dry_run)


def _set_up(town: Town, place: Place, hand: Hand) -> None:
    layout = town.layout
    if place.kind == TOWN:
        _set_up_all(town, hand)
    elif place.kind == HQ:
        set_up_town(layout, hand)
    elif place.kind == RIG:
        set_up_rig(layout, place.name, hand)
        for hook, folder in worktrees(town, place.name):
            set_up_worktree(layout, place.name, hook.role, folder, hand)
    elif place.hook is not None and place.spot is not None:
        set_up_worktree(layout, place.hook.rig, place.hook.role, place.spot.folder, hand)
        if place.hook.rig == "hq":
            set_up_town(layout, hand)
        else:
            set_up_rig(layout, place.hook.rig, hand)


def _markers(town: Town, place: Place, *, every: bool = True) -> list[Path]:
    """The files by which git hooks stay away from a place; every: and from what is below it."""
    if place.kind == TOWN:
        below = [_git_folders(town, rig.id) for rig in town.read().rigs()] if every else []
        hq = [marker(town.layout.town_git)] if every else []
        return [town_marker(town.layout), *hq, *(marker(f) for found in below for f in found)]
    if place.kind == HQ:
        return [marker(town.layout.town_git)]
    if place.kind == RIG:
        folders = _git_folders(town, place.name)
        return [marker(folder) for folder in (folders if every else folders[:1])]
    return [marker(place.spot.folder)] if place.spot is not None else []


def _git_folders(town: Town, rig: str) -> list[Path]:
    return [town.layout.repository(rig), *(folder for _, folder in worktrees(town, rig))]


def _check_wider(town: Town, place: Place) -> None:
    """Check that what is to be put back was not taken away together with more."""
    wider = []
    if place.kind != TOWN and town_marker(town.layout).exists():
        wider.append("gt githooks install, at the town's root")
    if place.hook is not None and place.spot is not None and marker(place.spot.common).exists():
        wider.append(f"gt githooks install {place.hook.rig}")
    if wider:
        raise Refused(
            f"git hooks were taken away from more than {place.name}", hint=f"first: {wider[0]}"
        )


def _way(place: Place) -> str:
    if place.spot is None:
        return ""
    common = place.spot.common
    if place.kind in (HQ, RIG):
        return "" if marker(common).exists() or not (common / "gt" / "config").exists() else SEALED
    return recall(common if place.kind == CLONE else place.spot.folder).way


def _install_in_clone(town: Town, place: Place, rig: str | None, hand: Hand) -> Changed:
    assert place.spot is not None
    chosen = town.read().rig(rig).id if rig is not None else _guess_rig(town, place.spot)
    way = clone_hooks.install(place.spot.common, chosen, town.layout.spool, hand)
    return Changed(place.name, CLONE, way, tuple(hand.done), dry_run=hand.dry)


def _guess_rig(town: Town, spot: Spot) -> str:
    """The rig that one of a clone's remotes is, or was cloned from, too.

    Raises:
        NotFound: none, or several.
    """
    said = Git(spot.path).run("config", "--get-regexp", r"^remote\..*\.url$", accept=(0, 1))
    urls = {_plain(line.partition(" ")[2], spot.path) for line in said.text.splitlines()}
    found = [
        rig.id
        for rig in town.read().rigs()
        if urls & {_plain(rig.url, spot.path), str(town.layout.repository(rig.id))}
    ]
    if len(found) != 1:
        what = f"the rigs {', '.join(found)}" if found else "no rig of the town"
        raise NotFound(
            f"the remotes of {spot.path} belong to {what}", hint="say which one: --rig RIG"
        )
    return found[0]


def _plain(url: str, here: Path) -> str:
    """A URL without what does not matter: credentials, a final slash, `.git`, a roundabout path."""
    local = here / url
    if local.is_dir():
        return str(local.resolve())
    return re.sub(r"(?<=://)[^/@]*@", "", url).rstrip("/").removesuffix(".git").rstrip("/")


def _take_out_of_clone(place: Place, hand: Hand) -> Changed:
    assert place.spot is not None
    if not recall(place.spot.common).way:
        raise Refused(f"{place.name} has no git hooks of ours", hint="gt githooks list PATH")
    left = clone_hooks.uninstall(place.spot.common, hand)
    return Changed(
        place.name, CLONE, "off", tuple(hand.done), tuple(str(file) for file in left), hand.dry
    )


def show(town: Town | None, path: Path) -> tuple[Shown, ...]:
    """How git reaches its hooks in a place, or in every place of the town.

    Raises:
        Refused: it is in no git repository.
    """
    return tuple(
        Shown(place.name, place.kind, _way(place), _reach(town, place, place.spot))
        for place in places(town, path)
        if place.spot is not None
    )


def test(town: Town | None, path: Path, *, silenced: bool, token: str) -> tuple[Tested, ...]:
    """Prove that git's hooks reach the spool, by a ref that is moved there and removed again.

    Args:
        silenced: whether the caller's environment switches our git hooks off.
        token: names the ref; nobody else's.
    """
    return tuple(
        _tested(town, place, place.spot, silenced, f"{token}-{number}")
        for number, place in enumerate(places(town, path))
        if place.spot is not None
    )


def _reach(town: Town | None, place: Place, spot: Spot) -> tuple[Reach, ...]:
    off = town is not None and place.kind != CLONE and is_off(town.layout, spot.folder, spot.common)
    return reach(spot, place.names, way=_way(place), off=off)


def _tested(town: Town | None, place: Place, spot: Spot, silenced: bool, token: str) -> Tested:
    hooks = _reach(town, place, spot)
    said = next((one.trouble for one in hooks if one.trouble), None)
    if place.kind == HQ:  # its git hook heeds the ledger's ref and no other
        return Tested(place.name, place.kind, hooks, said is None, said)
    if silenced:
        return Tested(place.name, place.kind, hooks, False, "GT_HOOKS=0 is set here")
    spool = spool_of(spot)
    if spool is None:
        trouble = said or f"{spot.common}/gt/hook does not say where to report to"
        return Tested(place.name, place.kind, hooks, False, trouble)
    arrived = _send(spot, spool, token)
    if not arrived:
        said = said or f"no event came into {spool}"
    return Tested(place.name, place.kind, hooks, arrived, said)


def _send(spot: Spot, spool: Path, token: str) -> bool:
    """Move a ref with git hooks on; whether its event arrives in a box of its own."""
    box, ref = spool / "sentinel", f"refs/gt/sentinel/{token}"
    if not spool.is_dir():
        return False
    with disk_errors():
        box.mkdir(mode=0o700, exist_ok=True)
    git = Git(spot.path)
    try:
        oid = git.text("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        Git(spot.path, git_hooks=True).run("update-ref", ref, oid, ZERO)
        return _arrives(box, ref)
    except GitFailed as failure:
        raise Refused(
            f"the test cannot be made in {spot.path}: {failure.message}",
            hint="it needs a commit, and a repository that can be written to",
        ) from None
    finally:
        git.run("update-ref", "-d", ref, accept=(0, 1, 128))
        for file in _events(box, ref):
            file.unlink(missing_ok=True)


def _arrives(box: Path, ref: str) -> bool:
    end = time.monotonic() + _ARRIVAL_S
    while not (found := bool(_events(box, ref))) and time.monotonic() < end:
        time.sleep(0.01)
    return found


def _events(box: Path, ref: str) -> list[Path]:
    """The events in a box that name a ref."""
    found = []
    for file in box.glob("*"):
        try:
            if f"ref {ref} ".encode() in file.read_bytes():
                found.append(file)
        except OSError:
            continue
    return found
