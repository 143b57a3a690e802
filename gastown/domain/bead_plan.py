"""Plans: many beads in one file. Pure: text in, what is wanted out.

A Markdown plan has a bead for every `## Title`; what follows is its description, and `###` sections
named Priority, Type, Description, Design, Acceptance, Notes, Assignee, Labels and Dependencies say
the rest. Fenced code is text, whatever it looks like. A dependency may name another title of the
plan by its key: the title in lower case with dashes.

A graph plan is JSON: `nodes`, each with a `key`, and `edges` between keys or ids of beads that are
there. `from` depends on `to`. Nothing is ignored silently: a key that is not known is an error.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gastown.domain.bead_words import (
    kind_of_link,
    labels_of,
    nearest,
    parse_link,
    priority_of,
    title_of,
)
from gastown.errors import UsageTrouble

MAX_NODES = 5000
_SECTIONS = {
    "priority": "priority", "type": "type", "description": "description", "design": "design",
    "acceptance criteria": "acceptance", "acceptance": "acceptance", "notes": "notes",
    "assignee": "assignee", "labels": "labels", "label": "labels", "dependencies": "deps",
    "deps": "deps", "depends on": "deps", "parent": "parent",
}  # fmt: skip
_NODE_KEYS = (
    "key title type description design acceptance notes assignee assign_after_create priority"
    " labels metadata metadata_refs parent_key parent_id depends_on id"
).split()
_EDGE_KEYS = "from_key from_id to_key to_id from to type".split()
_HINTS = {
    "parent": "write parent_key (another node) or parent_id (a bead that is there)",
    "blocks": "write it into edges, or depends_on at the other node",
    "children": "write parent_key at each child",
    "acceptance_criteria": "write acceptance",
    "issue_type": "write type",
}


@dataclass(frozen=True)
class Node:
    """One bead of a plan.

    Attributes:
        needs: types and targets of what it depends on; a target is a key of the plan or an id.
        metadata_refs: keys of the metadata whose value is the id of another node.
        identifier: the id it is to have; None: one is made.
    """

    key: str
    title: str
    issue_type: str = "task"
    priority: int = 2
    texts: Mapping[str, str] = field(default_factory=dict)
    assignee: str | None = None
    labels: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    metadata_refs: Mapping[str, str] = field(default_factory=dict)
    parent: str | None = None
    needs: tuple[tuple[str, str], ...] = ()
    identifier: str | None = None


@dataclass(frozen=True)
class Plan:
    """Beads to be made together; `subject`: how the plan names itself."""

    nodes: tuple[Node, ...]
    subject: str | None = None


def read_markdown(text: str) -> Plan:
    """A Markdown plan.

    Raises:
        UsageTrouble: there is no `## Title` in it, or a section cannot be understood.
    """
    found: list[tuple[str, dict[str, list[str]]]] = []
    current: list[str] | None = None
    fence = ""
    for line in text.splitlines():
        mark = re.match(r" {0,3}(`{3,}|~{3,})", line)
        if mark and (not fence or line.strip().startswith(fence)):
            fence = "" if fence else mark[1]
        head = None if fence else re.match(r"(##|###)\s+(.*?)\s*#*\s*$", line)
        if head and head[1] == "##":
            current = []
            found.append((head[2], {"description": current}))
        elif head and found:
            current = found[-1][1].setdefault(_section(head[2], found[-1][0]), [])
        elif current is not None:
            current.append(line)
    if not found:
        raise UsageTrouble("no bead in this file", hint="each one begins with a line: ## TITLE")
    return Plan(_linked([_of_sections(title, parts) for title, parts in found]))


def read_graph(data: Any) -> Plan:
    """A graph plan, from its parsed JSON.

    Raises:
        UsageTrouble: a key is unknown, missing or twice; the message says at which node or edge.
    """
    if not isinstance(data, Mapping):
        raise UsageTrouble("a graph plan is an object with nodes and edges")
    _known(data, ("commit_message", "nodes", "edges"), "the plan")
    nodes = data.get("nodes")
    if not isinstance(nodes, list) or not nodes:
        raise UsageTrouble("the plan has no nodes")
    if len(nodes) > MAX_NODES:
        raise UsageTrouble(f"the plan has {len(nodes):,} nodes, the limit is {MAX_NODES:,}")
    made = [_node(number, node) for number, node in enumerate(nodes, 1)]
    twice = [key for key, times in Counter(node.key for node in made).items() if times > 1]
    if twice:
        raise UsageTrouble(f"several nodes have the key {', '.join(sorted(twice))}")
    edges = [_edge(number, edge) for number, edge in enumerate(data.get("edges") or [], 1)]
    by_key = {node.key: node for node in made}
    for source, need in edges:
        if source not in by_key:
            raise UsageTrouble(
                f"an edge begins at {source!r}, which is no node of the plan",
                hint="a bead that is there already gets it by: bd dep add",
            )
        node = by_key[source]
        by_key[source] = Node(**{**vars(node), "needs": (*node.needs, need)})
    return Plan(tuple(by_key.values()), _text(data, "commit_message", "the plan") or None)


def slug(title: str) -> str:
    """The key of a title: lower case, with dashes."""
    return re.sub(r"[^\w]+", "-", title.casefold()).strip("-")


def _section(name: str, title: str) -> str:
    word = name.strip().rstrip(":").casefold()
    if word in _SECTIONS:
        return _SECTIONS[word]
    alike = nearest(word, _SECTIONS)
    raise UsageTrouble(
        f"{title!r} has a section {name!r} that is not known",
        hint=f"did you mean {alike}?" if alike else f"known: {', '.join(_SECTIONS)}",
    )


def _of_sections(title: str, parts: Mapping[str, list[str]]) -> Node:
    texts = {key: "\n".join(lines).strip("\n").rstrip() for key, lines in parts.items()}
    words = {key: value.strip() for key, value in texts.items()}
    listed = [re.sub(r"^[-*+]\s+", "", ln.strip()) for ln in words.get("deps", "").splitlines()]
    deps = [word for line in listed for word in re.split(r"[,\s]+", line) if word]
    labels = re.split(r"[,\s]+", re.sub(r"(?m)^[-*+]\s+", "", words.get("labels", "")))
    return Node(
        key=slug(title),
        title=title_of(title),
        issue_type=words.get("type") or "task",
        priority=priority_of(words["priority"]) if words.get("priority") else 2,
        texts={key: texts[key] for key in _TEXTS if texts.get(key)},
        assignee=words.get("assignee") or None,
        labels=labels_of(filter(None, labels)),
        parent=words.get("parent") or None,
        needs=tuple(parse_link(word) for word in deps),
    )


_TEXTS = ("description", "design", "acceptance", "notes")


def _linked(nodes: list[Node]) -> tuple[Node, ...]:
    """Nodes of a Markdown plan with keys of their own: the same title twice is two beads."""
    keys: dict[str, int] = {}
    out = []
    for node in nodes:
        keys[node.key] = keys.get(node.key, 0) + 1
        number = keys[node.key]
        key = node.key if number == 1 else f"{node.key}-{number}"
        out.append(Node(**{**vars(node), "key": key}))
    return tuple(out)


def _node(number: int, data: Any) -> Node:
    where = f"node {number}"
    if not isinstance(data, Mapping):
        raise UsageTrouble(f"{where} is no object")
    key = _text(data, "key", where)
    if not key:
        raise UsageTrouble(f"{where} has no key")
    where = f"node {key!r}"
    _known(data, _NODE_KEYS, where)
    labels, needs = (_texts(data, name, where) for name in ("labels", "depends_on"))
    metadata, refs = (_object(data, name, where) for name in ("metadata", "metadata_refs"))
    return Node(
        key=key,
        title=title_of(_text(data, "title", where)),
        issue_type=_text(data, "type", where) or "task",
        priority=priority_of(str(data.get("priority", 2))),
        texts={name: _text(data, name, where) for name in _TEXTS if data.get(name)},
        assignee=_text(data, "assignee", where) or None,
        labels=labels_of(labels),
        metadata=metadata,
        metadata_refs={name: str(value) for name, value in refs.items()},
        parent=_text(data, "parent_key", where) or _text(data, "parent_id", where) or None,
        needs=tuple(parse_link(need) for need in needs),
        identifier=_text(data, "id", where) or None,
    )


def _edge(number: int, data: Any) -> tuple[str, tuple[str, str]]:
    where = f"edge {number}"
    if not isinstance(data, Mapping):
        raise UsageTrouble(f"{where} is no object")
    _known(data, _EDGE_KEYS, where)
    ends = []
    for end in ("from", "to"):
        given = [_text(data, name, where) for name in (f"{end}_key", f"{end}_id", end)]
        if not any(given):
            raise UsageTrouble(f"{where} does not say where it {end}s"
                               if end == "from" else f"{where} does not say where it goes to",
                               hint=f"write {end}_key or {end}_id")  # fmt: skip
        ends.append(next(filter(None, given)))
    return ends[0], (kind_of_link(_text(data, "type", where) or "blocks"), ends[1])


def _known(data: Mapping[str, Any], known: tuple[str, ...] | list[str], where: str) -> None:
    for key in data:
        if key not in known:
            alike = _HINTS.get(key) or (f"did you mean {found}?" if (found := nearest(key, known))
                                        else f"known: {', '.join(known)}")  # fmt: skip
            raise UsageTrouble(f"{where} has a key {key!r} that is not known", hint=alike)


def _text(data: Mapping[str, Any], key: str, where: str) -> str:
    value = data.get(key, "")
    if value is None:
        return ""
    if not isinstance(value, str):
        raise UsageTrouble(f"{key} of {where} is no text")
    return value


def _texts(data: Mapping[str, Any], key: str, where: str) -> list[str]:
    value = data.get(key) or []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise UsageTrouble(f"{key} of {where} is no list of texts")
    return value


def _object(data: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
    value = data.get(key) or {}
    if not isinstance(value, Mapping):
        raise UsageTrouble(f"{key} of {where} is no object")
    return value
