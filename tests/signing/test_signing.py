"""Operations that are signed: by whom, also with plain git, and that nothing is lost by it."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gastown.store.signing.signers import parse
from tests.support.desk import Desk
from tests.support.people import git


@pytest.fixture
def signing(desk: Desk) -> Desk:
    """A town that signs from now on."""
    desk.gt("config", "set", "log.sign", "ssh")
    return desk


def signed_by(desk: Desk, revision: str = "HEAD") -> str:
    """What git says of a commit's signature: G is good; and whose it is."""
    return git(desk.root / "hq", "log", "-1", "--format=%G? %GS", revision)


def signatures(desk: Desk) -> int:
    """How many signatures `gt verify` finds right; and nothing wrong."""
    found: int = desk.gt("verify", "--json").data["signed"]
    return found


def test_every_operation_is_signed_by_its_actor(signing: Desk) -> None:
    """The one that switches it on, too; git itself verifies them by the list in hq."""
    assert signed_by(signing) == "G human"
    bead, hook = signing.sling("Work")
    signing.work(hook)
    signing.gt("done", at=hook)
    assert signed_by(signing) == "G mp/toast"
    signing.gt("refinery", "run")
    assert signing.shown(bead)["status"] == "closed"
    line = git(signing.root / "hq", "log", "--format=%G? %GS|%(trailers:key=Actor,valueonly)")
    rows = [row.split("|") for row in line.splitlines() if "|" in row]
    actors = {who.removeprefix("G "): actor for who, actor in rows if who.startswith("G ")}
    assert all(who in (actor, "human") for who, actor in actors.items())
    assert {"human", "mp/toast"} <= set(actors)
    assert signatures(signing) == sum(who.startswith("G ") for who, _ in rows)
    keys = parse((signing.root / "hq/signers").read_bytes()).keys
    assert {"human", "mp/toast"} <= set(keys)
    for file in (signing.root / ".gt/keys").iterdir():
        assert file.stat().st_mode & 0o077 == 0
    assert git(signing.root / "hq", "status", "--porcelain") == ""


def test_a_persons_commits_in_hq(signing: Desk) -> None:
    """Plain git signs them as well, and only there: the mayor's worktree is the mayor's."""
    signing.bead("Work", "--id", "mp-x", "--rig", "mp")
    git(signing.root / "hq", "revert", "--no-edit", "HEAD")
    assert signed_by(signing) == "G human"
    mayor = signing.root / "mayor"
    (mayor / "plan.md").write_text("plan\n")
    git(mayor, "add", ".")
    git(mayor, "commit", "-qm", "plan")
    assert git(mayor, "log", "-1", "--format=%G?") == "N"
    signing.bead("More", "--rig", "mp")
    signatures(signing)


def test_switched_on_and_off_by_hand(desk: Desk) -> None:
    """A hand edit of town.toml counts, committed or not."""
    file = desk.root / "hq/town.toml"
    text = file.read_text()
    file.write_text(text + '\n[log]\nsign = "ssh"\n')
    desk.bead("Work", "--rig", "mp")
    assert signed_by(desk) == "G human"
    assert signed_by(desk, "HEAD~1") == "G human"  # the hand edit's own commit
    file.write_text(text)
    git(desk.root / "hq", "commit", "-qam", "off")
    desk.bead("Work", "--rig", "mp")
    assert signed_by(desk).startswith("N")
    file.write_text(text + '\n[log]\nsign = "ssh"\n')
    git(desk.root / "hq", "commit", "-qam", "on")
    desk.bead("Work", "--rig", "mp")
    assert signed_by(desk) == "G human"


def test_settings_that_cannot_be_read(signing: Desk) -> None:
    """Committed past the guard: what mends them is signed, and goes on being so."""
    file = signing.root / "hq/town.toml"
    good = file.read_text()
    file.write_text(good + "\n[[[")
    git(signing.root / "hq", "-c", "core.hooksPath=/dev/null", "commit", "-qam", "wrong")
    assert signing.bd("create", "X", "--rig", "mp", status=None).status != 0
    file.write_text(good)
    signing.bead("Work", "--rig", "mp")
    assert signed_by(signing) == "G human"
    assert signed_by(signing, "HEAD~1") == "G human"  # the hand edit that has mended them
    flaws = signing.gt("verify", "--json", status=1).data["flaws"]
    assert "signature" not in {one["rule"] for one in flaws}


def test_an_undo_takes_no_keys_away(signing: Desk) -> None:
    """An agent's key came with what it did first, and stays when that is taken back."""
    bead, hook = signing.sling("Work")
    signing.work(hook)
    signing.gt("done", at=hook)
    undone = signing.gt("undo", git(signing.root / "hq", "rev-parse", "HEAD"))
    assert "signers" not in undone.out
    assert "mp/toast" in parse((signing.root / "hq/signers").read_bytes()).keys
    signatures(signing)
    assert signing.shown(bead)["status"] != "closed"


def test_a_fork(signing: Desk) -> None:
    """What is decided on a fork is signed there, and its merge here."""
    signing.bead("Work", "--id", "mp-x", "--rig", "mp")
    signing.gt("fork", "plan")
    signing.gt("--fork", "plan", "sling", "mp-x", "mp", "--no-start")
    signing.gt("--fork", "plan", "verify")
    assert git(signing.root / ".gt/forks/plan/hq", "cat-file", "commit", "HEAD").count("SSH") == 2
    signing.gt("fork", "merge", "plan")
    assert signed_by(signing) == "G human"
    signatures(signing)


def test_the_key_of_another_machine(signing: Desk) -> None:
    """Who lost an actor's key cannot act for it, and is told how to renew it."""
    _, hook = signing.sling("Work")
    signing.work(hook)
    signing.gt("done", at=hook)
    (signing.root / ".gt/keys/mp.toast").unlink()
    signing.work(hook, {"more.txt": "more"})
    refused = signing.gt("done", at=hook, status=1)
    assert "gt config renew-key mp/toast" in refused.err
    signing.gt("config", "renew-key", "mp/toast", at=hook, status=1)  # not the agent itself
    signing.gt("config", "renew-key", "mp/nobody", status=3)
    signing.gt("config", "renew-key", "mp/toast")
    signing.gt("done", at=hook)
    assert signed_by(signing) == "G mp/toast"
    (signing.root / ".gt/keys/human").unlink()
    signing.bd("create", "X", "--rig", "mp", status=1)
    assert "--trust" in signing.gt("config", "renew-key", "human").out
    signing.bead("X", "--rig", "mp")
    assert "only the person may" in signing.gt("verify", status=1).out
    signing.gt("verify", "--trust", ".gt/keys/human.pub")
    signing.gt("verify", "--trust", ".gt/keys/none.pub", status=1)


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An agent of ssh."""
    socket = tmp_path / "agent.sock"
    with subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.DEVNULL) as it:
        monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
        yield
        it.terminate()


def _key(path: Path, kind: str) -> Path:
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "ada's key", "-f", path],
                   check=True, stdin=subprocess.DEVNULL)  # fmt: skip
    return path


@pytest.mark.usefixtures("agent")
@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_the_persons_own_key(signing: Desk, tmp_path: Path, kind: str) -> None:
    """It may be of any kind, and be known to ssh's agent alone; the former one vouches for it."""
    key = _key(tmp_path / "own", kind)
    until = 50
    while subprocess.run(["ssh-add", "-q", key], check=False, capture_output=True).returncode:
        until -= 1
        assert until, "ssh's agent does not answer"
    key.unlink()
    signing.gt("config", "set", "log.key", f"{key}.pub")
    assert signed_by(signing) == "G human"
    signing.bead("Work", "--rig", "mp")
    assert signed_by(signing) == "G human"
    assert signed_by(signing, "HEAD~2") == "G human"  # by the former key, when that was theirs
    assert signatures(signing) == 3
    without = {"SSH_AUTH_SOCK": ""}
    refused = signing.run("bd", "create", "X", "--rig", "mp", env=without, status=1)
    assert "cannot be signed" in refused.err
    assert signatures(signing) == 3


def test_what_is_no_key(signing: Desk, tmp_path: Path) -> None:
    before = signing.town.commit()
    signing.gt("config", "set", "log.key", tmp_path / "none.pub", status=1)
    signing.gt("config", "set", "log.sign", "gpg", status=2)
    assert signing.town.commit() == before


def test_without_ssh_keygen(desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/git").symlink_to(str(shutil.which("git")))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    refused = desk.gt("config", "set", "log.sign", "ssh", status=1)
    assert "no ssh-keygen" in refused.err


def test_a_town_that_was_moved(signing: Desk) -> None:
    there = signing.root.parent / "moved"
    shutil.move(signing.root, there)
    moved = Desk(there)
    moved.bead("Work", "--rig", "mp")
    git(there / "hq", "revert", "--no-edit", "HEAD")
    assert signed_by(moved) == "G human"
    moved.bead("Work", "--rig", "mp")
    signatures(moved)
    shutil.move(there, signing.root)


@pytest.mark.parametrize("point", ["commit:before-import", "signing:made", "tx:before-cache"])
def test_killed(signing: Desk, point: str) -> None:
    """One operation or none, as without signatures."""
    before = signing.town.commit()
    signing.run("bd", "create", "New", "--rig", "mp", env={"GT_FAULT": f"{point}:kill"},
                status=-signal.SIGKILL)  # fmt: skip
    made = point == "tx:before-cache"
    assert (signing.town.commit() != before) == made
    signing.bead("Next", "--rig", "mp")
    assert git(signing.root / "hq", "rev-list", "--count", f"{before}..town") == str(1 + made)
    assert git(signing.town.layout.town_git, "for-each-ref", "refs/gt/unsigned") == ""
    assert git(signing.root / "hq", "status", "--porcelain") == ""
    signatures(signing)


def test_many_writers(signing: Desk) -> None:
    before = signatures(signing)
    said = signing.together(*(("bd", "create", f"W{n}", "--rig", "mp") for n in range(8)))
    assert [one.status for one in said] == [0] * 8
    assert signatures(signing) == before + 8
