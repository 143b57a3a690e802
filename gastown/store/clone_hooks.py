"""Our git hooks in a person's own clone outside the town: observers only, put in and taken out.

Rules: nothing tracked is touched, and nobody's script or setting is replaced. Where git cannot run
ours beside them, nothing is done and the person is told what to add by hand. Taking them out leaves
every byte of the clone's git folder as it was, but for what others have changed since.
"""

from __future__ import annotations

import base64
import os
import shlex
from typing import TYPE_CHECKING

from gastown.errors import Refused
from gastown.store import hook_scripts
from gastown.store.files import read_or_none
from gastown.store.githooks import in_the_way, put_files, take_files
from gastown.store.hand import Hand, locked, replace
from gastown.store.hook_paths import HOOKS_PATH, configured, hooks_paths
from gastown.store.hook_scripts import OBSERVERS
from gastown.store.hook_state import CHAIN, CONFIG, FILES, recall, remember, takes_configured

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# What `gt githooks test` leaves of a ref's folders.
_TESTED = ("refs/gt/sentinel", "refs/gt", "logs/refs/gt/sentinel", "logs/refs/gt")
_KEPT = ("hook", "chain", "template", "githooks-off", "githooks.json")


def folder(common: Path) -> Path:
    """Where our scripts lie in a clone, if not among its own."""
    return common / "gt" / "githooks"


def install(common: Path, rig: str, spool: Path, hand: Hand) -> str:
    """Let a clone's git hooks report to a town; returns the way they are reached.

    Raises:
        Refused: somebody else's setting leads git to another folder of git hooks.
    """
    way = _way(common, rig, spool)
    known = recall(common)
    if known.way and known.way != way and not hand.dry:
        uninstall(common, hand)
    hand.write(common / "gt" / "hook", os.fsencode(f"rig {rig}\nspool {spool}\n"), mode=0o600)
    if way == FILES:
        made = () if (common / "hooks").is_dir() else ("hooks",)
        put_files(common, hook_scripts.alone(OBSERVERS), hand)
        if not hand.dry:
            remember(common, way=FILES, made=(*recall(common).made, *made))
    elif way == CONFIG:
        hook_scripts.place(folder(common), hook_scripts.alone(OBSERVERS), hand)
        _configure(common, CONFIG, configured(folder(common), OBSERVERS), hand)
    else:
        hook_scripts.place(folder(common), hook_scripts.chained(OBSERVERS), hand)
        paths = [value for scope, value in hooks_paths(common) if scope in ("system", "global")]
        chain = paths[-1] if paths else str(common / "hooks")
        hand.write(common / "gt" / "chain", os.fsencode(f"{chain}\n"))
        _configure(common, CHAIN, {HOOKS_PATH: str(folder(common))}, hand)
    return way


def _way(common: Path, rig: str, spool: Path) -> str:
    if takes_configured():
        return CONFIG
    paths = hooks_paths(common)
    theirs = [value for scope, value in paths if scope in ("local", "worktree")]
    if theirs:
        raise Refused(
            f"{HOOKS_PATH} of this clone is {theirs[-1]}: another tool looks after its git hooks,"
            " and nothing was changed",
            hint=_by_hand(common, rig, spool, theirs[-1]),
        )
    taken = in_the_way(common / "hooks", recall(common).files, OBSERVERS)
    return CHAIN if paths or taken else FILES


def _by_hand(common: Path, rig: str, spool: Path, path: str) -> str:
    """The words by which a person joins our scripts to those of another tool."""
    said = shlex.quote(str(common / "gt" / "hook"))
    told = " ".join(shlex.quote(line) for line in (f"rig {rig}", f"spool {spool}"))
    husky = path.rstrip("/").endswith("/_")
    where = path.rstrip("/").removesuffix("/_") if husky else path
    names = [name for name in OBSERVERS if not (husky and name == "reference-transaction")]
    lines = [f"mkdir -p {shlex.quote(str(common / 'gt'))} && printf '%s\\n' {told} > {said}"]
    for name in names:
        script = shlex.quote(str(spool.parent / "githooks" / "sealed" / name))
        lines.append(f'and in {where}/{name} the line: test ! -x {script} || {script} "$@"')
    return "\n  ".join(["to join them by hand:", *lines])


def uninstall(common: Path, hand: Hand) -> list[Path]:
    """Take our git hooks out of a clone; returns the scripts that stay since they were edited."""
    known = recall(common)
    _restore(common, known.before, known.entries, hand)
    edited = take_files(common, hand)
    own = folder(common)
    there = sorted(own.iterdir()) if own.is_dir() else []
    hand.remove(*(file for file in there if hook_scripts.is_ours(file)))
    hand.remove(*(common / "gt" / name for name in _KEPT))
    for name in ("gt/githooks", "gt", *known.made, *_TESTED):
        hand.remove_empty(common / name)
    return edited


def _configure(common: Path, way: str, wanted: Mapping[str, str], hand: Hand) -> None:
    """Set these in the clone's configuration, and keep its bytes for the way back."""
    config = common / "config"
    before = read_or_none(config) or b""
    known = recall(common)
    hand.configure(config, wanted, known.entries)
    if hand.dry:
        return
    after = read_or_none(config) or b""
    if after != before:
        kept = known.before[0] if known.before[1] == hook_scripts.digest(before) else ""
        kept = kept or base64.b64encode(before).decode()
        remember(common, before=(kept, hook_scripts.digest(after)))
    remember(common, way=way, entries=dict(wanted))


def _restore(common: Path, before: tuple[str, str], ours: Mapping[str, str], hand: Hand) -> None:
    """Put the clone's configuration back; where others have changed it since, take ours out."""
    config = common / "config"
    if before[1] != hook_scripts.digest(read_or_none(config) or b""):
        hand.configure(config, {}, ours)
        return
    hand.done.append(f"put {config} back as it was")
    if not hand.dry:
        with locked(config) as lock:
            replace(config, lock, base64.b64decode(before[0]))
