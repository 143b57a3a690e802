"""gt mail: who may be written to, who wrote, how it is read, answered, found and put away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gastown.domain.mail import MAIL, MailState
from gastown.errors import MoveRefused
from gastown.ids import ulid
from gastown.ops.mailing import LONGEST_BODY, LONGEST_SUBJECT
from tests.support.desk import Desk
from tests.support.queue import RED

ADA = "mp/crew/ada"


def box(desk: Desk, address: str) -> list[Any]:
    """All mail of a mailbox."""
    return desk.town.read().mail(address)


def send(desk: Desk, *words: str, at: str = "", status: int = 0) -> Any:
    """Send a message with a subject; the ids, by reader."""
    said = desk.gt("mail", "send", *words, "-s", "Hello", "--json", at=at, status=status)
    return {one["to"]: one["id"] for one in said.data["mail"]} if status == 0 else said.error


# What may become of a message


@given(moves=st.lists(st.sampled_from(["read", "archive"]), max_size=4))
def test_a_message_only_goes_on(moves: list[str]) -> None:
    """Whatever is tried, what was read is never unread again, what was put away stays there."""
    order = [MailState.UNREAD, MailState.READ, MailState.ARCHIVED]
    state = MailState.UNREAD
    for move in moves:
        try:
            after = MAIL.after(state, move)
        except MoveRefused:
            assert state is MailState.ARCHIVED or (state, move) == (MailState.READ, "read")
            continue
        assert order.index(after) > order.index(state)
        state = after


def test_every_state_of_a_message_is_reached() -> None:
    """The table leads from unread to each state, and out of archived nowhere."""
    assert MAIL.possible(MailState.UNREAD) == ["read", "archive"]
    assert MAIL.possible(MailState.READ) == ["archive"]
    assert MAIL.final() == {MailState.ARCHIVED}


# Addresses


ADDRESSES = (
    (["human"], ["human"]), (["mayor/"], ["mayor"]), (["mp/ada"], ["mp/ada"]),
    (["mp/crew/ada"], ["mp/ada"]), (["mp/polecats/toast"], ["mp/toast"]), (["ada"], ["mp/ada"]),
    (["toast"], ["mp/toast"]), (["@crew"], ["mp/ada", "mp/bob"]), (["@polecats"], ["mp/toast"]),
    (["@mp"], ["mp/ada", "mp/bob", "mp/toast"]),
    (["@all"], ["mayor", "mp/ada", "mp/bob", "mp/toast"]),
    (["bob", "@crew", "bob", "human"], ["mp/bob", "mp/ada", "human"]),
)  # fmt: skip
UNKNOWN = (
    ("mp/adda", 3, "mp/ada"), ("bopb", 3, "mp/bob"), ("@nope", 3, "@mp"), ("x/y/z", 2, "@all"),
    ("MP", 2, "RIG/AGENT"), ("nobody", 3, "gt agents"), ("", 2, "human"),
)  # fmt: skip


def test_addresses(people: Desk) -> None:
    """Each names its readers, once, all in one commit."""
    for words, readers in ADDRESSES:
        before, boxes = people.town.commit(), [len(box(people, one)) for one in readers]
        assert list(send(people, *words)) == readers
        assert people.town.ledger.text("rev-parse", "HEAD^") == before
        assert [len(box(people, one)) - had for one, had in zip(readers, boxes, strict=True)] == (
            [1] * len(readers)
        )


def test_an_unknown_address_sends_nothing_to_anybody(people: Desk) -> None:
    """The error comes at sending, names what is near, and the other readers get nothing either."""
    before = people.town.commit()
    for word, status, told in UNKNOWN:
        assert told in send(people, "human", word, status=status)["hint"]
    assert people.town.commit() == before


def test_a_name_of_two_is_no_address(people: Desk, tmp_path: Path) -> None:
    """A bare name that two bear must be said in full; a crew's comes before an agent's."""
    people.gt("rig", "add", "second", tmp_path / "project")
    people.gt("crew", "add", "ada", "--rig", "second")
    said = send(people, "ada", status=2)
    assert "mp/ada" in said["message"]
    assert "second/ada" in said["message"]
    people.gt("crew", "add", "toast", "--rig", "second")
    assert list(send(people, "toast")) == ["second/toast"]


def test_the_sender_is_who_stands_there(people: Desk) -> None:
    """It comes from the place, whatever variables say; a group is without its sender."""
    said = people.run("gt", "mail", "send", "@mp", "human", "-s", "x", "--json", at=ADA,
                      env={"GT_ROLE": "mayor", "BD_ACTOR": "mayor", "GT_AGENT": "bob"})  # fmt: skip
    assert [(m["sender"], m["to"]) for m in said.data["mail"]] == [
        ("mp/ada", "mp/bob"), ("mp/ada", "mp/toast"), ("mp/ada", "human"),
    ]  # fmt: skip
    assert "besides you" in send(people, "@polecats", at="mp/polecats/toast", status=1)["message"]


def test_an_agent_that_is_gone_gets_no_mail_and_keeps_its_own(people: Desk) -> None:
    """Writing to it is refused; what it got stays readable, and is not for the next of its name."""
    mail = send(people, "ada")["mp/ada"]
    people.gt("crew", "remove", "ada")
    assert "gone" in send(people, "mp/ada", status=1)["message"]
    [found] = people.gt("mail", "inbox", "mp/ada", "--json").data
    assert found["id"] == mail
    assert "Hello" in people.gt("mail", "read", mail).out
    assert box(people, "mp/ada")[0].state == "unread"
    people.gt("crew", "add", "ada")
    people.gt("mail", "check", at=ADA, status=1)
    assert len(people.gt("mail", "inbox", "--all", "--json", at=ADA).data) == 1
    send(people, "ada")
    people.gt("mail", "check", at=ADA)


# Sending, reading, answering


def test_text_is_data(people: Desk, tmp_path: Path) -> None:
    """Escapes, formats, markup and commands come out as they went in, and are shown harmless."""
    subject = f"\x1b[31m#(touch {tmp_path}/x) [bold]; $(id)"
    body = "a\n\x1b]0;title\x07`id`\u202e\n\tb"
    people.gt("mail", "send", "ada", "-s", subject, "-m", "-", stdin=body)
    [mail] = box(people, "mp/ada")
    assert (mail.subject, mail.body) == (subject, body)
    said = people.gt("mail", "inbox", at=ADA).out + people.gt("mail", "read", mail.id, at=ADA).out
    assert "\\x1b[31m#(touch" in said
    assert not {"\x1b", "\x07", "\u202e"} & set(said)
    assert not (tmp_path / "x").exists()


SIZES = (
    ("x" * (LONGEST_SUBJECT + 1), "", 1, "-m TEXT"), ("x", "é" * LONGEST_BODY, 1, "--about"),
    (" \n ", "", 2, "-s SUBJECT"), ("x" * LONGEST_SUBJECT, "y" * LONGEST_BODY, 0, ""),
)  # fmt: skip


def test_sizes(people: Desk) -> None:
    """What is too long is refused with where to put it, and nothing is sent."""
    for subject, body, status, told in SIZES:
        words = ("ada", "-s", subject, "-m", "-")
        assert told in people.gt("mail", "send", *words, stdin=body, status=status).err
        assert len(box(people, "mp/ada")) == (status == 0)


def test_what_a_message_is_about_must_be_there(people: Desk) -> None:
    """A bead, convoy or request of that id exists, and is told with the message."""
    bead = people.bead("A bead")
    send(people, "ada", "--about", bead)
    assert bead in people.gt("mail", "read", box(people, "mp/ada")[0].id, at=ADA).out
    assert "mp-none" in send(people, "ada", "--about", "mp-none", status=3)["message"]


def test_an_exchange(people: Desk) -> None:
    """Answers go to who wrote, count the message as read, and are one thread with it."""
    first = send(people, "@crew")
    people.gt("mail", "reply", first["mp/ada"], "-m", "Yes", at=ADA)
    people.gt("mail", "reply", first["mp/bob"][-8:], "-m", "No", at="mp/crew/bob")
    yes, no = box(people, "human")
    assert [(m.sender, m.subject, m.reply_to) for m in (yes, no)] == [
        ("mp/ada", "Re: Hello", first["mp/ada"]), ("mp/bob", "Re: Hello", first["mp/bob"]),
    ]  # fmt: skip
    assert box(people, "mp/ada")[0].state == "read"
    people.gt("mail", "reply", yes.id, "-m", "Good")
    shown = people.gt("mail", "thread", no.id, "--json").data
    assert [(one["to"], one["mail"]["body"]) for one in shown] == [
        (["mp/ada", "mp/bob"], ""), (["human"], "Yes"), (["human"], "No"), (["mp/ada"], "Good"),
    ]  # fmt: skip
    assert people.gt("mail", "thread", yes.id).out.count("----") == 3


def test_the_town_is_not_answered(people: Desk) -> None:
    """A message of the town has no reader behind it; an empty answer is none."""
    bead = people.bead("a")
    people.gt("convoy", "create", "X", bead)
    people.bd("close", bead)
    [mail] = box(people, "human")
    assert mail.sender == "town"
    assert "nobody would read" in people.gt("mail", "reply", mail.id, "-m", "x", status=1).err
    people.gt("mail", "reply", mail.id, "-m", " ", status=2)


def test_only_its_reader_reads_a_message(people: Desk) -> None:
    """The person may look at an agent's mail: it stays unread there."""
    mail = send(people, "ada")["mp/ada"]
    assert "mail of mp/ada, unread there" in people.gt("mail", "read", mail).out
    assert len(people.gt("mail", "inbox", "ada", "--json").data) == 1
    people.gt("mail", "read", mail, at=ADA)
    people.gt("mail", "read", mail, at=ADA)
    assert people.gt("mail", "inbox", "ada", "--json").data == []


def test_ids_are_told_apart(people: Desk) -> None:
    """An end that several share is refused with the whole ids; an empty one finds nothing."""
    for word in ("ada", "bob"):
        send(people, word)
    ends = {mail.id[-1] for mail in people.town.read().mail()}
    if len(ends) == 1:
        people.gt("mail", "read", ends.pop(), status=2)
    people.gt("mail", "read", ulid(1, b"0" * 10), status=3)
    people.gt("mail", "read", "", status=3)


def test_archiving(people: Desk) -> None:
    """Named ones, or all that were read; never another's, but for the person."""
    first, second, third = (send(people, "ada")["mp/ada"] for _ in range(3))
    people.gt("mail", "archive", first, at="mp/crew/bob", status=1)
    people.gt("mail", "archive", at=ADA, status=2)
    people.gt("mail", "read", second, at=ADA)
    people.gt("mail", "archive", "--read", at=ADA)
    people.gt("mail", "archive", first)
    people.gt("mail", "archive", first, status=4)
    assert [m["id"] for m in people.gt("mail", "inbox", "--json", at=ADA).data] == [third]
    states = [m["state"] for m in people.gt("mail", "inbox", "-a", "--json", at=ADA).data]
    assert states == ["archived", "archived", "unread"]


def test_searching(people: Desk) -> None:
    """Whatever the case, in what one got or sent; with --all in everybody's."""
    people.gt("mail", "send", "ada", "-s", "The Dragon", "-m", "sleeps")
    found = lambda *words, at="": len(  # noqa: E731
        people.gt("mail", "search", *words, "--json", at=at).data
    )
    assert [found("dRAGON"), found("sleeps", at=ADA), found("nothing")] == [1, 1, 0]
    assert [found("sleeps", at="mp/crew/bob"), found("sleeps", "--all", at="mp/crew/bob")] == [0, 1]
    people.gt("mail", "search", " ", status=2)


def test_many_at_once_all_arrive_in_order(people: Desk) -> None:
    """Twenty real processes that send at the same time: each arrives, in the order of commits."""
    words = ("gt", "mail", "send", "human", "-m", "x", "-s")
    said = people.together(*((*words, f"number {one}") for one in range(20)))
    assert [one.status for one in said] == [0] * 20
    found = box(people, "human")
    assert {mail.subject for mail in found} == {f"number {one}" for one in range(20)}
    log = people.town.ledger.text("log", "--reverse", "-20", "--format=%s", "refs/heads/town")
    assert [line.rpartition(": ")[2] for line in log.splitlines()] == [m.subject for m in found]


# Who is told what


def test_the_mayor_and_the_person_are_told_when_a_convoy_lands(desk: Desk) -> None:
    """Of one that somebody made, each once; of one that a sling made, nobody who has not asked."""
    bead = desk.bead("a", "--rig", "mp")
    desk.gt("convoy", "create", "X", bead, "--notify=mayor")
    desk.bd("close", bead)
    assert [m.subject for m in box(desk, "mayor")] == ["convoy landed: X"]
    assert [m.subject for m in box(desk, "human")] == ["convoy landed: X"]
    slung, _ = desk.sling("b")
    desk.bd("close", slung, "--force")
    assert len(box(desk, "human")) == len(box(desk, "mayor")) == 1


def test_who_notifies_is_called_by_one_name(people: Desk) -> None:
    """Found as a bug: mail for `mp/crew/ada` went into a mailbox that nobody reads."""
    bead = people.bead("a")
    people.gt("convoy", "create", "X", bead, "--notify=mp/crew/ada")
    people.bd("close", bead)
    assert [m.subject for m in box(people, "mp/ada")] == ["convoy landed: X"]


def test_the_mayor_is_told_when_its_work_does_not_merge(desk: Desk) -> None:
    """A bead that the mayor made fails its gate: its mail says so; of others it gets none."""
    desk.gate(RED)
    bead = desk.bd("create", "Of the mayor", "--rig", "mp", "--silent", at="mayor").out.strip()
    [slung] = desk.gt("sling", bead, "mp", "--no-start", "--json").data
    desk.work(Path(slung["path"]))
    desk.gt("done", at=slung["path"])
    other, _ = desk.hand_in("Of the person")
    desk.gt("refinery", "run", status=1)
    assert [m.subject for m in box(desk, "mayor")] == [f"merge failed: {bead}"]
    told = {m.subject for m in box(desk, "human")}
    assert {f"merge failed: {bead}", f"merge failed: {other}"} <= told


def test_the_mayor_is_told_of_a_gate_that_does_not_open(desk: Desk) -> None:
    """What waits for a decision is told to the person and the mayor, once."""
    desk.bd("gate", "create", "--timeout", "1ns", "--rig", "mp")
    for _ in range(2):
        desk.bd("gate", "check", "--escalate")
    assert len(box(desk, "mayor")) == len(box(desk, "human")) == 1
