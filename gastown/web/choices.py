"""What can be chosen in the forms of several actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.ops.runtimes import known_names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gastown.store.town import Town


def rigs(town: Town) -> Iterable[str]:
    """The rigs of the town."""
    return [rig.id for rig in town.read().rigs()]


def agents(town: Town) -> Iterable[str]:
    """Everybody with a hook."""
    return [hook.id for hook in town.read().hooks()]


def runtimes(town: Town) -> Iterable[str]:
    """The agent commands that are known by name."""
    return known_names(town.settings())
