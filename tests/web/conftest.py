"""A dashboard of the desk's town: asked in this process (`web`), or as a real one (`dashboard`)."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import pytest

from gastown.store.town import Edge
from gastown.web.admission import Admission, hosts_of
from gastown.web.app import application
from gastown.web.site import Site
from tests.support.desk import Desk, host
from tests.support.desks import broken_town, desk, project, template

__all__ = ["broken_town", "desk", "project", "template"]

TOKEN = "t" * 43
PORT = 8080


@dataclass(frozen=True)
class Answered:
    """What the dashboard answered."""

    status: int
    headers: Mapping[str, str]
    text: str


class Web:
    """Somebody whom the dashboard knows; no server is between them."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._app = application(site, Admission(hosts_of((), PORT), TOKEN), cookie="gt")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answered:
        """Look at a page."""
        return self._ask("GET", path, b"", headers or {})

    def part(self, path: str) -> Answered:
        """The part of a page that changes."""
        return self.get(path, {"gt-part": "1"})

    def do(self, action: str, **values: str) -> Answered:
        """Do an action."""
        return self.post(f"/do/{action}", values)

    def post(self, path: str, values: Mapping[str, str]) -> Answered:
        """Send a form, as the page's script does."""
        kind = {"content-type": "application/x-www-form-urlencoded", "gt-part": "1",
                "origin": f"http://127.0.0.1:{PORT}"}  # fmt: skip
        return self._ask("POST", path, urlencode(values).encode(), kind)

    def close(self) -> None:
        """Go away."""
        self._loop.call_soon_threadsafe(self.site.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answered:
        future = asyncio.run_coroutine_threadsafe(
            self._answer(method, path, body, headers), self._loop
        )
        return future.result(60)

    async def _answer(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> Answered:
        parts = urlsplit(path)
        given = {"host": f"127.0.0.1:{PORT}", "cookie": f"gt={TOKEN}", "accept": "text/html",
                 "content-length": str(len(body)), **headers}  # fmt: skip
        scope = {
            "type": "http", "method": method, "path": parts.path, "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(), "root_path": "", "scheme": "http",
            "http_version": "1.1", "server": ("127.0.0.1", PORT), "client": ("127.0.0.1", 1),
            "headers": [(k.encode(), v.encode()) for k, v in given.items()],
        }  # fmt: skip
        sent: list[dict[str, object]] = []

        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: dict[str, object]) -> None:
            sent.append(message)

        await self._app(scope, receive, send)  # type: ignore[arg-type]
        start = sent[0]
        text = b"".join(m.get("body", b"") for m in sent[1:])  # type: ignore[misc]
        found = {k.decode(): v.decode() for k, v in start["headers"]}  # type: ignore[attr-defined]
        return Answered(int(str(start["status"])), found, text.decode())


@pytest.fixture
def web(desk: Desk) -> Iterator[Web]:
    """The dashboard of the desk's town, asked in this process."""
    site = Site(desk.root.resolve(), host(), Edge(), read_only=False, here=desk.root)
    made = Web(site)
    yield made
    made.close()


class Dashboard:
    """A real `gt dashboard`."""

    def __init__(self, desk: Desk, *words: str, port: int = 0) -> None:
        self.process = desk.start("gt", "dashboard", "--port", str(port), *words)
        assert self.process.stdout is not None
        self.link = self.process.stdout.readline().strip()
        assert "token=" in self.link, self.process.communicate()
        self.base = self.link.partition("/sign-in")[0]
        self.port = int(self.base.rpartition(":")[2])
        self.token = self.link.rpartition("=")[2]

    def stop(self) -> int:
        """Ask it to end; its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.communicate(timeout=15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.communicate()
        return self.process.returncode


@pytest.fixture
def dashboard(desk: Desk) -> Iterator[Dashboard]:
    """A real dashboard of the desk's town."""
    made = Dashboard(desk)
    yield made
    made.stop()
