"""gt dashboard: the town as a web page."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from gastown.cli.common import json_option
from gastown.cli.session import Session, pass_session
from gastown.errors import NotFound, Refused

if TYPE_CHECKING:
    from pathlib import Path

    from gastown.store.dashboard import Address

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True)
class Found:
    """A dashboard that runs; `already`: it did before."""

    link: str
    port: int
    already: bool


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True,
              help="Where to listen; 0: any free port.")  # fmt: skip
@click.option("--open", "open_it", is_flag=True, help="Open it in your browser.")
@click.option("--read-only", is_flag=True, help="Show the town, and do nothing to it.")
@click.option("--bind", default="127.0.0.1", show_default=True, metavar="ADDRESS",
              help="Listen on another address than this machine's own loopback.")  # fmt: skip
@json_option
@pass_session
def dashboard(session: Session, port: int, open_it: bool, read_only: bool, bind: str) -> None:
    """The town as a web page, until Ctrl-C.

    Prints its address; opening that once lets your browser in. Outside a town it helps to make one.
    With --bind others can reach it: whoever has the address with its token can do what you can, and
    it travels unencrypted.
    """
    from gastown.store.dashboard import running
    from gastown.web.server import listen, serve

    try:
        root: Path | None = session.town.layout.root
    except NotFound:
        root = None
    here = session.here
    if root is not None and (known := running(session.town.layout)) is not None:
        session.note("the dashboard of this town runs already:")
        session.show(Found(known.link, known.port, already=True), lambda found: found.link)
        if open_it:
            click.launch(known.link)
        return
    if bind not in _LOOPBACK:
        session.note(
            f"note: {bind} can be reached from other machines: whoever has the address with its"
            " token can do what you can, and nothing of it is encrypted"
        )
    sock = listen(_address(bind), port)

    def ready(address: Address) -> None:
        session.show(Found(address.link, address.port, already=False), lambda found: found.link)
        sys.stdout.flush()
        session.note("Ctrl-C ends it" if root is not None else "no town here: it helps to make one")
        if open_it:
            click.launch(address.link)

    serve(root, session.host, session.edge, sock, bind=_address(bind), read_only=read_only,
          here=here, ready=ready)  # fmt: skip


def _address(bind: str) -> str:
    """The number of an address, so that what is bound is what was said.

    Raises:
        Refused: there is no such address.
    """
    import socket

    if bind == "localhost":
        return "127.0.0.1"
    try:
        found = socket.getaddrinfo(bind, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Refused(f"{bind} is no address: {error.strerror}", hint="--bind 127.0.0.1") from None
    return str(found[0][4][0])
