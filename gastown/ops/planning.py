"""A plan's beads: made in one commit, with what they are to each other; all of them or none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gastown.domain.bead_words import is_external
from gastown.errors import UsageTrouble
from gastown.ops.beads import NewBead, build, link, rules_of
from gastown.ops.dependencies import check_link

if TYPE_CHECKING:
    from gastown.domain.bead import Bead
    from gastown.domain.bead_plan import Node, Plan
    from gastown.store.town import Town
    from gastown.store.transaction import Transaction


@dataclass(frozen=True)
class Planned:
    """What a plan became: its beads, in its order, and the id of each key."""

    beads: tuple[Bead, ...]
    ids: dict[str, str]
    happened: bool


def carry_out(town: Town, plan: Plan, rig: str, *, actor: str, dry_run: bool = False) -> Planned:
    """Make the beads of a plan, parents before their children.

    Raises:
        UsageTrouble: a title, type or id is not allowed, or parents go round in a circle.
        NotFound: a parent or dependency is neither in the plan nor in the town.
        Refused: dependencies go round in a circle, or an id is taken.
    """
    allowed = rules_of(town)
    with town.transaction("create beads", actor=actor) as tx:
        ids: dict[str, str] = {}
        made: dict[str, Bead] = {}
        for node in _parents_first(plan):
            new = _new(node, ids)
            bead = build(tx, town, new, rig, allowed, actor=actor, flat=True)
            tx.put(bead)
            ids[node.key], made[node.key] = bead.id, bead
        for node in plan.nodes:
            made[node.key] = _wired(tx, town, made[node.key], node, ids, actor)
        tx.subject = f"create {plan.subject or ', '.join(ids[node.key] for node in plan.nodes)}"
        if dry_run:
            tx.files.clear()
    found = tuple(made[node.key] for node in plan.nodes)
    return Planned(found, {node.key: ids[node.key] for node in plan.nodes}, not dry_run)


def _parents_first(plan: Plan) -> list[Node]:
    left = {node.key: node for node in plan.nodes}
    out: list[Node] = []
    while left:
        free = [node for node in left.values() if node.parent not in left]
        if not free:
            raise UsageTrouble(f"the parents of {', '.join(left)} go round in a circle")
        out += free
        done = {node.key for node in free}
        left = {key: node for key, node in left.items() if key not in done}
    return out


def _new(node: Node, ids: dict[str, str]) -> NewBead:
    texts = node.texts
    more: dict[str, Any] = {key: texts[key] for key in ("design", "notes") if key in texts}
    return NewBead(
        node.title,
        texts.get("description"),
        node.issue_type,
        node.priority,
        node.identifier,
        ids.get(node.parent, node.parent) if node.parent is not None else None,
        labels=node.labels,
        assignee=node.assignee,
        acceptance=texts.get("acceptance"),
        more=more,
    )


def _wired(
    tx: Transaction, town: Town, bead: Bead, node: Node, ids: dict[str, str], actor: str
) -> Bead:
    """A bead with its dependencies and metadata, now that every node has its id."""
    links = [dict(item) for item in bead.dependencies]
    for kind, named in dict.fromkeys(node.needs):
        target = ids.get(named, named)
        check_link(tx, bead, target, kind)
        if is_external(target) or target != bead.parent or kind != "parent-child":
            links.append(link(bead.id, target, kind, town.now(), actor))
            bead = bead.with_(dependencies=links)
            tx.put(bead)
    refs = {key: _resolved(node, named, ids) for key, named in node.metadata_refs.items()}
    metadata = {**node.metadata, **refs}
    if metadata:
        bead = bead.with_(metadata=metadata)
        tx.put(bead)
    return bead


def _resolved(node: Node, named: str, ids: dict[str, str]) -> str:
    if named not in ids:
        raise UsageTrouble(f"metadata_refs of node {node.key!r} names {named!r}, no node")
    return ids[named]
