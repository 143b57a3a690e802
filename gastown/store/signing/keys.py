"""The keys of this machine: one for each actor, in `.gt/keys`, made when it is first needed.

The person may name a key of their own (`log.key`), which may live in an agent or on a token.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gastown.errors import Refused
from gastown.ids import HUMAN
from gastown.store.files import disk_errors, read_or_none, write_atomically
from gastown.store.signing.signers import public_part

if TYPE_CHECKING:
    from gastown.domain.settings import Settings
    from gastown.store.layout import Layout


def principal(actor: str) -> str:
    """As whom an actor signs: a person who edits by hand is the person."""
    from gastown.store.operation import HAND_EDIT

    return HUMAN if actor == HAND_EDIT else actor


def key_file(layout: Layout, settings: Settings, actor: str) -> Path:
    """The file that git is told to sign with: a private key, or a public one of ssh's agent."""
    if actor == HUMAN and settings.log_key:
        return Path(settings.log_key).expanduser()
    return layout.keys / actor.replace("/", ".")


def public_key(layout: Layout, settings: Settings, actor: str) -> str:
    """The public key of an actor; made, with the private one, where there is none yet.

    Raises:
        Refused: the person's own key cannot be read.
    """
    file = key_file(layout, settings, actor)
    public = file if file.suffix == ".pub" else file.with_name(f"{file.name}.pub")
    own = file.parent == layout.keys
    if own and not file.exists():
        make(file)
    return read_key(public)


def read_key(file: Path) -> str:
    """The public key in a file: its kind and its base 64.

    Raises:
        Refused: there is none.
    """
    found = public_part((read_or_none(file) or b"").decode("utf-8", "replace"))
    if found is None:
        raise Refused(f"{file} is no public key", hint="e.g. ~/.ssh/id_ed25519.pub")
    return found


def make(file: Path) -> None:
    """Make a key, readable by its owner alone, instead of one that may be there."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH,
        serialization.NoEncryption(),
    )  # fmt: skip
    public = key.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )
    with disk_errors():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_atomically(file.with_name(f"{file.name}.pub"), public + b"\n")
    write_atomically(file, private)
