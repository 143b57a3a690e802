"""Writing to the ledger: one operation is one commit, made under the town's lock."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from gastown.domain.settings import Settings
from gastown.errors import DiskTrouble, GitFailed
from gastown.ids import HUMAN, ulid
from gastown.store import commits, faults
from gastown.store.documents import hand_edits
from gastown.store.files import disk_errors
from gastown.store.layout import SETTINGS
from gastown.store.objects import Objects, blob_oid
from gastown.store.transaction import Transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gastown.store.town import Town

HAND_EDIT = "hand edit"


@contextmanager
def transaction(
    town: Town, subject: str, *, actor: str, cause: str | None
) -> Iterator[Transaction]:
    """What `Town.transaction` promises."""
    with town.lock() as lock:
        base = town.commit()
        if town.synced() != base or not town.layout.hq.is_dir():
            with disk_errors():
                town.hq.heal(base)
        base = _commit_hand_edits(town, base, lock)
        with Objects(town.ledger) as objects:
            tx = Transaction(subject, town.at(base), objects, town.hq)
            yield tx
            if not tx.files:
                return
            with disk_errors():
                faults.reach("tx:before-commit")
                tx.check_not_edited()
        _commit(town, base, tx.subject, tx.files, tx.moves, actor, cause, lock)


def _commit_hand_edits(town: Town, base: str, lock: int) -> str:
    if not town.hq.shows(base):
        return base  # what lies there is older, or of another branch: no edit of this commit
    edits = hand_edits(town.layout, town.at(base).documents())
    if not edits:
        return base
    names = ", ".join(sorted(edits))
    return _commit(town, base, f"{HAND_EDIT} of {names}", edits, [], HAND_EDIT, None, lock)


def _commit(
    town: Town,
    base: str,
    subject: str,
    files: dict[str, bytes | None],
    moves: list[str],
    actor: str,
    cause: str | None,
    lock: int,
) -> str:
    with disk_errors():
        town.hq.free_ref()
        who = _signature(town, actor, files)
        new = commits.commit(
            town.ledger, parent=base, message=_message(town, subject, moves, actor, cause),
            files=files, who=who, committer=who, pass_fds=(lock,),
        )  # fmt: skip
    described = {
        path: None if data is None else (blob_oid(data), data) for path, data in files.items()
    }
    # It is committed: what cannot be done from here on is left to the next heal and refresh.
    with suppress(DiskTrouble, GitFailed, OSError):
        town.hq.follow(base, new, files)
    with suppress(OSError):
        faults.reach("tx:before-cache")
        town.advance(base, new, described)
    return new


def _message(town: Town, subject: str, moves: list[str], actor: str, cause: str | None) -> str:
    now = int(town.edge.clock().timestamp() * 1000)
    trailers = [f"Op: {ulid(now, town.edge.entropy(10))}", f"Actor: {_one_line(actor)}"]
    trailers += [f"Move: {_one_line(move)}" for move in moves]
    if cause is not None:
        trailers.append(f"Cause: {_one_line(cause)}")
    return f"{_one_line(subject)[:200]}\n\n" + "\n".join(trailers) + "\n"


def _signature(town: Town, actor: str, files: dict[str, bytes | None]) -> commits.Signature:
    seconds = int(town.edge.clock().timestamp())
    if actor in (HUMAN, HAND_EDIT):
        settings = town.settings() if SETTINGS not in files else Settings()
        return commits.Signature(settings.owner_name, settings.owner_email, seconds)
    rig, _, agent = actor.rpartition("/")
    return commits.Signature(actor, f"{agent}@{rig or 'town'}.gt", seconds)


def _one_line(text: str) -> str:
    """Text without line breaks and control characters, so that no value can forge a trailer."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
