"""Which beads are held back: the cache says the same as the rules, whatever was changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gastown.domain.bead import Bead
from gastown.domain.waiting import BLOCKS, FAMILY, RELEASED, wait_of, waited_for
from gastown.store import held
from gastown.store.cache import Cache
from gastown.store.codec import encode
from gastown.store.layout import record_path
from gastown.store.objects import blob_oid
from gastown.store.reader import Reader
from gastown.store.town import Town
from tests.bd_reading.beads import bead, edge
from tests.support.soundness import fresh_rows, rows

NAMES = st.sampled_from(["a", "b", "c", "d", "e", "f"])
KINDS = st.sampled_from(
    ["blocks", "parent-child", "parent-child", "conditional-blocks", "waits-for", "related"]
)
GATES = st.sampled_from(
    [None, '{"gate":"any-children"}', '{"gate":"all-children","spawner_id":"mp-a"}', "odd", "[1]"]
)


@st.composite
def dependencies(draw: st.DrawFn, name: str) -> tuple[Any, ...]:
    """Up to three dependencies, circles and missing targets among them."""
    made = []
    for _ in range(draw(st.integers(0, 3))):
        kind = draw(KINDS)
        metadata = draw(GATES) if kind == "waits-for" else None
        made.append(edge(name, f"{kind}:{draw(NAMES)}", metadata))
    return tuple(made)


@st.composite
def changes(draw: st.DrawFn) -> dict[str, Bead | None]:
    """What one commit changes: beads that come, go, or are changed."""
    found: dict[str, Bead | None] = {}
    for name in draw(st.sets(NAMES, min_size=1, max_size=6)):
        status = draw(st.sampled_from(["open", "open", "in_progress", "closed", "pinned"]))
        made = bead(name, draw(dependencies(name)), status=status)
        found[name] = made if draw(st.integers(0, 5)) else None
    return found


def by_the_rules(beads: dict[str, Bead]) -> set[str]:
    """Ids of the beads that the rules hold back, worked out the slow way."""

    def children(spawner: str) -> list[Bead]:
        return [one for one in beads.values() if spawner in one.depends_on(FAMILY)]

    def holds(one: Bead, item: Any) -> bool:
        wait = wait_of(item)
        if wait is not None:
            family = [child for child in children(wait.spawner) if child.id != one.id]
            return bool(waited_for(wait, beads.get(wait.spawner), family))
        target = beads.get(item["depends_on_id"])
        return item["type"] in BLOCKS and target is not None and target.state not in RELEASED

    found = {one.id for one in beads.values() if any(holds(one, d) for d in one.dependencies)}
    while True:
        more = {
            one.id for one in beads.values()
            if one.id not in found and found.intersection(one.depends_on(FAMILY))
        }  # fmt: skip
        if not more:
            return found
        found |= more


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(changes(), min_size=1, max_size=4), few=st.booleans())
def test_the_cache_follows_the_rules(
    bare_town: Town, history: list[dict[str, Bead | None]], few: bool
) -> None:
    """After any changes `held` is what the rules say, and `open_blockers` names somebody then."""
    cache = Cache(Path(":memory:"))
    cache.refresh(bare_town.ledger, bare_town.commit())
    there: dict[str, Bead] = {}
    before, limit = bare_town.commit(), held._MANY
    held._MANY = limit if few else 0  # none: everything is worked out anew each time
    try:
        for number, changed in enumerate(history):
            files: dict[str, tuple[str, bytes] | None] = {}
            for name, one in changed.items():
                path = record_path(one or bead(name))
                files[path] = (blob_oid(encode(one)), encode(one)) if one else None
                there.pop(f"mp-{name}", None)
                if one is not None:
                    there[one.id] = one
            cache.advance(before, f"{number:040}", files)
            before = f"{number:040}"
            told = {row[0] for row in cache.ask("SELECT id FROM bead WHERE held=1")}
            expected = by_the_rules(there)
            assert told == expected
            reader = Reader(cache, before)
            for one in there.values():
                assert bool(reader.open_blockers(one)) == (one.id in expected)
    finally:
        held._MANY = limit
        cache.close()


def test_a_change_reaches_only_what_it_can(bare_town: Town) -> None:
    """Found as a risk: a title that changes must not free or hold a bead, nor lose its mark."""
    with bare_town.transaction("put", actor="human") as tx:
        tx.put(bead("a"))
        tx.put(bead("b", ("blocks:a",)))
        tx.put(bead("c", ("parent-child:b",)))
    for name, deps in (("a", ()), ("b", ("blocks:a",)), ("c", ("parent-child:b",))):
        with bare_town.transaction("retitle", actor="human") as tx:
            tx.put(bead(name, deps, title="other"))
        assert [one.id for one in bare_town.read().ready(0)] == ["mp-a"]
    assert rows(Cache(bare_town.layout.cache)) == fresh_rows(bare_town)
