"""The monitor's log: one line an event, for people to read and for programs to parse (logfmt).

    2026-01-05T10:00:00.123Z info  moved  what="mp/toast works on mp-a1: parser" cause=4f0c…

Values that hold a space, a quote or a control character are quoted as JSON strings.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import time
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from gastown.errors import GtError

MAX_BYTES = 5_000_000
KEPT = 3
_PLAIN = re.compile(r"[^\s\"=\x00-\x1f\x7f-\x9f]+\Z")
_FIELD = re.compile(r'([a-z_]+)=("(?:[^"\\]|\\.)*"|\S*)')


@dataclass(frozen=True)
class Entry:
    """One line of the log."""

    at: str
    level: str
    event: str
    fields: dict[str, str]


class Journal:
    """Writes the log. `now` gives the time as records have it.

    Args:
        echo: also write to standard output (the monitor runs in somebody's terminal).
    """

    def __init__(self, file: Path, now: Callable[[], str], *, echo: bool = False) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._now = now
        self._logger = logging.Logger(f"gastown.monitor.{file}")  # not shared, no parents
        self._handlers: list[logging.Handler] = [
            RotatingFileHandler(
                file, maxBytes=MAX_BYTES, backupCount=KEPT, encoding="utf-8",
                errors="backslashreplace",
            )
        ]  # fmt: skip
        if echo:
            self._handlers.append(logging.StreamHandler(sys.stdout))
        for handler in self._handlers:
            handler.handleError = _give_up  # type: ignore[method-assign]
            self._logger.addHandler(handler)

    def info(self, event: str, **fields: object) -> None:
        """Note something that was done."""
        self._write(logging.INFO, event, fields)

    def warn(self, event: str, **fields: object) -> None:
        """Note something that a person may want to know."""
        self._write(logging.WARNING, event, fields)

    def trouble(self, subject: str, error: GtError) -> None:
        """Note that something could not be done now."""
        self.warn("trouble", subject=subject, why=error.message, hint=error.hint or "-")

    def bug(self, where: str, text: str) -> None:
        """Note a mistake of ours, with its trace."""
        self._write(logging.ERROR, "bug", {"where": where, "trace": text})

    def close(self) -> None:
        """Let go of the file."""
        for handler in self._handlers:
            handler.close()

    def _write(self, level: int, event: str, fields: dict[str, object]) -> None:
        word = {logging.INFO: "info", logging.WARNING: "warn", logging.ERROR: "error"}[level]
        rest = "".join(f" {key}={_quoted(value)}" for key, value in fields.items())
        self._logger.log(level, "%s", f"{self._now()} {word:<5} {event}{rest}")


def read(file: Path, last: int) -> list[Entry]:
    """The last entries of a log, oldest first; lines that are none are left out."""
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return []
    return list(parse(lines[-last:]))


def parse(lines: list[str]) -> Iterator[Entry]:
    """Entries from the lines of a log."""
    for line in lines:
        words = line.split(None, 3)
        if len(words) < 3 or words[1] not in ("info", "warn", "error"):
            continue
        rest = words[3] if len(words) > 3 else ""
        fields = {key: _unquoted(value) for key, value in _FIELD.findall(rest)}
        yield Entry(words[0], words[1], words[2], fields)


def _give_up(record: logging.LogRecord) -> None:
    """A full disk must not end what is being logged."""


def _quoted(value: object) -> str:
    text = str(value)
    return text if _PLAIN.match(text) else json.dumps(text)


def _unquoted(text: str) -> str:
    if not text.startswith('"'):
        return text
    try:
        return str(json.loads(text))
    except ValueError:
        return text


def follow(file: Path, pause_s: float = 0.25) -> Iterator[Entry]:
    """New entries of a log as they come, for ever, across its rotations."""
    log = file.open("rb") if file.exists() else None
    if log is not None:
        log.seek(0, os.SEEK_END)
    rest = b""
    while True:
        if log is not None:
            rotated = _is_another(file, log)  # asked first: what it got until then is read below
            *lines, rest = (rest + log.read()).split(b"\n")
            yield from parse([line.decode("utf-8", "replace") for line in lines])
            if not rotated:
                time.sleep(pause_s)
                continue
            log.close()
            log, rest = None, b""
        if file.exists():
            log = file.open("rb")
        else:
            time.sleep(pause_s)


def _is_another(file: Path, log: BinaryIO) -> bool:
    try:
        now = file.stat()
    except FileNotFoundError:
        return True
    known = os.fstat(log.fileno())
    return (now.st_dev, now.st_ino) != (known.st_dev, known.st_ino)
