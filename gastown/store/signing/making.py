"""Making a commit that is signed: git signs it, with the key that it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.errors import GitFailed, Refused
from gastown.store import faults
from gastown.store.layout import LEDGER_REF

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from gastown.store.git import Git


def sign_commit(
    git: Git, unsigned: str, parent: str, message: bytes, identity: Mapping[str, str], key: Path,
    pass_fds: Sequence[int],
) -> str:  # fmt: skip
    """Make a commit like an unsigned one, with a signature, and move the ledger's ref to it.

    Raises:
        Refused: it cannot be signed.
        GitFailed: the ref cannot be moved.
    """
    words = ("-c", "gpg.format=ssh", "-c", f"user.signingkey={key}")
    try:
        signed = git.run(
            *words, "commit-tree", "-S", "-p", parent, "-F", "-", f"{unsigned}^{{tree}}",
            stdin=message, extra=identity, pass_fds=pass_fds,
        ).text.strip()  # fmt: skip
    except GitFailed as failure:
        raise Refused(
            f"the operation cannot be signed with {key}: {_last(failure.stderr)}",
            hint="has ssh's agent the key, if it is to? Else: gt config set log.key PATH",
        ) from failure
    faults.reach("signing:made")
    git.run("update-ref", "-m", "gt: signed", LEDGER_REF, signed, parent, pass_fds=pass_fds)
    return signed


def _last(said: str) -> str:
    """What is worth telling of what git said: it says last that it failed."""
    told = [line for line in said.splitlines() if line.strip() and not line.startswith("fatal")]
    return told[-1].removeprefix("error: ") if told else said.strip()
