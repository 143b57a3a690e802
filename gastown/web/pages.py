"""Looking: a page of the town, or its part that changes, rendered once for all who ask."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, cast
from urllib.parse import urlencode

from starlette.responses import HTMLResponse, RedirectResponse, Response

from gastown.errors import GtError
from gastown.ops.picture import Picture
from gastown.store.git import identity
from gastown.views.then import status_then
from gastown.web.answers import is_part, status_of, theme_of
from gastown.web.building import build, section_of, trouble_page
from gastown.web.look import Look
from gastown.web.site import Answer
from gastown.web.templating import render

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from gastown.store.past import Moment, Past
    from gastown.store.town import Town
    from gastown.web.site import Site
    from gastown.web.watcher import Seen


class Pages:
    """Answers whoever looks."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def page(self, request: Request) -> Response:
        """A page, or its part that changes."""
        site = self._site
        if site.root is None:
            return await self._setup(request)
        seen = await site.seen()
        part = is_part(request)
        theme = theme_of(request)
        if (slider := self._slide(request, seen)) is not None:
            return slider
        query = {key: value for key, value in request.query_params.items() if key != "at"}
        at = request.query_params.get("at", "")
        key = (seen.version, request.url.path, tuple(sorted(query.items())), at, part, theme)

        async def make() -> Answer:
            return await self._render(request.url.path, query, at, seen, part=part, theme=theme)

        answer = await site.kept(key, make)
        headers = {"ETag": answer.tag, "Gt-Version": str(seen.version), "Vary": "Gt-Part, Cookie"}
        if request.headers.get("if-none-match") == answer.tag:
            return Response(status_code=304, headers=headers)
        return HTMLResponse(answer.body, answer.status, headers)

    def _slide(self, request: Request, seen: Seen) -> Response | None:
        """The slider says a number; the address shall say the commit."""
        step = request.query_params.get("step")
        if step is None:
            return None
        query = [(k, v) for k, v in request.query_params.multi_items() if k not in ("step", "at")]
        number = int(step) if step.isdigit() and len(step) < 10 else 0
        if number < len(seen.moments) - 1:
            query.append(("at", seen.moments[number].commit))
        where = request.url.path + (f"?{urlencode(query)}" if query else "")
        return RedirectResponse(where, 303)

    async def _render(
        self, path: str, query: Mapping[str, str], at: str, seen: Seen, *, part: bool, theme: str
    ) -> Answer:
        site, status = self._site, 200
        missed: GtError | None = None
        past: Moment | None = None
        try:
            past = await site.moment(seen, at)
        except GtError as error:
            missed, status = error, status_of(error)

        def work(town: Town) -> tuple[int, bytes]:
            look = self._look(town, seen, past, query)
            section, page, code = None, None, status
            try:
                if missed is not None:
                    raise missed
                section, rest = section_of(path)
                look = self._look(town, seen, past, query, rest)
                page = section.page(look)
            except GtError as error:
                page, code = trouble_page(error), status_of(error)
            except Exception as error:  # noqa: BLE001  (told on the page, with its trace kept)
                page, code = trouble_page(GtError(site.trace(error))), 500
            html = build(look, section, page, part=part, theme=theme, trace=site.trace,
                         trouble=seen.trouble, version=seen.version)  # fmt: skip
            return code, html.encode("utf-8", "replace")

        code, body = await site.readers.read(work, past)
        return Answer(body, f'"{blake2b(body, digest_size=12).hexdigest()}"', code)

    def _look(
        self, town: Town, seen: Seen, past: Moment | None, query: Mapping[str, str],
        rest: tuple[str, ...] = (),
    ) -> Look:  # fmt: skip
        picture = seen.picture
        if past is not None:
            events = tuple(one for one in (picture.events if picture else ())
                           if one.seconds <= past.at)  # fmt: skip
            picture = Picture(status_then(cast("Past", town)), (), events)
        if picture is None:
            raise GtError(seen.trouble or "the town has not been looked at yet", hint="gt doctor")
        return Look(
            town=town, host=self._site.host, picture=picture, now=town.edge.clock(), rest=rest,
            query=query, past=past, moments=seen.moments, read_only=self._site.read_only,
        )  # fmt: skip

    async def _setup(self, request: Request) -> Response:
        theme = theme_of(request)
        name, mail = identity()
        text = render("setup.html", here=self._site.here, theme=theme, name=name, mail=mail,
                      read_only=self._site.read_only)  # fmt: skip
        return HTMLResponse(text, 200 if request.url.path == "/" else 404)
