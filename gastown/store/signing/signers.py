"""Who may sign as whom: the file `signers` of hq, in ssh's form (ssh-keygen(1), ALLOWED SIGNERS).

    human namespaces="git" ssh-ed25519 AAAA…
    mp/toast namespaces="git",valid-before="20261124093000Z" ssh-ed25519 AAAA…
    mp/toast namespaces="git" ssh-ed25519 AAAA…

A key that another one has replaced stays there with the time until which it was its actor's. Git
reads the same file, so `git -C hq log --show-signature` needs nothing of ours.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

SIGNERS = "signers"
_PLAIN = 'namespaces="git"'
_UNTIL = f"{_PLAIN},valid-before="


@dataclass(frozen=True)
class Signers:
    """Who may sign.

    Attributes:
        keys: by actor, the public keys that sign for it, each its kind and its base 64.
        former: the lines of those that did.
    """

    keys: Mapping[str, frozenset[str]] = field(default_factory=dict)
    former: frozenset[str] = frozenset()

    def of(self, actor: str) -> frozenset[str]:
        """The keys that sign for an actor."""
        return self.keys.get(actor, frozenset())

    def owners(self, key: str) -> list[str]:
        """For whom a key signs."""
        return sorted(actor for actor, keys in self.keys.items() if key in keys)

    def having(self, actor: str, key: str, now: datetime) -> Signers:
        """With this key for an actor, in the place of any former one."""
        # What was signed until now, this very second included, stays right.
        until = (now + timedelta(seconds=1)).strftime("%Y%m%d%H%M%SZ")
        old = {f'{actor} {_UNTIL}"{until}" {one}' for one in self.of(actor) - {key}}
        keys = {**self.keys, actor: frozenset({key})}
        return replace(self, keys=keys, former=self.former | old)

    def changed(self, other: Signers) -> list[str]:
        """For whom the other one lists something else."""
        names = {*self.keys, *other.keys}
        found = {name for name in names if self.of(name) != other.of(name)}
        return sorted(found | {line.partition(" ")[0] for line in self.former ^ other.former})

    def dump(self) -> bytes:
        """The file."""
        lines = {f"{actor} {_PLAIN} {key}" for actor, keys in self.keys.items() for key in keys}
        return "".join(f"{line}\n" for line in sorted(lines | self.former)).encode()


def parse(data: bytes | None) -> Signers:
    """Read the file; lines that are none are left out: whom they should let sign, may not."""
    keys: dict[str, frozenset[str]] = {}
    former = set()
    for line in (data or b"").decode("utf-8", "replace").splitlines():
        words = line.split()
        if len(words) < 4 or line.startswith("#"):
            continue
        if words[1] == _PLAIN:
            keys[words[0]] = keys.get(words[0], frozenset()) | {f"{words[2]} {words[3]}"}
        elif words[1].startswith(_UNTIL):
            former.add(" ".join(words[:4]))
    return Signers(keys, frozenset(former))


def public_part(text: str) -> str | None:
    """Kind and base 64 of a public key file, without its comment; None: it is none."""
    words = text.split()
    return " ".join(words[:2]) if len(words) >= 2 and words[1].startswith("AAAA") else None
