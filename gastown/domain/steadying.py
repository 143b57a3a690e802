"""Verdicts held steady: what rests on silence or a screen must stand for a while to be shown.

A good verdict counts at once, and so does a bad one that rests on the client's own word or on the
kernel's. Any other bad one is shown when it was found in every look for so many seconds in a row;
until then what was shown before stays. So a screen that flaps never shows trouble.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from gastown.domain.health import TROUBLE, Condition, Health, Wait


@dataclass(frozen=True)
class Steady:
    """One agent's verdicts so far.

    Attributes:
        shown: the one that stands.
        pending: the bad one that was found last, and is not shown yet.
        since: from when on it was found in every look, by a clock that only goes forward.
    """

    shown: Health
    pending: tuple[Condition, Wait | None] | None = None
    since: float = 0.0


def steadied(
    before: Steady | None, found: Health, *, certain: bool, now: float, steady_s: float
) -> Steady:  # fmt: skip
    """What is to be shown after one more look.

    Args:
        certain: whether what was found rests on more than silence or a screen.
        now: by a clock that only goes forward.
    """
    if certain or not is_bad(found):
        return Steady(found)
    kind = (found.condition, found.wait)
    if before is not None and (before.shown.condition, before.shown.wait) == kind:
        return Steady(found)
    since = before.since if before is not None and before.pending == kind else now
    if now - since >= steady_s:
        return Steady(found)
    shown = before.shown if before is not None else _not_yet(found)
    return Steady(shown, kind, since)


def is_bad(found: Health) -> bool:
    """Whether a verdict makes somebody do something."""
    return found.condition in TROUBLE or found.needs_person


def _not_yet(found: Health) -> Health:
    return replace(found, condition=Condition.UNKNOWN, wait=None, until=None,
                   detail="it is looked at a little longer")  # fmt: skip
