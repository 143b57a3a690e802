"""`python -m tests.bench.history`: what looking back costs on a ledger of 10,000 operations."""

from __future__ import annotations

import base64
import hashlib
import itertools
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gastown.domain.bead import Bead
from gastown.ids import ulid
from gastown.store.codec import encode
from gastown.store.commits import Signature
from gastown.store.layout import LEDGER_REF, record_path
from gastown.store.objects import Objects
from gastown.store.town import Town
from tests.bench.ledger import measured
from tests.support.desk import Desk
from tests.support.towns import a_bead, make_town

MANY = 10_000
_STEP_S = 60


def long_ledger(town: Town, operations: int = MANY) -> None:
    """Put so many operations into a town's ledger: issues made, claimed, changed, closed, undone.

    Written by one `git fast-import`, each commit as an operation would write it.
    """
    start = int(time.time()) - operations * _STEP_S
    last = town.commit()
    parts: list[bytes] = []
    made = itertools.islice(_operations(), operations)
    previous = ""
    for number, (subject, moves, bead, undoes) in enumerate(made):
        at = start + number * _STEP_S
        op = ulid(at * 1000, number.to_bytes(10, "big"))
        trailers = [f"Op: {op}", "Actor: human", *(f"Move: {move}" for move in moves)]
        trailers += [f"Undo: {previous}"] if undoes else []
        message = f"{subject}\n\n" + "\n".join(trailers) + "\n"
        who = Signature("Ada Person", "ada@example.org", at)
        text = message.encode()
        parts += [f"commit {LEDGER_REF}\n".encode(), who.line("author"), who.line("committer"),
                  b"data %d\n%s\n" % (len(text), text)]  # fmt: skip
        parts += [f"from {last}\n".encode()] if number == 0 else []
        data = encode(bead)
        parts.append(b"M 100644 inline %s\ndata %d\n%s\n"
                     % (record_path(bead).encode(), len(data), data))  # fmt: skip
        previous = op
    parts.append(b"done\n")
    town.ledger.run("fast-import", "--quiet", "--done", "--date-format=raw", stdin=b"".join(parts))
    town.read()


def _operations():  # type: ignore[no-untyped-def]
    """Subject, moves, the record afterwards, and whether the one before is taken back."""
    for number in itertools.count():
        bead: Bead = a_bead(f"mp-{number}")
        name = bead.id
        yield f"create {name}", [f"bead {name} none -> open"], bead, False
        claimed = bead.with_(status="in_progress", assignee="human")
        yield f"claim {name}", [f"bead {name} open -> in_progress"], claimed, False
        urgent = claimed.with_(priority=0)
        yield f"update {name}", [], urgent, False
        yield f"undo: update {name}", [], claimed, True
        closed = claimed.with_(status="closed")
        yield f"close {name}", [f"bead {name} in_progress -> closed"], closed, False


def sign_all(town: Town) -> None:
    """Sign every commit that came after the last signed one, with the person's key."""
    key = serialization.load_ssh_private_key((town.layout.keys / "human").read_bytes(), None)
    assert isinstance(key, Ed25519PrivateKey)
    ledger = town.ledger
    names = ledger.text("rev-list", "--reverse", "--first-parent", "HEAD").splitlines()
    raws = list(Objects(ledger).get_many(names))
    begin = max(place for place, raw in enumerate(raws) if b"\ngpgsig " in raw)
    parent = names[begin]
    with tempfile.TemporaryDirectory() as folder:
        made = []
        for number, raw in enumerate(raws[begin + 1 :]):
            head, _, message = raw.partition(b"\n\n")
            head = re.sub(rb"(?m)^parent .*$", b"parent " + parent.encode(), head)
            armor = _signature(key, head + b"\n\n" + message)
            signed = head + b"\ngpgsig " + armor.replace(b"\n", b"\n ") + b"\n\n" + message
            parent = hashlib.sha1(b"commit %d\0%s" % (len(signed), signed)).hexdigest()
            made.append(Path(folder) / str(number))
            made[-1].write_bytes(signed)
        paths = "".join(f"{file}\n" for file in made).encode()
        ledger.run("hash-object", "-w", "-t", "commit", "--stdin-paths", stdin=paths)
    ledger.run("update-ref", LEDGER_REF, parent)
    (town.layout.town_git / "logs" / LEDGER_REF).unlink()  # it would tell that it was rewritten
    town.read()


def _signature(key: Ed25519PrivateKey, data: bytes) -> bytes:
    def word(part: bytes) -> bytes:
        return len(part).to_bytes(4, "big") + part

    kind, space, algorithm = word(b"ssh-ed25519"), word(b"git"), word(b"sha512")
    signed = b"SSHSIG" + space + word(b"") + algorithm + word(hashlib.sha512(data).digest())
    public = word(kind + word(key.public_key().public_bytes_raw()))
    blob = word(kind + word(key.sign(signed)))
    raw = b"SSHSIG\0\0\0\1" + public + space + word(b"") + algorithm + blob
    return (b"-----BEGIN SSH SIGNATURE-----\n" + base64.encodebytes(raw)
            + b"-----END SSH SIGNATURE-----")  # fmt: skip


def main() -> None:
    """Print a table."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HOME"] = folder
        town = make_town(Path(folder) / "town")
        long_ledger(town)
        town.close()
        desk = Desk(town.layout.root)
        bare = measured(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True), 9)
        print(f"python -c pass: {bare * 1000:.1f} ms; {MANY:,} operations")
        middle = f"HEAD~{MANY // 2}"
        for words in (
            ("gt", "verify"),
            ("gt", "log"),
            ("gt", "log", "mp-77"),
            ("gt", "log", "--since", "2h"),
            ("gt", "trail", "mp-77"),
            ("gt", "--at", middle, "status"),
            ("bd", "--at", middle, "ready"),
            ("gt", "diff", "HEAD~100"),
            ("gt", "diff", middle),
            ("gt", "undo", "--dry-run"),
            ("gt", "undo"),
            ("gt", "undo", "--since", "2h", "--dry-run"),
        ):
            took = measured(lambda words=words: desk.run(*words), 3)  # type: ignore[misc]
            print(f"{' '.join(words):36} {took * 1000:8.0f} ms {took / bare:8.1f} x")
        _signed(Path(folder) / "signed", bare)


def _signed(root: Path, bare: float) -> None:
    """The same ledger, signed: verifying it, and one more operation, before and after."""
    town = make_town(root)
    desk = Desk(root)
    update = ("bd", "create", "New", "--rig", "hq")
    before = measured(lambda: desk.run(*update), 9)
    desk.run("gt", "config", "set", "log.sign", "ssh")
    long_ledger(town)
    sign_all(town)
    told = desk.run("gt", "verify").out.strip()
    assert f"{MANY + 1:} signatures" in told, told
    town.close()
    took = measured(lambda: desk.run("gt", "verify"), 3)
    print(f"{'gt verify, signed':36} {took * 1000:8.0f} ms {took / bare:8.1f} x")
    after = measured(lambda: desk.run(*update), 9)
    print(f"{'bd create, not signed; signed':36} {before * 1000:8.0f} ms {after * 1000:8.0f} ms")


if __name__ == "__main__":
    main()
