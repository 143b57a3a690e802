"""Messages by which agents' clients say that their service lets them do nothing for a while.

As people have reported them, since the clients do not document them:

- Claude Code: `Claude usage limit reached. Your limit will reset at 3pm (Europe/Berlin).`,
  `Claude AI usage limit reached|1749924000` (anthropics/claude-code#2087, #15064),
  `5-hour limit reached ∙ resets 3pm`, `You've hit your session limit · resets 10:30pm
  (Europe/Berlin)` (#79136), `You've hit your limit · resets Apr 23, 3pm`;
- Codex: `You've hit your usage limit. … try again in 5 days 22 hours 11 minutes.`
  (openai/codex#3899), `… try again at Jul 5th, 2026 8:19 PM.` (#26668), `… at 3:28 PM.`;
- Gemini CLI: `You have exhausted your capacity on this model. Your quota will reset after
  4h28m20s.` (google-gemini/gemini-cli#25103), behind `✕ [API Error:` (#13004);
- an API's `429 … retry-after: 30`, `resets_at":1775317531`.

Only a client's own words count. They are told from what a tool prints, or a model writes, by where
they stand: in a notification; in an entry that the client itself marks as an error of the API, and
that no other follows; else on one of the last lines of its screen or log after its turn is over,
behind the sign that only the client's errors have. A client that is not known has no such words. A
message that the client goes on by itself (`Retrying in 5 seconds`) is no limit.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from gastown.domain.signs import Limit

if TYPE_CHECKING:
    from datetime import tzinfo
    from pathlib import Path

_LONGEST = 300
_TAIL_BYTES = 64 * 1024
_LAST_LINES = 8
_ON = re.compile(r"retrying|attempt \d+|approaching", re.IGNORECASE)
_MESSAGE = re.compile(
    r"(?:claude (?:ai )?)?usage limit reached"
    r"|(?:\d+-hour|five-hour|session|weekly|daily|opus|sonnet|[a-z]+ weekly) limit reached"
    r"|you(?:['\u2019]ve| have) (?:hit|reached) your (?:[a-z0-9-]+ ){0,3}limit"
    r"|you have exhausted your (?:daily quota|capacity|quota)"
    r"|you(?:['\u2019]ve| have) (?:reached|exceeded) your (?:[\w.-]+ ){0,3}quota"
    r"|your (?:quota|limit) will reset"
    r"|rate limit (?:reached|exceeded)|exceeded retry limit, last status: 429"
    r"|api error:? (?:\(?(?:request rejected )?\(?429|.{0,40}rate_limit_error)"
    r"|(?:error:? )?429\b|rate_limit_error|resource_exhausted",
    re.IGNORECASE,
)
_SIGNS = {
    "claude": re.compile(r"\s*⎿\s+"),
    "codex": re.compile(r"\s*(?:[■🖐]\s*|ERROR:\s+)"),
    "gemini": re.compile(r"\s*(?:[✕✗]\s*)?\[API Error:\s*|\s*[✕✗]\s+"),
}
_SPOKE = re.compile(r"\s*[⏺●•✦]\s")
_EPOCH = re.compile(r"""(?:\||"?resets?_?at"?\s*[:=]\s*)(\d{10})\b""", re.IGNORECASE)
_RETRY_AFTER = re.compile(
    r"""retry[-_ ]after(?:_seconds)?"?\s*[:=]?\s*"?(\d+(?:\.\d+)?)""", re.IGNORECASE
)
_SPAN = re.compile(
    r"(?:reset (?:after|in)|resets in|try again in|retry in|available in)\s+(?:about\s+)?"
    r"((?:\d+(?:\.\d+)?\s*(?:days?|d|hours?|hrs?|h|minutes?|mins?|m|seconds?|secs?|s)(?![a-z])"
    r"|[\s,]|and\b)+)",
    re.IGNORECASE,
)
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*([dhms])", re.IGNORECASE)
_UNITS = {"d": 86_400.0, "h": 3600.0, "m": 60.0, "s": 1.0}
_TIME = re.compile(
    r"(?:resets?(?: at| on)?|try again at|available (?:again )?at)\s+"
    r"(?:(?P<month>[a-z]{3})[a-z]*\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?(?:,?\s+(?P<year>20\d\d))?"
    r"(?:,?\s+(?:at\s+)?|\b))?"
    r"(?:(?P<hour>\d{1,2})(?::(?P<minute>\d\d))?\s*(?P<half>am|pm)?)?"
    r"(?:\s*\((?P<zone>[A-Za-z0-9_+/-]+)\))?",
    re.IGNORECASE,
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def limit_of(message: str, at: float, zone: tzinfo | None = None) -> Limit | None:
    """The limit that a client's own message tells of; None: it tells of none.

    Args:
        at: when it was said: a time of day is the next one after that.
        zone: where times of day without a zone are of; None: here.
    """
    line = " ".join(message[: 4 * _LONGEST].split())
    if _MESSAGE.search(line) is None or _ON.search(line) is not None:
        return None
    return Limit(_until(line, at, zone), line[:_LONGEST], at)


def limit_in_transcript(form: str | None, transcript: Path, at: float) -> Limit | None:
    """The limit that the last turn of a conversation ended with."""
    if form != "claude":
        return None
    try:
        with transcript.open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - _TAIL_BYTES))
            lines = file.read().splitlines()
    except OSError:
        return None
    for line in reversed(lines):
        entry = _entry(line)
        if entry.get("type") in ("user", "assistant") and not entry.get("isSidechain"):
            said = _text(entry) if entry.get("isApiErrorMessage") is True else ""
            return limit_of(said, _moment(entry, at))
    return None


def limit_on_screen(family: str | None, screen: str, at: float) -> Limit | None:
    """The limit that a client's last lines tell of, when its turn is over."""
    sign = _SIGNS.get(family or "")
    if sign is None:
        return None
    lines = [line for line in screen.splitlines() if line.strip(" \t│┃|╭╮╰╯─")]
    for place in range(len(lines) - 1, max(-1, len(lines) - 1 - 2 * _LAST_LINES), -1):
        line = lines[place]
        begun = sign.match(line)
        if begun is not None:
            return limit_of(" ".join([line[begun.end() :], *lines[place + 1 : place + 4]]), at)
        if _SPOKE.match(line):
            return None
    return None


def limit_in_log(family: str | None, tail: str, at: float) -> Limit | None:
    """The limit that a client without a screen ended with: the very last line that it wrote."""
    if family not in _SIGNS:
        return None
    lines = [line for line in tail.splitlines() if line.strip()]
    if not lines:
        return None
    begun = _SIGNS[family].match(lines[-1])
    text = lines[-1][begun.end() if begun else 0 :]
    return limit_of(text, at) if begun or _MESSAGE.match(text) else None


def _until(text: str, at: float, zone: tzinfo | None) -> float | None:
    if (epoch := _EPOCH.search(text)) is not None:
        return float(epoch[1])
    if (after := _RETRY_AFTER.search(text)) is not None:
        return at + float(after[1])
    if (span := _SPAN.search(text)) is not None:
        parts = _PART.findall(span[1])
        return at + sum(float(count) * _UNITS[unit.lower()] for count, unit in parts)
    for found in _TIME.finditer(text):
        if found["hour"] is not None or found["day"] is not None:
            return _moment_of(found, at, zone)
    return None


def _moment_of(found: re.Match[str], at: float, zone: tzinfo | None) -> float | None:
    """A time of day, perhaps of a date, as the next such moment after `at`."""
    try:
        zone = ZoneInfo(found["zone"]) if found["zone"] else zone
        here = datetime.fromtimestamp(at, zone)
        hour = int(found["hour"] or 0)
        if found["half"]:
            hour = hour % 12 + (12 if found["half"].lower() == "pm" else 0)
        clock = {"hour": hour, "minute": int(found["minute"] or 0), "second": 0, "microsecond": 0}
        if found["day"] is None:
            that = here.replace(**clock)  # type: ignore[arg-type]
            if that.timestamp() <= at:
                that = (here + timedelta(days=1)).replace(**clock)  # type: ignore[arg-type]
            return that.timestamp()
        month = _MONTHS.index(found["month"].lower()) + 1
        year = int(found["year"] or here.year)
        that = here.replace(year=year, month=month, day=int(found["day"]), **clock)  # type: ignore[arg-type]
        if found["year"] is None and that.timestamp() < at - 86_400:
            that = that.replace(year=year + 1)
        return that.timestamp()
    except (ValueError, KeyError, OverflowError, OSError):
        return None


def _entry(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _text(entry: dict[str, Any]) -> str:
    try:
        content = entry["message"]["content"]
        return content if isinstance(content, str) else str(content[0]["text"])
    except (KeyError, IndexError, TypeError):
        return ""


def _moment(entry: dict[str, Any], at: float) -> float:
    try:
        return datetime.fromisoformat(entry["timestamp"]).timestamp()
    except (KeyError, TypeError, ValueError):
        return at
