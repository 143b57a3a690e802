"""The scripts that git runs: where they come from, which folders they are put into.

`sealed` holds ours alone; `chained` holds ours and, under every other name that git knows, one that
goes on with the project's; `hq` holds those of the ledger's worktree, `mayor` ours and the ledger's
guard. A script says by its second
line that it is ours, whatever its file is called by now.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from gastown.errors import Unreadable
from gastown.store.git import HOOK_NAMES
from gastown.store.hand import Hand

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gastown.store.layout import Layout

OBSERVERS = ("post-commit", "post-merge", "post-checkout", "post-rewrite", "reference-transaction")
"""They tell the town's spool what happened, and never fail git."""
RECEIVER = "post-receive"
GUARDS = ("prepare-commit-msg", "commit-msg", "pre-push")
WORKTREE = (*OBSERVERS, *GUARDS)
"""What happens in a worktree."""
OURS = (*WORKTREE, RECEIVER)
"""Every git hook in which we have a say."""
LIBRARY, CHAIN, PASS_ON = "gt-lib.sh", "gt-chain.sh", "pass-on"
MARK = b"# A git hook of gastown"
_MARKED = 120  # bytes from the start of a script in which its mark stands


@cache
def source() -> Path:
    """The folder of the scripts: inside an installed package, or at the root of its repository.

    Raises:
        Unreadable: neither is there.
    """
    package = Path(str(resources.files("gastown")))
    for folder in (package / "githooks", package.parent / "githooks"):
        if (folder / LIBRARY).is_file():
            return folder
    raise Unreadable("the git hook scripts of gastown are missing", hint="install gastown again")


@cache
def _read(name: str) -> bytes:
    return (source() / name).read_bytes()


def alone(names: Iterable[str]) -> dict[str, bytes]:
    """Ours of these names: nothing of the project's runs."""
    return {name: _read(name) for name in (LIBRARY, *names)}


def chained(names: Iterable[str]) -> dict[str, bytes]:
    """Ours of these names, and after them the project's, under every name."""
    return {CHAIN: _read(CHAIN), **dict.fromkeys(HOOK_NAMES, _read(PASS_ON)), **alone(names)}


def ledger() -> dict[str, bytes]:
    """For hq."""
    folder = source() / "hq"
    own = sorted(folder.iterdir()) if folder.is_dir() else []
    names = [file.name for file in own if file.is_file() and file.suffix != ".md"]
    return {LIBRARY: _read(LIBRARY), **{name: _read(f"hq/{name}") for name in names}}


def place_scripts(layout: Layout, hand: Hand | None = None) -> list[str]:
    """Put the scripts of this version into the town, where they differ; returns what changed."""
    hand = hand or Hand()
    place(layout.git_hooks / "sealed", alone(OURS), hand)
    place(layout.git_hooks / "chained", chained(OURS), hand)
    place(layout.git_hooks / "hq", ledger(), hand)
    guarded = {"reference-transaction": _read("mayor/reference-transaction")}
    place(layout.git_hooks / "mayor", {**alone(OURS), **guarded}, hand)
    # The ledger's guard asks the program itself, and git runs it with whatever PATH there is.
    hand.write(layout.git_hooks / "hq" / "python", os.fsencode(f"{sys.executable}\n"))
    return hand.done


def place(folder: Path, scripts: Mapping[str, bytes], hand: Hand) -> None:
    """Put scripts into a folder."""
    modes = {name: 0o644 if name.endswith(".sh") else 0o755 for name in scripts}
    hand.write_all(folder, {name: (data, modes[name]) for name, data in scripts.items()})


def digest(data: bytes) -> str:
    """What a script is recognised by."""
    return hashlib.sha256(data).hexdigest()


def is_ours(file: Path) -> bool:
    """Whether a file is one of our scripts, of whatever version and under whatever name."""
    return MARK in _start_of(file, _MARKED)


def is_as_written(file: Path, written: Mapping[str, str]) -> bool:
    """Whether nobody has edited one of our scripts; `written`: digests of what was put there."""
    data = _start_of(file, -1)
    return MARK in data[:_MARKED] and (digest(data) in written.values() or data in _shipped())


def _start_of(file: Path, size: int) -> bytes:
    """The first bytes of a regular file; none of anything else."""
    try:
        if not stat.S_ISREG(file.lstat().st_mode):
            return b""
        with file.open("rb") as opened:
            return opened.read(size)
    except OSError:
        return b""


@cache
def _shipped() -> frozenset[bytes]:
    return frozenset(_read(name) for name in (LIBRARY, CHAIN, PASS_ON, *OURS))
