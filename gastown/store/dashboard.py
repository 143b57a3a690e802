"""Where the town's dashboard is to be found: what a running one leaves on this machine."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from gastown.store import locks
from gastown.store.files import read_or_none

if TYPE_CHECKING:
    from gastown.store.layout import Layout

LOOPBACK = "127.0.0.1"
ANY = ("0.0.0.0", "::", "")  # noqa: S104  (compared with, not bound)


@dataclass(frozen=True)
class Address:
    """Where a dashboard is. `link`: the address that lets its reader in."""

    host: str
    port: int
    token: str

    @property
    def plain(self) -> str:
        """Without the token."""
        name = LOOPBACK if self.host in ANY else self.host
        return f"http://{f'[{name}]' if ':' in name else name}:{self.port}/"

    @property
    def link(self) -> str:
        """With the token."""
        return f"{self.plain}sign-in?token={self.token}"

    def link_to(self, page: str) -> str:
        """With the token, and on to a page, which is named relative to the root."""
        return f"{self.link}&to={quote(page, safe='/')}" if page else self.link


def running(layout: Layout) -> Address | None:
    """Where the town's dashboard is; None: it does not run."""
    if not locks.is_held(layout.dashboard_lock):
        return None
    try:
        told: Any = json.loads(read_or_none(layout.dashboard) or b"null")
        return Address(str(told["host"]), int(told["port"]), str(told["token"]))
    except (ValueError, TypeError, KeyError):
        return None
