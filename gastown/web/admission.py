"""Who may come in: decided from Host, Origin, token and method alone, and nothing else is asked.

A page of a stranger in the person's own browser can send requests here, and by DNS rebinding it can
even be "here" in the eyes of the browser. So every route asks, in this order: is the request meant
for an address of ours (Host), was it sent by a page of ours (Origin, Sec-Fetch-Site), and does the
sender know the token? Origins are asked of readers, too: an event stream is a GET.

The token travels in a cookie that is strict about the site and cannot be read by scripts, or in
the header `Authorization: Bearer`. What changes something and shows no Origin must have sent the
header, which no form and no foreign page can do.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

_READING = ("GET", "HEAD")


class Verdict(Enum):
    """What becomes of a request; the value is the status and what is said."""

    WELCOME = (200, "")
    WRONG_HOST = (421, "this address is not one of the dashboard's")
    FOREIGN = (403, "another site has sent this")
    UNKNOWN = (401, "the dashboard does not know you")
    UNPROVEN = (403, "what changes the town must be sent by one of its pages, or with the header")
    WRONG_METHOD = (405, "the dashboard does not understand this method")

    @property
    def status(self) -> int:
        """The status of the answer."""
        return self.value[0]

    @property
    def said(self) -> str:
        """Why, in words."""
        return self.value[1]


@dataclass(frozen=True)
class Request:
    """What is asked of a request. None: it has no such header.

    Attributes:
        reached: the address and port of this machine that was connected to.
        is_public: it needs no token.
    """

    method: str
    host: str | None
    origin: str | None = None
    site: str | None = None
    mode: str | None = None
    cookie: str | None = None
    bearer: str | None = None
    reached: str | None = None
    is_public: bool = False


@dataclass(frozen=True)
class Admission:
    """The rule.

    Attributes:
        hosts: what `Host` may say, with the port, in lower case.
        token: what a sender must know.
        everywhere: every address of this machine was bound on purpose: the one that was connected
            to is ours as well. It is a number; only names can be made to mean another machine.
    """

    hosts: frozenset[str]
    token: str
    everywhere: bool = False

    def decide(self, asked: Request) -> Verdict:
        """Whether a request is let in."""
        if asked.method not in (*_READING, "POST"):
            return Verdict.WRONG_METHOD
        if not self._is_ours((asked.host or "").lower(), asked):
            return Verdict.WRONG_HOST
        if not self._is_of_ours(asked):
            return Verdict.FOREIGN
        if asked.is_public and asked.method in _READING:
            return Verdict.WELCOME
        proven = self._is_token(asked.bearer)
        if asked.method == "POST" and asked.origin is None and not proven:
            return Verdict.UNPROVEN
        if asked.is_public or proven or self._is_token(asked.cookie):
            return Verdict.WELCOME
        return Verdict.UNKNOWN

    def _is_of_ours(self, asked: Request) -> bool:
        if asked.origin is not None:
            scheme, separator, host = asked.origin.lower().partition("://")
            if not separator or scheme != "http" or not self._is_ours(host, asked):
                return False
        if asked.site in ("cross-site", "same-site"):
            # Following a link from elsewhere is no harm: such a request carries no strict cookie.
            return asked.mode == "navigate" and asked.method in _READING
        return True

    def _is_ours(self, host: str, asked: Request) -> bool:
        return host in self.hosts or (self.everywhere and host == asked.reached)

    def _is_token(self, said: str | None) -> bool:
        return said is not None and hmac.compare_digest(said.encode(), self.token.encode())


def hosts_of(addresses: Collection[str], port: int) -> frozenset[str]:
    """What `Host` may say: the loopback's names, and every address that was bound on purpose."""
    names = {"127.0.0.1", "localhost", "[::1]", *(_bracketed(one.lower()) for one in addresses)}
    found = {f"{name}:{port}" for name in names}
    return frozenset(found | names) if port == 80 else frozenset(found)


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address and not address.startswith("[") else address
