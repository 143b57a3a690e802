"""What is on a hook: work, nothing, or something that cannot be read. Never confused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from gastown.errors import GtError, NotFound, Unreadable

if TYPE_CHECKING:
    from gastown.domain.bead import Bead
    from gastown.domain.hook import Hook
    from gastown.domain.merge import Merge
    from gastown.store.reader import Reader
    from gastown.store.town import Town
    from gastown.views.molecule_work import MoleculeWork


class Answer(StrEnum):
    """The three answers, with the exit statuses 0, 1 and 5."""

    WORK = "work"
    NOTHING = "nothing"
    UNREADABLE = "unreadable"


EXIT_STATUS = {Answer.WORK: 0, Answer.NOTHING: 1, Answer.UNREADABLE: 5}


@dataclass(frozen=True)
class Assignment:
    """What a hook holds.

    Attributes:
        merge: the latest merge request of this work, if any: queued, failed, …
        error: why it cannot be read.
        molecule: where the bead is the root or a step of a molecule: its steps and the current one.
    """

    answer: Answer
    agent: str | None
    hook: Hook | None = None
    bead: Bead | None = None
    merge: Merge | None = None
    error: str | None = None
    molecule: MoleculeWork | None = None


def assignment(reader: Reader, agent: str) -> Assignment:
    """What is on an agent's hook.

    Raises:
        NotFound: no such agent has ever had a hook.
    """
    try:
        hook = reader.hook(agent)
        if hook is None:
            raise NotFound(f"nobody is called {agent}", hint="gt agents --all lists all agents")
        if hook.bead is None:
            return Assignment(Answer.NOTHING, agent, hook)
        bead = reader.bead(hook.bead)
    except Unreadable as error:
        return Assignment(Answer.UNREADABLE, agent, error=error.message)
    except GtError as error:
        if isinstance(error, NotFound) and error.message.startswith("nobody"):
            raise
        return Assignment(Answer.UNREADABLE, agent, error=error.message)
    return Assignment(Answer.WORK, agent, hook, bead, last_merge(reader, hook))


def with_molecule(town: Town, reader: Reader, found: Assignment) -> Assignment:
    """An assignment with the molecule that its bead is of, if it is of one."""
    bead = found.bead
    if bead is None or (bead.parent is None and reader.find("molecule", bead.id) is None):
        return found
    from gastown.views.molecule_work import molecule_work

    return replace(found, molecule=molecule_work(town, reader, bead))


def last_merge(reader: Reader, hook: Hook) -> Merge | None:
    """The latest request for what this generation of a hook holds."""
    made = reader.merges_of(hook.bead or "", hook.rig)
    if not made:
        return None
    from gastown.domain.merge import MergeState  # most hooks have no request

    found = [
        merge for merge in made
        if merge.hook == hook.id and merge.generation == hook.generation
        and merge.state is not MergeState.WITHDRAWN
    ]  # fmt: skip
    return found[-1] if found else None
