"""The spool: oldest first, taken once, and nothing in it can hurt."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gastown.store.spool import MAX_BYTES, BadEvent, Event, Spool, parse

GOOD = b"event post-commit\ngitdir /r/worktrees/toast\nhook mp/toast\ngeneration 2\n"


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    """An empty spool."""
    made = Spool(tmp_path / "spool")
    made.make()
    return made


def put(spool: Spool, name: str, data: bytes = GOOD, at_ns: int | None = None) -> Path:
    """An event as a git hook leaves it."""
    file = spool.new / name
    file.write_bytes(data)
    if at_ns is not None:
        os.utime(file, ns=(at_ns, at_ns))
    return file


def test_events_come_oldest_first(spool: Spool) -> None:
    """Order is that of writing, not of names."""
    for name, at in (("b", 3_000), ("c", 1_000), ("a", 2_000)):
        put(spool, name, at_ns=at)
    assert spool.waiting() == ["c", "a", "b"]
    assert not spool.is_empty()


def test_an_event_says_what_and_where(spool: Spool) -> None:
    """All that a git hook tells can be read back."""
    put(spool, "x", GOOD + b"ref refs/heads/a 1 2\nref refs/heads/b 1 2\nref refs/heads/a 2 3\n")
    assert spool.read("x") == Event(
        "x", "post-commit", "/r/worktrees/toast", "mp/toast", 2, None,
        ("refs/heads/a", "refs/heads/b"),
    )  # fmt: skip
    spool.done("x")
    assert spool.is_empty()
    assert spool.read("x") is None


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "does not say its event and gitdir"),
        (b"event post-commit\n", "does not say its gitdir"),
        (b"\xff\xfe", "not UTF-8"),
        (GOOD.replace(b"generation 2", b"generation two"), "its generation is 'two'"),
        (b"x" * (MAX_BYTES + 1), "the limit is"),
    ],
)
def test_what_is_no_event_is_put_aside_with_the_reason(spool: Spool, data: bytes, why: str) -> None:
    """A bad event neither stops the others nor gets lost."""
    put(spool, "x", data)
    with pytest.raises(BadEvent, match=why) as bad:
        spool.read("x")
    spool.reject("x", str(bad.value))
    assert spool.is_empty()
    kept = sorted((spool.folder / "bad").iterdir())
    assert [file.suffix == ".reason" for file in kept] == [False, True]
    assert kept[0].read_bytes() == data
    assert why in kept[1].read_text()


@pytest.mark.parametrize("kind", ["link", "fifo", "folder"])
def test_only_plain_files_are_read(spool: Spool, tmp_path: Path, kind: str) -> None:
    """A link to a secret, a pipe that would block for ever and a folder are no events."""
    secret = tmp_path / "secret"
    secret.write_bytes(GOOD)
    place = spool.new / "x"
    {
        "link": lambda: place.symlink_to(secret),
        "fifo": lambda: os.mkfifo(place),
        "folder": place.mkdir,
    }[kind]()
    with pytest.raises(BadEvent) as bad:
        spool.read("x")
    spool.reject("x", str(bad.value))
    assert spool.is_empty()
    assert secret.read_bytes() == GOOD


def test_a_spool_that_is_gone_is_empty(tmp_path: Path) -> None:
    """Whoever removed the spool finds a town that still works."""
    spool = Spool(tmp_path / "nowhere")
    assert spool.is_empty()
    assert spool.waiting() == []
    spool.sweep()
    spool.make()
    assert oct(spool.new.stat().st_mode & 0o777) == "0o700"


def test_only_old_leftovers_are_swept(spool: Spool) -> None:
    """What a git hook is writing just now stays."""
    old, young = spool.folder / "tmp" / "old", spool.folder / "tmp" / "young"
    for file in (old, young):
        file.write_text("half")
    os.utime(old, (1, 1))
    spool.sweep()
    assert not old.exists()
    assert young.exists()


@given(st.binary(max_size=300))
def test_any_bytes_are_an_event_or_refused(data: bytes) -> None:
    """The parser never fails in another way."""
    try:
        event = parse("x", data)
    except BadEvent:
        return
    assert event.kind
    assert event.gitdir
