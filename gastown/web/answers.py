"""What routes share: what is read of a request, and how something is said in an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.responses import HTMLResponse

from gastown.errors import GtError, UsageTrouble
from gastown.web.building import complaint
from gastown.web.doing import Done
from gastown.web.templating import render

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

_THEMES = ("dark", "light")
_STATUS = {2: 400, 3: 404, 4: 409, 70: 500, 74: 507, 75: 503}
_REFUSED = 422
_FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 200


def status_of(error: GtError) -> int:
    """The status of an answer, as the exit status of a command would tell it."""
    return _STATUS.get(error.exit_status, _REFUSED)


def is_part(request: Request) -> bool:
    """Whether a page's own script asks, which puts the answer into the page."""
    return request.headers.get("gt-part") is not None


def theme_of(request: Request) -> str:
    """`dark` or `light`, where the person has chosen; empty: as the system has it."""
    said = request.cookies.get("theme", "")
    return said if said in _THEMES else ""


async def form_of(request: Request) -> dict[str, list[str]]:
    """The values of a form that was sent.

    Raises:
        UsageTrouble: it is none, or has too many fields.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM:
        raise UsageTrouble(f"a form is sent as {_FORM}", hint="use the page's own forms")
    try:
        body = (await request.body()).decode()
        return parse_qs(body, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise UsageTrouble(f"the form cannot be read: {error}", hint="try again") from None


def said_page(request: Request, said: Done | GtError, status: int) -> Response:
    """What became of an action, or what went wrong."""
    part = is_part(request)
    back = "/"
    headers = {}
    if isinstance(said, Done):
        text = render("done.html", said=said.said.removeprefix("✓ "))
        back = said.to or back
        if said.to is not None:
            headers["Gt-Go"] = said.to
    else:
        text = complaint(said)
    if not part:
        theme = theme_of(request)
        text = render("said_page.html", body=text, back=back, theme=theme)
    return HTMLResponse(text, status, headers)
