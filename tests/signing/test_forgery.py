"""What was not signed by whom it says, is named; so is who may not say who may sign."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from gastown.ids import ulid
from gastown.store.signing.keys import make
from gastown.store.signing.signers import Signers, parse
from tests.support.desk import Desk
from tests.support.people import git

SECONDS = 1_800_000_000


@pytest.fixture
def signing(desk: Desk, broken_town: None) -> Desk:
    """A town that signs, and in which an agent has signed something."""
    del broken_town
    desk.gt("config", "set", "log.sign", "ssh")
    _, hook = desk.sling("Work")
    for name in ("one.txt", "two.txt"):
        desk.work(hook, {name: "work"})
        desk.gt("done", at=hook)
    return desk


def forge(
    desk: Desk, actor: str, key: Path | None, files: dict[str, bytes], name: str | None = None
) -> str:  # fmt: skip
    """Put a commit on the ledger that looks like an operation, past everything; returns it."""
    hq = desk.root / "hq"
    for path, data in files.items():
        (hq / path).write_bytes(data)
        git(hq, "add", path)
    tree = git(hq, "write-tree")
    message = f"forged\n\nOp: {name or ulid(SECONDS * 1000, os.urandom(10))}\nActor: {actor}\n"
    who = name or ("Ada" if actor == "human" else actor)
    env = {
        **os.environ,
        **{f"GIT_{role}_{part}": value for role in ("AUTHOR", "COMMITTER")
           for part, value in (("NAME", who), ("EMAIL", "x@y"), ("DATE", f"@{SECONDS} +0000"))},
    }  # fmt: skip
    sign = ["-c", "gpg.format=ssh", "-c", f"user.signingkey={key}"] if key is not None else []
    made = subprocess.run(
        ["git", "-C", str(hq), *sign, "commit-tree", *(["-S"] if key is not None else []), "-p",
         "HEAD", "-F", "-", tree],
        input=message, capture_output=True, text=True, check=True, env=env,
    ).stdout.strip()  # fmt: skip
    put(desk, made)
    return made


def put(desk: Desk, commit: str) -> None:
    """Move the ledger to a commit."""
    git(desk.town.layout.town_git, "-c", "core.hooksPath=/dev/null", "update-ref",
        "refs/heads/town", commit)  # fmt: skip
    (desk.town.layout.synced).write_text(f"{commit}\n")


def raw_tip(desk: Desk) -> bytes:
    """The ledger's last commit as git keeps it."""
    words = ["git", "-C", desk.town.layout.town_git, "cat-file", "commit", "refs/heads/town"]
    return subprocess.run(words, check=True, capture_output=True).stdout


def put_raw(desk: Desk, raw: bytes) -> str:
    """Put this in the place of the last commit; returns its name."""
    words = ["git", "-C", desk.town.layout.town_git, "hash-object", "-t", "commit", "-w", "--stdin"]
    made = subprocess.run(words, input=raw, check=True, capture_output=True).stdout.decode().strip()
    put(desk, made)
    return made


def title(desk: Desk, text: str) -> dict[str, bytes]:
    """A record with another title."""
    [file] = (desk.root / "hq/beads").rglob("*.json")
    data = file.read_text().replace("Work", text)
    return {str(file.relative_to(desk.root / "hq")): data.encode()}


def named(desk: Desk) -> dict[str, list[str]]:
    """What `gt verify` says of signatures, by commit."""
    found: dict[str, list[str]] = {}
    for one in desk.gt("verify", "--json", status=None).data["flaws"]:
        if one["rule"] == "signature":
            found.setdefault(one["commit"], []).append(one["what"])
    return found


def key_of(desk: Desk, name: str) -> Path:
    """The key of an actor on this machine."""
    return desk.root / ".gt/keys" / name


def test_one_that_is_not_signed(signing: Desk) -> None:
    assert named(signing) == {}
    commit = forge(signing, "human", None, title(signing, "Forged"))
    assert named(signing) == {commit: ["it is not signed"]}


def test_one_that_another_has_signed(signing: Desk) -> None:
    """An agent that says it is the person, and a key that nobody has."""
    first = forge(signing, "human", key_of(signing, "mp.toast"), title(signing, "Forged"))
    make(key_of(signing, "stranger"))
    second = forge(signing, "human", key_of(signing, "stranger"), title(signing, "Again"))
    assert named(signing) == {
        first: ["it says that human did it, but it is signed by the key of mp/toast"],
        second: ["it says that human did it, but it is signed by a key that nobody has"],
    }


def test_one_that_was_changed_since(signing: Desk) -> None:
    """A right signature of something else."""
    head, _, message = raw_tip(signing).partition(b"\n\n")
    made = put_raw(signing, head + b"\n\n" + message.replace(b"is done with", b"has left", 1))
    assert named(signing) == {made: ["it is not what was signed: it was changed since, or forged"]}


def test_a_signature_that_is_none(signing: Desk) -> None:
    raw = raw_tip(signing)
    for what, with_ in ((b"SSH SIGNATURE", b"PGP SIGNATURE"), (b"\n U1NIU0lH", b"\n U1NIU1lH"),
                        (b"\n U1NIU0lH", b"\n ####")):  # fmt: skip
        put_raw(signing, raw.replace(what, with_))
        [[said]] = named(signing).values()
        assert said.startswith("it is")


def test_a_forger_who_makes_himself_the_person(signing: Desk) -> None:
    """The list of who may sign is the person's; what follows from a false one is named as well."""
    make(key_of(signing, "forger"))
    public = key_of(signing, "forger.pub").read_text().strip()
    keys = parse((signing.root / "hq/signers").read_bytes()).keys
    false = Signers({**keys, "human": frozenset({public})}).dump()
    first = forge(signing, "human", key_of(signing, "forger"), {"signers": false})
    second = forge(signing, "human", key_of(signing, "forger"), title(signing, "Forged"))
    found = named(signing)
    assert found[first][0] == "it changes who may sign as human: only the person may"
    assert "a key that nobody has" in found[second][0]
    signing.bd("create", "Work", status=1)  # and the person's own key is not in that list


def test_an_agent_that_takes_the_persons_place_on_this_machine(signing: Desk) -> None:
    """Its own key where the person's was, and in the list: what lies here vouches for nothing."""
    make(key_of(signing, "human"))
    public = key_of(signing, "human.pub").read_text().strip()
    keys = parse((signing.root / "hq/signers").read_bytes()).keys
    false = Signers({**keys, "human": frozenset({public})}).dump()
    commit = forge(signing, "human", key_of(signing, "human"), {"signers": false})
    assert "it changes who may sign as human: only the person may" in named(signing)[commit]
    signing.bead("Next", "--rig", "mp")
    assert len(named(signing)) == 2


def test_an_agent_that_adds_a_key_for_another(signing: Desk) -> None:
    make(key_of(signing, "forger"))
    public = key_of(signing, "forger.pub").read_text().strip()
    keys = parse((signing.root / "hq/signers").read_bytes()).keys
    false = Signers({**keys, "mayor": frozenset({public})}).dump()
    commit = forge(signing, "mp/toast", key_of(signing, "mp.toast"), {"signers": false})
    assert named(signing) == {commit: ["it changes who may sign as mayor: only the person may"]}


def test_an_agent_that_switches_it_off(signing: Desk) -> None:
    text = (signing.root / "hq/town.toml").read_bytes().replace(b'sign = "ssh"', b'sign = "none"')
    commit = forge(signing, "mp/toast", key_of(signing, "mp.toast"), {"town.toml": text})
    assert named(signing) == {commit: ["it switches signing off: only the person may"]}


def test_a_commit_in_hq_that_a_person_did_not_sign(signing: Desk) -> None:
    hq = signing.root / "hq"
    git(hq, "-c", "commit.gpgsign=false", "revert", "--no-edit", "HEAD")
    commit = git(hq, "rev-parse", "HEAD")
    assert named(signing) == {commit: ["it is not signed"]}
    signing.gt("status")
    signing.bead("Next", "--rig", "mp")
    assert list(named(signing)) == [commit]
