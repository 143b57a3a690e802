"""Small files: written whole or not at all, and disk errors said as such."""

from __future__ import annotations

import errno
import os
from _thread import get_ident
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from gastown.errors import DiskTrouble

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_DISK = {errno.ENOSPC, errno.EROFS, errno.EIO, errno.EDQUOT, errno.EACCES, errno.EPERM}


@contextmanager
def disk_errors() -> Iterator[None]:
    """Turn a full, read-only, forbidden or failing disk into `DiskTrouble`."""
    try:
        yield
    except OSError as error:
        if error.errno in _DISK:
            where = f" at {error.filename}" if error.filename else ""
            raise DiskTrouble(
                f"the disk refuses{where}: {error.strerror}",
                hint="nothing was changed; free some space or make it writable, then try again",
            ) from error
        raise


def write_atomically(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Replace `path` by `data`: readers see the old file or the new one, never half of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{get_ident()}.tmp")
    with disk_errors():
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
            os.replace(temporary, path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise


def read_or_none(path: Path) -> bytes | None:
    """The content of a file, or None where there is none."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
