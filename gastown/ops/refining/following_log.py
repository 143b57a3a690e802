"""Following what the gates of a request print while it is being tested."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from gastown.domain.merge import MergeState
from gastown.views.merges import log_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gastown.domain.merge import Merge
    from gastown.store.town import Town

PAUSE_S = 0.2
_UNDECIDED = (MergeState.TESTING, MergeState.QUEUED)


def follow(
    town: Town, merge_id: str, *, every: bool, pause_s: float = PAUSE_S
) -> Iterator[tuple[str, str, str]]:
    """Pieces of output as they come: the test, the gate, the text; ends once it is decided.

    One that is queued and was never tested is waited for.
    """
    done: dict[Path, int] = {}
    while True:
        merge: Merge | None = town.read().find("merge", merge_id)
        if merge is None:
            return
        for test, name, file in log_files(town, merge, every=every):
            text, done[file] = _rest(file, done.get(file, 0))
            if text:
                yield test, name, text
        if merge.state not in _UNDECIDED:
            return
        time.sleep(pause_s)


def _rest(file: Path, start: int) -> tuple[str, int]:
    with file.open("rb") as opened:
        opened.seek(start)
        data = opened.read()
    return data.decode("utf-8", "replace"), start + len(data)
