"""Whatever a batch is made of: only what was tested green lands, and all that is good does."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gastown.domain.queueing.batch import Batch, Blocked, Land, Probe
from gastown.domain.queueing.window import after_batch, remember, window

GOOD, BAD, FLAKY = "good", "bad", "flaky"
LENGTH = 8


@dataclass
class Queue:
    """A queue of requests of known kinds, and a refinery's decisions carried out on it.

    Attributes:
        landed: requests on the target, in the order in which they got there.
        tested: trees (their requests) that were green in a test, and which were red how often.
        runs: how many tests were run.
    """

    kinds: tuple[str, ...]
    base_is_red: bool = False
    landed: list[int] = field(default_factory=list)
    rejected: list[int] = field(default_factory=list)
    green: set[tuple[int, ...]] = field(default_factory=set)
    reds: dict[tuple[int, ...], int] = field(default_factory=dict)
    runs: int = 0
    blocked: bool = False

    def is_green(self, tree: tuple[int, ...]) -> bool:
        """Probe a tree: red with a bad one in it, red the first time with a flaky one."""
        self.runs += 1
        before = self.reds.get(tree, 0)
        flakes = any(self.kinds[one] == FLAKY for one in tree) and not before
        if self.base_is_red or flakes or any(self.kinds[one] == BAD for one in tree):
            self.reds[tree] = before + 1
            return False
        self.green.add(tree)
        return True

    def work(self, members: list[int]) -> None:
        """Decide a batch, and then what is left of it, which nobody joins."""
        while members:
            base = tuple(self.landed)
            batch, red = Batch(len(members)), set()
            while isinstance(step := batch.next_step(), Probe):
                tree = (*base, *members[: step.prefix])
                assert step.again == (step.prefix in red)
                passed = self.is_green(tree)
                red |= set() if passed else {step.prefix}
                batch = batch.after(step.prefix, passed=passed)
            if isinstance(step, Blocked):
                self.blocked = True
                return
            self.land(base, members, step)
            members = members[step.reject :] if step.reject else []

    def land(self, base: tuple[int, ...], members: list[int], step: Land) -> None:
        """Nothing lands that was not tested green just so; nobody is rejected but for a reason."""
        if step.count:
            assert (*base, *members[: step.count]) in self.green
            self.landed += members[: step.count]
        if step.reject is not None:
            without = (*base, *members[: step.reject - 1])
            assert without in self.green
            assert self.reds[(*without, members[step.reject - 1])] >= 2
            self.rejected.append(members[step.reject - 1])


PATTERNS = [
    pattern for length in range(1, LENGTH + 1)
    for pattern in itertools.product((GOOD, BAD, FLAKY), repeat=length)
]  # fmt: skip


def test_every_pattern() -> None:
    """Up to eight requests, each good, bad or flaky: the good and flaky land, the bad do not."""
    for pattern in PATTERNS:
        queue = Queue(pattern)
        queue.work(list(range(len(pattern))))
        assert not queue.blocked
        assert queue.landed == [n for n, kind in enumerate(pattern) if kind != BAD], pattern
        assert queue.rejected == [n for n, kind in enumerate(pattern) if kind == BAD], pattern


@pytest.mark.parametrize("size", [1, 2, 3, 8, 13, 64])
@pytest.mark.parametrize("bad", [0, 1, 2, 5])
def test_how_many_tests_it_takes(size: int, bad: int) -> None:
    """For n members of which k are bad: no more than k (log2 n + 3) + 1, and 2 for the base."""
    bound = bad * (math.ceil(math.log2(size)) + 3) + 3
    for shift in range(size):
        places = {(shift + number * size // max(bad, 1)) % size for number in range(bad)}
        kinds = tuple(BAD if place in places else GOOD for place in range(size))
        queue = Queue(kinds)
        queue.work(list(range(size)))
        assert queue.runs <= bound, (kinds, queue.runs)


@given(st.lists(st.sampled_from([GOOD, BAD, FLAKY]), min_size=1, max_size=LENGTH))
def test_nobody_is_blamed_for_a_red_target(kinds: list[str]) -> None:
    """Where the target's own commit is red, nobody is rejected and nothing lands."""
    queue = Queue(tuple(kinds), base_is_red=True)
    queue.work(list(range(len(kinds))))
    assert queue.blocked
    assert (queue.landed, queue.rejected) == ([], [])


@given(
    st.lists(st.sampled_from([GOOD, BAD, FLAKY]), min_size=1, max_size=40),
    st.integers(1, 16),
)
def test_a_whole_queue_with_a_window(kinds: list[str], most: int) -> None:
    """Batch after batch, however large: nobody is left over, and the order is kept."""
    queue, size, recent = Queue(tuple(kinds)), 2, ""
    waiting = list(range(len(kinds)))
    while waiting:
        room = window(size, recent, most=most)
        assert 1 <= room <= most
        now, waiting = waiting[:room], waiting[room:]
        before = len(queue.rejected)
        queue.work(now)
        rejected = len(queue.rejected) - before
        landed = len(now) - rejected
        size = after_batch(size, landed=landed, rejected=rejected, most=most)
        recent = remember(recent, landed=landed, rejected=rejected)
    assert queue.landed == [n for n, kind in enumerate(kinds) if kind != BAD]


def test_without_a_second_chance() -> None:
    """Where nothing is run twice, a red tip is bisected at once, and the flaky one is at fault."""
    batch = Batch(2, retries=False).after(2, passed=False)
    assert batch.next_step() == Probe(1)
    batch = batch.after(1, passed=True)
    assert batch.next_step() == Land(1, reject=2)


def test_the_window() -> None:
    """It grows by one, halves, has a floor, and gives way where too much fails."""
    assert [after_batch(n, landed=n, rejected=0, most=8) for n in (1, 2, 8)] == [2, 3, 8]
    assert [after_batch(n, landed=1, rejected=1, most=8) for n in (1, 2, 8)] == [1, 1, 4]
    assert window(5, "g" * 12, most=8) == 5
    assert window(5, "gggggrrr", most=8) == 1
    assert window(5, "rrr", most=8) == 5  # too few to say
    assert len(remember("g" * 12, landed=3, rejected=1)) == 12
