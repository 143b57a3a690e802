"""What the person is told of a target that is red: once, as long as they have not read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.ids import HUMAN
from gastown.ops.mq import REFINERY
from gastown.ops.post import post_once

if TYPE_CHECKING:
    from gastown.store.town import Town


def tell_red(town: Town, subject: str, body: str, log: str) -> None:
    """Mail the person. `log`: the folder with the gates' output, relative to the town's logs."""
    with town.transaction(f"tell the person: {subject}", actor=REFINERY) as tx:
        text = f"{body}\nWhat the gates printed: {town.layout.logs / log}"
        post_once(tx, town, to=HUMAN, subject=subject, body=text, about=None)
