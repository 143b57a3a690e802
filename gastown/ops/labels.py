"""Labels: put on beads and taken off; several beads are one commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.errors import NotFound, UsageTrouble
from gastown.ops.updating import Change, update

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gastown.domain.bead import Bead
    from gastown.ops.batch import Batch
    from gastown.store.reader import Reader
    from gastown.store.town import Town


def add_labels(
    town: Town, identifiers: Sequence[str], labels: tuple[str, ...], *, actor: str
) -> Batch[Bead]:
    """Put labels on beads; those that are there already stay."""
    return update(town, identifiers, Change(add_labels=labels), actor=actor)


def remove_labels(
    town: Town, identifiers: Sequence[str], labels: tuple[str, ...], *, actor: str
) -> Batch[Bead]:
    """Take labels off beads; those that are not there are no matter."""
    return update(town, identifiers, Change(remove_labels=labels), actor=actor)


def beads_and_labels(reader: Reader, words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Which of the words are beads and which are labels: beads come first, labels last.

    Raises:
        NotFound: the first word is no bead, or a later one looks like a bead that is not there.
        UsageTrouble: no label is left.
    """
    reader.bead(words[0])
    split = 1
    while split < len(words) - 1 and reader.has_bead(words[split]):
        split += 1
    beads, labels = list(words[:split]), list(words[split:])
    if not labels:
        raise UsageTrouble("which label?", hint="bd label add ID… LABEL")
    prefixes = tuple(f"{rig.prefix}-" for rig in reader.rigs())
    for word in labels[:-1]:
        if prefixes and word.startswith(prefixes):
            raise NotFound(f"no bead {word!r}", hint="bd list shows all; labels come last")
    return beads, labels
