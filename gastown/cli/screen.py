"""The terminal that a command writes to, once or again and again."""

from __future__ import annotations

import select
import shutil
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from gastown.render.screen import PLAIN, Screen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gastown.cli.session import Session

_EVERY_S = 1.0
_SOON_S = 0.3
_GONE = select.POLLERR | select.POLLHUP
_CLEAR, _HOME, _REST_OF_LINE, _REST_OF_SCREEN = "\x1b[2J", "\x1b[H", "\x1b[K", "\x1b[J"
_BEGIN, _END = "\x1b[?25l\x1b[?7l", "\x1b[?7h\x1b[?25h"
"""No cursor, and no line that goes on in the next one; and both again."""


def screen_of(session: Session) -> Screen:
    """How wide lines may be, and whether in colour; into a pipe nothing is cut or coloured.

    COLUMNS says how wide it is also there; NO_COLOR takes the colours away.
    """
    terminal = sys.stdout.isatty()
    if not terminal and not session.env.get("COLUMNS", "").isdigit():
        return PLAIN
    dull = bool(session.env.get("NO_COLOR")) or session.env.get("TERM") == "dumb"
    return Screen(shutil.get_terminal_size().columns, colour=terminal and not dull)


def watched(look: Callable[[], tuple[str, object]]) -> None:
    """Show something again and again, until Ctrl-C.

    In a terminal it is drawn in place every second; into a pipe it is printed when it changes.

    Args:
        look: gives what is shown, and what tells whether it has changed (ages do not).
    """
    if not sys.stdout.isatty():
        before: object = None
        while True:
            text, gist = look()
            if gist != before:
                click.echo(f"{text}\n")
                sys.stdout.flush()
            before = gist
            time.sleep(_EVERY_S)
    try:
        click.echo(_BEGIN + _CLEAR, nl=False)
        while True:
            lines = look()[0].splitlines()[: shutil.get_terminal_size().lines - 1]
            drawn = "".join(f"{line}{_REST_OF_LINE}\n" for line in lines)
            click.echo(f"{_HOME}{drawn}{_REST_OF_SCREEN}", nl=False)
            sys.stdout.flush()
            time.sleep(_EVERY_S)
    finally:
        click.echo(_END, nl=False)


def wait(seconds: float) -> None:
    """Sleep; where nobody reads what we say any more, end as if something had been said."""
    reader = select.poll()
    reader.register(sys.stdout.fileno(), 0)
    start = time.monotonic()
    if any(seen & _GONE for _, seen in reader.poll(seconds * 1000)):
        raise BrokenPipeError
    time.sleep(max(0.0, start + seconds - time.monotonic()))


@contextmanager
def progress(session: Session, what: str) -> Iterator[Callable[[int, int], None]]:
    """Tell on a terminal how far something is, on one line that goes when it is done."""
    shown = sys.stderr.isatty() and not session.wants_json
    begun = time.monotonic()

    def tell(done: int, of: int) -> None:
        if shown and time.monotonic() - begun > _SOON_S:
            click.echo(f"\r{done:,} of {of:,} {what}{_REST_OF_LINE}", nl=False, err=True)

    try:
        yield tell
    finally:
        if shown:
            click.echo(f"\r{_REST_OF_LINE}", nl=False, err=True)
