"""Comments: added to a bead, each a record of its own, so that the bead itself does not change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.domain.comment import Comment
from gastown.errors import UsageTrouble
from gastown.ops.beads import existing

if TYPE_CHECKING:
    from gastown.store.town import Town


def add_comment(
    town: Town, identifier: str, text: str, *, actor: str, author: str | None = None
) -> Comment:
    """Say something about a bead; it does not matter where the bead stands.

    Raises:
        NotFound: there is no such bead, or it was deleted.
        UsageTrouble: the text is empty.
    """
    if not text.strip():
        raise UsageTrouble("a comment needs a text", hint='bd comments add ID "TEXT"')
    with town.transaction(f"comment on {identifier}", actor=actor) as tx:
        bead = existing(tx, identifier)
        comment = Comment(
            {
                "issue_id": bead.id, "author": author or actor, "text": text,
                "created_at": town.now(),
            }
        )  # fmt: skip
        tx.put(comment)
    return comment
