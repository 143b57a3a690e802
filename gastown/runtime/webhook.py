"""Calling an address with JSON. The address may hold a secret: no message ever shows it.

A redirect is followed only on the same host.
"""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

from gastown.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

_PATIENCE_S = 10.0
_NEAR = ("localhost", "127.0.0.1", "::1")


def call(url: str, body: Mapping[str, Any], *, timeout_s: float = _PATIENCE_S) -> None:
    """Post JSON to an address.

    Raises:
        Refused: it did not take it; the message names the host and why.
    """
    host = urlsplit(url).hostname or ""
    request = urllib.request.Request(  # noqa: S310  (settings take http and https only)
        url, json.dumps(body).encode(), method="POST",
        headers={"Content-Type": "application/json", "User-Agent": "gastown"},
    )  # fmt: skip
    handlers: list[urllib.request.BaseHandler] = [_SameHost()]
    if host in _NEAR:
        handlers.append(urllib.request.ProxyHandler({}))
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=timeout_s) as answer:
            status = answer.status
    except urllib.error.HTTPError as error:
        error.close()
        raise Refused(f"{host} answers {error.code}") from None
    except (urllib.error.URLError, http.client.HTTPException, OSError, ValueError) as error:
        why = getattr(error, "reason", None) or error
        words = why.strerror if isinstance(why, OSError) and why.strerror else type(why).__name__
        raise Refused(f"{host} cannot be reached: {words}") from None
    if not 200 <= status < 300:
        raise Refused(f"{host} answers {status}")


class _SameHost(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str,
        headers: http.client.HTTPMessage, newurl: str,
    ) -> urllib.request.Request | None:  # fmt: skip
        was, to = urlsplit(req.full_url), urlsplit(newurl)
        if (was.scheme, was.netloc) != (to.scheme, to.netloc):
            return None
        return super().redirect_request(req, fp, code, msg, headers, newurl)
