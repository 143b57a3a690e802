"""Host by Origin by token by route: what is sent, and what has to be answered."""

from __future__ import annotations

from dataclasses import dataclass

HOSTS = ("127.0.0.1:PORT", "localhost:PORT", "[::1]:PORT", "evil.example:PORT", "evil.example",
         "127.0.0.1:1", "127.0.0.1", "", "(none)", "(two)", "rebound.example:PORT")  # fmt: skip
ORIGINS = ("(none)", "http://127.0.0.1:PORT", "http://localhost:PORT", "https://127.0.0.1:PORT",
           "http://evil.example", "http://127.0.0.1:1", "null", "(two)")  # fmt: skip
TOKENS = ("none", "wrong", "cookie", "bearer")
_OUR_HOSTS = HOSTS[:3]
_OUR_ORIGINS = ORIGINS[:3]


@dataclass(frozen=True)
class Route:
    """Something that can be asked for. `public`: without a token; `fine`: what is then answered."""

    name: str
    method: str
    path: str
    fine: tuple[int, ...]
    public: bool = False


ROUTES = (
    Route("page", "GET", "/beads", (200,)),
    Route("event stream", "GET", "/live", (200,)),
    Route("palette", "GET", "/palette?q=x", (200,)),
    Route("form", "GET", "/act/bead.create", (200,)),
    Route("action", "POST", "/do/bead.comment", (400,)),
    Route("script", "GET", "/static/js/app.js", (200,), public=True),
    Route("sign-in", "GET", "/sign-in", (401,), public=True),
)


def headers_of(port: int, token: str, host: str, origin: str, said: str) -> list[tuple[str, str]]:
    """The headers of one cell."""
    ours = f"127.0.0.1:{port}"
    headers = []
    if host == "(two)":
        headers += [("Host", ours), ("Host", "evil.example")]
    elif host != "(none)":
        headers.append(("Host", host.replace("PORT", str(port))))
    if origin == "(two)":
        headers += [("Origin", f"http://{ours}"), ("Origin", "http://evil.example")]
    elif origin != "(none)":
        headers.append(("Origin", origin.replace("PORT", str(port))))
    if said == "wrong":
        headers.append(("Cookie", f"gt-{port}=wrong"))
    elif said == "cookie":
        headers.append(("Cookie", f"gt-{port}={token}"))
    elif said == "bearer":
        headers.append(("Authorization", f"Bearer {token}"))
    return headers


def expected(route: Route, host: str, origin: str, token: str) -> tuple[int, ...]:
    """The statuses that are right for a cell."""
    if host not in _OUR_HOSTS:
        return (400, 421)  # 400: what is no HTTP at all, such as two of them
    if origin not in ("(none)", *_OUR_ORIGINS):
        return (403,)
    if route.public:
        return route.fine
    if route.method == "POST" and origin == "(none)" and token != "bearer":
        return (403,)
    return route.fine if token in ("cookie", "bearer") else (401,)
