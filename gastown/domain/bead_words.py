"""The words that people and agents use of a bead, read leniently and written one way.

Priorities are 0 (most urgent) to 4, types and dependency types are upstream's of every era. A word
that is nearly one of them is refused with the nearest; a dependency may also have a type of one's
own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gastown.domain.bead import BeadState
from gastown.errors import UsageTrouble

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_TITLE = 500
MAX_LABEL = 100
MAX_KIND = 50

TYPES = (
    "bug feature task epic chore decision spike story milestone message merge-request molecule gate"
    " agent role rig convoy event slot"
).split()
_TYPE_ALIASES = {
    "feat": "feature", "enhancement": "feature", "fix": "bug", "defect": "bug", "todo": "task",
    "adr": "decision", "dec": "decision", "mr": "merge-request", "mol": "molecule",
    "user-story": "story", "maintenance": "chore",
}  # fmt: skip
_PRIORITIES = {
    "critical": 0, "urgent": 0, "highest": 0, "blocker": 0, "high": 1, "medium": 2, "normal": 2,
    "default": 2, "low": 3, "lowest": 4, "backlog": 4, "trivial": 4,
}  # fmt: skip
_STATUS_ALIASES = {
    "in-progress": "in_progress", "inprogress": "in_progress", "wip": "in_progress",
    "started": "in_progress", "doing": "in_progress", "active": "in_progress", "todo": "open",
    "new": "open", "reopened": "open", "done": "closed", "complete": "closed",
    "completed": "closed", "resolved": "closed", "fixed": "closed", "postponed": "deferred",
    "deleted": "tombstone",
}  # fmt: skip
KINDS = (
    "blocks parent-child conditional-blocks waits-for related discovered-from replies-to relates-to"
    " duplicates supersedes authored-by assigned-to approved-by attests tracks until caused-by"
    " validates delegated-from"
).split()
_KIND_ALIASES = {
    "block": "blocks", "blocked-by": "blocks", "depends-on": "blocks", "depends": "blocks",
    "dependson": "blocks", "needs": "blocks", "requires": "blocks", "parent": "parent-child",
    "child-of": "parent-child", "child": "parent-child", "relates": "relates-to",
    "discovered": "discovered-from", "duplicate-of": "duplicates",
}  # fmt: skip


def title_of(text: str) -> str:
    """A title on one line.

    Raises:
        UsageTrouble: it is empty or too long.
    """
    title = " ".join(text.split())
    if not 1 <= len(title) <= MAX_TITLE:
        raise UsageTrouble(f"a title has 1 to {MAX_TITLE} characters, this one {len(title)}")
    return title


def priority_of(text: str) -> int:
    """`2`, `P2` or a word like `high`.

    Raises:
        UsageTrouble: it is none of them.
    """
    word = text.strip().casefold()
    if word in _PRIORITIES:
        return _PRIORITIES[word]
    digit = word.removeprefix("p")
    if digit not in ("0", "1", "2", "3", "4"):
        raise UsageTrouble(
            f"priority {text!r} is not in 0 (urgent) to 4",
            hint="0 to 4, P0 to P4, or critical, high, medium, low, backlog",
        )
    return int(digit)


def type_of(text: str, custom: Iterable[str] = ()) -> str:
    """One of upstream's types, or one of `custom`.

    Raises:
        UsageTrouble: it is none; the hint says how to add one.
    """
    word = text.strip().casefold().replace("_", "-")
    word = _TYPE_ALIASES.get(word, word)
    known = [*TYPES, *custom]
    for candidate in (text.strip(), word):
        if candidate in known:
            return candidate
    alike = nearest(word, known)
    usual = ", ".join([*TYPES[:6], *custom])
    raise UsageTrouble(
        f"no type {text!r}" + (f": did you mean {alike}?" if alike else ""),
        hint=f"the usual ones: {usual}; one of your own: bd config set types.custom {word or 'x'}",
    )


def status_of(text: str) -> BeadState:
    """A status.

    Raises:
        UsageTrouble: it is none.
    """
    word = text.strip().casefold()
    word = _STATUS_ALIASES.get(word, word)
    try:
        return BeadState(word)
    except ValueError:
        raise UsageTrouble(f"no status {text!r}", hint=f"one of {', '.join(BeadState)}") from None


def kind_of_link(text: str) -> str:
    """The type of a dependency.

    Raises:
        UsageTrouble: it is empty, too long, holds odd characters, or is nearly a known one.
    """
    word = text.strip().casefold().replace("_", "-")
    word = _KIND_ALIASES.get(word, word)
    if word in KINDS:
        return word
    if not re.fullmatch(rf"[a-z0-9][a-z0-9:.-]{{0,{MAX_KIND - 1}}}", word):
        raise UsageTrouble(f"{text!r} is no type of a dependency", hint=f"e.g. {', '.join(KINDS)}")
    alike = nearest(word, KINDS)
    if alike is not None:
        raise UsageTrouble(f"no dependency type {text!r}: did you mean {alike}?")
    return word


def parse_link(text: str) -> tuple[str, str]:
    """`ID`, `TYPE:ID` or `external:PROJECT:CAPABILITY`: what a bead depends on, and how.

    Raises:
        UsageTrouble: there is no id, or the type cannot be one.
    """
    kind, colon, target = text.strip().partition(":")
    if not colon or kind == "external":
        kind, target = "blocks", text.strip()
    if not target:
        raise UsageTrouble(f"{text!r} names no bead", hint="write ID or TYPE:ID")
    return kind_of_link(kind), target.strip()


def is_external(target: str) -> bool:
    """Whether a dependency points out of the town."""
    return target.startswith("external:")


def label_of(text: str) -> str:
    """A label.

    Raises:
        UsageTrouble: it is empty or too long, or holds commas or control characters.
    """
    label = text.strip()
    if not 1 <= len(label) <= MAX_LABEL or "," in label or not label.isprintable():
        raise UsageTrouble(
            f"label {text!r} is not allowed",
            hint=f"1 to {MAX_LABEL} characters on one line, without commas",
        )
    return label


def labels_of(texts: Iterable[str]) -> tuple[str, ...]:
    """Labels, each given alone or several with commas between them; sorted, each once.

    Raises:
        UsageTrouble: one of them cannot be a label.
    """
    return tuple(sorted({label_of(word) for text in texts for word in words_of(text)}))


def words_of(text: str) -> list[str]:
    """What stands between commas."""
    return [word.strip() for word in text.split(",") if word.strip()]


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The word that was probably meant, or None."""
    import difflib

    alike = difflib.get_close_matches(word, list(known), n=1, cutoff=0.75)
    return alike[0] if alike else None
