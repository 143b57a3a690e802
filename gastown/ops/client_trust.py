"""Trust of the town in the files of agents' clients: only a person grants it, and it is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.errors import Refused
from gastown.ops.actors import is_person
from gastown.runtime.clients import claude_trust

if TYPE_CHECKING:
    from pathlib import Path

    from gastown.ops.host import Host
    from gastown.store.town import Town


@dataclass(frozen=True)
class Trusted:
    """An entry in a client's own file, as it is now. `changed`: it was not so before."""

    client: str
    file: Path
    folder: Path
    trusted: bool
    changed: bool


def trust_claude(town: Town, host: Host, *, trusted: bool = True, actor: str) -> Trusted:
    """Make Claude Code trust the town's root, and so every worktree in it, or take that back.

    Raises:
        Refused: an agent asks; only a person may.
        NotFound: Claude Code has not been set up.
        Unreadable: its file cannot be understood; nothing was changed.
    """
    if not is_person(town.read(), actor):
        raise Refused("only a person may grant trust", hint="type it outside agents' hooks")
    return trust_folder(town.layout.root, host, trusted=trusted)


def trust_folder(root: Path, host: Host, *, trusted: bool = True) -> Trusted:
    """What `trust_claude` does, for a town that a person has just made."""
    file = claude_trust.config_file(host.env)
    changed = claude_trust.set_trust(file, root, trusted=trusted)
    return Trusted("Claude Code", file, root, trusted, changed)


def would_ask(root: Path, host: Host) -> bool:
    """Whether Claude Code is set up and would ask about the folder of the town."""
    file = claude_trust.config_file(host.env)
    return file.is_file() and not claude_trust.is_trusted(file, root)
