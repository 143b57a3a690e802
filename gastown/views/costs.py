"""Tokens by agent, bead, convoy, model, day or session, and money where a price is set.

What is not known is never counted as nothing: it is listed by itself, with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_MILLION = 1_000_000
NO_BEAD = "(no bead)"
NO_CONVOY = "(no convoy)"


class By(StrEnum):
    """What the lines are of."""

    AGENT = "agent"
    BEAD = "bead"
    CONVOY = "convoy"
    MODEL = "model"
    DAY = "day"
    SESSION = "session"


@dataclass(frozen=True)
class Tokens:
    """Numbers of tokens. `turns`: answers of a model; `input`: what no cache was used for."""

    turns: int = 0
    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.input + self.output + self.cache_read + self.cache_write

    def __add__(self, other: Tokens) -> Tokens:
        return Tokens(
            self.turns + other.turns, self.input + other.input, self.output + other.output,
            self.cache_read + other.cache_read, self.cache_write + other.cache_write,
        )  # fmt: skip


@dataclass(frozen=True)
class Spent:
    """What one conversation used of one model on one day (UTC).

    Attributes:
        convoys: those that hold the bead.
        running: it goes on, and the numbers grow.
    """

    conversation: str
    agent: str
    rig: str
    bead: str | None
    convoys: tuple[str, ...]
    day: str
    model: str
    tokens: Tokens
    running: bool = False


@dataclass(frozen=True)
class Unknown:
    """A conversation, or an agent that left none, whose tokens nobody counted."""

    agent: str
    conversation: str | None
    bead: str | None
    why: str


@dataclass(frozen=True)
class CostLine:
    """One line.

    Attributes:
        name: of the agent, the bead, …
        title: what it is about.
        sessions: how many conversations are in it; `running`: one of them goes on.
        money: what those models cost whose price is set; None: none of them has one.
        whole: the price of every model in it is set.
    """

    name: str
    title: str
    sessions: int
    running: bool
    tokens: Tokens
    money: float | None
    whole: bool


@dataclass(frozen=True)
class Costs:
    """What was asked for.

    Attributes:
        of: the agent, bead, convoy or rig; None: the town.
        since: the first day that is counted.
        unknown: what is missing in the lines.
        tokenless: agents whose client asks no model.
        unpriced: models without a price.
    """

    by: By
    of: str | None
    since: str | None
    lines: tuple[CostLine, ...]
    sum: CostLine
    unknown: tuple[Unknown, ...] = ()
    tokenless: tuple[str, ...] = ()
    unpriced: tuple[str, ...] = ()


@dataclass(frozen=True)
class PriceList:
    """Prices of a million tokens, by the model's name or what it begins with."""

    prices: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def of(self, model: str) -> Mapping[str, float] | None:
        """The prices of a model: of its own name, else of the longest beginning; None: none."""
        fitting = [name for name in self.prices if name and model.startswith(name)]
        return self.prices[max(fitting, key=len)] if fitting else None

    def money(self, model: str, tokens: Tokens) -> float | None:
        """What tokens of a model cost; None: it has no price for a kind that was used."""
        prices = self.of(model)
        if prices is None:
            return None
        used = {kind: getattr(tokens, kind) for kind in
                ("input", "output", "cache_read", "cache_write")}  # fmt: skip
        if any(number and kind not in prices for kind, number in used.items()):
            return None
        amounts = (float(number * prices.get(kind, 0.0)) for kind, number in used.items())
        return sum(amounts) / _MILLION


def lines_of(
    spent: Iterable[Spent], by: By, prices: PriceList, title: Callable[[str], str]
) -> tuple[CostLine, ...]:
    """The lines: days in their order, everything else by what it used, the most first.

    Args:
        title: what a line's name is about.
    """
    groups: dict[str, list[Spent]] = {}
    for one in spent:
        for name in _names(one, by):
            groups.setdefault(name, []).append(one)
    lines = [line_of(name, found, prices, title(name)) for name, found in groups.items()]
    if by is By.DAY:
        return tuple(sorted(lines, key=lambda line: line.name))
    return tuple(sorted(lines, key=lambda line: (-line.tokens.total, line.name)))


def _names(one: Spent, by: By) -> tuple[str, ...]:
    """The lines that something counts in; a bead of two convoys counts in both."""
    if by is By.CONVOY:
        return one.convoys or (NO_CONVOY,)
    if by is By.MODEL and not one.tokens.turns:
        return ()
    return {
        By.AGENT: (one.agent,), By.BEAD: (one.bead or NO_BEAD,), By.MODEL: (one.model,),
        By.DAY: (one.day,), By.SESSION: (one.conversation,),
    }[by]  # fmt: skip


def line_of(name: str, spent: list[Spent], prices: PriceList, title: str = "") -> CostLine:
    """All of it in one line."""
    used = [one for one in spent if one.tokens.turns]
    amounts = [prices.money(one.model, one.tokens) for one in used]
    known = [amount for amount in amounts if amount is not None]
    return CostLine(
        name=name,
        title=title,
        sessions=len({one.conversation for one in spent}),
        running=any(one.running for one in spent),
        tokens=sum((one.tokens for one in spent), Tokens()),
        money=sum(known) if known else None,
        whole=len(known) == len(amounts),
    )


def unpriced(spent: Iterable[Spent], prices: PriceList) -> tuple[str, ...]:
    """Models that were used and whose price is not set, or not for every kind."""
    return tuple(sorted({
        one.model for one in spent
        if one.tokens.turns and prices.money(one.model, one.tokens) is None
    }))  # fmt: skip
