"""What the menu does: each deed is one operation, done in the name of the person."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from gastown.errors import GtError, UsageTrouble
from gastown.ids import HUMAN
from gastown.ops import desk, notifying, service
from gastown.ops.scheduling import steering
from gastown.ops.standstill import bring_up, take_down

if TYPE_CHECKING:
    from gastown.ops.host import Host
    from gastown.store.town import Town

WHY = "paused from the tray"


def do(town: Town, host: Host, deed: tuple[str, ...]) -> str:
    """Do what an entry says; what was done, in words.

    Raises:
        GtError: it cannot be done now.
    """
    verb, *rest = deed
    if verb == "attach":
        return f"opened {desk.attach_in_window(town, host, rest[0])}"
    if verb == "page":
        desk.open_dashboard(town, host, rest[0])
        return f"opened /{rest[0]}"
    if verb == "pause":
        steering.pause(town, reason=WHY, actor=HUMAN)
        return "nothing new is slung"
    if verb == "resume":
        steering.resume(town, actor=HUMAN)
        return "dispatch goes on"
    if verb == "mute":
        name, how = rest
        notifying.mute(town, None if name == "*" else name, _until(town, how))
        return f"{name}: {how}"
    if verb == "up":
        up = bring_up(town, host, actor=HUMAN)
        return _troubled("the town is up", up.troubles)
    if verb == "down":
        down = take_down(town, host, actor=HUMAN)
        return _troubled("the town is down", down.troubles)
    if verb == "login":
        return "starts at login" if service.toggle_login(town, host) else "does not start at login"
    raise UsageTrouble(f"nobody knows how to {verb}")


def _until(town: Town, how: str) -> float | None:
    now = town.edge.clock()
    if how == "off":
        return None
    if how == "hour":
        return now.timestamp() + notifying.MUTE_S
    tomorrow = (datetime.fromtimestamp(now.timestamp()) + timedelta(days=1)).replace(
        hour=8, minute=0, second=0, microsecond=0
    )
    return tomorrow.timestamp()


def _troubled(said: str, troubles: tuple[str, ...]) -> str:
    if troubles:
        raise GtError(f"{said}, but: {'; '.join(troubles)}")
    return said
