"""What the table `notify` of town.toml may say: when the person is told, and of what."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from gastown.domain.notifying.occurrence import Kind
from gastown.domain.record import BadRecord
from gastown.domain.setting_values import one_line, only

if TYPE_CHECKING:
    from collections.abc import Mapping

_QUIET = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)\Z")
_MOST = 10_000_000
_DAY_MIN = 24 * 60


@dataclass(frozen=True)
class NotifySettings:
    """When the person is told.

    Attributes:
        enabled: false: nothing is shown but requests for permission.
        dwell_s: so long a question must stand before it is told.
        cooldown_s: so long after something was told of an agent nothing else is.
        repeat_s: so long the same words of the same session are not told again.
        group, group_s: so many within so many seconds become one notice.
        presence_s: so long after the last sign of it a dashboard or feed counts as looked at.
        quiet: hours in which only requests for permission are shown, without a sound, by this
            machine's clock: `22:00-07:00`; empty: there are none.
        skip: kinds that are never told.
        free_mb: the person is told when less than this is free on the town's disk, in MiB.
    """

    enabled: bool = True
    dwell_s: int = 5
    cooldown_s: int = 60
    repeat_s: int = 3600
    group: int = 3
    group_s: int = 10
    presence_s: int = 30
    quiet: str = ""
    skip: tuple[str, ...] = ()
    free_mb: int = 1024

    def quiet_for_s(self, minute: int) -> float | None:
        """How long it is still quiet, in seconds; None: it is not.

        Args:
            minute: the minutes since midnight, by the person's clock.
        """
        found = _QUIET.match(self.quiet)
        if found is None:
            return None
        begin = int(found[1]) * 60 + int(found[2])
        end = int(found[3]) * 60 + int(found[4])
        length = (end - begin) % _DAY_MIN
        gone = (minute - begin) % _DAY_MIN
        return (length - gone) * 60.0 if gone < length else None


def notify_settings(data: Mapping[str, Any]) -> NotifySettings:
    """The table `notify`.

    Raises:
        BadRecord: a key is unknown or holds a value of another kind.
    """
    only(data, "notify.", tuple(NotifySettings.__dataclass_fields__))
    found: dict[str, Any] = {}
    for item in fields(NotifySettings):
        if item.name in data:
            found[item.name] = _value(item.name, data[item.name])
    return NotifySettings(**found)


def _value(name: str, value: Any) -> Any:
    key = f"notify.{name}"
    if name == "enabled":
        if type(value) is not bool:
            raise BadRecord(f"{key}: expected true or false")
        return value
    if name == "quiet":
        if one_line(value, key) and not _QUIET.match(value):
            raise BadRecord(f"{key}: {value!r}: expected hours like 22:00-07:00")
        return value
    if name == "skip":
        return _kinds(value, key)
    least = 2 if name == "group" else 0
    if type(value) is not int or not least <= value <= _MOST:
        raise BadRecord(f"{key}: expected a number from {least} on")
    return value


def _kinds(value: Any, key: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise BadRecord(f"{key}: expected a list of kinds")
    known = [kind.value for kind in Kind if kind is not Kind.PERMISSION]
    for one in value:
        if one == Kind.PERMISSION:
            raise BadRecord(f"{key}: requests for permission are always told")
        if one not in known:
            raise BadRecord(f"{key}: {one!r} is none of {', '.join(known)}")
    return tuple(value)
