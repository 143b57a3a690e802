"""The pure plan: what comes back, what stands in the way, what is held by what stays."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gastown.domain.undoing import Deed, Version, plan, with_later, without

PATHS = ("a", "b", "c")
steps = st.lists(
    st.dictionaries(st.sampled_from(PATHS), st.sampled_from([None, "1", "2", "3"]), min_size=1),
    min_size=1, max_size=8,
)  # fmt: skip


def line_of(changes: list[dict[str, Version]]) -> tuple[list[Deed], list[dict[str, Version]]]:
    """A line of deeds, and the tree before the first and after each of them."""
    tree: dict[str, Version] = dict.fromkeys(PATHS)
    trees, deeds = [dict(tree)], []
    for number, change in enumerate(changes):
        files = {p: (tree[p], new) for p, new in change.items() if tree[p] != new}
        deeds.append(Deed(str(number), files))
        tree |= change
        trees.append(dict(tree))
    return deeds, trees


@given(steps, st.data())
def test_what_is_taken_back_leaves_no_trace(
    changes: list[dict[str, Version]], data: st.DataObject
) -> None:
    """Each file is as if only the other operations had ever been done."""
    deeds, trees = line_of(changes)
    chosen = data.draw(st.sets(st.sampled_from([deed.name for deed in deeds])))
    found = plan(deeds, chosen)
    if found.in_the_way:
        return
    after = trees[-1] | dict(found.restore)
    for path in PATHS:
        touching = [deed for deed in deeds if path in deed.files]
        if path in found.restore:
            first = next(deed for deed in touching if deed.name in chosen)
            rest = touching[touching.index(first) :]
            left = first.files[path][0]
            for deed in rest:  # the others among them cancel each other out
                if deed.name in chosen:
                    assert deed.files[path][0] == left
                    left = deed.files[path][1]
            assert trees[-1][path] == left
            assert after[path] == first.files[path][0]
        elif not any(deed.name in chosen for deed in touching):
            assert after[path] == trees[-1][path]


@given(steps, st.data())
def test_with_all_that_is_later_it_always_can_be(
    changes: list[dict[str, Version]], data: st.DataObject
) -> None:
    deeds, _ = line_of(changes)
    chosen = {data.draw(st.sampled_from([deed.name for deed in deeds]))}
    found = with_later(deeds, chosen)
    assert not found.in_the_way
    assert chosen <= set(found.undone)
    assert plan(deeds, found.undone) == found


@given(steps, st.integers(0, 7))
def test_all_since_a_moment_is_the_tree_of_that_moment(
    changes: list[dict[str, Version]], start: int
) -> None:
    deeds, trees = line_of(changes)
    start = min(start, len(deeds) - 1)
    found = plan(deeds, {deed.name for deed in deeds[start:]})
    assert not found.in_the_way
    assert trees[-1] | dict(found.restore) == trees[start]


@given(steps, st.data())
def test_what_stays_keeps_what_it_rests_on(
    changes: list[dict[str, Version]], data: st.DataObject
) -> None:
    deeds, trees = line_of(changes)
    names = {deed.name for deed in deeds}
    kept = data.draw(st.sets(st.sampled_from(sorted(names))))
    found = without(deeds, names, kept)
    assert not found.in_the_way
    assert kept.isdisjoint(found.undone)
    after = trees[-1] | dict(found.restore)
    for deed in deeds:
        if deed.name not in found.undone:
            later = [one for one in deeds[int(deed.name) + 1 :] if one.name not in found.undone]
            for path, (_, new) in deed.files.items():
                if not any(path in one.files for one in later):
                    assert after[path] == new


def test_what_is_as_it_was_is_in_nobodys_way() -> None:
    deeds = [Deed("1", {"a": ("x", "y")}), Deed("2", {"a": ("y", "x")})]
    assert plan(deeds, {"1"}).in_the_way == {}
    assert plan(deeds, {"1"}).restore == {}
    deeds.append(Deed("3", {"a": ("x", "z")}))
    assert plan(deeds, {"1"}).in_the_way == {"2": ("a",), "3": ("a",)}


def test_what_cancels_out_is_in_nobodys_way() -> None:
    """A change and its undo after what is to be taken back, or between two of those."""
    deeds = [Deed("1", {"a": (None, "x")}), Deed("2", {"a": ("x", "y")}),
             Deed("3", {"a": ("y", "x")}), Deed("4", {"a": ("x", "z")})]  # fmt: skip
    assert plan(deeds[:3], {"1"}).in_the_way == {}
    assert plan(deeds[:3], {"1"}).restore == {"a": None}
    assert plan(deeds, {"1", "4"}).in_the_way == {}
