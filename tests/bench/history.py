"""`python -m tests.bench.history`: what looking back costs on a ledger of 10,000 operations."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from gastown.domain.bead import Bead
from gastown.ids import ulid
from gastown.store.codec import encode
from gastown.store.commits import Signature
from gastown.store.layout import LEDGER_REF, record_path
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


if __name__ == "__main__":
    main()
