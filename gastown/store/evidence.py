"""Evidence: an automatic move is made once for one reason, so that no undo is ever undone.

Every automatic move stores its reason (an oid, or what an oid was seen in) as `Cause:`. Whoever
would make the move again asks here first: if the ledger's history holds an operation with that
cause which changed that record, a person has taken it back since, and it stays so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gastown.store.town import Town

_CAUSES = "%(trailers:key=Cause,valueonly,unfold,separator=%x00)"


def already_applied(town: Town, evidence: str, path: str) -> bool:
    """Whether an operation with the trailer `Cause: <evidence>` has changed the record at `path`.

    Args:
        path: of the record's file, relative to hq.

    Raises:
        GitFailed: the history cannot be read.
    """
    if not evidence or not evidence.isprintable():
        return False  # no trailer looks like that
    # The grep only narrows the search: it also finds the words in the text of a message.
    answer = town.ledger.run(
        "log", "--full-history", "--no-renames", "--fixed-strings", f"--grep=Cause: {evidence}",
        f"--format={_CAUSES}%x01", "--end-of-options", town.commit(), "--", path,
        extra={"GIT_LITERAL_PATHSPECS": "1"},
    )  # fmt: skip
    entries = answer.stdout.decode("utf-8", "replace").split("\x01")
    return any(evidence in entry.strip("\n").split("\0") for entry in entries)
