"""What became of molecules, as text and in upstream's JSON shapes; wisps and gates likewise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gastown.render.text import age, plural, safe, table

if TYPE_CHECKING:
    from datetime import datetime

    from gastown.domain.bead import Bead
    from gastown.ops.bead_gates import Checked
    from gastown.ops.molecule_ends import Bonded, Burnt, Squashed
    from gastown.ops.wisps import Collected, WispView

_BONDS = {
    "sequential": "waits for", "parallel": "belongs to", "conditional": "is for the failure of",
}  # fmt: skip


def bonded(result: Bonded) -> str:
    """After `bd mol bond`."""
    lines = [
        f"✓ {safe(one.molecule.formula)} is poured as {safe(one.molecule.id)}"
        for one in result.poured
    ]
    said = f"{safe(result.other)} {_BONDS[result.kind]} {safe(result.result)}"
    return "\n".join([*lines, f"✓ {said}"])


def bonded_shape(result: Bonded) -> dict[str, Any]:
    """Upstream's JSON of `bd mol bond`."""
    return {
        "result_id": result.result,
        "result_type": "compound_molecule",
        "bond_type": result.kind,
        "spawned": sum(len(one.beads) for one in result.poured),
        "id_mapping": dict(result.mapping),
    }


def squashed(result: Squashed) -> str:
    """After `bd mol squash`."""
    kept = "its steps are kept, closed" if result.kept else f"{result.deleted} issues deleted"
    return (
        f"✓ {safe(result.molecule)} is squashed into {safe(result.digest.id)} "
        f"({plural(len(result.beads), 'issue')}; {kept})"
    )


def squashed_shape(result: Squashed) -> dict[str, Any]:
    """Upstream's JSON of `bd mol squash`."""
    return {
        "molecule_id": result.molecule,
        "digest_id": result.digest.id,
        "squashed_ids": list(result.beads),
        "squashed_count": len(result.beads),
        "deleted_count": result.deleted,
        "kept_children": result.kept,
    }


def burnt(result: Burnt) -> str:
    """After `bd mol burn`."""
    how = "gone" if result.phase == "vapor" else "tombstones now"
    return f"✓ {safe(result.molecule)} is burnt: {plural(len(result.beads), 'issue')} {how}"


def burnt_shape(result: Burnt) -> dict[str, Any]:
    """JSON of `bd mol burn`."""
    return {
        "molecule_id": result.molecule,
        "deleted_ids": list(result.beads),
        "deleted_count": len(result.beads),
        "phase": result.phase,
    }


def wisps(found: list[WispView], now: datetime) -> str:
    """For `bd mol wisp list`."""
    if not found:
        return "no wisps"
    rows = [
        (one.bead.id, one.bead.state, one.molecule.formula if one.molecule else "-",
         age(str(one.bead.data.get("updated_at", "")), now), "old" if one.is_old else "",
         one.bead.title)
        for one in found
    ]  # fmt: skip
    return table(("ID", "STATUS", "FORMULA", "IDLE", "", "TITLE"), rows)


def wisps_shape(found: list[WispView]) -> dict[str, Any]:
    """Upstream's JSON of `bd mol wisp list`."""
    entries = [
        {
            "id": one.bead.id, "title": one.bead.title, "status": one.bead.state.value,
            "priority": one.bead.priority, "created_at": one.bead.data.get("created_at"),
            "updated_at": one.bead.data.get("updated_at"), "old": one.is_old,
        }
        for one in found
    ]  # fmt: skip
    return {"wisps": entries, "count": len(entries), "old_count": sum(o.is_old for o in found)}


def collected(result: Collected) -> str:
    """After `bd mol wisp gc`."""
    verb = "would go" if result.dry_run else "are gone"
    return f"{plural(len(result.removed), 'wisp')} {verb}, {result.kept} stay"


def collected_shape(result: Collected) -> dict[str, Any]:
    """JSON of `bd mol wisp gc`."""
    return {
        "cleaned_ids": list(result.removed), "cleaned_count": len(result.removed),
        "kept": result.kept, "dry_run": result.dry_run,
    }  # fmt: skip


def gates(found: list[Bead]) -> str:
    """For `bd gate list` and `show`."""
    if not found:
        return "no gates"
    rows = [
        (gate.id, "open" if not gate.is_live else "closed", gate.data.get("await_type", "-"),
         gate.data.get("await_id") or "-", length(gate), gate.title)
        for gate in found
    ]  # fmt: skip
    return table(("ID", "GATE", "TYPE", "AWAITS", "TIME", "TITLE"), rows)


def length(gate: Bead) -> str:
    """A gate's time in words: `30m`; `-` where it waits for ever."""
    nanoseconds = gate.data.get("timeout")
    if type(nanoseconds) is not int or nanoseconds <= 0:
        return "-"
    seconds = nanoseconds / 1_000_000_000
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size and seconds % size == 0:
            return f"{int(seconds // size)}{unit}"
    return f"{seconds:g}s"


def gate(found: Bead, waiting: list[str]) -> str:
    """For `bd gate show`: the gate, and what waits for it."""
    said = "open" if not found.is_live else "closed"
    what = safe(found.data.get("await_id") or "-")
    lines = [
        f"{safe(found.id)}: {safe(found.title)}",
        f"gate is {said}; type {safe(found.data.get('await_type', '-'))}, awaits {what}, "
        f"time {length(found)}",
    ]
    if not found.is_live:
        lines.append(f"reason: {safe(found.data.get('close_reason', '-'))}")
    lines += [f"before {safe(one)}" for one in waiting]
    return "\n".join(lines)


def resolved(found: Bead) -> str:
    """After `bd gate resolve`."""
    return f"✓ gate {safe(found.id)} is open: {safe(found.data.get('close_reason', ''))}"


def created_gate(found: Bead) -> str:
    """After `bd gate create`."""
    return f"✓ gate {safe(found.id)}: {safe(found.title)}"


def checked(found: list[Checked], *, dry_run: bool) -> str:
    """After `bd gate check`."""
    if not found:
        return "no gate is to be looked at"
    lines = []
    for one in found:
        word = ("would open" if dry_run else "open") if one.opens else "closed"
        late = ", its time is over" if one.overdue else ""
        told = " (the person was told)" if one.told else ""
        mark = "✓" if one.opens else "·"
        lines.append(f"{mark} {safe(one.gate.id)} {word}{late}{told}: {safe(one.why)}")
    return "\n".join(lines)


def checked_shape(found: list[Checked]) -> list[dict[str, Any]]:
    """JSON of `bd gate check`: the gates, each with what was found."""
    return [
        {
            **one.gate.shown(), "resolved": one.opens, "overdue": one.overdue,
            "escalated": one.told, "why": one.why,
        }
        for one in found
    ]  # fmt: skip
