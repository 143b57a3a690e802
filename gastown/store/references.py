"""What still names a record that is about to vanish.

The invariants (`invariants.py`) hold hooks, beads and merge requests together. When a creation is
taken back, more must not be left behind: comments on a bead that is not there, a convoy that waits
for it, beads that depend on it, the records of a rig that is gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.ids import shard
from gastown.store.invariants import Trouble
from gastown.store.layout import record_path, rig_paths
from gastown.store.objects import Objects

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gastown.store.picture import Key, Picture
    from gastown.store.town import Town


def lost_references(
    town: Town, before: Picture, vanishing: Iterable[Key], restored: Mapping[str, bytes | None]
) -> list[Trouble]:
    """Records that would name something that is not there any more.

    Args:
        vanishing: the records that go.
        restored: what other files come back to in the same commit; None: they go as well.
    """
    found = []
    with Objects(town.ledger) as objects:
        for kind, identifier in vanishing:
            for path in _naming(town, before, kind, identifier):
                if path in restored:
                    data = restored[path]
                else:
                    known = objects.get(f"{town.commit()}:{path}")
                    data = known[1] if known is not None else None
                if data is not None and (kind == "rig" or f'"{identifier}"'.encode() in data):
                    what = f"it would name the {kind} {identifier}, which is not there"
                    found.append(Trouble(path, what, f"gt log {identifier}"))
    return found


def _naming(town: Town, before: Picture, kind: str, identifier: str) -> Iterator[str]:
    """The files that may name a record."""
    if kind == "rig":
        yield from _files(town, list(rig_paths(identifier)))
    if kind == "bead":
        yield from before.paths_naming(identifier)
        yield from _files(town, [f"comments/{shard(identifier)}/"])
    if kind == "hook":
        yield from (record_path(bead) for bead in before.beads(before.at_work_for(identifier)))


def _files(town: Town, paths: list[str]) -> list[str]:
    said = town.ledger.run(
        "ls-tree", "-r", "-z", "--name-only", "--full-tree", town.commit(), "--", *paths,
        extra={"GIT_LITERAL_PATHSPECS": "1"},
    )  # fmt: skip
    return [name.decode("utf-8", "surrogateescape") for name in said.stdout.split(b"\0") if name]
