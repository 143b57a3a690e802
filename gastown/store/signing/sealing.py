"""Whether and with which key an operation is signed, and who is told that the key is its actor's.

The settings that held before an operation decide, and those that it brings: what switches signing
on, or off, is signed as well. An actor's first signed operation names its key in `signers`; from
then on only that key signs for it, until the person gives it another one.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gastown.domain.settings import Settings
from gastown.errors import Refused, Unreadable
from gastown.ids import HUMAN
from gastown.store.documents import read_settings
from gastown.store.files import disk_errors
from gastown.store.layout import SETTINGS
from gastown.store.objects import Objects
from gastown.store.signing.keys import key_file, principal, public_key
from gastown.store.signing.signers import SIGNERS, parse

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gastown.store.town import Town


@dataclass(frozen=True)
class Seal:
    """How an operation is signed. `files`: what it has to write besides."""

    key: Path
    files: Mapping[str, bytes | None] = field(default_factory=dict)


def seal(town: Town, base: str, actor: str, files: Mapping[str, bytes | None]) -> Seal | None:
    """How to sign an operation on `base` that writes `files`; None: it is not signed.

    Raises:
        Refused: the key that signs for the actor is not here, or nothing can sign.
    """
    layout = town.layout
    with Objects(town.ledger) as objects:
        before, known = (objects.get(f"{base}:{path}") for path in (SETTINGS, SIGNERS))
    will = read_settings(files[SETTINGS] or b"") if SETTINGS in files else None
    was = _readable(before[1] if before is not None else b"")
    was = was or will or Settings(log_sign="ssh" if known is not None else "none")
    will = will or was
    if not (was.signs or will.signs):
        return None
    _check_tools()
    with disk_errors():
        layout.keys.mkdir(mode=0o700, exist_ok=True)  # by it every later operation knows
    actor = principal(actor)
    signers = parse(known[1] if known is not None else None)
    holds = was if was.signs else will
    key = public_key(layout, holds, actor)
    more: dict[str, bytes | None] = {}
    if SIGNERS not in files:
        wanted = signers
        if not signers.of(actor):
            wanted = signers.having(actor, key, town.edge.clock())
        elif key not in signers.of(actor):
            raise Refused(
                f"the key that signs for {actor} is not here: {key_file(layout, holds, actor)} is"
                " another one",
                hint=f"put it back; or give {actor} a new one: gt config renew-key {actor}",
            )
        if actor == HUMAN and will.signs and will.log_key != holds.log_key:
            wanted = wanted.having(HUMAN, public_key(layout, will, HUMAN), town.edge.clock())
        if wanted != signers:
            more[SIGNERS] = wanted.dump()
    return Seal(key_file(layout, holds, actor), more)


def _readable(settings: bytes) -> Settings | None:
    """Settings as they were committed; None: somebody went past the guard, and they are wrong."""
    try:
        return read_settings(settings)
    except Unreadable:
        return None


def lead_git(town: Town, settings: Settings) -> None:
    """Have plain git sign the person's commits in hq, and verify there, as the settings say."""
    layout = town.layout
    file = layout.town_git / "gt" / "signing"
    if not settings.signs:
        file.unlink(missing_ok=True)
        return
    wanted = {
        "commit.gpgsign": "true", "gpg.format": "ssh",
        "user.signingkey": str(key_file(layout, settings, HUMAN)),
        "gpg.ssh.allowedSignersFile": str(layout.hq / SIGNERS),
    }  # fmt: skip
    with disk_errors():
        layout.keys.mkdir(mode=0o700, exist_ok=True)
        file.parent.mkdir(exist_ok=True)
    for name, value in wanted.items():
        town.ledger.run("config", "--file", str(file), name, value)
    # Of hq alone: what the mayor commits in its own worktree is not the person's word.
    town.ledger.run("config", "includeIf.gitdir:./worktrees/hq.path", "gt/signing")


def _check_tools() -> None:
    if shutil.which("ssh-keygen") is None:
        raise Refused("operations cannot be signed: there is no ssh-keygen on the PATH",
                      hint="install OpenSSH's client (openssh-client)")  # fmt: skip
