"""Notices in words: what was told, what waits, by which rules."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gastown.render.text import age, plural, safe, table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gastown.ops.notice_reports import History, Rules, Tested

_WAYS = {
    "dbus": "the desktop's notification server (D-Bus)", "notify-send": "notify-send",
    "desktop-notifier": "the system's notification centre", "osascript": "osascript",
    "terminal-notifier": "terminal-notifier",
}  # fmt: skip


def tested(found: Tested) -> str:
    """After `gt notify test`."""
    lines = []
    if found.way is None:
        lines.append("✗ nobody could be shown the notice")
    else:
        lines.append(f"✓ shown by {_WAYS.get(found.way, found.way)}")
        if found.pressed is not None:
            lines.append("✓ its button was pressed, and that was heard")
        elif found.buttons is not None:
            lines.append("  no button was pressed" if found.buttons else
                         "  it has no buttons: this way knows none")  # fmt: skip
    lines += [f"  not by {_WAYS.get(way, way)}: {safe(why)}" for way, why in found.failed]
    return "\n".join(lines)


def history(found: History, now: datetime) -> str:
    """For `gt notify list`."""
    lines = []
    if found.told:
        rows = [
            (age(one.at, now), {"told": one.fields.get("way", "")}.get(one.event, one.event),
             one.fields.get("title") or one.fields.get("subject") or one.fields.get("did", ""),
             (one.fields.get("body") or one.fields.get("why", "")).replace("\n", "; "))
            for one in found.told
        ]  # fmt: skip
        lines.append(table(("AGO", "HOW", "WHAT", "SAID"), rows))
    else:
        lines.append("nothing was told yet")
    if found.waiting:
        lines += ["", "waiting:"]
        lines += [
            f"  {safe(one.who)} ({one.kind}): {safe(one.said)}\n"
            f"    until {_clock(one.until)}: {safe(one.why)}"
            for one in found.waiting
        ]  # fmt: skip
    return "\n".join(lines)


def rules(found: Rules) -> str:
    """For `gt notify rules`."""
    one = found.settings
    skipped = ", ".join(one.skip) or "none"
    quiet = one.quiet or "none"
    rows = [
        ("permission", "told at once, always; muted or in quiet hours without a sound", ""),
        ("question", f"told when it has stood for {one.dwell_s} s", "notify.dwell_s"),
        ("cooldown", f"of one agent nothing else for {one.cooldown_s} s", "notify.cooldown_s"),
        ("again", f"the same words not within {plural(one.repeat_s // 60, 'minute')}",
         "notify.repeat_s"),
        ("group", f"{one.group} within {one.group_s} s become one notice", "notify.group"),
        ("presence", f"not while you look at it, up to {one.presence_s} s ago",
         "notify.presence_s"),
        ("quiet hours", quiet, "notify.quiet"),
        ("never told", skipped, "notify.skip"),
        ("disk", f"told below {one.free_mb} MiB", "notify.free_mb"),
    ]  # fmt: skip
    lines = [table(("RULE", "WHAT IT SAYS", "SETTING"), rows), ""]
    lines.append(f"{found.teller} tells you" if found.teller else
                 "nobody tells you now: gt tray, or gt daemon start")  # fmt: skip
    if not one.enabled:
        lines.append("notices are switched off: gt config set notify.enabled true")
    if found.quiet_for_s is not None:
        lines.append(f"it is quiet for another {plural(int(found.quiet_for_s) // 60, 'minute')}")
    if found.in_front:
        lines.append("the dashboard or the feed is in front of you")
    lines += _muted(found.muted)
    return "\n".join(lines)


def muted(found: Mapping[str, float]) -> str:
    """After `gt notify mute`."""
    return "\n".join(_muted(found) or ["nobody is muted"])


def _muted(found: Mapping[str, float]) -> list[str]:
    return [
        f"{'everything' if name == '*' else safe(name)} is muted until {_clock(until)}"
        for name, until in found.items()
    ]


def _clock(seconds: float) -> str:
    local = datetime.fromtimestamp(seconds, UTC).astimezone()
    today = datetime.now(UTC).astimezone().date()
    return local.strftime("%H:%M" if local.date() == today else "%Y-%m-%d %H:%M")
