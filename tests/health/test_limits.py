"""Clients' words about the limits of their services, and what only looks like them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gastown.runtime.limits import limit_in_log, limit_in_transcript, limit_of, limit_on_screen

BERLIN = ZoneInfo("Europe/Berlin")
AT = datetime(2026, 10, 24, 14, 0, tzinfo=BERLIN)  # the day before the clocks go back
S = AT.timestamp()


def berlin(*moment: int) -> float:
    """A moment in Berlin."""
    return datetime(*moment, tzinfo=BERLIN).timestamp()  # type: ignore[arg-type]


TOLD = [
    ("Claude usage limit reached. Your limit will reset at 3pm (Europe/Berlin).",
     berlin(2026, 10, 24, 15)),
    ("Claude AI usage limit reached|1790000000", 1790000000.0),
    ("5-hour limit reached ∙ resets 3pm", berlin(2026, 10, 24, 15)),
    ("5-hour limit reached ∙ resets 1pm", berlin(2026, 10, 25, 13)),
    ("Weekly limit reached ∙ resets Oct 29, 5pm", berlin(2026, 10, 29, 17)),
    ("You've hit your limit · resets 12:30am (America/New_York)",
     datetime(2026, 10, 25, 4, 30, tzinfo=UTC).timestamp()),
    ("You've hit your session limit · resets 10:30pm (Europe/Berlin)",
     berlin(2026, 10, 24, 22, 30)),
    ("You've hit your weekly limit · resets Jan 3, 2027 at 9am", berlin(2027, 1, 3, 9)),
    ("You've hit your limit · resets Jan 3, 9am", berlin(2027, 1, 3, 9)),
    ("Your limit will reset at Oct 25, 5pm", berlin(2026, 10, 25, 17)),
    ("You've hit your limit", None),
    ("Claude usage limit reached. Your limit will reset at 3pm (Mars/Olympus).", None),
    ("You've hit your usage limit. Upgrade to Pro (https://openai.com/chatgpt/pricing) or try again"
     " in 5 days 22 hours 11 minutes.", S + 5 * 86_400 + 22 * 3600 + 11 * 60),
    ("You've hit your usage limit. Try again in 2 hours 5 minutes.", S + 2 * 3600 + 300),
    ("You've hit your usage limit. To get more access now, send a request to your admin or try"
     " again at 3:28 PM.", berlin(2026, 10, 24, 15, 28)),
    ("You've hit your usage limit. Upgrade to Plus, or try again at Nov 5th, 2026 8:19 PM.",
     berlin(2026, 11, 5, 20, 19)),
    ("You have exhausted your capacity on this model. Your quota will reset after 3h25m7s.",
     S + 3 * 3600 + 25 * 60 + 7),
    ("[API Error: You have exhausted your daily quota on this model.]", None),
    ('API Error: 429 {"type":"rate_limit_error"} retry-after: 30', S + 30),
    ("Rate limit reached for gpt-5 on tokens per min. Please try again in 20s.", S + 20),
    ('{"type":"usage_limit_reached","message":"The usage limit has been reached",'
     '"resets_at":1790000000} rate_limit_error', 1790000000.0),
]  # fmt: skip

NOT_TOLD = [
    "",
    "Claude needs your permission to use Bash",
    "API Error (Request rejected (429)) · Retrying in 5 seconds… (attempt 3/10)",
    "Attempt 1 failed: You have exhausted your capacity on this model. Your quota will reset after"
    " 5s.. Retrying after 6173ms...",
    "Approaching usage limit · resets at 7pm",
    "the rate limiter in worker.py is wrong",
    "its deadline resets at 3pm",
]


@pytest.mark.parametrize(("message", "until"), TOLD, ids=[row[0][:45] for row in TOLD])
def test_when_a_limit_ends(message: str, until: float | None) -> None:
    """A time of day is the next one; a zone that nobody knows tells nothing."""
    found = limit_of(message, S, BERLIN)
    assert found is not None
    assert found.until == until
    assert found.message == message


@pytest.mark.parametrize("message", NOT_TOLD)
def test_what_is_no_limit(message: str) -> None:
    """What the client gets over by itself, what it warns of, what it asks."""
    assert limit_of(message, S) is None


def entry(kind: str, text: str, **more: object) -> str:
    """A line of a transcript of Claude Code."""
    message = {"role": kind, "content": [{"type": "text", "text": text}]}
    return json.dumps({"type": kind, "message": message, **more})


LIMITED = entry("assistant", "You've hit your limit · resets 3pm (Europe/Berlin)",
                isApiErrorMessage=True, timestamp="2026-10-24T12:00:00Z")  # fmt: skip
QUOTED = entry("assistant", "You've hit your limit · resets 3pm")
TOOL = entry("user", "Claude usage limit reached. Your limit will reset at 3pm")


@pytest.mark.parametrize(
    ("lines", "is_limit"),
    [
        ([QUOTED, LIMITED], True),
        ([LIMITED, '{"type":"system","subtype":"x"}', '{"type": torn'], True),
        ([LIMITED, entry("user", "go on")], False),
        ([LIMITED, QUOTED], False),
        ([TOOL], False),
        ([entry("assistant", "API Error: 500 overloaded", isApiErrorMessage=True)], False),
        (['{"type":"assistant","isApiErrorMessage":true,"message":7}', "[]"], False),
        ([], False),
    ],
)
def test_a_transcript_tells_by_its_last_entry(
    lines: list[str], is_limit: bool, tmp_path: Path
) -> None:
    """Only what the client marks as its own error counts, and only if nothing followed."""
    file = tmp_path / "a.jsonl"
    file.write_text("\n".join(lines))
    found = limit_in_transcript("claude", file, S)
    assert (found is not None) is is_limit
    assert found is None or found.until == berlin(2026, 10, 24, 15)
    assert limit_in_transcript("codex", file, S) is None


PROMPT = "╭────╮\n│ >  │\n╰────╯\n"
HIT = "You've hit your limit · resets 3pm"
SPENT = "You have exhausted your capacity on this model."


@pytest.mark.parametrize(
    ("family", "screen", "is_limit"),
    [
        ("claude", f"⏺ I look\n  ⎿  {HIT}\n     /upgrade\n{PROMPT}", True),
        ("claude", f"  ⎿  {HIT}\n⏺ That is in the log.\n{PROMPT}", False),
        ("claude", f"⏺ {HIT}\n{PROMPT}", False),
        ("codex", f"■ You've hit your usage limit. Try again in 2\nhours.\n{PROMPT}", True),
        ("codex", f"• Ran cat log\n  └ You've hit your usage limit.\n{PROMPT}", False),
        ("gemini", f"✕ [API Error: {SPENT}\n{PROMPT}", True),
        ("gemini", f"✦ {SPENT}\n{PROMPT}", False),
        (None, "■ You've hit your usage limit.\n", False),
        ("shell", "Claude usage limit reached. Your limit will reset at 3pm\n", False),
    ],
)  # fmt: skip
def test_a_screen_tells_by_the_sign_of_an_error(
    family: str | None, screen: str, is_limit: bool
) -> None:
    """What a tool prints, or a model writes, holds nobody up."""
    assert (limit_on_screen(family, screen, S) is not None) is is_limit


@pytest.mark.parametrize(
    ("family", "tail", "is_limit"),
    [
        ("claude", "working\nClaude AI usage limit reached|1790000000\n", True),
        ("codex", "ERROR: You've hit your usage limit. Try again in 3 hours.\n", True),
        ("claude", "Claude AI usage limit reached|1790000000\nit went on\n", False),
        ("claude", "I saw: Claude AI usage limit reached|1790000000\n", False),
        (None, "Claude AI usage limit reached|1790000000\n", False),
        ("claude", "", False),
    ],
)
def test_a_log_tells_by_its_last_line(family: str | None, tail: str, is_limit: bool) -> None:
    """A client without a screen says why it ended, and ends."""
    assert (limit_in_log(family, tail, S) is not None) is is_limit
