"""Acting: the form of an action, and doing it. Asking for a form does nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from starlette.responses import HTMLResponse

from gastown.errors import GtError, UsageTrouble
from gastown.ops.noticing import notice
from gastown.web.actions import ACTIONS
from gastown.web.answers import form_of, is_part, said_page, status_of, theme_of
from gastown.web.doing import CONFIRMED, Doing, Done, find
from gastown.web.templating import render

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from gastown.store.town import Town
    from gastown.web.doing import Action
    from gastown.web.site import Site


class Acts:
    """Answers whoever wants to do something."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def ask(self, request: Request) -> Response:
        """The form of an action; asking for it does nothing."""
        action = find(ACTIONS, request.path_params["name"])
        values = {key: request.query_params.getlist(key) for key in request.query_params}
        return await self._form_of(action.name, values, request)

    async def do(self, request: Request) -> Response:
        """Do one action."""
        site = self._site
        action = find(ACTIONS, request.path_params["name"])
        if site.read_only:
            return said_page(request, GtError("this dashboard only shows the town",
                              hint="start it without --read-only"), 403)  # fmt: skip
        values = await form_of(request)
        if action.destroys is not None and values.get(CONFIRMED) != ["yes"]:
            return await self._form_of(action.name, values, request, status=409)
        try:
            if site.root is None:
                if not action.without_town:
                    raise UsageTrouble("there is no town yet", hint="make one first")
                done = await self._without_town(action.name, values)
            else:
                done = await site.readers.act(lambda town: self._act(town, action, values))
        except GtError as error:
            return said_page(request, error, status_of(error))
        except Exception as error:  # noqa: BLE001  (told to the person, with its trace kept)
            return said_page(request, GtError(site.trace(error)), 500)
        if done.settle is not None and site.root is None:
            site.settle(done.settle)
        site.forget()
        return said_page(request, done, 200)

    def _act(self, town: Town, action: Action, values: Mapping[str, Sequence[str]]) -> Done:
        notice(town, self._site.host)
        return action.do(Doing(town, self._site.host, values))

    async def _without_town(self, name: str, values: Mapping[str, Sequence[str]]) -> Done:
        doing = Doing(cast("Town", None), self._site.host, values)
        return await asyncio.to_thread(ACTIONS[name].do, doing)

    async def _form_of(
        self, name: str, values: Mapping[str, Sequence[str]], request: Request, status: int = 200
    ) -> Response:
        action = ACTIONS[name]
        part = is_part(request)

        def choices(town: Town | None) -> dict[str, list[tuple[str, str]]]:
            found: dict[str, list[tuple[str, str]]] = {}
            for one in action.fields:
                if one.choices is not None and town is not None:
                    offered = one.choices(town)
                    found[one.name] = [(o, o) if isinstance(o, str) else o for o in offered]
            return found

        offered = choices(None) if self._site.root is None else await self._site.readers.read(
            choices
        )  # fmt: skip
        context = {
            "action": action, "values": values, "choices": offered, "confirmed": CONFIRMED,
            "theme": theme_of(request), "read_only": self._site.read_only,
        }  # fmt: skip
        return HTMLResponse(render("act.html" if part else "act_page.html", **context), status)
