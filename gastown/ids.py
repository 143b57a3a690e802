"""Names and ids: what they look like, how they are made, how they are checked.

One validator for every name that becomes a path, a ref or an argument (rigs, agents, runtimes,
gates), one for bead ids, which may also be given by people or come from other tools. Bead ids
follow upstream beads: a base-36 hash whose length grows with the number of beads.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gastown.errors import UsageTrouble

if TYPE_CHECKING:
    from collections.abc import Callable

# Patterns are compiled when they are first used: most commands need none of them.
_NAME = r"[a-z][a-z0-9_-]{0,39}"
_BEAD_ID = r"[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?=[A-Za-z0-9_])){0,79}"
_HEX = frozenset("0123456789abcdef")
RESERVED = frozenset(
    "hq gt town mayor human crew polecats refinery all head con nul aux prn refs none".split()
)
HUMAN = "human"
MAYOR = "mayor"
TOWN_RIG = "hq"
"""Where the beads live that are of no project."""

_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"
_HASH_BYTES = {3: 2, 4: 3, 5: 4, 6: 4, 7: 5, 8: 5}
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def is_name(text: str) -> bool:
    """Whether `text` has the form of a name: it may still be reserved."""
    return re.fullmatch(_NAME, text) is not None


def is_oid(text: str) -> bool:
    """Whether `text` is the full name of a git object (SHA-1 or SHA-256)."""
    return len(text) in (40, 64) and _HEX.issuperset(text)


def check_name(name: str, what: str) -> str:
    """Return `name` if it can be a path, a ref and an argument.

    Raises:
        UsageTrouble: it cannot; the hint proposes one that can.
    """
    if is_name(name) and name not in RESERVED and not name.endswith("-"):
        return name
    if name in RESERVED:
        raise UsageTrouble(
            f"{what} name {name!r} is reserved", hint=f"choose another, e.g. {name}-1"
        )
    proposal = re.sub(r"[^a-z0-9_-]+", "-", name.casefold()).strip("-_0123456789")[:40].strip("-")
    hint = "letters a-z, digits, - and _, starting with a letter, at most 40"
    if is_name(proposal) and proposal not in RESERVED:
        hint += f"; e.g. {proposal}"
    raise UsageTrouble(f"{what} name {name!r} is not allowed", hint=hint)


def check_bead_id(text: str) -> str:
    """Return `text` if it can be a bead's id, whoever made it.

    Raises:
        UsageTrouble: it holds something that a path or a ref cannot.
    """
    if re.fullmatch(_BEAD_ID, text) and not text.casefold().endswith(".lock"):
        return text
    raise UsageTrouble(
        f"bead id {text!r} is not allowed",
        hint="letters, digits, - _ and inner dots, at most 80 characters, e.g. issue-123",
    )


def hash_length(existing: int) -> int:
    """Characters a hash id needs so that a collision among `existing` beads is at most 25 % likely.

    Follows beads `internal/idgen`: 3 up to 163, 4 up to 983, 5 up to about 5,900, … 8.
    """
    import math

    for length in range(3, 8):
        if 1 - math.exp(-(existing**2) / (2 * 36**length)) <= 0.25:
            return length
    return 8


def hash_id(
    prefix: str,
    title: str,
    description: str,
    creator: str,
    created_ns: int,
    nonce: int,
    length: int,
) -> str:
    """The id that upstream beads would give: `prefix-` and `length` base-36 digits of a SHA-256."""
    import hashlib

    text = f"{title}|{description}|{creator}|{created_ns}|{nonce}"
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    number = int.from_bytes(digest[: _HASH_BYTES[length]], "big")
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _BASE36[digit] + digits
    return f"{prefix}-{digits.rjust(length, '0')[-length:]}"


def new_bead_id(
    prefix: str,
    title: str,
    description: str,
    creator: str,
    created_ns: int,
    existing: int,
    taken: Callable[[str], bool],
) -> str:
    """The first free hash id: nonces 0 to 9 at the adaptive length, then one character more."""
    for length in range(hash_length(existing), 9):
        for nonce in range(10):
            candidate = hash_id(prefix, title, description, creator, created_ns, nonce, length)
            if not taken(candidate):
                return candidate
    raise UsageTrouble(f"no free id left for {title!r}", hint="give one with --id")


def shard(identifier: str) -> str:
    """The two-character directory a bead or comment lives in, so that no directory grows large."""
    import hashlib

    return hashlib.sha256(identifier.encode()).hexdigest()[:2]


def ulid(unix_ms: int, randomness: bytes) -> str:
    """A sortable operation id: 48 bits of milliseconds and 80 random bits (the ULID format)."""
    number = (unix_ms << 80) | int.from_bytes(randomness[:10], "big")
    return "".join(_CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5))


def ulid_ms(text: str) -> int | None:
    """When an operation id was made, in milliseconds since 1970; None: it is no such id."""
    if len(text) != 26 or not set(text) <= set(_CROCKFORD):
        return None
    number = 0
    for letter in text:
        number = (number << 5) | _CROCKFORD.index(letter)
    return number >> 80


def parse_agent(address: str) -> tuple[str, str]:
    """Split an agent's address into rig and name; `rig/crew/x` and `rig/polecats/x` are accepted.

    Raises:
        UsageTrouble: it is not of the form RIG/AGENT.
    """
    parts = address.strip("/").split("/")
    if len(parts) == 3 and parts[1] in {"crew", "polecats"}:
        parts = [parts[0], parts[2]]
    if len(parts) != 2:
        raise UsageTrouble(f"{address!r} is not an agent's address", hint="write RIG/AGENT")
    return check_name(parts[0], "rig"), check_name(parts[1], "agent")


def derive_prefix(rig: str) -> str:
    """A short bead prefix for a rig: initials of its parts, e.g. my-project or myproject → mp."""
    parts = [part for part in re.split(r"[-_0-9]+", rig) if part]
    if len(parts) == 1:
        word = parts[0]
        for tail in ("project", "town", "server", "service", "board", "tools", "site", "app"):
            if word.endswith(tail) and len(word) > len(tail):
                parts = [word.removesuffix(tail), tail]
    if len(parts) > 1:
        return "".join(part[0] for part in parts)[:4]
    return parts[0] if len(parts[0]) <= 3 else parts[0][:2]
