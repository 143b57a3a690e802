"""What is written down about a session: one JSON file each, on this machine only."""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from gastown.errors import Unreadable
from gastown.runtime.process import ProcessId

if TYPE_CHECKING:
    from pathlib import Path

# One part, or two without "--" in them: then "/" → "--" can be read backwards.
_PART = r"[a-z0-9_](?:-?[a-z0-9_])*"
_PLAIN_ID = re.compile(rf"{_PART}(?:/{_PART})*\Z")
_NOT_PLAIN = re.compile(r"[^a-z0-9_]+")
_MAX_BYTES = 1 << 20


class Runner(StrEnum):
    """What holds a session: a tmux session to attach to, or a bare process with a log."""

    TMUX = "tmux"
    PROCESS = "process"


@dataclass(frozen=True, slots=True)
class Session:
    """One start of an agent's program. `process` is its launcher, the leader of its group."""

    id: str
    generation: int
    runtime: str
    runner: Runner
    process: ProcessId
    tmux_session: str | None
    log: str
    exit_file: str
    started_at: str
    argv: tuple[str, ...]


def file_name(session_id: str) -> str:
    """A name for files and tmux sessions: `myproject/toast` → `myproject--toast`.

    No two ids share one: where the plain way could confuse two, a hash follows a `~`.
    """
    if _PLAIN_ID.match(session_id) and len(session_id) <= 100:
        return session_id.replace("/", "--")
    readable = _NOT_PLAIN.sub("-", session_id.casefold()).strip("-")[:60] or "session"
    digest = hashlib.sha256(session_id.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{readable}~{digest}"


def write_session(path: Path, session: Session) -> None:
    """Put a record in place of the older one, whole or not at all, for its owner's eyes only."""
    unfinished = path.with_name(path.name + ".tmp")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        json.dump(asdict(session), file, indent=1, sort_keys=True)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def read_session(path: Path) -> Session | None:
    """The record in this file, or None when there is no such file.

    Raises:
        Unreadable: it is not a record. Its agent may run or not: nobody knows.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES)
        return _decode(json.loads(content))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise Unreadable(
            f"the session record {path} cannot be read: {error or type(error).__name__}",
            hint="make sure that its agent no longer runs, then delete the file",
        ) from error


def _decode(found: Any) -> Session:
    process = found["process"]
    return Session(
        id=_text(found["id"]),
        generation=_number(found["generation"]),
        runtime=_text(found["runtime"]),
        runner=Runner(found["runner"]),
        process=ProcessId(_number(process["pid"]), _text(process["started"])),
        tmux_session=None if found["tmux_session"] is None else _text(found["tmux_session"]),
        log=_text(found["log"]),
        exit_file=_text(found["exit_file"]),
        started_at=_text(found["started_at"]),
        argv=tuple(_text(word) for word in found["argv"]),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r} is not a number")
    return value
