"""Notices in words: the title says who, the body quotes what they say. Plain text, no markup."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.notifying.occurrence import Kind, Urgency

if TYPE_CHECKING:
    from gastown.domain.notifying.memory import Shown
    from gastown.domain.notifying.occurrence import Occurrence

LONGEST = 140
_LISTED = 5
_SHORT = 60
_SAYS = {
    Kind.PERMISSION: "asks for permission", Kind.QUESTION: "asks",
    Kind.CRASH_LOOP: "ends again and again", Kind.ESCALATION: "escalated",
    Kind.BUDGET: "is at its budget", Kind.DISK: "is nearly full",
    Kind.MONITOR: "is not watched", Kind.MERGE: "came back", Kind.DISPATCH: "cannot be slung",
    Kind.RECORD: "cannot be read", Kind.REVIEW: "waits for your review",
    Kind.LIMIT: "is at a limit", Kind.LANDED: "has landed",
}  # fmt: skip
_QUOTED = (Kind.PERMISSION, Kind.QUESTION, Kind.ESCALATION)


@dataclass(frozen=True)
class Notice:
    """What is shown at once.

    Attributes:
        id: tells it from all others.
        occurrences: what it tells of, the gravest first; more than one: it is a group.
        quiet: it makes no sound.
        replaces: notices on the screen that it stands in for.
    """

    id: str
    town: str
    occurrences: tuple[Occurrence, ...]
    quiet: bool = False
    replaces: tuple[Shown, ...] = ()

    @property
    def is_group(self) -> bool:
        """Whether it tells of several things."""
        return len(self.occurrences) > 1

    @property
    def agent(self) -> str | None:
        """Whose terminal answers it; None: no one agent's."""
        return None if self.is_group else self.occurrences[0].agent

    @property
    def urgency(self) -> Urgency:
        """That of the gravest thing in it; what makes no sound does not press."""
        if self.quiet:
            return Urgency.LOW
        return max((one.urgency for one in self.occurrences), key=lambda urgency: urgency.rank)

    @property
    def title(self) -> str:
        """Who, and what they do."""
        first = self.occurrences[0]
        if not self.is_group:
            return f"{shortened(first.who, _SHORT)} {_SAYS[first.kind]}"
        number = len(self.occurrences)
        kinds = {one.kind for one in self.occurrences}
        if kinds <= {Kind.PERMISSION, Kind.QUESTION, Kind.CRASH_LOOP}:
            agents = {one.agent for one in self.occurrences}
            return f"{len(agents)} {'agents need' if len(agents) > 1 else 'agent needs'} you"
        if kinds == {Kind.LANDED}:
            return f"{number} convoys have landed"
        if kinds == {Kind.MERGE}:
            return f"{number} merge requests came back"
        return f"{number} things to look at in {shortened(self.town, _SHORT)}"

    @property
    def body(self) -> str:
        """What they say, of several things in a line each."""
        if not self.is_group:
            first = self.occurrences[0]
            said = shortened(first.said, LONGEST)
            return f"“{said}”" if first.kind in _QUOTED and said else said
        listed = [f"{one.who}: {shortened(one.said, _SHORT)}" for one in self.occurrences[:_LISTED]]
        more = len(self.occurrences) - _LISTED
        return "\n".join([*listed, f"and {more} more"] if more > 0 else listed)


def shortened(text: str, longest: int) -> str:
    """One line of at most so many characters; controls are left out."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"
