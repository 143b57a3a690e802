"""Room for two beads that got one id on two machines: the younger one moves to a longer id.

It takes its comments along, and what its own side says of it; `aliases/` keeps the old name.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gastown.domain.merging.renaming import is_another, is_older, longer_id, renamed
from gastown.domain.record import BadRecord
from gastown.store.codec import encode
from gastown.store.layout import kind_of, record_path
from gastown.store.ledger_sides import Side, parsed, record_of

if TYPE_CHECKING:
    from collections.abc import Iterable


def make_room(was: Side, one: Side, other: Side) -> tuple[dict[str, bytes | None], list[str]]:
    """Rename on the side of the younger bead; the alias files, and what to tell."""
    aliases: dict[str, bytes | None] = {}
    told = []
    ids = [_ids(side.tree) for side in (one, other)]
    taken = {name.casefold() for found in ids for name in found.values()} | {*ids[0], *ids[1]}
    base = _ids(was.tree)
    for folded in sorted(ids[0].keys() & ids[1].keys()):
        if folded in base and ids[0][folded] == ids[1][folded]:
            continue
        found = _beads(one, other, ids[0][folded], ids[1][folded])
        if found is None:
            continue
        side, bead = _younger(found, one, other, base.get(folded))
        new = longer_id(bead, lambda name: name.casefold() in taken)
        taken.add(new.casefold())
        _rename(was, side, str(bead["id"]), new)
        alias = {"id": bead["id"], "now": new, "created_at": bead.get("created_at"),
                 "created_by": bead.get("created_by")}  # fmt: skip
        aliases[f"aliases/{bead['id']}/{new}.json"] = (
            json.dumps(alias, ensure_ascii=False, indent=2).encode() + b"\n"
        )
        told.append(f"{bead['id']} stood for two beads: the younger one is {new} now")
    return aliases, told


def _ids(paths: Iterable[str]) -> dict[str, str]:
    """The beads of a tree: folded id and path."""
    return {
        path.rpartition("/")[2].removesuffix(".json").casefold(): path
        for path in paths if kind_of(path) == "bead"
    }  # fmt: skip


Found = tuple[tuple[dict[str, Any], str], tuple[dict[str, Any], str]]


def _beads(one: Side, other: Side, left: str, right: str) -> Found | None:
    """The two beads that share an id, with their paths; None: they are the same bead."""
    data = [parsed(raw) if (raw := side.files.get(path)) else None
            for side, path in ((one, left), (other, right))]  # fmt: skip
    if data[0] is None or data[1] is None:
        return None
    if left == right and not is_another(data[0], data[1]):
        return None
    return (data[0], left), (data[1], right)


def _younger(
    found: Found, one: Side, other: Side, known: str | None
) -> tuple[Side, dict[str, Any]]:
    """The side whose bead moves; a bead that both came from keeps its id."""
    (first, left), (second, right) = found
    first_stays = known == left if known in (left, right) else is_older(first, second)
    return (other, second) if first_stays else (one, first)


def _rename(was: Side, side: Side, old: str, new: str) -> None:
    """Move a bead and all that its side has written about it since to another id."""
    for path, raw in list(side.files.items()):
        if raw is None or raw == was.files.get(path) or old.encode() not in raw:
            continue
        data = parsed(raw)
        if kind_of(path) is None or data is None:
            continue
        _move(side, path, renamed(data, {old: new}), data)


def _move(side: Side, path: str, data: dict[str, Any], before: dict[str, Any]) -> None:
    if data == before:
        return
    try:
        record = record_of(path, data)
        text = encode(record)
    except BadRecord:
        return
    side.files[path] = None
    side.files[record_path(record)] = text
