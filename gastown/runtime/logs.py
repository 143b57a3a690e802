"""Logs of commands and sessions: appended to as raw output, shown as plain text."""

from __future__ import annotations

import codecs
import os
import re
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_TAIL_BYTES = 256 * 1024
_FOLLOW_S = 0.05
_TERMINAL_CONTROL = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # titles, links, clipboard
    r"|\x1b[PX^_][^\x1b]*\x1b\\"  # device strings
    r"|\x1b\[[0-?]*[ -/]*[@-~]"  # colours, cursor
    r"|\x1b[ -/]*[0-~]"
    r"|[\x00-\x08\x0b-\x1f\x7f]"
)


def open_log(path: Path) -> BinaryIO:
    """Open a log for appending; a new one is for its owner's eyes only."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    return os.fdopen(descriptor, "ab", buffering=0)


def log_tail(log: Path, lines: int, start: int = 0) -> str:
    """The last lines of a log (from byte `start`) as plain text, without colours and the like."""
    try:
        with log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(start, size - _TAIL_BYTES))
            text = file.read().decode(errors="replace")
    except FileNotFoundError:
        return ""
    kept = _TERMINAL_CONTROL.sub("", text).rstrip("\n").split("\n")[-lines:]
    return "\n".join(kept) + "\n" if any(kept) else ""


@contextmanager
def followed(log: Path, show: Callable[[str], None]) -> Iterator[None]:
    """Show what is appended to a log inside the `with` block, nearly as soon as it is written.

    Whoever writes has the file, not a pipe: it is whole even if we are killed, and so is the
    writer.
    """
    over = threading.Event()
    with log.open("rb") as file:
        file.seek(0, os.SEEK_END)
        decoder = codecs.getincrementaldecoder("utf-8")("replace")

        def pass_on() -> None:
            while data := file.read(1 << 16):
                show(decoder.decode(data))

        def follow() -> None:
            while not over.wait(_FOLLOW_S):
                pass_on()

        thread = threading.Thread(target=follow, name="follow", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            pass_on()


def shorten(folder: Path, limit: int) -> list[Path]:
    """Empty logs that have more than `limit` bytes, keeping the last of each as `NAME.1`.

    Whoever writes to a log appends: what comes next is at its beginning again.
    """
    done = []
    for log in folder.rglob("*.log"):
        try:
            if log.stat().st_size <= limit:
                continue
            with log.open("rb") as source, log.with_name(f"{log.name}.1").open("wb") as kept:
                source.seek(-limit // 5, os.SEEK_END)
                kept.write(source.read())
            os.truncate(log, 0)
        except OSError:
            continue
        done.append(log)
    return done
