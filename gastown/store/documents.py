"""Documents: the files of hq that people edit as text (settings, directives, formulas).

Unlike records they count as they lie. A hand edit is checked and committed, as an operation of its
own, just before the next operation. What a document makes the town *run* is accepted separately.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from typing import TYPE_CHECKING

from gastown.domain.record import BadRecord
from gastown.domain.settings import Settings, parse
from gastown.errors import Unreadable
from gastown.store.codec import MAX_BYTES
from gastown.store.commits import is_allowed
from gastown.store.files import read_or_none
from gastown.store.layout import DOCUMENT_FOLDERS, SETTINGS, Layout
from gastown.store.objects import blob_oid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


@lru_cache(maxsize=4)
def read_settings(data: bytes) -> Settings:
    """Parse the text of town.toml; the monitor asks for the same one many times a round.

    Raises:
        Unreadable: it is no TOML, or a key is wrong; the message says where.
    """
    try:
        return parse(tomllib.loads(data.decode("utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, BadRecord) as wrong:
        raise Unreadable(
            f"hq/{SETTINGS}: {wrong}",
            hint=f"edit hq/{SETTINGS}, or take the last good one: git -C hq restore {SETTINGS}",
        ) from None


def hand_edits(layout: Layout, committed: Mapping[str, str]) -> dict[str, bytes | None]:
    """The documents that differ from the committed ones (path → blob): new content, None: removed.

    Names that the town does not commit (`mayor.md~`, `mayor copy.md`) are a person's own business.

    Raises:
        Unreadable: an edited document cannot be what it should be.
    """
    found: dict[str, bytes | None] = {}
    present = set()
    for path in _documents(layout.hq):
        data = read_or_none(layout.hq / path)
        if data is None:
            continue
        present.add(path)
        if committed.get(path) != blob_oid(data):
            _check(path, data)
            found[path] = data
    gone = committed.keys() - present - {SETTINGS}
    found.update({path: None for path in gone if is_allowed(path)})
    return found


def _documents(hq: Path) -> Iterator[str]:
    if (hq / SETTINGS).is_file():
        yield SETTINGS
    for folder in DOCUMENT_FOLDERS:
        base = hq / folder
        for file in sorted(base.rglob("*")) if base.is_dir() else ():
            relative = file.relative_to(hq).as_posix()
            hidden = any(part.startswith(".") for part in file.relative_to(base).parts)
            if is_allowed(relative) and file.is_file() and not file.is_symlink() and not hidden:
                yield relative


def _check(path: str, data: bytes) -> None:
    if path == SETTINGS:
        read_settings(data)
        return
    if len(data) > MAX_BYTES:
        raise Unreadable(f"hq/{path} has {len(data):,} bytes, the limit is {MAX_BYTES:,}")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as wrong:
        raise Unreadable(f"hq/{path} is not UTF-8 at byte {wrong.start}") from None
