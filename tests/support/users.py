"""A user without rights, for tests of permissions that also hold when root runs them."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

NOBODY = 65534


@contextmanager
def as_nobody() -> Iterator[tuple[Path, list[str]]]:
    """A folder that everybody can reach, and the words before a command that make it run as nobody.

    Whoever is no root already has no rights of root: then there are no words. The command keeps
    the capability to read, without which the interpreter itself might be out of reach.
    """
    folder = Path(tempfile.mkdtemp(prefix="gt-nobody-"))
    words: list[str] = []
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root without setpriv cannot become somebody else")
        read = "-all,+dac_read_search"
        words = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
                 f"--inh-caps={read}", f"--ambient-caps={read}"]  # fmt: skip
        os.chown(folder, NOBODY, NOBODY)
    folder.chmod(0o755)
    try:
        yield folder, words
    finally:
        for path in (folder, *(p for p in folder.rglob("*") if p.is_dir() and not p.is_symlink())):
            path.chmod(0o755)
        shutil.rmtree(folder)
