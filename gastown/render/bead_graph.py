"""Dependencies drawn: trees, circles and layers; also for Graphviz and Mermaid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gastown.domain.bead import BLOCKING
from gastown.render.beads import line
from gastown.render.text import plural, safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gastown.domain.bead import Bead
    from gastown.store.bead_reader import Edge
    from gastown.views.dependencies import Graph, Node

_COLOURS = {
    "open": "white", "closed": "palegreen", "in_progress": "lightblue", "hooked": "lightblue",
    "blocked": "mistyrose", "deferred": "lightgrey",
}  # fmt: skip


def tree(nodes: Sequence[Node]) -> str:
    """For `bd dep tree`."""
    out: list[str] = []
    for place, node in enumerate(nodes):
        if node.depth == 0:
            out.append(_node(node))
            continue
        out.append(f"{_rails(nodes, place)}{_arrow(node)}{_node(node)}")
    if len(nodes) == 1:
        out.append("  (nothing depends on it, and it depends on nothing, in this direction)")
    return "\n".join(out)


def tree_shape(nodes: Sequence[Node]) -> list[dict[str, Any]]:
    """Upstream's flat array: each bead with its depth, its parent in the tree, and if it is cut."""
    found = []
    for node in nodes:
        data = node.bead.shown() if node.bead else {"id": node.id, "title": None, "status": None}
        data |= {"depth": node.depth, "parent_id": node.parent or "", "truncated": node.truncated}
        if node.type is not None:
            data |= {"dependency_type": node.type, "direction": "up" if node.up else "down"}
        found.append(data)
    return found


def cycles(found: Sequence[Sequence[Bead]]) -> str:
    """For `bd dep cycles`."""
    if not found:
        return "no circles"
    out = [f"{plural(len(found), 'circle')} of beads that wait for each other"]
    for circle in found:
        names = [bead.id for bead in circle]
        out.append(f"  {safe(' → '.join([*names, names[0]]))}")
        out += [f"    {line(bead)}" for bead in circle]
    out.append("bd dep remove A B takes one of the arrows away")
    return "\n".join(out)


def links(found: Sequence[dict[str, Any]]) -> str:
    """For `bd dep list`."""
    if not found:
        return "no dependencies"
    out = []
    for item in found:
        there = (
            f"{safe(item['title'])} ({safe(item['status'])})" if item["title"] is not None
            else "(not in this town)"
        )  # fmt: skip
        arrow = "←" if item.get("direction") == "up" else "→"
        out.append(f"{arrow} {safe(item['id'])} [{safe(item['dependency_type'])}]: {there}")
    return "\n".join(out)


def layers(graph: Graph) -> str:
    """For `bd graph`: what can be done first stands first."""
    if not graph.layers:
        return "no beads with dependencies"
    waits: dict[str, list[str]] = {}
    for edge in graph.edges:
        if edge.type in BLOCKING:
            waits.setdefault(edge.bead, []).append(edge.target)
    out = []
    for number, layer in enumerate(graph.layers):
        out.append(f"Layer {number}" + (" (waits for nothing here)" if number == 0 else ""))
        for bead in layer:
            mark = "✓" if not bead.is_live else "○"
            out.append(f"  {mark} {line(bead)}")
            if bead.id in waits:
                out.append(f"      ↳ after {safe(', '.join(sorted(set(waits[bead.id]))))}")
    return "\n".join(out)


def graph_shape(graph: Graph) -> dict[str, Any]:
    """The beads, their dependencies, and the ids of each layer."""
    return {
        "root": graph.root.shown() if graph.root else None,
        "issues": [bead.shown() for bead in graph.beads],
        "dependencies": [
            {"issue_id": edge.bead, "depends_on_id": edge.target, "type": edge.type}
            for edge in graph.edges
        ],
        "layers": [[bead.id for bead in layer] for layer in graph.layers],
    }


def dot(graph: Graph) -> str:
    """For Graphviz: arrows lead from what comes first to what waits for it."""
    out = ["digraph beads {", "  rankdir=LR;", '  node [shape=box, style="rounded,filled"];']
    for bead in graph.beads:
        label = _quoted(f"{bead.id}\n{bead.title[:60]}\n{bead.state}, P{bead.priority}")
        colour = _COLOURS.get(bead.state, "white")
        out.append(f"  {_quoted(bead.id)} [label={label}, fillcolor={_quoted(colour)}];")
    for edge in graph.edges:
        style = "" if edge.type in BLOCKING else " [style=dashed, arrowhead=none]"
        out.append(f"  {_quoted(edge.target)} -> {_quoted(edge.bead)}{style};")
    return "\n".join([*out, "}"])


def mermaid(graph: Graph) -> str:
    """For Mermaid: arrows lead from what comes first to what waits for it."""
    names = {bead.id: f"n{number}" for number, bead in enumerate(graph.beads)}
    out = ["flowchart LR"]
    for bead in graph.beads:
        title = _plain(f"{bead.id}: {bead.title[:60]}")
        out.append(f'  {names[bead.id]}["{title}"]:::{bead.state}')
    out += [f"  {names[e.target]} {_mermaid_arrow(e)} {names[e.bead]}" for e in graph.edges]
    used = sorted({bead.state for bead in graph.beads})
    out += [f"  classDef {state} fill:{_COLOURS.get(state, 'white')},color:black" for state in used]
    return "\n".join(out)


def _rails(nodes: Sequence[Node], place: int) -> str:
    """The lines that lead down to a node, as far as a later one hangs on them."""
    out = ""
    for depth in range(1, nodes[place].depth + 1):
        later = next((n for n in nodes[place + 1 :] if n.depth <= depth), None)
        goes_on = later is not None and later.depth == depth
        if depth == nodes[place].depth:
            out += "├─ " if goes_on else "└─ "
        else:
            out += "│  " if goes_on else "   "
    return out


def _arrow(node: Node) -> str:
    sign = "←" if node.up else "→"
    return f"{sign} " if node.type == "blocks" else f"{sign} [{safe(node.type)}] "


def _node(node: Node) -> str:
    text = line(node.bead) if node.bead else f"{safe(node.id)} (not in this town)"
    if node.again:
        return f"{text} (see above)"
    return f"{text} …" if node.truncated else text


def _mermaid_arrow(edge: Edge) -> str:
    return "-->" if edge.type in BLOCKING else "-.-"


def _quoted(text: str) -> str:
    """A string of Graphviz's language."""
    inner = "\n".join(safe(row) for row in text.split("\n"))
    return '"' + inner.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _plain(text: str) -> str:
    """Text that cannot end a label of Mermaid, or be HTML."""
    signs = {"&": "#amp;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "#": "#35;", "`": "#96;"}
    return "".join(signs.get(char, char) for char in safe(text))
