"""Trust of the town in Claude Code's own file."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gastown.errors import Busy, Unreadable
from gastown.runtime.clients import claude_trust
from tests.support.desk import SCRIPTS, Desk

Json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)  # fmt: skip


@pytest.fixture
def file() -> Path:
    """The file of a person who has set the client up."""
    place = Path(os.environ["HOME"]) / ".claude.json"
    place.write_text('{"theme": "dark", "projects": {"/a": {"allowedTools": ["x"]}}, "n": 1.5}')
    place.chmod(0o600)
    return place


def test_trust_is_one_entry_for_the_root_of_the_town(desk: Desk, file: Path) -> None:
    """Every other key stays, in its order; the file keeps its mode; it can be undone."""
    before = json.loads(file.read_text())
    said = desk.gt("config", "trust", "claude").out
    assert f"trusts {desk.root}" in said
    after = json.loads(file.read_text())
    assert after["projects"].pop(str(desk.root)) == {"hasTrustDialogAccepted": True}
    assert after == before
    assert list(after) == list(before)
    assert file.stat().st_mode & 0o777 == 0o600
    assert claude_trust.is_trusted(file, desk.root / "mp" / "polecats" / "toast")
    assert "already" in desk.gt("config", "trust", "claude").out
    desk.gt("config", "trust", "claude", "--undo")
    assert not claude_trust.is_trusted(file, desk.root)
    assert sorted(entry.name for entry in file.parent.glob(".claude*")) == [".claude.json"]


def test_nobody_is_trusted_before_the_client_was_set_up(desk: Desk) -> None:
    """Without the client's file none is made."""
    said = desk.gt("config", "trust", "claude", status=3)
    assert "has not been set up" in said.err
    assert "run `claude` once" in said.err
    assert not (Path(os.environ["HOME"]) / ".claude.json").exists()


def test_an_agent_may_not_grant_trust(desk: Desk, file: Path) -> None:
    """Trust is the person's word."""
    _, tree = desk.sling()
    before = file.read_bytes()
    assert "only a person" in desk.gt("config", "trust", "claude", at=tree, status=1).err
    assert file.read_bytes() == before


@pytest.mark.parametrize("text", ["", "[]", '{"projects": []}', "{", '"x"'])
def test_a_file_that_cannot_be_understood_stays_as_it_is(file: Path, text: str) -> None:
    """It is named, and nothing is written over it."""
    file.write_text(text)
    with pytest.raises(Unreadable):
        claude_trust.set_trust(file, Path("/town"), trusted=True)
    assert file.read_text() == text
    assert not file.with_name(".claude.json.lock").exists()


@given(content=st.dictionaries(st.text(), Json, max_size=4))
def test_no_key_of_anybody_is_changed(
    tmp_path_factory: pytest.TempPathFactory, content: dict[str, object]
) -> None:
    """Whatever the file holds is there afterwards."""
    content.pop("projects", None)
    file = tmp_path_factory.mktemp("home") / ".claude.json"
    file.write_text(json.dumps(content))
    assert claude_trust.set_trust(file, Path("/town"), trusted=True)
    after = json.loads(file.read_text())
    assert after.pop("projects") == {"/town": {"hasTrustDialogAccepted": True}}
    assert after == content


def test_half_of_a_surrogate_pair_is_kept(file: Path) -> None:
    """JSON can hold what UTF-8 cannot."""
    file.write_text('{"odd": "\\ud800", "plain": "é"}')
    claude_trust.set_trust(file, Path("/town"), trusted=True)
    assert json.loads(file.read_text())["odd"] == "\ud800"


def test_a_link_stays_a_link(file: Path, tmp_path: Path) -> None:
    """Some people keep the file in a repository of their own."""
    kept = tmp_path / "dotfiles.json"
    file.rename(kept)
    file.symlink_to(kept)
    claude_trust.set_trust(file, Path("/town"), trusted=True)
    assert file.is_symlink()
    assert claude_trust.is_trusted(kept, Path("/town/x"))


def test_the_lock_of_the_client_is_respected(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock in use is waited for; one that nobody renews any more is not."""
    lock = file.with_name(".claude.json.lock")
    lock.mkdir()
    monkeypatch.setattr(claude_trust, "_PATIENCE_S", 0.05)
    with pytest.raises(Busy):
        claude_trust.set_trust(file, Path("/town"), trusted=True)
    assert lock.is_dir()
    long_ago = time.time() - 60
    os.utime(lock, (long_ago, long_ago))
    assert claude_trust.set_trust(file, Path("/town"), trusted=True)
    assert not lock.exists()


def test_many_at_once_lose_nothing(file: Path) -> None:
    """Ten towns are trusted at once, and all ten entries are there."""
    towns = [Path(f"/town-{number}") for number in range(10)]
    threads = [
        threading.Thread(target=claude_trust.set_trust, args=(file, town), kwargs={"trusted": True})
        for town in towns
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(claude_trust.is_trusted(file, town) for town in towns)


def _install(root: Path, answer: bytes, *words: str) -> str:
    """`gt install` on a terminal; what it showed."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        [SCRIPTS / "gt", "install", root, *words], stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    os.write(ours, answer)
    shown = b""
    while True:
        try:
            shown += os.read(ours, 4096)
        except OSError:
            break
    assert child.wait(30) == 0
    os.close(ours)
    return shown.decode()


@pytest.mark.parametrize(("answer", "trusted"), [(b"y\n", True), (b"n\n", False), (b"\n", False)])
def test_install_asks_on_a_terminal(
    tmp_path: Path, file: Path, answer: bytes, trusted: bool
) -> None:
    """Only a yes writes the entry."""
    shown = _install(tmp_path / "gt", answer)
    assert "Trust" in shown
    assert claude_trust.is_trusted(file, tmp_path / "gt") is trusted


def test_install_does_not_ask_without_a_terminal(tmp_path: Path, desk: Desk, file: Path) -> None:
    """A script gets what it asks for by an option, and nothing else."""
    desk.run("gt", "install", tmp_path / "plain")
    assert not claude_trust.is_trusted(file, tmp_path / "plain")
    said = desk.run("gt", "install", tmp_path / "trusted", "--trust-claude")
    assert "trusts" in said.err
    assert claude_trust.is_trusted(file, tmp_path / "trusted")
