"""A git server that wants a name and a password, over plain HTTP on the loopback."""

from __future__ import annotations

import base64
import functools
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.people import git


@contextmanager
def guarded_repository(project: Path, name: str, password: str) -> Iterator[str]:
    """Serve a project's repository; yields its URL without name and password."""
    bare = project.with_name(f"{project.name}-served")
    git(project.parent, "clone", "--quiet", "--bare", str(project), str(bare))
    git(bare, "update-server-info")
    want = "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()

    class Guarded(http.server.SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.headers.get("Authorization") == want:
                super().do_GET()
                return
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    handler = functools.partial(Guarded, directory=str(bare))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
