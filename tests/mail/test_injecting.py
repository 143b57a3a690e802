"""Unread mail is told to an agent's model once, and its scripts know when there is nothing new."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from gastown.ops.injecting import inject
from gastown.runtime.agent_folder import agent_folder
from tests.support.desk import Desk

ADA = "mp/crew/ada"


@pytest.fixture
def ada(people: Desk) -> Desk:
    """A town with the crew `ada`."""
    return people


def send(desk: Desk, subject: str, body: str = "text") -> None:
    """Send ada a message."""
    desk.gt("mail", "send", "ada", "-s", subject, "-m", body)


def told(desk: Desk) -> str:
    """What ada is told now."""
    said = desk.gt("mail", "check", "--inject", at=ADA)
    assert said.err == ""
    return said.out


def is_news(desk: Desk) -> bool:
    """Whether a script of ada's client would have a look into the mailbox."""
    box = desk.town.layout.mailbox("mp/ada")
    seen = agent_folder(desk.town.layout.agents, "mp/ada").mail_seen
    script = '[ -d "$1" ] || exit 1; [ ! -e "$2" ] || [ "$1" -nt "$2" ]'
    answers = {
        subprocess.run([*shell, "-c", script, "sh", box, seen], check=False).returncode
        for shell in (["dash"], ["bash", "--posix"])
    }
    assert len(answers) == 1, "the shells do not agree"
    return answers == {0}


def test_each_message_is_told_once(ada: Desk) -> None:
    """With status 0 whether there is mail or not; each is marked in one commit."""
    assert told(ada) == ""
    send(ada, "First")
    send(ada, "Second")
    before = ada.town.commit()
    text = told(ada)
    assert text.index("First") < text.index("Second")
    assert ada.town.ledger.text("rev-parse", "HEAD^") == before
    assert told(ada) == ""
    assert [m.state for m in ada.town.read().mail("mp/ada")] == ["read", "read"]
    send(ada, "Third")
    assert ("Third" in (text := told(ada)), "Second" in text) == (True, False)


def test_checking_tells_whether_there_is_mail(ada: Desk) -> None:
    """Status 0 and 1 as upstream's; nothing is marked."""
    assert ada.gt("mail", "check", "--json", at=ADA, status=1).data == []
    send(ada, "First")
    for _ in range(2):
        assert "1 unread message" in ada.gt("mail", "check", at=ADA).out
    said = ada.gt("mail", "check", "--inject", "--json", at=ADA).data
    assert "First" in said
    ada.gt("mail", "check", at=ADA, status=1)


def test_what_does_not_fit_comes_the_next_time(ada: Desk) -> None:
    """A long mailbox is told in pieces, each message in one of them."""
    for number in range(8):
        send(ada, f"number {number}", "long " * 400)
    pieces = []
    while text := told(ada):
        assert len(text.encode()) <= 4000
        pieces.append(text)
        assert is_news(ada) == ("more: gt mail inbox" in text)
    assert len(pieces) > 2
    found = [number for text in pieces for number in range(8) if f"number {number}\n" in text]
    assert found == list(range(8))


def test_a_failed_write_marks_nothing(ada: Desk) -> None:
    """Whoever was to read it and is gone: it is all told again."""
    send(ada, "First")
    before = ada.town.commit()

    def fails(_: str) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        inject(ada.town, "mp/ada", fails)
    assert ada.town.commit() == before
    assert is_news(ada)
    assert "First" in told(ada)
    send(ada, "Second")
    ada.run("sh", "-c", f"{ada._argv(('gt',))[0]} mail check --inject >/dev/full", at=ADA,
            status=None)  # fmt: skip
    assert "Second" in told(ada)


def test_two_at_once_tell_each_message_once(ada: Desk) -> None:
    """Real processes that look at the same time, and mail that comes meanwhile."""
    for number in range(6):
        send(ada, f"number {number};")
    commands = [("env", "-C", str(ada.root / ADA), "gt", "mail", "check", "--inject")] * 4
    more = ("gt", "mail", "send", "ada", "-s", "number 6;")
    said = ada.together(*commands, more)
    texts = "".join(one.out for one in said[:4]) + told(ada)
    assert [texts.count(f"number {number};") for number in range(7)] == [1] * 7


def test_one_put_away_meanwhile_stays_away(ada: Desk) -> None:
    """A message that is archived while it is being told is not brought back."""
    send(ada, "First")
    [mail] = ada.town.read().mail("mp/ada")
    assert inject(ada.town, "mp/ada", lambda _: ada.gt("mail", "archive", mail.id) and None) == 1
    assert ada.town.read().mail("mp/ada")[0].state == "archived"


def test_scripts_know_when_there_is_nothing_new(ada: Desk) -> None:
    """No mailbox is nothing new; after a look only what comes later is; reading is a look, too."""
    assert not is_news(ada)
    told(ada)
    assert not is_news(ada)
    for look in (
        lambda: told(ada),
        lambda: ada.gt("mail", "read", ada.town.read().unread("mp/ada")[0].id, at=ADA),
        lambda: ada.gt("mail", "archive", ada.town.read().unread("mp/ada")[0].id),
    ):
        send(ada, "News")
        assert is_news(ada)
        look()
        assert not is_news(ada)
    assert not agent_folder(ada.town.layout.agents, "human").path.exists()


def test_mail_in_the_same_tick_of_the_clock_is_not_missed(ada: Desk) -> None:
    """A mailbox that changes at once after the look, as far as the clock can tell, is news."""
    box = ada.town.layout.mailbox("mp/ada")
    for number in range(3):
        send(ada, f"number {number}")
        changed = box.stat().st_mtime_ns
        told(ada)
        os.utime(box, ns=(changed, changed))  # as old as it was before the look
        assert is_news(ada)


def test_a_vanished_mailbox_is_no_trouble(ada: Desk, tmp_path: Path) -> None:
    """Its folder may be gone while its file of the last look is there."""
    send(ada, "First")
    told(ada)
    box = ada.town.layout.mailbox("mp/ada")
    aside = tmp_path / "aside"
    box.rename(aside)
    assert not is_news(ada)
    assert told(ada) == ""
    aside.rename(box)


def test_outside_of_towns_it_is_quiet(tmp_path: Path) -> None:
    """A client whose town is gone is not kept from its work."""
    said = Desk(tmp_path).gt("mail", "check", "--inject")
    assert said.out == ""
    assert "no town" in said.err
