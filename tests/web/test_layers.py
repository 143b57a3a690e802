"""Graphs in layers: nothing stands on anything else, and what comes before stands left."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from gastown.web.drawing.graph import HEIGHT, WIDTH, place
from gastown.web.drawing.layers import Edge, layered

_NODES = [f"n{number}" for number in range(12)]
_GRAPHS = st.tuples(
    st.lists(st.sampled_from(_NODES), unique=True, max_size=12),
    st.lists(st.tuples(st.sampled_from(_NODES), st.sampled_from(_NODES)), max_size=30),
)


@given(_GRAPHS)
def test_every_graph_has_a_picture(graph: tuple[list[str], list[tuple[str, str]]]) -> None:
    nodes, edges = graph
    found = layered(nodes, edges)
    assert found == layered(nodes, edges)
    drawn = [slot for layer in found.slots for slot in layer if isinstance(slot, str)]
    assert sorted(drawn) == sorted(nodes)
    assert all(found.slots)
    rank = {node: found.layer_of(node) for node in nodes}
    for edge in found.edges:
        assert edge.circular or rank[edge.before] < rank[edge.after], edge
    wanted = {(a, b) for a, b in edges if a != b and a in rank and b in rank}
    assert {(edge.before, edge.after) for edge in found.edges} == wanted

    picture = place(found)
    boxes = list(picture.places.values())
    for number, one in enumerate(boxes):
        assert 0 <= one.x <= picture.width - WIDTH
        assert 0 <= one.y <= picture.height - HEIGHT
        for other in boxes[number + 1 :]:
            assert abs(one.x - other.x) >= WIDTH or abs(one.y - other.y) >= HEIGHT
    assert len(picture.lines) == len(found.edges)


def test_a_circle_is_opened_at_one_edge_and_the_rest_is_in_order() -> None:
    found = layered(["a", "b", "c"], [("a", "b"), ("b", "c"), ("c", "a")])
    assert [edge for edge in found.edges if edge.circular] == [Edge("c", "a", circular=True)]
    assert [layer[0] for layer in found.slots] == ["a", "b", "c"]


def test_a_long_chain_does_not_exhaust_the_stack() -> None:
    nodes = [str(number) for number in range(3000)]
    found = layered(nodes, list(itertools.pairwise(nodes)))
    assert len(found.slots) == 3000


def test_lines_that_need_not_cross_do_not() -> None:
    found = layered(["a", "b", "x", "y"], [("a", "y"), ("b", "x")])
    assert found.slots == (("a", "b"), ("y", "x"))
