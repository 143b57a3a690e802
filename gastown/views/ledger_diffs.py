"""What one commit of the ledger changed in hq's files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gastown.store.town import Town

_MOST = 200_000


@dataclass(frozen=True)
class LedgerDiff:
    """What a commit changed of its first parent, as git shows it. `cut`: there is more of it."""

    commit: str
    text: str
    cut: bool = False


def ledger_diff(town: Town, commit: str) -> LedgerDiff:
    """What a commit of the ledger changed; of the first one: everything."""
    said = town.ledger.run(
        "diff-tree", "--root", "--no-commit-id", "-p", "--no-ext-diff", "--no-textconv",
        "--no-color", "--diff-merges=first-parent", "-r", "--src-prefix=a/", "--dst-prefix=b/",
        "--end-of-options", commit,
    ).stdout  # fmt: skip
    text = said[:_MOST].decode("utf-8", "replace")
    return LedgerDiff(commit, text.rstrip("\n"), cut=len(said) > _MOST)
