"""What `gt notify` tells: what was told, what waits, by which rules; and whether one arrives."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.notifying.rules import EVERYBODY
from gastown.ops import notifying
from gastown.ops.picture import status_now
from gastown.ops.sessions import sessions_of
from gastown.runtime.desktop.desk import Desk
from gastown.runtime.desktop.way import Button, Note
from gastown.runtime.journal import read
from gastown.store import locks, notices

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gastown.domain.notifying.settings import NotifySettings
    from gastown.ops.host import Host
    from gastown.runtime.journal import Entry
    from gastown.store.town import Town

_TEST = Button("default", "It works"), Button("works", "It works")


@dataclass(frozen=True)
class Tested:
    """How a notice arrived.

    Attributes:
        way: the way that worked; None: none did.
        buttons: whether it has one to press; None: it was not to have any.
        pressed: the one that was pressed while it was waited.
        failed: the ways that did not work, each with the reason.
    """

    way: str | None
    buttons: bool | None = None
    pressed: str | None = None
    failed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Held:
    """Something that is not told yet. `until`: in seconds since 1970."""

    who: str
    kind: str
    said: str
    why: str
    until: float


@dataclass(frozen=True)
class History:
    """What was told, oldest first, and what waits to be."""

    told: tuple[Entry, ...]
    waiting: tuple[Held, ...]


@dataclass(frozen=True)
class Rules:
    """By which rules the person is told.

    Attributes:
        teller: who tells: `the tray`, `the monitor`; None: nobody does.
        muted: until when, in seconds since 1970; `*` is everybody.
        in_front: whether the dashboard or the feed is in front of the person.
        quiet_for_s: how long quiet hours still last, in seconds; None: they are not now.
    """

    settings: NotifySettings
    teller: str | None
    muted: Mapping[str, float]
    in_front: bool
    quiet_for_s: float | None


def try_out(town: Town, host: Host, *, wait_s: float) -> Tested:
    """Show a notice, and say which way worked.

    Args:
        wait_s: so long a press of its button is waited for.
    """
    came: list[str] = []
    bell = threading.Event()

    def pressed(number: int, key: str) -> None:
        if number == mine:
            came.append(key)
            bell.set()

    mine: int | None = None
    desk = Desk(host.clean_env(), pressed)
    try:
        note = Note("Gas Town can reach you", f"This is how {town.settings().name} tells you what"
                    " needs you.", buttons=_TEST if wait_s else ())  # fmt: skip
        delivered = desk.show(note, sessions_of(town, host).tmux)
        placed = delivered.placed
        if placed is None:
            return Tested(None, failed=delivered.failed)
        mine = placed.number
        if placed.buttons:
            bell.wait(wait_s)
        buttons = placed.buttons if wait_s else None
        return Tested(placed.way, buttons, came[0] if came else None, delivered.failed)
    finally:
        desk.stop()


def history(town: Town, host: Host, limit: int) -> History:
    """What was told, and what waits."""
    decision = notifying.decided(town, host, status_now(town, host))
    waiting = [
        Held(one.occurrence.who, one.occurrence.kind, one.occurrence.said, one.why, one.until)
        for one in decision.waiting
    ]  # fmt: skip
    return History(tuple(read(notifying.log_file(town.layout), limit)), tuple(waiting))


def rules(town: Town) -> Rules:
    """By which rules the person is told now."""
    settings = town.settings().notify
    now = town.edge.clock().timestamp()
    local = time.localtime(now)
    present = notices.present_at(town.layout)
    muted = {name: until for name, until in notices.read_mutes(town.layout).items() if until > now}
    return Rules(
        settings, _teller(town), dict(sorted(muted.items(), key=lambda one: one[0] != EVERYBODY)),
        present is not None and 0 <= now - present < settings.presence_s,
        settings.quiet_for_s(local.tm_hour * 60 + local.tm_min),
    )  # fmt: skip


def _teller(town: Town) -> str | None:
    if locks.is_held(town.layout.notifier_lock):
        return "the tray"
    return "the monitor" if locks.is_held(town.layout.monitor_lock) else None
