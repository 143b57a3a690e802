"""The middleware before every route: asks `admission`, sets the headers, limits bodies."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, PlainTextResponse

from gastown.web.admission import Admission, Request, Verdict
from gastown.web.templating import render

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 256 * 1024
"""No form of ours is larger."""

_ASSETS = "/static/"
_PUBLIC = (_ASSETS, "/sign-in", "/favicon.ico")
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self';"
        " img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class TooLarge(Exception):
    """A body is larger than anything the dashboard is sent."""


class Gatekeeper:
    """Lets in whom `admission` lets in.

    Args:
        cookie: the name of the cookie that holds the token.
    """

    def __init__(self, app: ASGIApp, *, admission: Admission, cookie: str) -> None:
        self._app = app
        self._admission = admission
        self._cookie = cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or have it answered."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # a web socket: there is none here
            await send({"type": "websocket.close", "code": 1008})
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                told = MutableHeaders(scope=message)
                if scope["path"].startswith(_ASSETS):  # asked each time whether they are the same
                    told.setdefault("Cache-Control", "no-cache")
                for name, value in _HEADERS.items():
                    told.setdefault(name, value)
            await send(message)

        headers = Headers(scope=scope)
        verdict = self._admission.decide(self._asked(scope, headers))
        if verdict is not Verdict.WELCOME:
            await _refused(verdict, headers)(scope, receive, answer)
            return
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > MOST_BYTES:
            await too_large()(scope, receive, answer)
            return
        await self._app(scope, _limited(receive), answer)

    def _asked(self, scope: Scope, headers: Headers) -> Request:
        path = scope["path"]
        hosts, origins = headers.getlist("host"), headers.getlist("origin")
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        return Request(
            method=scope["method"],
            host=hosts[0] if len(hosts) == 1 else None,
            origin=None if not origins else origins[0] if len(origins) == 1 else "several",
            site=headers.get("sec-fetch-site"), mode=headers.get("sec-fetch-mode"),
            cookie=_cookie(headers, self._cookie),
            bearer=bearer.strip() if scheme.lower() == "bearer" else None,
            reached=_reached(scope),
            is_public=any(path == one or (one[-1] == "/" and path.startswith(one))
                          for one in _PUBLIC),
        )  # fmt: skip


def _reached(scope: Scope) -> str | None:
    server = scope.get("server")
    if server is None or server[1] is None:
        return None
    address, port = server
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _cookie(headers: Headers, name: str) -> str | None:
    try:
        found = SimpleCookie("; ".join(headers.getlist("cookie"))).get(name)
    except CookieError:
        return None
    return found.value if found is not None else None


def _refused(verdict: Verdict, headers: Headers) -> PlainTextResponse | HTMLResponse:
    wants = headers.get("accept", "*/*")
    if verdict is Verdict.UNKNOWN and ("text/html" in wants or wants == "*/*"):
        return HTMLResponse(render("sign_in.html", wrong=False), status_code=verdict.status)
    return PlainTextResponse(f"{verdict.said}\n", status_code=verdict.status)


def too_large() -> PlainTextResponse:
    """The answer to what is larger than any form of ours."""
    return PlainTextResponse(f"more than {MOST_BYTES} bytes\n", status_code=413)


def _limited(receive: Receive) -> Receive:
    taken = 0

    async def limited() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > MOST_BYTES:
            raise TooLarge
        return message

    return limited
