"""What changing commands of `bd` answer: in words, and in upstream's JSON shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gastown.domain.bead_settings import KNOWN
from gastown.render.text import cut, plural, safe, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gastown.domain.bead import Bead
    from gastown.ops.closing import Closed
    from gastown.ops.deleting import Deleted
    from gastown.ops.planning import Planned
    from gastown.ops.relations import Merged
    from gastown.ops.succession import Following, Successor
    from gastown.views.duplicates import Group

BLOCKS = ("blocks", "conditional-blocks")


def created(bead: Bead) -> str:
    """After `bd create`: the bead, and what it was understood to wait for."""
    head = f"✓ {safe(bead.id)}: {safe(bead.title)} (P{bead.priority}, {safe(bead.issue_type)})"
    return "\n".join([head, *_understood(bead)])


def planned_one(bead: Bead) -> str:
    """After `bd create --dry-run`."""
    lines = created(bead).replace("✓", "would make", 1)
    return f"{lines}\nnothing was made"


def identifier(bead: Bead) -> str:
    """After `bd create --silent`: only the id."""
    return bead.id


def identifiers(done: Planned) -> str:
    """After `bd create --silent` with a plan: the ids, one a line."""
    return "\n".join(bead.id for bead in done.beads)


def planned(done: Planned) -> str:
    """After `bd create` with a plan."""
    lines = []
    keys = {identifier: key for key, identifier in done.ids.items()}
    for bead in done.beads:
        what = created(bead)
        lines.append(what if done.happened else what.replace("✓", "would make", 1))
        if keys[bead.id] != bead.id:
            lines[-1] = (
                lines[-1].replace("\n", f"  [{safe(keys[bead.id])}]\n", 1)
                if ("\n" in lines[-1])
                else f"{lines[-1]}  [{safe(keys[bead.id])}]"
            )
    count = plural(len(done.beads), "bead")
    return "\n".join([*lines, f"{count} in one commit" if done.happened else "nothing was made"])


def graph_shape(done: Planned) -> dict[str, Any]:
    """Upstream's answer to `bd create --graph`."""
    if done.happened:
        return {"ids": done.ids}
    keys = {identifier: key for key, identifier in done.ids.items()}
    nodes = [
        {"key": keys[bead.id], "title": bead.title, "type": bead.issue_type,
         "priority": bead.priority, "parent_id": bead.parent}
        for bead in done.beads
    ]  # fmt: skip
    links = [item for bead in done.beads for item in bead.dependencies]
    family = sum(item.get("type") == "parent-child" for item in links)
    return {"dry_run": True, "node_count": len(nodes), "edge_count": len(links) - family,
            "parent_deps": family, "nodes": nodes}  # fmt: skip


def updated(found: Sequence[Bead]) -> str:
    """After `bd update`, `bd reopen` and their like."""
    return "\n".join(_line(bead) for bead in found)


def closed(found: Sequence[Closed]) -> str:
    """After `bd close`, `bd duplicate`, `bd supersede`."""
    lines = []
    for one in found:
        lines.append(f"✓ {safe(one.bead.id)} is closed: {safe(one.bead.data.get('close_reason'))}")
        lines += [f"  {safe(b.id)} can start now: {safe(b.title)}" for b in one.unblocked]
        lines += [f"  convoy {convoy.id} landed: {safe(convoy.title)}" for convoy in one.landed]
        if one.released is not None:
            lines.append(f"  {one.released.id} had it; its worktree stays: {one.released.path}")
            if one.released.role == "polecat":
                lines.append(f"  to let it go: gt unsling {one.released.id}")
        if one.successor is not None:
            lines.append(_successor(one.successor))
    return "\n".join(lines)


def closed_shape(found: Sequence[Closed], following: Following, *, suggest: bool) -> Any:
    """Upstream's answers to `bd close`: an array, or an object where more was asked for."""
    beads = [one.bead for one in found]
    shape: dict[str, Any] = {"closed": beads}
    if suggest:
        shape["unblocked"] = [bead for one in found for bead in one.unblocked]
    successor = next((one.successor for one in reversed(found) if one.successor), None)
    if successor is not None and following == "claim any":
        shape["claimed"] = successor.bead
    elif successor is not None:
        shape["continue"] = {
            "closed_step": beads[-1], "next_step": successor.bead,
            "auto_advanced": successor.claimed, "molecule_complete": successor.complete,
            "molecule_id": successor.root,
        }  # fmt: skip
    return shape if len(shape) > 1 else beads


def deleted(done: Deleted) -> str:
    """After `bd delete`: what was done, or would be."""
    lines = []
    for bead in done.beads:
        why = " (it depends on another one here)" if bead.id in done.dependents else ""
        verb = "✓ deleted" if done.happened else "would delete"
        lines.append(f"{verb} {safe(bead.id)}: {safe(bead.title)}{why}")
    for one in done.references:
        lost = "no longer points" if done.happened else "would no longer point"
        lines.append(f"  {safe(one.bead)} {lost} at {safe(one.target)} ({safe(one.type)})")
    for convoy in done.convoys:
        lines.append(
            f"  convoy {convoy} {'carries' if done.happened else 'would carry'} it no more"
        )
    lines += [f"  convoy {convoy.id} landed: {safe(convoy.title)}" for convoy in done.landed]
    if not done.happened:
        if done.references and not done.dependents:
            lines.append("  with all that depends on it: --cascade")
        asked = [bead.id for bead in done.beads if bead.id not in done.dependents]
        more = " --cascade" if done.dependents else ""
        lines.append(f"nothing was deleted; to do it: bd delete {' '.join(asked)}{more} --force")
    return "\n".join(lines)


def deleted_shape(done: Deleted) -> dict[str, Any]:
    """Upstream's answer to `bd delete`, with what was touched."""
    touched = list(dict.fromkeys(one.bead for one in done.references))
    return {
        "deleted": [bead.id for bead in done.beads] if done.happened else [],
        "deleted_count": len(done.beads) if done.happened else 0,
        "would_delete": [] if done.happened else [bead.id for bead in done.beads],
        "dependencies_removed": len(done.references), "references_updated": len(touched),
        "updated": touched, "references": done.references, "convoys": done.convoys,
        "dry_run": not done.happened,
    }  # fmt: skip


def dependency_added(shape: Mapping[str, str]) -> str:
    """After `bd dep add`: what was understood, in words."""
    return f"✓ {_relation(shape['issue_id'], shape['depends_on_id'], shape['type'])}"


def dependency_removed(shape: Mapping[str, str]) -> str:
    """After `bd dep remove`."""
    return f"✓ {safe(shape['issue_id'])} no longer depends on {safe(shape['depends_on_id'])}"


def related(shape: Mapping[str, Any]) -> str:
    """After `bd relate` and `bd unrelate`."""
    how = "are related" if "related" in shape else "are no longer related"
    return f"✓ {safe(shape['id1'])} and {safe(shape['id2'])} {how}"


def comments(found: Sequence[Any]) -> str:
    """For `bd comments`."""
    if not found:
        return "no comments"
    return "\n\n".join(
        f"{safe(one.author) or 'somebody'}, {safe(one.created_at)}\n{safe(one.text, lines=True)}"
        for one in found
    )


def commented(one: Any) -> str:
    """After `bd comments add`."""
    return f"✓ comment on {safe(one.bead)} by {safe(one.author)}: {cut(safe(one.text), 60)}"


def labels(found: Sequence[str]) -> str:
    """For `bd label list`."""
    return safe(", ".join(found)) if found else "no labels"


def label_counts(found: Sequence[Any]) -> str:
    """For `bd label list-all`."""
    if not found:
        return "no labels"
    return table(("LABEL", "BEADS"), [(one.label, one.count) for one in found])


def labelled(found: Sequence[Mapping[str, str]]) -> str:
    """After `bd label add` and `remove`."""
    words = {"added": "has the label", "removed": "has no label"}
    return "\n".join(
        f"✓ {safe(one['issue_id'])} {words[one['status']]} {safe(one['label'])}" for one in found
    )


def duplicate_groups(found: Sequence[Group]) -> str:
    """For `bd duplicates`."""
    if not found:
        return "no duplicates"
    lines = []
    for group in found:
        lines.append(safe(group.twins[0].bead.title))
        for number, twin in enumerate(group.twins):
            keep = "keep" if number == 0 else "    "
            pointed = f", {twin.references} point at it" if twin.references else ""
            lines.append(f"  {keep} {safe(twin.bead.id)} ({twin.bead.state}{pointed})")
        sources = " ".join(group.sources)
        lines.append(f"  to close the others: bd duplicate {safe(sources)} --of {group.target}")
    return "\n".join([*lines, "all of them at once: bd duplicates --auto-merge"])


def duplicates_shape(
    groups: Sequence[Group], merged: Sequence[Merged] | None, *, dry_run: bool = False
) -> dict[str, Any]:
    """Upstream's answer to `bd duplicates`."""
    shape: dict[str, Any] = {
        "duplicate_groups": len(groups),
        "groups": [
            {
                "title": group.twins[0].bead.title,
                "issues": [
                    {"id": twin.bead.id, "title": twin.bead.title, "status": twin.bead.state,
                     "priority": twin.bead.priority, "references": twin.references,
                     "is_merge_target": number == 0}
                    for number, twin in enumerate(group.twins)
                ],
                "suggested_target": group.target,
                "suggested_sources": group.sources,
                "suggested_action": f"bd duplicate {' '.join(group.sources)} --of {group.target}",
            }
            for group in groups
        ],
    }  # fmt: skip
    if merged is not None:
        shape["merge_results"] = merged
    if dry_run:
        shape["dry_run"] = True
    return shape


def remembered(done: Any) -> str:
    """After `bd remember`."""
    verb = "remembered" if done.before is None else "remembered, in place of the former,"
    key = safe(done.memory.key)
    return f"✓ {verb} as {key} (rig {done.memory.rig}); to read it: bd recall {key}"


def remembered_shape(done: Any) -> dict[str, Any]:
    """Key, value, and whether there was one before."""
    action = "remembered" if done.before is None else "updated"
    return {**memory_shape(done.memory), "action": action}


def memory(one: Any) -> str:
    """For `bd recall KEY`: the text as it is."""
    return safe(one.value, lines=True)


def memories(found: Sequence[Any]) -> str:
    """For `bd memories`."""
    if not found:
        return "nothing is remembered"
    return table(("KEY", "TEXT"), [(one.key, " ".join(one.value.split())) for one in found])


def memory_shape(one: Any) -> dict[str, str]:
    """A memory without what is upstream's interchange."""
    return {"key": one.key, "value": one.value}


def forgotten(one: Any) -> str:
    """After `bd forget`: what it was, in case it was the wrong one."""
    return f"✓ forgot {safe(one.key)}: {cut(safe(' '.join(one.value.split())), 60)}"


def setting(shape: Mapping[str, str]) -> str:
    """For `bd config get`."""
    return safe(shape["value"])


def settings(found: Mapping[str, str]) -> str:
    """For `bd config list`."""
    if not found:
        return "nothing is set; known keys: " + ", ".join(KNOWN)
    return "\n".join(f"{safe(key)} = {safe(value)}" for key, value in found.items())


def setting_changed(done: Any) -> str:
    """After `bd config set` and `unset`."""
    key = safe(done.key)
    if done.value is None:
        return f"✓ {key} is not set any more"
    known = done.key in KNOWN
    kept = "" if known else " (kept; the town itself does not read this key)"
    return f"✓ {key} = {safe(done.value)}{kept}"


def initialised(shape: Mapping[str, Any]) -> str:
    """For `bd init`."""
    rigs = [f"  {rig}: ids begin with {prefix}-" for rig, prefix in shape["prefixes"].items()]
    known = rigs or ["  no rig yet: gt rig add NAME URL"]
    return "\n".join(
        [f"nothing to do: the town {safe(shape['root'])} keeps its beads in hq, ready for use",
         *known, "next: bd create TITLE, bd ready; a project's issues.jsonl: bd import FILE"]
    )  # fmt: skip


def synced(shape: Mapping[str, str]) -> str:
    """For `bd sync`."""
    return (
        f"nothing to do: every command commits what it did; the ledger is at {shape['commit'][:12]}"
    )


def _line(bead: Bead) -> str:
    parts = [str(bead.state), f"P{bead.priority}", safe(bead.assignee or "")]
    line = f"✓ {safe(bead.id)}: {safe(bead.title)} ({', '.join(filter(None, parts))})"
    for key, words in (("defer_until", "ready again"), ("due_at", "due")):
        if bead.data.get(key):
            line += f"\n  {words}: {safe(bead.data[key])}"
    return line


def _understood(bead: Bead) -> list[str]:
    lines = []
    for item in bead.dependencies:
        kind = str(item.get("type", "blocks"))
        lines.append(f"  {_relation(bead.id, str(item['depends_on_id']), kind)}")
    for key, words in (("due_at", "due"), ("defer_until", "not ready before")):
        if bead.data.get(key):
            lines.append(f"  {words}: {safe(bead.data[key])}")
    return lines


def _relation(bead: str, target: str, kind: str) -> str:
    if kind in BLOCKS:
        return f"{safe(bead)} is blocked by {safe(target)}"
    if kind == "parent-child":
        return f"{safe(bead)} is a child of {safe(target)}"
    if kind == "waits-for":
        return f"{safe(bead)} waits for the children of {safe(target)}"
    return f"{safe(bead)} depends on {safe(target)} ({safe(kind)})"


def _successor(found: Successor) -> str:
    where = f" of {safe(found.root)}" if found.root else ""
    if found.complete:
        return f"  all{where} is done"
    if found.bead is None:
        return f"  nothing{where} is ready now"
    how = "is yours now" if found.claimed else "is next"
    return f"  {safe(found.bead.id)} {how}: {safe(found.bead.title)}"
