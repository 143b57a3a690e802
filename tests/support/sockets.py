"""HTTP as it goes over the wire: exactly the headers that a test says, odd ones included."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from dataclasses import dataclass

_PATIENCE_S = 10.0


@dataclass(frozen=True)
class Wire:
    """An answer. `headers`: by their names in lower case, the last of each."""

    status: int
    headers: dict[str, str]
    body: str


def ask(
    port: int, method: str = "GET", path: str = "/", headers: Iterable[tuple[str, str]] = (),
    body: bytes = b"", *, chunked: bool = False, most: int = 1 << 20,
) -> Wire:  # fmt: skip
    """Send one request to a port of this machine, with no header but those given.

    Args:
        most: read so much of the answer at most; of an event stream only its head is waited for.
    """
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    lines.append("Connection: close")
    if chunked:
        lines.append("Transfer-Encoding: chunked")
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    elif body or method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    data = "\r\n".join([*lines, "", ""]).encode("latin-1") + body
    with socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE_S) as line:
        try:
            line.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has answered before all of a body was sent
        found = b""
        while len(found) < most:
            try:
                more = line.recv(65536)
            except ConnectionResetError:
                break
            found += more
            if not more or (b"text/event-stream" in found and b"\r\n\r\n" in found):
                break
    return _read(found)


def _read(data: bytes) -> Wire:
    head, _, body = data.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    headers = {}
    for line in rest:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    return Wire(int(first.split(" ")[1]), headers, body.decode("utf-8", "replace"))
