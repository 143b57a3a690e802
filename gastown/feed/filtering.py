"""Which rows of the feed are shown: words that each have to fit.

A kind of record (`merge`, `mail` …) asks for its events, the name of a rig for what is of that rig;
every other word has to be part of what a row says.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gastown.views.feed import KINDS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from gastown.views.agents import AgentView
    from gastown.views.convoys import ConvoyView
    from gastown.views.feed import Event
    from gastown.views.problems import Problem


@dataclass(frozen=True)
class Filter:
    """What is asked for; empty: everything."""

    words: tuple[str, ...] = ()
    rigs: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()

    @property
    def is_empty(self) -> bool:
        """Whether everything is shown."""
        return not (self.words or self.rigs or self.kinds)

    def __str__(self) -> str:
        return " ".join([*sorted(self.rigs), *sorted(self.kinds), *self.words])

    def takes_event(self, event: Event) -> bool:
        """Whether an event is shown."""
        if self.kinds and not self.kinds & set(event.kinds):
            return False
        if self.rigs and not self.rigs & set(event.rigs):
            return False
        return self._says((event.actor, event.text, event.agent, *event.moves))

    def takes_agent(self, agent: AgentView) -> bool:
        """Whether an agent is shown."""
        if self.rigs and agent.id.partition("/")[0] not in self.rigs:
            return False
        condition = agent.health.words if agent.health is not None else agent.condition.value
        return self._says((agent.id, agent.bead, agent.title, condition))

    def takes_rig(self, rig: str) -> bool:
        """Whether a rig is shown without any of its agents."""
        return rig in self.rigs and not self.words

    def takes_convoy(self, view: ConvoyView) -> bool:
        """Whether a convoy is shown: it, or one of its beads, says what is asked for."""
        said = [view.convoy.id, view.convoy.title]
        for one in view.members:
            said += [one.id, one.title or "", one.assignee or ""]
        if self.rigs:
            whose = {(one.assignee or "").partition("/")[0] for one in view.members}
            prefixes = {one.id.partition("-")[0] for one in view.members}
            if not self.rigs & (whose | prefixes):
                return False
        return self._says(said)

    def takes_problem(self, problem: Problem) -> bool:
        """Whether a problem is shown."""
        said = (problem.subject, problem.title, problem.words, problem.about, problem.agent)
        if self.rigs:
            names = " ".join(filter(None, said))
            if not any(f"{rig}/" in names or f"{rig}-" in names for rig in self.rigs):
                return False
        return self._says(said)

    def _says(self, said: Iterable[str | None]) -> bool:
        text = "\n".join(part for part in said if part).casefold()
        return all(word in text for word in self.words)


def filter_of(text: str, rigs: Collection[str]) -> Filter:
    """What was typed, in a town with these rigs."""
    found = Filter()
    for word in text.casefold().split():
        if word in KINDS:
            found = replace(found, kinds=found.kinds | {word})
        elif word in rigs:
            found = replace(found, rigs=found.rigs | {word})
        else:
            found = replace(found, words=(*found.words, word))
    return found
