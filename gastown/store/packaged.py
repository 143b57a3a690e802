"""Files of `packaging/` that an installed town hands out: units, desktop entries, icons."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from gastown.errors import Unreadable


def packaged(name: str) -> str:
    """The text of one, named as `folder/name`.

    Raises:
        Unreadable: it is missing.
    """
    package = Path(str(resources.files("gastown")))
    for folder in (package / "packaging", package.parent / "packaging"):
        file = folder / name
        if file.is_file():
            return file.read_text(encoding="utf-8")
    raise Unreadable(f"packaging/{name} of gastown is missing", hint="install gastown again")
