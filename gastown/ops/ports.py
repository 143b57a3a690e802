"""A range of ports for each hook, so that the servers of two agents do not meet.

A range belongs to a hook as long as it lives. Where it begins is told to the agent, and to the
rig's own scripts, as `GT_PORT_BASE`. Machine facts: nothing of it is committed.
"""

from __future__ import annotations

import hashlib
import json
import socket
from typing import TYPE_CHECKING

from gastown.errors import Refused
from gastown.store import locks
from gastown.store.files import read_or_none, write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gastown.store.town import Town

FIRST, END = 20_000, 32_000  # below the ports that systems give out by themselves
SPAN = 20


def port_base(town: Town, hook_id: str) -> int:
    """The first port of a hook's range of `SPAN`; given out now, where it has none yet.

    Raises:
        Refused: every range is given out or in use.
        Busy: somebody holds the list for too long.
    """
    file = town.layout.run / "ports.json"
    with locks.hold(town.layout.locks / "ports", what="the list of ports"):
        given = _read(town)
        if hook_id in given:
            return given[hook_id]
        live = {hook.id for hook in town.read().hooks()}
        given = {known: base for known, base in given.items() if known in live}
        taken = set(given.values())
        for base in _candidates(town):
            if base not in taken and _is_free(base):
                given[hook_id] = base
                write_atomically(file, (json.dumps(given, indent=1) + "\n").encode())
                return base
    raise Refused(
        f"no {SPAN} free ports between {FIRST} and {END}", hint="end servers that nobody needs"
    )


def _read(town: Town) -> dict[str, int]:
    try:
        found = json.loads(read_or_none(town.layout.run / "ports.json") or b"{}")
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {hook: base for hook, base in found.items() if type(base) is int}


def _candidates(town: Town) -> Iterator[int]:
    """All ranges, from a place that differs from town to town."""
    ranges = list(range(FIRST, END, SPAN))
    digest = hashlib.sha256(str(town.layout.root).encode("utf-8", "surrogateescape")).digest()
    start = int.from_bytes(digest[:4], "big") % len(ranges)
    yield from ranges[start:] + ranges[:start]


def _is_free(base: int) -> bool:
    for port in range(base, base + SPAN):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True
