"""`gt feed` as lines: into a pipe, followed, filtered, and as JSON."""

from __future__ import annotations

import json
import os
import select
import subprocess

from tests.support.desk import Desk
from tests.support.waiting import until


def test_lines_tell_who_did_what_oldest_first(desk: Desk) -> None:
    bead, _ = desk.hand_in("Parse it")
    desk.gt("mail", "send", "human", "-s", "hi", "-m", "\x1b[31mred")
    lines = desk.gt("feed").out.splitlines()
    told = [line.split(None, 1)[1] for line in lines]
    assert told.index(f"+ human           create {bead}: Parse it") < told.index(
        f"↑ mp/toast        is done with {bead}"
    )
    assert told[-1] == "@ human           mail to human: hi"
    assert desk.gt("feed", "--plain", "-n", "1").out.splitlines() == lines[-1:]
    assert desk.gt("feed", "--type", "mail").out.splitlines() == lines[-1:]
    of_rig = desk.gt("feed", "--rig", "mp").out
    assert "mail to human" not in of_rig
    assert bead in of_rig
    assert "nothing has happened" in desk.gt("feed", "--rig", "mp", "--type", "mail").out


def test_since_a_moment_and_since_a_commit(desk: Desk) -> None:
    before = desk.town.commit()
    bead = desk.bead("Later")
    assert [line for line in desk.gt("feed", "--since", before).out.splitlines() if bead in line]
    assert len(desk.gt("feed", "--since", before[:10]).out.splitlines()) == 1
    assert "rig add" in desk.gt("feed", "--since", "9d").out
    assert "nothing has happened" in desk.gt("feed", "--since", "2200-01-01").out
    assert desk.gt("feed", "--since", "0123456789", status=3).err.startswith("gt: the ledger has")
    assert "neither a moment" in desk.gt("feed", "--since", "soon", status=2).err
    assert desk.gt("feed", "-p", "--follow", status=2).err


def test_json_is_an_envelope(desk: Desk) -> None:
    bead = desk.bead("A bead")
    found = desk.gt("feed", "-n", "1", "--json").data
    assert [(one["mark"], one["kinds"], one["text"]) for one in found] == [
        ("created", ["bead"], f"create {bead}: A bead")
    ]


def test_a_reader_that_goes_away_ends_it_silently(desk: Desk) -> None:
    for _ in range(3):
        desk.bead()
    said = desk.run("sh", "-c", "gt feed --plain --follow | head -n 3", env=with_scripts(desk))
    assert len(said.out.splitlines()) == 3
    assert said.err == ""


def test_following_tells_what_comes_one_json_object_a_line(desk: Desk) -> None:
    feed = desk.start("gt", "feed", "--follow", "--json", "-n", "1")
    try:
        assert json.loads(next_line(feed))["actor"]
        bead = desk.bead("While you look")
        found = json.loads(next_line(feed))
        assert (found["mark"], found["text"]) == ("created", f"create {bead}: While you look")
        bursts = [desk.bead(f"Burst {number}") for number in range(3)]
        told = [json.loads(next_line(feed))["text"] for _ in bursts]
        assert told == [f"create {one}: Burst {n}" for n, one in enumerate(bursts)]
    finally:
        feed.terminate()
        feed.communicate(timeout=10)


def next_line(feed: subprocess.Popen[str]) -> str:
    assert feed.stdout is not None
    pipe = feed.stdout.fileno()
    found = bytearray()

    def is_whole() -> bool:
        while not found.endswith(b"\n") and select.select([pipe], [], [], 0)[0]:
            found.extend(os.read(pipe, 1))
        return found.endswith(b"\n")

    until(is_whole)
    return found.decode()


def with_scripts(desk: Desk) -> dict[str, str]:
    from tests.support.desk import SCRIPTS

    return {"PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"}
