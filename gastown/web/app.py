"""The routes: a GET reads, a POST does one action (or says that somebody looks), no more."""

from __future__ import annotations

import hmac
import re
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from gastown.errors import GtError
from gastown.store.layout import Layout
from gastown.store.notices import note_presence
from gastown.web.acts import Acts
from gastown.web.answers import form_of, said_page, status_of
from gastown.web.gatekeeper import Gatekeeper, TooLarge, too_large
from gastown.web.pages import Pages
from gastown.web.palette import found_for
from gastown.web.templating import render

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from gastown.web.admission import Admission
    from gastown.web.site import Site


_OWN_PAGE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./~-]*\Z")  # relative: never another host


def application(site: Site, admission: Admission, *, cookie: str) -> ASGIApp:
    """The dashboard as an ASGI application. `cookie`: the name of that which holds the token."""
    routes, acts = Routes(site, admission.token, cookie), Acts(site)
    inside = Starlette(
        routes=[
            Route("/live", routes.live),
            Route("/sign-in", routes.sign_in, methods=["GET", "POST"]),
            Route("/palette", routes.palette),
            Route("/presence", routes.presence, methods=["POST"]),
            Route("/act/{name}", acts.ask),
            Route("/do/{name}", acts.do, methods=["POST"]),
            Route("/favicon.ico", routes.icon),
            Mount("/static", StaticFiles(packages=[("gastown.web", "static")])),
            Route("/{path:path}", Pages(site).page),
        ],
        exception_handlers={
            GtError: routes.complain, TooLarge: routes.too_large, Exception: routes.bug,
        },
        lifespan=routes.lifespan,
    )  # fmt: skip
    return Gatekeeper(inside, admission=admission, cookie=cookie)  # also around its own mistakes


class Routes:
    """What is neither a page nor an action. `token`: what lets people in."""

    def __init__(self, site: Site, token: str, cookie: str) -> None:
        self._site = site
        self._token = token
        self._cookie = cookie

    @asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        """While the server runs."""
        self._site.hub.begin()
        yield
        self._site.close()

    async def live(self, request: Request) -> Response:
        """The event stream."""
        return Response() if request.method == "HEAD" else self._site.hub.answer()

    async def icon(self, _: Request) -> Response:
        """Where browsers look by themselves."""
        return RedirectResponse("/static/icon.svg", 308)

    async def sign_in(self, request: Request) -> Response:
        """Give the cookie to who knows the token: from the printed link, or typed in."""
        said = request.query_params.get("token")
        if request.method == "POST":
            said = (await form_of(request)).get("token", [""])[-1].strip()
            said = said.rpartition("token=")[2]  # the whole link is as good
        if said is None or not _same(said, self._token):
            wrong = said is not None
            return HTMLResponse(render("sign_in.html", wrong=wrong), 401)
        # A page that goes on by itself, not a redirect: one that came from elsewhere would not
        # carry a strict cookie.
        to = request.query_params.get("to", "")
        answer = HTMLResponse(render("signed_in.html", to=to if _OWN_PAGE.match(to) else ""))
        answer.set_cookie(
            self._cookie, self._token, max_age=365 * 86400, httponly=True, samesite="strict"
        )
        return answer

    async def presence(self, _: Request) -> Response:
        """The person has the dashboard in front of them."""
        if self._site.root is not None:
            note_presence(Layout(self._site.root), "dashboard")
        return Response(status_code=204)

    async def palette(self, request: Request) -> Response:
        """What the command palette offers for what was typed."""
        if self._site.root is None:
            return HTMLResponse("")
        seen = await self._site.seen()
        asked = request.query_params.get("q", "")[:200]
        work = partial(found_for, seen=seen, asked=asked, read_only=self._site.read_only)
        return HTMLResponse(await self._site.readers.read(work))

    async def complain(self, request: Request, error: Exception) -> Response:
        """An error that a person can act on."""
        assert isinstance(error, GtError)
        return said_page(request, error, status_of(error))

    async def too_large(self, _: Request, __: Exception) -> Response:
        """More was sent than any form of ours holds."""
        return too_large()

    async def bug(self, _: Request, error: Exception) -> Response:
        """A mistake of ours."""
        return PlainTextResponse(f"{self._site.trace(error)}\n", 500)


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
