"""What lies in a folder, for comparing before and after."""

from __future__ import annotations

from pathlib import Path


def listing(folder: Path) -> dict[str, bytes | None]:
    """Every path below `folder` with its content; None for folders and links.

    Lock files and the cache are left out: a refused command may touch those.
    """
    found: dict[str, bytes | None] = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if "/run/locks" in f"/{name}" or "/.gt/cache" in f"/{name}":
            continue
        found[name] = path.read_bytes() if path.is_file() and not path.is_symlink() else None
    return found
