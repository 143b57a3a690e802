"""A batch that is being tested: which of its prefixes is tested next, what lands, who is at fault.

The members of a batch are stacked on the target's commit: prefix 0 is that commit itself, prefix i
holds the first i members, and the whole is the tip. Rules:

- The tip is tested first. Green: everybody lands.
- What is red is tested once more on the same tree before anybody suffers from it; green then, it
  was flaky, and counts as green.
- A red tip is bisected between the longest prefix known green and the shortest known red. Where
  these are neighbours, the member between them is at fault: what is green before it lands, it is
  rejected, and those behind it are stacked anew on what landed, as a batch that nobody joins.
- Nobody is at fault for what was there before: before the first member is rejected, the target's
  commit is tested by itself, unless it is known to be green. If it is red, nobody is judged.

So a member is rejected only where a green tree with it is a red one, and what lands was tested
green just so. For n members of which k are bad this takes at most about k·(log2 n + 3) + 1 tests.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Probe:
    """Probe a prefix. `again`: it was red on this very tree, and gets its second chance."""

    prefix: int
    again: bool = False


@dataclass(frozen=True)
class Land:
    """The batch is decided: the first `count` members land.

    Attributes:
        reject: the place of the member at fault (the first is 1); None: nobody is.
    """

    count: int
    reject: int | None = None


@dataclass(frozen=True)
class Blocked:
    """The target's own commit is red: nothing can be said of the members."""


Step = Probe | Land | Blocked


@dataclass(frozen=True)
class Batch:
    """What is known of a batch.

    Attributes:
        size: how many members it has.
        green: the longest prefix that was tested green; None: not even the target's commit was.
        reds: prefixes that are red, each with how often they were tested so (1 or 2).
        retries: whether what is red is tested once more.
    """

    size: int
    green: int | None = None
    reds: tuple[tuple[int, int], ...] = ()
    retries: bool = True

    def next_step(self) -> Step:
        """What is to be done now."""
        known_green = self.green or 0
        if not self.reds:
            return Land(self.size) if self.green == self.size else Probe(self.size)
        red, times = self.reds[0]
        is_sure = times > 1 or not self.retries
        if red == 0:
            return Blocked() if is_sure else Probe(0, again=True)
        if not is_sure and (red == self.size or red == known_green + 1):
            return Probe(red, again=True)
        if red > known_green + 1:
            return Probe((known_green + red) // 2)
        if self.green is None:
            return Probe(0)
        return Land(known_green, reject=red)

    def after(self, prefix: int, *, passed: bool) -> Batch:
        """What is known once a prefix was tested."""
        times = dict(self.reds)
        if passed:
            green = max(prefix, self.green if self.green is not None else 0)
            left = {place: count for place, count in times.items() if place > green}
        else:
            green = self.green  # type: ignore[assignment]
            left = {**times, prefix: times.get(prefix, 0) + 1}
        return replace(self, green=green, reds=tuple(sorted(left.items())))
