"""What an undo does not reach: what has left the ledger, said before it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gastown.store.steps import Step


def beyond(steps: Iterable[Step]) -> Iterator[str]:
    """Sentences on what taking these operations back cannot take back."""
    moves = [move.split(" ") for step in steps for move in step.said("Move")]
    ends = [(words[0], words[1], words[-1]) for words in moves if len(words) > 2]
    mail = sum(1 for kind, _, end in ends if (kind, end) == ("mail", "unread"))
    if mail == 1:
        yield "a message: whoever has read it knows it"
    elif mail:
        yield f"{mail} messages: whoever has read them knows them"
    for kind, name, end in ends:
        if (kind, end) == ("escalation", "open"):
            yield f"{name} was escalated: notices, commands and webhooks have gone out"
        elif (kind, end) == ("merge", "proposed"):
            yield f"the pull request of {name} stays open"
        elif kind == "run":
            yield f"the commands of {name} have run"
        elif (kind, end) == ("hook", "archived"):
            yield f"the session of {name} has ended; a new one goes on where it can"
