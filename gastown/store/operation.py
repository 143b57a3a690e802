"""Writing to the ledger: one operation is one commit, made under the town's lock."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

from gastown.domain.settings import Settings
from gastown.errors import DiskTrouble, GitFailed, Unreadable
from gastown.ids import HUMAN, ulid
from gastown.store import commits, faults
from gastown.store.documents import hand_edits, read_settings
from gastown.store.files import disk_errors
from gastown.store.foreign import foreign
from gastown.store.layout import SETTINGS
from gastown.store.objects import Objects, blob_oid
from gastown.store.transaction import Transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gastown.store.town import Town

HAND_EDIT = "hand edit"


class _Story(NamedTuple):  # made in a tenth of the time of a dataclass
    """What a commit says; `illegal` is of an adoption."""

    subject: str
    actor: str
    moves: tuple[str, ...] = ()
    cause: str | None = None
    body: tuple[str, ...] = ()
    illegal: tuple[str, ...] = ()
    trailers: tuple[tuple[str, str], ...] = ()


@contextmanager
def transaction(
    town: Town, subject: str, *, actor: str, cause: str | None
) -> Iterator[Transaction]:
    """What `Town.transaction` promises."""
    with town.lock() as lock, Objects(town.ledger) as objects:
        base = _begin(town)
        told = _adopt(town, base, objects, lock)
        base = told[0] if told is not None else base
        base = _commit_hand_edits(town, base, lock)
        tx = Transaction(subject, town.at(base), objects, town.hq)
        yield tx
        if not tx.files:
            return
        with disk_errors():
            faults.reach("tx:before-commit")
            tx.check_not_edited()
        story = _Story(
            tx.subject, actor, tuple(tx.moves), cause, tuple(tx.body), (), tuple(tx.trailers)
        )
        tx.committed = _commit(town, base, story, tx.files, lock)


def adopt(town: Town) -> str | None:
    """What `adoption.adopt_now` promises."""
    with town.lock() as lock, Objects(town.ledger) as objects:
        told = _adopt(town, _begin(town), objects, lock)
        return told[1] if told is not None else None


def _begin(town: Town) -> str:
    """The commit to start from, when nobody's git is in the middle of one, with hq in step."""
    with disk_errors():
        town.hq.let_git_finish()
        base = town.commit()
        if town.synced() != base or not town.layout.hq.is_dir():
            town.hq.heal(base)
    return base


def _adopt(town: Town, base: str, objects: Objects, lock: int) -> tuple[str, str] | None:
    """Commit what is to be told of a person's commits on the tip: commit and subject, or None."""
    found = foreign(objects, base)
    if found is None:
        return None
    from gastown.store.adoption import describe

    try:
        settings = town.settings()
    except Unreadable:  # that they are is just what is to be told
        settings = Settings()
    _lead_git(town, settings)
    told = describe(town, found, settings.owner_name)
    story = _Story(told.subject, HUMAN, told.moves, told.cause, told.body, told.illegal)
    return _commit(town, base, story, {}, lock, _person(town, settings)), told.subject


def _commit_hand_edits(town: Town, base: str, lock: int) -> str:
    if not town.hq.shows(base):
        return base  # what lies there is older, or of another branch: no edit of this commit
    edits = hand_edits(town.layout, town.at(base).documents())
    if not edits:
        return base
    names = ", ".join(sorted(edits))
    return _commit(town, base, _Story(f"{HAND_EDIT} of {names}", HAND_EDIT), edits, lock)


def _commit(
    town: Town, base: str, story: _Story, files: dict[str, bytes | None], lock: int,
    who: commits.Signature | None = None,
) -> str:  # fmt: skip
    key = None
    if SETTINGS in files or town.layout.keys.is_dir():
        from gastown.store.signing.sealing import seal

        sealed = seal(town, base, story.actor, files)
        if sealed is not None:
            key, files = sealed.key, {**files, **sealed.files}
    with disk_errors():
        town.hq.free_ref()
        who = who or _signature(town, story.actor, files)
        new = commits.commit(
            town.ledger, parent=base, message=_message(town, story), files=files, who=who,
            committer=who, pass_fds=(lock,), key=key,
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
    if SETTINGS in files:
        _lead_git(town, read_settings(files[SETTINGS] or b""))
    return new


def _lead_git(town: Town, settings: Settings) -> None:
    """Have plain git sign in hq as new settings say, where it is to do so or does."""
    if settings.signs or town.layout.keys.is_dir():
        from gastown.store.signing.sealing import lead_git

        with suppress(DiskTrouble, GitFailed, OSError):  # the next change of settings tries again
            lead_git(town, settings)


def _message(town: Town, story: _Story) -> str:
    now = int(town.edge.clock().timestamp() * 1000)
    trailers = [("Op", ulid(now, town.edge.entropy(10))), ("Actor", story.actor)]
    trailers += [("Move", move) for move in story.moves]
    trailers += story.trailers
    trailers += [("Cause", story.cause)] if story.cause is not None else []
    trailers += [("Illegal", why) for why in story.illegal]
    paragraphs = [
        _one_line(story.subject)[:200],
        "\n".join(_one_line(line) for line in story.body),
        "\n".join(f"{key}: {_one_line(value)}" for key, value in trailers),
    ]
    return "\n\n".join(filter(None, paragraphs)) + "\n"


def _signature(town: Town, actor: str, files: dict[str, bytes | None]) -> commits.Signature:
    if actor in (HUMAN, HAND_EDIT):
        return _person(town, town.settings() if SETTINGS not in files else Settings())
    rig, _, agent = actor.rpartition("/")
    return commits.Signature(actor, f"{agent}@{rig or 'town'}.gt", _seconds(town))


def _person(town: Town, settings: Settings) -> commits.Signature:
    return commits.Signature(settings.owner_name, settings.owner_email, _seconds(town))


def _seconds(town: Town) -> int:
    return int(town.edge.clock().timestamp())


def _one_line(text: str) -> str:
    """Text without line breaks and control characters, so that no value can forge a trailer."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
