"""What can be done from the dashboard: a fixed table of actions, each of which is one operation.

An action is called by its name with values of named fields, all of them text. It never takes a
command line. Those that destroy something say what, and are done only when that was confirmed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from gastown.errors import NotFound, UsageTrouble
from gastown.ids import HUMAN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from gastown.ops.batch import Batch
    from gastown.ops.host import Host
    from gastown.store.town import Town

T = TypeVar("T")
CONFIRMED = "confirmed"


@dataclass(frozen=True)
class Doing:
    """An action being done: where, with what; in the name of the person."""

    town: Town
    host: Host
    values: Mapping[str, Sequence[str]]
    actor: str = HUMAN

    def get(self, name: str, default: str = "") -> str:
        """A value, without spaces around it."""
        found = self.values.get(name)
        return found[-1].strip() if found else default

    def need(self, name: str) -> str:
        """A value that must be there.

        Raises:
            UsageTrouble: it is not.
        """
        if not (found := self.get(name)):
            raise UsageTrouble(f"{name} is missing", hint="fill it in")
        return found

    def raw(self, name: str) -> str:
        """A text as it was typed, with the newlines of this world."""
        found = self.values.get(name)
        return found[-1].replace("\r\n", "\n") if found else ""

    def words(self, name: str) -> list[str]:
        """All values of a name, those between spaces and commas, too."""
        return " ".join(self.values.get(name, ())).replace(",", " ").split()

    def flag(self, name: str) -> bool:
        """Whether a box is ticked."""
        return self.get(name) in ("yes", "on", "true", "1")


@dataclass(frozen=True)
class Done:
    """What became of it, in words. `to`: the address to go on at; `settle`: a town to show now."""

    said: str
    to: str | None = None
    settle: Path | None = None


@dataclass(frozen=True)
class Field:
    """A value that an action takes.

    Attributes:
        kind: `text`, `area`, `number`, `choice`, `flag` or `hidden`.
        choices: what may be chosen; for `text` what is offered; pairs are value and label.
    """

    name: str
    label: str
    kind: str = "text"
    required: bool = False
    hint: str = ""
    default: str = ""
    choices: Callable[[Town], Iterable[str | tuple[str, str]]] | None = None


@dataclass(frozen=True)
class Action:
    """Something that can be done.

    Attributes:
        name: in its address, e.g. `agent.nudge`.
        title: what it does, as a button says it: `Nudge`.
        about: in a sentence.
        destroys: what is lost or cannot be taken back, in a sentence; None: nothing.
        in_palette: whether it can be chosen by itself, without a thing to do it to.
        without_town: it is done where no town is yet; `Doing.town` must not be touched then.
    """

    name: str
    title: str
    about: str
    run: Callable[[Doing], Done | str]
    fields: tuple[Field, ...] = ()
    destroys: str | None = None
    in_palette: bool = True
    without_town: bool = False

    def missing(self, values: Mapping[str, Sequence[str]]) -> tuple[Field, ...]:
        """The required fields that have no value yet."""
        return tuple(
            one for one in self.fields
            if one.required and not any(text.strip() for text in values.get(one.name, ()))
        )  # fmt: skip

    def do(self, doing: Doing) -> Done:
        """Do it.

        Raises:
            UsageTrouble: a field that it needs is missing.
            GtError: whatever the operation says.
        """
        if missing := self.missing(doing.values):
            names = ", ".join(one.label for one in missing)
            raise UsageTrouble(f"{self.title} needs: {names}", hint="fill it in")
        done = self.run(doing)
        return done if isinstance(done, Done) else Done(done)


def done_of(batch: Batch[T]) -> tuple[T, ...]:
    """What was done of a batch.

    Raises:
        GtError: the first refusal, where nothing was done.
    """
    if batch.refused and not batch.done:
        raise batch.refused[0]
    return batch.done


def find(actions: Mapping[str, Action], name: str) -> Action:
    """An action by its name.

    Raises:
        NotFound: there is none.
    """
    if name not in actions:
        raise NotFound(f"there is no action {name!r}", hint="the palette shows those there are")
    return actions[name]
