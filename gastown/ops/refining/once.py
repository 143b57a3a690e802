"""Telling the person once of what does not work, until it works again."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from gastown.ids import HUMAN
from gastown.ops.mq import REFINERY
from gastown.ops.post import post_once
from gastown.store.files import read_or_none, write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from gastown.store.town import Town

_VARIES = re.compile(r"\b[0-9a-f]{7,64}\b|\d+")


def tell_once(town: Town, rig: str, what: str, *, subject: str, why: str, body: str) -> bool:
    """Mail the person, unless they were told of the same trouble since it worked last.

    Args:
        what: the thing that does not work, in a word.
        why: the reason, by which one trouble is told from another; numbers in it do not count.
    """
    place = _place(town, rig, what)
    known = (read_or_none(place) or b"").decode("ascii", "replace").split()
    mark = hashlib.sha256(_VARIES.sub("#", why).encode("utf-8", "replace")).hexdigest()[:16]
    if mark in known:
        return False
    with town.transaction(f"tell the person: {subject}", actor=REFINERY) as tx:
        post_once(tx, town, to=HUMAN, subject=subject, body=body, about=None)
    place.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(place, "\n".join([*known, mark, ""]).encode())
    return True


def works_again(town: Town, rig: str, what: str) -> None:
    """The next trouble is told again."""
    _place(town, rig, what).unlink(missing_ok=True)


def _place(town: Town, rig: str, what: str) -> Path:
    return town.layout.run / "told" / f"{rig}.{what}"
