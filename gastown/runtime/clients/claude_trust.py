"""Trust of a folder in Claude Code's own file, `~/.claude.json`: one entry, nothing else touched.

The client asks "do you trust this folder?" once for each folder, and takes the answer for
everything below it (seen with 2.1.197): one entry for a town's root serves every worktree. The file
is the user's: it is changed under the lock that the client itself takes (a folder `FILE.lock`, as
the library proper-lockfile makes it), replaced in one step, and every other key stays.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gastown.errors import Busy, NotFound, Unreadable
from gastown.runtime.process import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_KEY = "hasTrustDialogAccepted"
_STALE_S = 10.0
_PATIENCE_S = 12.0


def config_file(env: Mapping[str, str]) -> Path:
    """Where Claude Code keeps what it knows of its user."""
    folder = env.get("CLAUDE_CONFIG_DIR")
    return Path(folder or env.get("HOME") or str(Path.home())) / ".claude.json"


def is_trusted(file: Path, folder: Path) -> bool:
    """Whether the client would not ask in `folder`: it or a folder above it is trusted."""
    try:
        projects = _read(file).get("projects", {})
    except (NotFound, Unreadable):
        return False
    places = [str(place) for place in (folder, *folder.parents)]
    return isinstance(projects, dict) and any(_accepted(projects.get(place)) for place in places)


def set_trust(file: Path, folder: Path, *, trusted: bool) -> bool:
    """Write or take away the entry of one folder; False: it was so already.

    Raises:
        NotFound: there is no such file: the client has not been set up.
        Unreadable: it is no JSON object, or `projects` in it is none.
        Busy: the client holds the file for too long.
    """
    target = Path(os.path.realpath(file))  # a link into a folder of dotfiles stays a link
    with _locked(target):
        known = _read(target)
        projects = known.setdefault("projects", {})
        if not isinstance(projects, dict):
            raise Unreadable(f"{file}: projects is no object", hint="run claude, which mends it")
        if _accepted(projects.get(str(folder))) == trusted:
            return False
        entry = projects.get(str(folder))
        projects[str(folder)] = {**(entry if isinstance(entry, dict) else {}), _KEY: trusted}
        _replace(target, known)
    return True


def _accepted(entry: Any) -> bool:
    return isinstance(entry, dict) and entry.get(_KEY) is True


def _read(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_bytes())
    except FileNotFoundError:
        raise NotFound(
            f"Claude Code has not been set up: there is no {file}",
            hint="run `claude` once in a terminal of your own",
        ) from None
    except (OSError, ValueError, RecursionError) as wrong:
        raise Unreadable(f"{file} cannot be read: {wrong}", hint="run `claude` once") from None
    if not isinstance(found, dict):
        raise Unreadable(f"{file} is no JSON object", hint="run `claude` once")
    return found


def _replace(file: Path, content: dict[str, Any]) -> None:
    mode = file.stat().st_mode & 0o777
    text = json.dumps(content, indent=2, ensure_ascii=False)
    if any("\ud800" <= char <= "\udfff" for char in text):
        text = json.dumps(content, indent=2)  # half of a pair can only be escaped
    unfinished = file.with_name(f"{file.name}.gt-{os.getpid()}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as written:
            written.write(text)
            written.flush()
            os.fsync(written.fileno())
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    lock = file.with_name(f"{file.name}.lock")
    if not file.parent.is_dir():
        yield  # there is nothing to be changed, which the reader says
        return
    if not wait_until(lambda: _taken(lock), _PATIENCE_S):
        raise Busy(f"{file} is in use by Claude Code", hint="try again in a moment")
    try:
        yield
    finally:
        lock.rmdir()


def _taken(lock: Path) -> bool:
    """Try to make the lock; one that its owner has not renewed for long was left behind."""
    try:
        lock.mkdir()
    except FileExistsError:
        try:
            if time.time() - lock.stat().st_mtime > _STALE_S:
                lock.rmdir()
        except OSError:
            pass
        return False
    return True
