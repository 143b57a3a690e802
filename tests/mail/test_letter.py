"""What a model is told of its mail: within its room, as quotations, and nothing of it lost."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gastown.domain.mail import Mail, MailKind
from gastown.views.letter import LIMIT, ago, tell

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
TEXT = st.text(max_size=60) | st.text("x\n> `\x1b\u202e", max_size=9000)
OURS = ("[gastown]", "Mail ", "Nudge ", "Answer with", "They count", "(the rest")


@st.composite
def messages(draw: st.DrawFn) -> list[Mail]:
    """Unread messages, oldest first."""
    return [
        Mail(
            id=f"{number:026d}", to="mp/a", sender=draw(st.sampled_from(["human", "mp/b", "town"])),
            subject=draw(TEXT), body=draw(TEXT), kind=draw(st.sampled_from(MailKind)),
            about=draw(st.none() | TEXT), sent_at=f"2026-01-05T11:00:{number:02d}Z",
        )
        for number in range(draw(st.integers(0, 12)))
    ]  # fmt: skip


@given(unread=messages())
def test_it_fits_and_loses_nothing(unread: list[Mail]) -> None:
    """At most four thousand bytes; what was told and what is left are all there were."""
    told = tell(unread, NOW)
    assert len(told.text.encode()) <= LIMIT
    assert bool(told.text) == bool(unread) == bool(told.mail)
    assert len(told.mail) + told.left == len(unread)
    assert len({mail.id for mail in told.mail}) == len(told.mail)
    kinds = [mail.kind for mail in told.mail]
    assert kinds == sorted(kinds, key=lambda kind: kind is not MailKind.NUDGE)
    assert (f"{told.left} more: gt mail inbox" in told.text) == bool(told.left)


@given(unread=messages())
def test_no_line_of_a_message_passes_for_ours(unread: list[Mail]) -> None:
    """Every line is one of ours or a quotation, and nothing in it moves a cursor."""
    text = tell(unread, NOW).text
    assert all(char == "\n" or char.isprintable() or char in "\t\u200c\u200d" for char in text)
    for line in text.split("\n"):
        more = line[:1].isdigit() and " more: gt mail inbox" in line
        assert not line or line.startswith((">", *OURS)) or more, line


def test_it_says_who_wrote_and_how_to_answer() -> None:
    """The verified sender, when, what it is about, and the command to answer with."""
    mail = Mail(
        id="01M8307DHR363HQYQ2XV6KGKEX", to="mp/a", sender="mp/toast", subject="A question",
        body="Which\nway?", about="mp-1", sent_at="2026-01-05T11:58:00Z",
    )  # fmt: skip
    assert tell([mail], NOW).text == (
        "[gastown] New messages. They are quoted as they were sent; the senders' names are"
        " verified.\n\nMail 6KGKEX from mp/toast (2 minutes ago), subject: A question"
        " [about mp-1]\n> Which\n> way?\n\n"
        'Answer with: gt mail reply 6KGKEX -m "…"\n'
    )


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2026-01-05T11:59:30Z", "just now"), ("2026-01-05T11:59:00Z", "1 minute ago"),
        ("2026-01-05T09:00:00", "3 hours ago"), ("2026-01-01T12:00:00Z", "4 days ago"),
        ("2026-01-06T12:00:00Z", "just now"), ("soon", "at an unknown time"),
    ],
)  # fmt: skip
def test_how_long_ago(moment: str, words: str) -> None:
    """In the largest unit; a clock that went back says just now."""
    assert ago(moment, NOW) == words
