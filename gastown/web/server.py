"""The dashboard as a process: its port, its token, its record for others, its end."""

from __future__ import annotations

import contextlib
import json
import logging
import secrets
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from gastown.errors import Busy, Refused
from gastown.store import locks
from gastown.store.dashboard import ANY, Address, running
from gastown.store.files import read_or_none, write_atomically
from gastown.web.admission import Admission, hosts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import FrameType

    from gastown.ops.host import Host
    from gastown.store.layout import Layout
    from gastown.store.town import Edge

_TRIED = 20
_LEAST = 32


def listen(host: str, port: int) -> socket.socket:
    """A socket that is bound to a port; 0: any that is free.

    Raises:
        Refused: the port is taken (the hint names the next free one), or may not be used.
    """
    try:
        return _bound(host, port)
    except OverflowError:
        raise Refused(f"{port} is no port", hint="--port 8080") from None
    except OSError as error:
        if error.errno in (98, 48):  # in use, on Linux and macOS
            free = _next_free(host, port)
            hint = f"gt dashboard --port {free}" if free else "gt dashboard --port 0"
            raise Refused(f"port {port} of {host} is taken by another program", hint=hint) from None
        raise Refused(
            f"port {port} of {host} cannot be used: {error.strerror or error}",
            hint="gt dashboard --port 8080",
        ) from None


def serve(
    root: Path | None, host: Host, edge: Edge, sock: socket.socket, *, bind: str, read_only: bool,
    here: Path, ready: Callable[[Address], None],
) -> None:  # fmt: skip
    """Be the dashboard, until the process is asked to end.

    Args:
        root: the town's folder; None: the dashboard sets one up.
        sock: bound already.
        bind: the address it was bound to.
        ready: told the address when requests are answered.

    Raises:
        Busy: this town has a dashboard.
    """
    import uvicorn

    from gastown.store.layout import Layout
    from gastown.web.app import application
    from gastown.web.site import Site

    port = int(sock.getsockname()[1])
    with contextlib.ExitStack() as held:
        token = _token(Layout(root)) if root is not None else secrets.token_urlsafe(32)
        address = Address(bind, port, token)

        def claim(town: Path) -> None:
            held.enter_context(_only_one(Layout(town)))
            _keep(Layout(town), address)

        if root is not None:
            claim(root)
        logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
        site = Site(root, host, edge, read_only=read_only, here=here, settled=claim)
        admission = Admission(hosts_of(_names(bind), port), address.token, everywhere=bind in ANY)
        app = application(site, admission, cookie=f"gt-{port}")

        class Server(uvicorn.Server):
            """Tells when it answers, and lets go of the streams when it ends."""

            async def startup(self, sockets: list[socket.socket] | None = None) -> None:
                await super().startup(sockets)
                if self.started:
                    ready(address)

            def handle_exit(self, sig: int, frame: FrameType | None) -> None:
                del sig, frame  # asked twice: at once; being asked is no failure
                self.force_exit, self.should_exit = self.should_exit, True

            async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
                site.hub.close()
                await super().shutdown(sockets)

        config = uvicorn.Config(
            app, log_config=None, access_log=False, server_header=False, date_header=False,
            timeout_graceful_shutdown=3, timeout_keep_alive=15, h11_max_incomplete_event_size=32768,
            http="h11", ws="none", lifespan="on", proxy_headers=False,
        )  # fmt: skip
        try:
            Server(config).run(sockets=[sock])
        finally:
            sock.close()


@contextlib.contextmanager
def _only_one(layout: Layout) -> Iterator[None]:
    try:
        hold = locks.hold(layout.dashboard_lock, wait_s=0)
        hold.__enter__()
    except Busy:
        known = running(layout)
        where = f" at {known.link}" if known is not None else ""
        raise Busy(f"the dashboard of this town runs already{where}",
                   hint="open it: gt dashboard --open") from None  # fmt: skip
    try:
        yield
    finally:
        hold.__exit__(None, None, None)


def _token(layout: Layout) -> str:
    """The town's token: the same after a restart, so that open pages find back."""
    with suppress(ValueError, TypeError, KeyError):
        told: Any = json.loads(read_or_none(layout.dashboard) or b"null")
        if isinstance(told["token"], str) and len(told["token"]) >= _LEAST:
            return told["token"]
    return secrets.token_urlsafe(32)


def _keep(layout: Layout, address: Address) -> None:
    layout.run.mkdir(parents=True, exist_ok=True)
    data = {"host": address.host, "port": address.port, "token": address.token}
    write_atomically(layout.dashboard, json.dumps(data).encode())


def _names(bind: str) -> list[str]:
    """How a browser may call an address that was bound on purpose."""
    if bind not in ANY:
        return [bind]
    return [socket.gethostname(), socket.getfqdn()]


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
        made.listen(128)
    except BaseException:
        made.close()
        raise
    return made


def _next_free(host: str, port: int) -> int | None:
    for candidate in range(port + 1, min(port + _TRIED, 65536)):
        with suppress(OSError):
            _bound(host, candidate).close()
            return candidate
    return None
