"""Texts that a command takes: from the line, from a file, or from standard input."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from gastown.errors import NotFound, Unreadable, UsageTrouble

if TYPE_CHECKING:
    from gastown.cli.session import Session

MAX_BYTES = 4 << 20


def said_text(
    session: Session, text: str | None, *, file: str | None = None, stdin: bool = False,
    what: str = "description",
) -> str | None:  # fmt: skip
    """A text that may be given on the line, as `-`, in a file or on standard input; None: not said.

    Raises:
        UsageTrouble: it is given in more than one way.
        NotFound: there is no such file.
        Unreadable: the file is too large or no UTF-8.
    """
    if (text is not None) + (file is not None) + stdin > 1:
        raise UsageTrouble(f"the {what} is given twice", hint="on the line, or by --body-file FILE")
    if file is not None:
        return read_text(session, file)
    return sys.stdin.read() if stdin or text == "-" else text


def read_text(session: Session, file: str) -> str:
    """The text of a file, or of standard input for `-`.

    Raises:
        NotFound: there is no such file.
        Unreadable: it cannot be read, is too large, or no UTF-8.
    """
    if file == "-":
        return sys.stdin.read()
    path = session.here / file  # a relative name is meant from where the caller stands
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise NotFound(f"no file {file!r}") from None
    except OSError as error:
        raise Unreadable(f"{file} cannot be read: {error.strerror}") from None
    if len(data) > MAX_BYTES:
        raise Unreadable(f"{file} has {len(data):,} bytes, the limit is {MAX_BYTES:,}")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise Unreadable(f"{file} is not UTF-8 at byte {wrong.start}") from None


def read_json(session: Session, text: str, what: str) -> Any:
    """JSON that is given on the line, or in a file as `@FILE`.

    Raises:
        UsageTrouble: it is no JSON; the message says where.
    """
    import json

    source = read_text(session, text[1:]) if text.startswith("@") else text
    try:
        return json.loads(source, parse_constant=_no_number)
    except ValueError as wrong:
        raise UsageTrouble(
            f"{what} is no JSON: {wrong}", hint="""e.g. '{"key": "value"}'"""
        ) from None
    except RecursionError:
        raise UsageTrouble(f"{what} is nested too deep") from None


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number")


def said_moment(session: Session, text: str | None, *, last: bool = False) -> str | None:
    """A moment that was typed, in RFC 3339; None: not said, empty: to be taken away.

    Raises:
        UsageTrouble: it is none.
    """
    if not text:
        return text
    from gastown.domain.moments import parse_moment

    now = session.edge.clock().astimezone()
    return parse_moment(text, now, last=last, local=lambda moment: moment.astimezone())
