"""Exit statuses: each kind of trouble has its own, with and without --json."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.support.desk import SCRIPTS, Desk, Said
from tests.support.soundness import history

PROGRAMS = ("gt", "bd")


def told(program: str, said: Said, code: str, status: int) -> str:
    """Check an error that was asked for as JSON; its message."""
    if program == "gt":
        assert said.err == ""
        assert said.error["code"] == code
        return str(said.error["message"])
    assert said.out == ""
    error = json.loads(said.err)
    assert set(error) == {"error", "code", "hint"}
    assert error["code"] == code
    assert said.status == status
    return str(error["error"])


def fails(
    desk: Desk, program: str, *words: str, status: int, code: str, fault: str = "", at: str = ""
) -> None:
    """Type a real command with and without --json; check status, sentence, and shape."""
    env = {"GT_FAULT": fault} if fault else {}
    plain = desk.run(program, *words, at=at, env=env, status=status)
    assert plain.out == ""
    assert plain.err.startswith(f"{program}: ")
    assert "Traceback" not in plain.err
    as_json = desk.run(program, *words, "--json", at=at, env=env, status=status)
    told(program, as_json, code, status)


@pytest.mark.parametrize(
    ("program", "words", "status", "code"),
    [
        ("gt", ("rig", "add", "mp", "."), 1, "refused"),
        ("gt", ("done",), 1, "refused"),
        ("bd", ("create", "x", "--id", "taken"), 1, "refused"),
        ("gt", ("sling", "nothing"), 2, "usage"),
        ("gt", ("nonsense",), 2, "usage"),
        ("gt", ("config", "set", "nope", "x"), 2, "usage"),
        ("bd", ("create", "x", "-p", "9"), 2, "usage"),
        ("bd", ("show",), 2, "usage"),
        ("gt", ("sling", "nope", "mp"), 3, "not-found"),
        ("gt", ("peek", "mp/nobody"), 3, "not-found"),
        ("bd", ("show", "nope"), 3, "not-found"),
        ("gt", ("sling", "shut", "mp"), 4, "illegal-move"),
        ("bd", ("close", "shut"), 4, "illegal-move"),
    ],
)
def test_what_a_person_can_do_wrong(
    desk: Desk, program: str, words: tuple[str, ...], status: int, code: str
) -> None:
    """Refused 1, usage 2, not found 3, illegal move 4; nothing is written."""
    desk.bead("t", "--id", "taken")
    desk.bead("s", "--id", "shut")
    desk.bd("close", "shut")
    before = history(desk.town)
    fails(desk, program, *words, status=status, code=code)
    assert history(desk.town) == before


@pytest.mark.parametrize("program", PROGRAMS)
def test_no_town_is_3(desk: Desk, program: str, tmp_path: Path) -> None:
    """Outside of every town the way in is named."""
    words = ("status",) if program == "gt" else ("list",)
    fails(desk, program, *words, at=str(tmp_path), status=3, code="not-found")


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_full_disk_is_74(desk: Desk, program: str) -> None:
    """Before the commit nothing happened; said so, and true."""
    words = ("crew", "add", "me") if program == "gt" else ("create", "x")
    before = history(desk.town)
    fails(desk, program, *words, fault="tx:before-commit:enospc", status=74, code="disk")
    assert history(desk.town) == before
    desk.run(program, *words)


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_held_lock_is_75(desk: Desk, program: str) -> None:
    """Another git that holds the ledger's ref is named."""
    desk.town.ledger.run("config", "core.filesRefLockTimeout", "20")
    lock = desk.town.layout.town_git / "refs" / "heads" / "town.lock"
    words = ("convoy", "create", "x") if program == "gt" else ("create", "x")
    lock.write_text("")
    try:
        said = desk.run(program, *words, "--json", status=75)  # each time it waits for a while
        told(program, said, "busy", 75)
    finally:
        lock.unlink()
    desk.run(program, *words)


@pytest.mark.parametrize(
    "words", [("gt", "log"), ("gt", "--help"), ("bd", "list", "--json"), ("gt", "status")]
)
def test_a_reader_that_goes_away_is_no_trouble(desk: Desk, words: tuple[str, ...]) -> None:
    """Found as a bug: a pipe that nobody reads any more gave status 1; now it is quiet and 0."""
    for number in range(3):
        desk.bead(f"a bead with a long title {number} " + "x" * 200)
    end, out = os.pipe()
    os.close(end)
    try:
        done = subprocess.run(
            [str(SCRIPTS / words[0]), *words[1:]], cwd=desk.root, stdout=out,
            stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    finally:
        os.close(out)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_full_disk_under_the_output_is_not_silent(desk: Desk, program: str) -> None:
    """What could not be printed was not said: status 74."""
    desk.bead("x")
    words = ("status",) if program == "gt" else ("list",)
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [str(SCRIPTS / program), *words], cwd=desk.root, stdout=full, stderr=subprocess.PIPE,
            text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 74
    assert "Traceback" not in done.stderr
    assert "disk" in done.stderr


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_removed_directory_is_said(desk: Desk, tmp_path: Path, program: str) -> None:
    """A shell that stands in a folder that is gone gets a sentence; help and version still work."""
    words = "status" if program == "gt" else "list"
    script = f'mkdir "$1"; cd "$1"; rmdir "$1"; shift; exec "{SCRIPTS}/{program}" "$@"'
    said = desk.run("sh", "-c", script, "sh", tmp_path / "gone", words, status=1)
    assert "the current directory is gone" in said.err
    assert "Traceback" not in said.err
    said = desk.run("sh", "-c", script, "sh", tmp_path / "gone", words, "--json", status=1)
    assert "the current directory is gone" in told(program, said, "refused", 1)
    desk.run("sh", "-c", script, "sh", tmp_path / "gone", "--help")
    desk.run("sh", "-c", script, "sh", tmp_path / "gone", "--version")


def test_a_polecat_whose_worktree_went_is_told(desk: Desk) -> None:
    """After its merge a polecat's directory is gone: that is not "nothing on the hook"."""
    _, tree = desk.hand_in()
    script = f'"{SCRIPTS}/gt" refinery run mp >&2; "{SCRIPTS}/gt" hook'
    said = desk.run("sh", "-c", script, at=tree, status=5)
    assert "this hook cannot be read: the current directory is gone" in said.out


def test_a_command_that_takes_away_the_place_it_was_typed_in(desk: Desk) -> None:
    """Found as a bug: after the first merge it took every branch for missing."""
    one, tree = desk.hand_in("one", {"one.txt": "1\n"})
    two, _ = desk.hand_in("two", {"two.txt": "2\n"})
    desk.run("gt", "refinery", "run", at=tree)
    assert not tree.exists()
    assert desk.shown(one)["status"] == desk.shown(two)["status"] == "closed"


@pytest.mark.parametrize("fault", ["nonsense", "x:explode", ""])
def test_a_wrong_fault_is_a_usage_error(desk: Desk, fault: str) -> None:
    """Found as a bug: a stray GT_FAULT in the environment gave a traceback for every command."""
    said = desk.run("gt", "version", env={"GT_FAULT": fault}, status=2 if fault else 0)
    assert "Traceback" not in said.err
