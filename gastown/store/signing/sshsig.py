"""Signatures of commits, as ssh makes them (OpenSSH, PROTOCOL.sshsig).

A signature of an Ed25519 key, which is what the town makes, is verified here, so that a ledger of
ten thousand operations takes seconds; one of any other kind is left to git and ssh-keygen.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

_ARMOR = (b"-----BEGIN SSH SIGNATURE-----", b"-----END SSH SIGNATURE-----")
_MAGIC = b"SSHSIG"
_HASHES = {b"sha256": hashlib.sha256, b"sha512": hashlib.sha512}
_ED25519 = b"ssh-ed25519"
NAMESPACE = b"git"


class BadSignature(ValueError):
    """It is no signature that can be understood."""


@dataclass(frozen=True)
class Signature:
    """A signature.

    Attributes:
        key: the public key that made it, in base 64 as in a key file.
        kind: of the key, such as `ssh-ed25519`.
    """

    key: str
    kind: str
    namespace: bytes
    algorithm: bytes
    blob: bytes

    def fits(self, data: bytes) -> bool | None:
        """Whether the key has signed this; None: that is to be asked of ssh-keygen."""
        if self.kind.encode() != _ED25519:
            return None
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        if self.namespace != NAMESPACE or self.algorithm not in _HASHES:
            return False
        digest = _HASHES[self.algorithm](data).digest()
        parts = (self.namespace, b"", self.algorithm, digest)
        signed = _MAGIC + b"".join(len(part).to_bytes(4) + part for part in parts)
        try:
            key, found = _Words(base64.b64decode(self.key)), _Words(self.blob)
            if key.word() != _ED25519 or found.word() != _ED25519:
                return False
            Ed25519PublicKey.from_public_bytes(key.word()).verify(found.word(), signed)
        except (InvalidSignature, ValueError):
            return False
        return True


def read(armored: bytes) -> Signature:
    """Read an armored signature.

    Raises:
        BadSignature: it is none.
    """
    lines = [line.strip() for line in armored.strip().splitlines()]
    if len(lines) < 3 or (lines[0], lines[-1]) != _ARMOR:
        raise BadSignature("it is no signature of ssh")
    try:
        raw = base64.b64decode(b"".join(lines[1:-1]), validate=True)
    except binascii.Error as wrong:
        raise BadSignature(f"it is damaged: {wrong}") from None
    words = _Words(raw)
    if words.take(len(_MAGIC)) != _MAGIC or words.take(4) != (1).to_bytes(4):
        raise BadSignature("it is of a kind that is not known")
    key, namespace, _, algorithm, blob = (words.word() for _ in range(5))
    kind = _Words(key).word().decode("ascii", "replace")
    return Signature(base64.b64encode(key).decode(), kind, namespace, algorithm, blob)


def signed_part(commit: bytes) -> tuple[bytes, bytes | None]:
    """What of a raw commit is signed, and its signature; None: it is not."""
    head, end, message = commit.partition(b"\n\n")
    kept: list[bytes] = []
    found: list[bytes] | None = None
    within = False
    for line in head.split(b"\n"):
        if line.startswith(b"gpgsig "):
            found, within = [line.removeprefix(b"gpgsig ")], True
        elif within and line.startswith(b" ") and found is not None:
            found.append(line[1:])
        else:
            within = False
            kept.append(line)
    return b"\n".join(kept) + end + message, b"\n".join(found) if found is not None else None


class _Words:
    """Reads words, each with its length before it (RFC 4251, 5: string)."""

    def __init__(self, raw: bytes) -> None:
        self._rest = raw

    def take(self, size: int) -> bytes:
        if len(self._rest) < size:
            raise BadSignature("it is cut off")
        found, self._rest = self._rest[:size], self._rest[size:]
        return found

    def word(self) -> bytes:
        return self.take(int.from_bytes(self.take(4)))
