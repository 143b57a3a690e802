"""Beads: changed. What is not named stays as it is; several beads are one commit."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from gastown.domain.bead_words import title_of, type_of
from gastown.errors import Refused
from gastown.ops.batch import Batch, together
from gastown.ops.bead_status import claim_bead, set_status
from gastown.ops.beads import existing, rules_of
from gastown.ops.dependencies import set_parent
from gastown.ops.moves import hook_of, with_note

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gastown.domain.bead import Bead
    from gastown.domain.record import Json
    from gastown.store.town import Town
    from gastown.store.transaction import Transaction


_NOTHING: Mapping[str, Json] = MappingProxyType({})


class Change(NamedTuple):  # made in a tenth of the time of a dataclass
    """What is to change; None: not said, an empty text: taken away.

    Attributes:
        fields: upstream's keys and their new values.
        without: keys that are taken away.
        set_labels: exactly these, before others are added and removed.
        metadata: keys to set in the bead's metadata; a key that is null is taken away.
        parent: whose child it is to be.
    """

    fields: Mapping[str, Json] = _NOTHING
    without: tuple[str, ...] = ()
    status: str | None = None
    append_notes: str | None = None
    set_labels: tuple[str, ...] | None = None
    add_labels: tuple[str, ...] = ()
    remove_labels: tuple[str, ...] = ()
    metadata: Mapping[str, Json] | None = None
    parent: str | None = None
    claim: bool = False


def update(town: Town, identifiers: Iterable[str], change: Change, *, actor: str) -> Batch[Bead]:
    """Change beads, all of them in one commit.

    Raises:
        UsageTrouble: a value is not allowed.

    Those that are refused are in the result: deleted or missing, a status that cannot be reached,
    a claim that was lost, an assignee of a slung bead that was to change.
    """
    change = checked(town, change)
    return together(
        town, identifiers, lambda tx, one: apply(tx, town, one, change, actor), actor=actor,
        says=lambda done: f"update {', '.join(done)}",
    )  # fmt: skip


def apply(tx: Transaction, town: Town, identifier: str, change: Change, actor: str) -> Bead:
    """Change one bead within an operation.

    Raises:
        as `update` names them.
    """
    before = existing(tx, identifier)
    _check_assignee(tx, before, change.fields.get("assignee"))
    bead = before.with_(**{**before.data, **_given(change)})
    bead = _with_labels(bead, change)
    if change.append_notes:
        bead = with_note(bead, change.append_notes)
    if change.metadata is not None:
        bead = _with_metadata(bead, change.metadata)
    if change.parent is not None:
        bead = set_parent(tx, town, bead, change.parent or None, actor)
    if bead.data != before.data:
        bead = bead.with_(updated_at=town.now())
        tx.put(bead)
    if change.claim:
        bead = claim_bead(tx, town, bead, actor)
    if change.status is not None:
        bead = set_status(tx, town, bead, change.status, actor)
    return bead


def edit(town: Town, identifier: str, key: str, *, read: str, text: str, actor: str) -> Bead:
    """Replace a text that somebody had before their eyes, unless it changed meanwhile.

    Raises:
        NotFound: there is no such bead.
        UsageTrouble: the text cannot be a title.
        Refused: the text is no longer the one that was read.
    """
    with town.transaction(f"edit {identifier}", actor=actor) as tx:
        bead = existing(tx, identifier)
        if str(bead.data.get(key) or "") != read:
            raise Refused(
                f"the {key} of {identifier} was changed while you edited it",
                hint=f"bd show {identifier}, then edit it again",
            )
        value = title_of(text) if key == "title" else text or None
        bead = bead.with_(**{key: value}, updated_at=town.now())
        tx.put(bead)
    return bead


def checked(town: Town, change: Change) -> Change:
    """A change with a title on one line and a type that there is.

    Raises:
        UsageTrouble: a value is not allowed.
    """
    fields = dict(change.fields)
    if isinstance(fields.get("title"), str):
        fields["title"] = title_of(str(fields["title"]))
    if isinstance(fields.get("issue_type"), str):
        fields["issue_type"] = type_of(str(fields["issue_type"]), rules_of(town).types)
    return change._replace(fields=fields)


def _given(change: Change) -> dict[str, Json]:
    """What was said; an empty string takes the key away."""
    found = {key: value or None if isinstance(value, str) else value
             for key, value in change.fields.items() if value is not None}  # fmt: skip
    return {**found, **dict.fromkeys(change.without)}


def _with_labels(bead: Bead, change: Change) -> Bead:
    if change.set_labels is None and not change.add_labels and not change.remove_labels:
        return bead
    base = bead.labels if change.set_labels is None else change.set_labels
    kept = (set(base) | set(change.add_labels)) - set(change.remove_labels)
    return bead if kept == set(bead.labels) else bead.with_(labels=sorted(kept) or None)


def _with_metadata(bead: Bead, wanted: Mapping[str, Json]) -> Bead:
    present = bead.data.get("metadata") or {}
    if not isinstance(present, dict):
        raise Refused(
            f"the metadata of {bead.id} is no object, so nothing can be merged into it",
            hint=f"bd update {bead.id} --unset-metadata takes it away",
        )
    merged = {**present, **wanted}
    kept = {key: value for key, value in merged.items() if value is not None}
    return bead.with_(metadata=kept or None)


def _check_assignee(tx: Transaction, bead: Bead, wanted: Json) -> None:
    """A slung bead is its agent's: bead and hook point at each other."""
    hook = hook_of(tx, bead)
    if wanted is not None and hook is not None and wanted != hook.id:
        raise Refused(
            f"{bead.id} is on the hook of {hook.id}", hint=f"take it off: gt unsling {bead.id}"
        )
