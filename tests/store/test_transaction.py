"""One operation is one commit or none; what it says in the ledger; what it refuses."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from gastown.domain.bead import BeadState
from gastown.domain.hook import HookState
from gastown.errors import MoveRefused, NotFound, Refused
from gastown.store import locks
from gastown.store.codec import MAX_BYTES
from gastown.store.layout import record_path
from gastown.store.town import Town
from tests.support.environment import Traps
from tests.support.people import git
from tests.support.soundness import assert_sound, history, message, subjects, trailers
from tests.support.towns import a_bead, a_convoy, a_hook, a_mail, a_merge, a_rig, put


def test_what_belongs_together_is_one_commit(bare_town: Town, any_gitconfig: Traps | None) -> None:
    """Records of several kinds become one commit, whatever the person's git settings are."""
    records = [a_bead(), a_hook(), a_convoy(), a_merge(), a_mail(), a_rig()]
    before = history(bare_town)
    put(bare_town, *records, subject="sling mp-abc to mp/toast")
    assert history(bare_town)[:-1] == before
    changed = git(
        bare_town.layout.town_git, "diff", "--no-ext-diff", "--name-only", "town~1", "town"
    )
    assert set(changed.splitlines()) == {record_path(record) for record in records}
    assert_sound(bare_town)
    assert any_gitconfig is None or "hook-reference-transaction" not in any_gitconfig.sprung()


def test_the_message_says_who_did_what(bare_town: Town) -> None:
    """Subject in words; trailers with operation, actor, every move, and the cause."""
    put(bare_town, a_bead(), a_hook())
    with bare_town.transaction("sling", actor="mp/toast", cause="01ARZ3") as tx:
        tx.put(tx.bead("mp-abc").with_(status="hooked", assignee="mp/toast"))
        tx.put(replace(tx.hook("mp/toast"), state=HookState.ACTIVE, bead="mp-abc"))
        tx.put(a_rig())
        tx.subject = "sling mp-abc to mp/toast"
    said = trailers(bare_town)
    assert message(bare_town).splitlines()[0] == "sling mp-abc to mp/toast"
    assert re.fullmatch("[0-9A-HJKMNP-TV-Z]{26}", said[0][1])
    assert said == [
        ("Op", said[0][1]),
        ("Actor", "mp/toast"),
        ("Move", "bead mp-abc open -> hooked"),
        ("Move", "hook mp/toast created -> active"),
        ("Move", "rig mp none -> present"),
        ("Cause", "01ARZ3"),
    ]


def test_two_operations_never_share_an_id(bare_town: Town) -> None:
    """Operation ids differ even where the clock stands still."""
    first, second = (put(bare_town, a_bead(f"mp-{n}")) for n in "ab")
    assert trailers(bare_town, first)[0] != trailers(bare_town, second)[0]


@pytest.mark.parametrize(
    ("actor", "identity"),
    [
        ("human", "Ada Person <ada@example.org>"),
        ("mp/toast", "mp/toast <toast@mp.gt>"),
        ("mayor", "mayor <mayor@town.gt>"),
        ("mp/x>\ny", "mp/xy <xy@mp.gt>"),
    ],
)
def test_the_author_is_the_actor(bare_town: Town, actor: str, identity: str) -> None:
    """A person is named as the settings say, an agent by its address."""
    put(bare_town, a_bead(), actor=actor)
    shown = git(bare_town.layout.town_git, "log", "-1", "--format=%an <%ae>%n%cn <%ce>", "town")
    assert shown.splitlines() == [identity, identity]


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        ("close\nActor: mayor\n\nMove: x", "close Actor: mayor Move: x"),
        ("a\0b\x1b[2J\x9b\u202ec\td\r", "a b [2J c d"),
        ("  much   space  ", "much space"),
        ("x" * 500, "x" * 200),
        ("fix ☕ ünïcode\ud800", "fix ☕ ünïcode"),
    ],
)
def test_a_subject_is_one_plain_line(bare_town: Town, subject: str, shown: str) -> None:
    """Control characters and line breaks of a subject cannot forge trailers or move a cursor."""
    put(bare_town, a_bead(), subject=subject)
    assert message(bare_town).splitlines()[0] == shown
    assert [key for key, _ in trailers(bare_town)] == ["Op", "Actor", "Move"]


def test_an_actor_cannot_forge_trailers(bare_town: Town) -> None:
    """Found as a bug: a line break in an actor or a cause became a trailer of its own."""
    with bare_town.transaction("x", actor="mp/a\nActor: human", cause="1\nMove: evil") as tx:
        tx.put(a_bead())
    assert [key for key, _ in trailers(bare_town)] == ["Op", "Actor", "Move", "Cause"]


def test_an_exception_leaves_nothing(bare_town: Town) -> None:
    """What fails half-way was never there, and the next operation works."""
    before = history(bare_town)
    with pytest.raises(ZeroDivisionError):
        with bare_town.transaction("half", actor="human") as tx:
            tx.put(a_bead())
            _ = 1 / 0
    assert history(bare_town) == before
    assert not (bare_town.layout.hq / "beads").exists()
    put(bare_town, a_bead())
    assert_sound(bare_town)


def test_nothing_put_is_no_commit(bare_town: Town) -> None:
    """An operation that decides to change nothing leaves no trace."""
    put(bare_town, a_bead())
    before = history(bare_town)
    put(bare_town)
    put(bare_town, a_bead())
    with bare_town.transaction("same settings", actor="human") as tx:
        tx.put_document("town.toml", bare_town.layout.settings.read_bytes())
    assert history(bare_town) == before


def test_own_writes_are_seen(bare_town: Town) -> None:
    """Within an operation a record is as it was put last; `read` is the town before it."""
    put(bare_town, a_bead(), a_hook(), a_mail(), a_rig())
    with bare_town.transaction("several steps", actor="human") as tx:
        tx.put(tx.bead("mp-abc").with_(status="hooked"))
        tx.put(tx.bead("mp-abc").with_(status="in_progress"))
        tx.put(a_bead("mp-new"))
        tx.put(replace(tx.hook("mp/toast"), runtime="claude"))
        assert tx.bead("mp-abc").state is BeadState.IN_PROGRESS
        assert tx.bead("mp-new").title
        hook = tx.find_hook("mp/toast")
        assert hook is not None
        assert hook.runtime == "claude"
        assert tx.read.bead("mp-abc").state is BeadState.OPEN
        tx.delete(tx.bead("mp-new"))
        with pytest.raises(NotFound):
            tx.bead("mp-new")
        assert tx.rig("mp").branch == "main"
    moves = [value for key, value in trailers(bare_town) if key == "Move"]
    assert moves[:2] == ["bead mp-abc open -> hooked", "bead mp-abc hooked -> in_progress"]
    assert_sound(bare_town)


def test_deleting_keeps_the_history(bare_town: Town) -> None:
    """A deleted record is gone from hq and from reads, and is still in the ledger's history."""
    put(bare_town, a_bead())
    with bare_town.transaction("delete", actor="human") as tx:
        tx.delete(tx.bead("mp-abc"))
    path = record_path(a_bead())
    assert not (bare_town.layout.hq / path).exists()
    assert ("Move", "bead mp-abc open -> gone") in trailers(bare_town)
    assert git(bare_town.layout.town_git, "show", f"town~1:{path}")
    assert_sound(bare_town)


def test_an_illegal_move_is_refused_when_it_is_put(bare_town: Town) -> None:
    """The table is asked at every put; the message says from where to where, the hint what goes."""
    put(bare_town, a_bead(status="closed"), a_hook())
    before = history(bare_town)
    with pytest.raises(MoveRefused, match="bead mp-abc cannot go from closed to hooked") as refused:
        with bare_town.transaction("sling", actor="human") as tx:
            tx.put(tx.bead("mp-abc").with_(status="hooked"))
    assert refused.value.hint == "from closed it can: reopen, delete"
    with pytest.raises(MoveRefused, match="hook mp/new cannot go from nothing to active"):
        put(bare_town, a_hook("mp/new", state=HookState.ACTIVE))
    assert history(bare_town) == before


def test_a_new_generation_starts_anew(bare_town: Town) -> None:
    """A name that is given out again begins its lifecycle again; the same generation cannot."""
    put(bare_town, a_hook())
    put(bare_town, a_hook(state=HookState.ARCHIVED))
    with pytest.raises(MoveRefused):
        put(bare_town, a_hook())
    put(bare_town, a_hook(generation=2))
    assert ("Move", "hook mp/toast none -> created") in trailers(bare_town)


def test_a_nested_operation_is_our_bug(bare_town: Town) -> None:
    """A second operation inside of one would wait for ever; it raises, and the lock is freed."""
    with pytest.raises(RuntimeError, match="already held"):
        with bare_town.transaction("outer", actor="human"):
            with Town(bare_town.layout.root).transaction("inner", actor="human"):
                pass
    assert not locks.is_held(bare_town.layout.locks / "town")
    put(bare_town, a_bead())


def test_what_is_too_large_is_refused(bare_town: Town) -> None:
    """A huge text stays out of the ledger, and the hint says where to put it."""
    with pytest.raises(Refused, match="the limit is") as refused:
        put(bare_town, a_bead(description="x" * MAX_BYTES))
    assert "file" in str(refused.value.hint)
    assert len(history(bare_town)) == 1


@pytest.mark.parametrize(
    "ask",
    [
        lambda tx: tx.bead("mp-x"), lambda tx: tx.hook("mp/x"), lambda tx: tx.convoy("cv-x"),
        lambda tx: tx.merge("mr-x"), lambda tx: tx.rig("x"), lambda tx: tx.bead("x\ny"),
    ],
)  # fmt: skip
def test_what_is_missing_is_said_so(bare_town: Town, ask: object) -> None:
    """Each kind's error tells how to see what there is."""
    with pytest.raises(NotFound) as missing:
        with bare_town.transaction("ask", actor="human") as tx:
            ask(tx)  # type: ignore[operator]
    assert missing.value.hint


def test_git_is_asked_not_the_cache(bare_town: Town) -> None:
    """A transaction reads what it changes from git: a lying cache cannot get into the ledger."""
    put(bare_town, a_bead(), a_hook())
    bare_town.read()
    bare_town.close()
    with closing(sqlite3.connect(bare_town.layout.cache, isolation_level=None)) as connection:
        connection.execute(
            "UPDATE record SET data=CAST(replace(CAST(data AS TEXT), 'Title', 'Lie') AS BLOB)"
        )
    assert bare_town.read().bead("mp-abc").title == "Lie of mp-abc"
    with bare_town.transaction("close", actor="human") as tx:
        tx.put(tx.bead("mp-abc").with_(status="closed"))
    shown = git(bare_town.layout.town_git, "show", f"town:{record_path(a_bead())}")
    assert '"title": "Title of mp-abc"' in shown
    assert subjects(bare_town)[-1] == "close"
