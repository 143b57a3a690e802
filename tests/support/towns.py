"""Small towns and the records that live in them, made with the store only."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gastown.domain.bead import Bead
from gastown.domain.convoy import Convoy, ConvoyState
from gastown.domain.hook import Hook, HookState, Role
from gastown.domain.mail import Mail
from gastown.domain.merge import Merge, MergeState
from gastown.domain.rig import Rig
from gastown.store import commits, repository
from gastown.store.files import write_atomically
from gastown.store.git import Git
from gastown.store.layout import LEDGER_REF, Layout
from gastown.store.town import Edge, Town
from gastown.store.worktree import LOCK_REASON

NOW = "2026-01-05T10:00:00.000000Z"
SETTINGS = b"""\
schema = 1

[town]
name = "gt"

[owner]
name = "Ada Person"
email = "ada@example.org"
"""
ZERO = "0" * 40


def clock() -> datetime:
    """A clock that stands still."""
    return datetime(2026, 1, 5, 10, tzinfo=UTC)


EDGE = Edge(clock=clock)


def make_town(root: Path, files: dict[str, bytes] | None = None) -> Town:
    """The least that is a town: a ledger of one commit with settings, and hq."""
    layout = Layout(root)
    for folder in (layout.locks, layout.cache.parent, layout.logs):
        folder.mkdir(parents=True)
    ledger = Git(layout.town_git, bare=True, sealed=True)
    Git(root).run("init", "--bare", "--quiet", "--template=", str(layout.town_git))
    repository.configure(ledger)
    ledger.run("symbolic-ref", "HEAD", LEDGER_REF)
    who = commits.Signature("Ada Person", "ada@example.org", int(clock().timestamp()))
    first = commits.commit(
        ledger, parent=None, message="install\n\nActor: human\n",
        files={"town.toml": SETTINGS, **(files or {})}, who=who, committer=who,
    )  # fmt: skip
    ledger.run("worktree", "add", "--lock", "--reason", LOCK_REASON, str(layout.hq), "town")
    write_atomically(layout.run / "hq-synced", f"{first}\n".encode())
    write_atomically(layout.run / "place", os.fsencode(root))
    return Town(root, EDGE)


def put(town: Town, *records: Any, subject: str = "put", actor: str = "human") -> str:
    """Put records in one operation; returns the ledger's commit."""
    with town.transaction(subject, actor=actor) as tx:
        for record in records:
            tx.put(record)
    return town.commit()


def a_bead(identifier: str = "mp-abc", rig: str = "mp", **data: Any) -> Bead:
    """An open bead."""
    values = {
        "id": identifier, "title": f"Title of {identifier}", "status": "open", "created_at": NOW,
    }  # fmt: skip
    return Bead(values, rig).with_(**data)


def a_hook(identifier: str = "mp/toast", **changes: Any) -> Hook:
    """A hook that was just created."""
    rig, _, name = identifier.rpartition("/")
    values: dict[str, Any] = {
        "id": identifier, "state": HookState.CREATED, "role": Role.POLECAT, "rig": rig or "hq",
        "branch": f"polecat/{name}/1", "target": "main", "base": ZERO,
        "path": f"{rig}/polecats/{name}" if rig else name, "created_at": NOW, "updated_at": NOW,
    }  # fmt: skip
    return Hook(**(values | changes))


def a_convoy(identifier: str = "cv-1", **changes: Any) -> Convoy:
    """An open convoy."""
    values: dict[str, Any] = {
        "id": identifier, "state": ConvoyState.OPEN, "title": "A convoy", "owner": "human",
        "created_at": NOW, "updated_at": NOW,
    }  # fmt: skip
    return Convoy(**(values | changes))


def a_merge(identifier: str = "mr-1", **changes: Any) -> Merge:
    """A queued merge request."""
    values: dict[str, Any] = {
        "id": identifier, "state": MergeState.QUEUED, "rig": "mp", "bead": "mp-abc",
        "hook": "mp/toast", "generation": 1, "branch": "polecat/toast/1", "target": "main",
        "head": ZERO, "created_at": NOW, "updated_at": NOW,
    }  # fmt: skip
    return Merge(**(values | changes))


def a_mail(identifier: str = "m-1", **changes: Any) -> Mail:
    """An unread message."""
    values: dict[str, Any] = {
        "id": identifier, "to": "mp/toast", "sender": "human", "subject": "Hello", "body": "…",
        "sent_at": NOW,
    }  # fmt: skip
    return Mail(**(values | changes))


def a_rig(name: str = "mp", **changes: Any) -> Rig:
    """A rig."""
    values: dict[str, Any] = {
        "id": name, "url": "/src/project", "branch": "main", "prefix": name, "created_at": NOW,
    }  # fmt: skip
    return Rig(**(values | changes))
