"""Molecules as text, and upstream's JSON shapes of `bd mol`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gastown.domain.step import StepState
from gastown.render.agents import slung
from gastown.render.scheduler import waiting
from gastown.render.text import bar, plural, safe, table

if TYPE_CHECKING:
    from gastown.ops.molecules import Poured, Stepped
    from gastown.ops.sling_formula import SlungFormula
    from gastown.views.molecule_lists import Gated, Progress
    from gastown.views.molecules import MoleculeView, StepView

MARKS = {
    StepState.PENDING: "·",
    StepState.RUNNING: "▶",
    StepState.DONE: "✓",
    StepState.FAILED: "✗",
    StepState.SKIPPED: "-",
}


def poured(result: Poured) -> str:
    """After `bd mol pour` and `bd mol wisp`."""
    molecule = result.molecule
    what = "wisp" if result.phase == "vapor" else "molecule"
    verb = "would be poured" if result.dry_run else "is there"
    where = " (its steps are children of it)" if result.attached else ""
    lines = [
        f"{'·' if result.dry_run else '✓'} {what} {safe(molecule.id)} {verb}: "
        f"{safe(result.title)} ({safe(molecule.formula)}, "
        f"{plural(len(molecule.steps), 'step')}){where}"
    ]
    titles = {bead.id: bead.title for bead in result.beads}
    for step in molecule.steps:
        needs = f"  after {', '.join(step['needs'])}" if step.get("needs") else ""
        gate = f"  gate {step['gate']}" if step.get("gate") else ""
        title = titles.get(str(step["bead"]), "")
        lines.append(f"  {safe(step['bead'])}  {safe(title)}{safe(needs)}{safe(gate)}")
    if not result.dry_run:
        lines.append(f"next: bd mol current {molecule.id}; gt sling {molecule.id} {molecule.rig}")
    return "\n".join(lines)


def poured_shape(result: Poured) -> dict[str, Any]:
    """Upstream's JSON of a pour."""
    shape = {
        "new_epic_id": result.molecule.id,
        "id_mapping": result.mapping,
        "created": len(result.beads),
        "attached": int(result.attached),
        "phase": result.phase,
    }
    return {**shape, "dry_run": True} if result.dry_run else shape


def slung_formula(result: SlungFormula) -> str:
    """After `gt sling FORMULA`."""
    molecule = result.molecule
    parts = []
    if result.poured is not None:
        steps = plural(len(molecule.steps), "step")
        parts.append(f"✓ {safe(molecule.formula)} is poured as {molecule.id} ({steps})")
    parts += [f"step {safe(title)} failed before and is tried again" for title in result.retried]
    parts.append(slung(list(result.slung.done)))
    parts.append(waiting(result.waiting))
    if result.closed:
        parts.append(f"✓ every step of {molecule.id} is done; it is closed")
    elif molecule.is_convoy and not (result.slung.done or result.slung.refused or result.waiting):
        parts.append(f"no step of {molecule.id} can be started now: bd mol show {molecule.id}")
    return "\n".join(filter(None, parts))


def listed(found: list[MoleculeView]) -> str:
    """For `bd mol list`."""
    if not found:
        return "no molecules (bd mol pour FORMULA makes one)"
    rows = [
        (view.root.id, view.molecule.formula, f"{view.completed}/{view.total}",
         "closed" if not view.root.is_live else view.standing, view.root.assignee or "-",
         view.root.title)
        for view in found
    ]  # fmt: skip
    return table(("ID", "FORMULA", "DONE", "STANDS", "AGENT", "TITLE"), rows)


def listed_shape(found: list[MoleculeView]) -> list[dict[str, Any]]:
    """JSON for `bd mol list`."""
    return [
        {
            "id": view.root.id,
            "title": view.root.title,
            "formula": view.molecule.formula,
            "status": view.root.state.value,
            "assignee": view.root.assignee or "",
            "completed": view.completed,
            "total": view.total,
            "standing": view.standing,
            "current_step": view.current.bead.id if view.current else None,
            "vars": dict(view.molecule.vars),
            "phase": "vapor" if "-wisp-" in view.root.id else "liquid",
            "created_at": view.molecule.created_at,
        }
        for view in found
    ]


def shown(view: MoleculeView, groups: list[list[StepView]] | None = None) -> str:
    """For `bd mol show`; `groups`: what can be worked side by side."""
    molecule = view.molecule
    lines = [
        f"{safe(view.root.id)}: {safe(view.root.title)}",
        f"{view.root.state}, formula {safe(molecule.formula)} ({safe(molecule.origin)}), "
        f"{view.completed} of {plural(view.total, 'step')} done, {safe(view.standing)}",
    ]
    if molecule.vars:
        pairs = ", ".join(f"{key}={value}" for key, value in sorted(molecule.vars.items()))
        lines.append(f"variables: {safe(pairs)}")
    if groups is None:
        return "\n".join([*lines, "", *(line(step) for step in view.steps)])
    for number, group in enumerate(groups, 1):
        lines += ["", f"{number}. {'side by side' if len(group) > 1 else 'one step'}"]
        lines += [f"  {line(step)}" for step in group]
    return "\n".join(lines)


def line(step: StepView) -> str:
    """One step in one line."""
    said = {"ready": " (ready)", "current": " (current)"}.get(step.status, "")
    if step.state is StepState.FAILED:
        said = f" (failed: bd mol step retry {step.bead.id})"
    elif step.gate is not None and not step.is_finished:
        said = f" (gate {step.gate.id}: {step.gate.data.get('await_type', 'gate')})"
    elif step.waits_for and not step.is_finished:
        said = f" (waits for {', '.join(step.waits_for)})"
    return f"{MARKS[step.state]} {safe(step.bead.id)}  {safe(step.title)}{safe(said)}"


def shown_shape(
    view: MoleculeView, groups: list[list[StepView]] | None = None
) -> dict[str, Any]:  # fmt: skip
    """Upstream's JSON of `bd mol show`."""
    beads = [view.root, *(step.bead for step in view.steps)]
    links = [dict(item) for bead in beads for item in bead.dependencies]
    bonds = view.root.data.get("bonded_from") or []
    shape: dict[str, Any] = {
        "root": view.root.shown(),
        "issues": [bead.shown() for bead in beads],
        "dependencies": links,
        "variables": dict(view.molecule.vars),
        "is_compound": bool(bonds),
        "bonded_from": bonds,
    }
    if groups is not None:
        shape["parallel"] = {
            "groups": [[step.bead.id for step in group] for group in groups],
            "ready": [step.bead.id for step in view.ready],
        }
    return shape


def current(found: list[MoleculeView]) -> str:
    """For `bd mol current`."""
    if not found:
        return "no molecule is being worked here"
    parts = []
    for view in found:
        who = f", {safe(view.root.assignee)}" if view.root.assignee else ""
        head = f"{safe(view.root.id)}: {safe(view.root.title)} ({view.completed}/{view.total}{who})"
        parts.append("\n".join([head, *(f"  {line(step)}" for step in view.steps)]))
    return "\n\n".join(parts)


def current_shape(found: list[MoleculeView]) -> list[dict[str, Any]]:
    """Upstream's JSON of `bd mol current`."""
    return [_current(view) for view in found]


def _current(view: MoleculeView) -> dict[str, Any]:
    running = [step for step in view.steps if step.status == "current"]
    return {
        "molecule_id": view.root.id,
        "molecule_title": view.root.title,
        "assignee": view.root.assignee or "",
        "current_step": running[0].bead.shown() if running else None,
        "next_step": view.ready[0].bead.shown() if view.ready else None,
        "steps": [
            {
                "issue": step.bead.shown(),
                "status": step.status,
                "is_current": step.status == "current",
            }
            for step in view.steps
        ],
        "completed": view.completed,
        "total": view.total,
    }


def progress(found: Progress) -> str:
    """For `bd mol progress`."""
    view = found.view
    lines = [
        f"{safe(view.root.id)}: {safe(view.root.title)}",
        f"{bar(view.completed, view.total)} {view.completed}/{view.total} ({found.percent}%), "
        f"{safe(view.standing)}",
    ]
    counts = [f"{number} {word}" for word, number in found.counts.items() if number]
    lines.append(", ".join(counts))
    if found.rate_per_hour is not None and found.eta_hours:
        lines.append(f"{found.rate_per_hour:g} steps an hour, {found.eta_hours:.1f} h to go")
    return "\n".join(lines)


def progress_shape(found: Progress) -> dict[str, Any]:
    """JSON of `bd mol progress`."""
    view = found.view
    return {
        "molecule_id": view.root.id,
        "molecule_title": view.root.title,
        "assignee": view.root.assignee or "",
        "total": view.total,
        "completed": view.completed,
        "in_progress": found.counts["running"],
        "failed": found.counts["failed"],
        "skipped": found.counts["skipped"],
        "percent": found.percent,
        "current_step_id": view.current.bead.id if view.current else None,
        "rate_per_hour": found.rate_per_hour,
        "eta_hours": None if found.eta_hours is None else round(found.eta_hours, 2),
    }


def ready(found: list[tuple[MoleculeView, StepView]]) -> str:
    """For `bd mol ready`."""
    if not found:
        return "no step is ready"
    rows = [(step.bead.id, view.root.id, step.bead.title) for view, step in found]
    return table(("STEP", "MOLECULE", "TITLE"), rows)


def stepped(result: Stepped) -> str:
    """After `bd mol step`."""
    return (
        f"✓ step {safe(result.step)} ({safe(result.bead.id)}) of {safe(result.molecule)}: "
        f"{result.before} → {result.after}"
    )


def stepped_shape(result: Stepped) -> dict[str, Any]:
    """JSON of `bd mol step`."""
    return {
        "molecule_id": result.molecule,
        "step": result.step,
        "from": result.before.value,
        "to": result.after.value,
        "issue": result.bead.shown(),
    }


def stale(found: list[MoleculeView]) -> str:
    """For `bd mol stale`."""
    if not found:
        return "no molecule is done but open"
    return "\n".join(
        f"{safe(view.root.id)}: all {plural(view.total, 'step')} done, still open: "
        f"bd close {safe(view.root.id)}"
        for view in found
    )


def stale_shape(found: list[MoleculeView]) -> dict[str, Any]:
    """JSON of `bd mol stale`."""
    entries = [
        {
            "id": view.root.id, "title": view.root.title, "assignee": view.root.assignee or "",
            "total_children": view.total, "closed_children": view.completed,
        }
        for view in found
    ]  # fmt: skip
    return {"stale_molecules": entries, "total_count": len(entries)}


def gated(found: list[Gated]) -> str:
    """For `bd mol ready --gated`."""
    if not found:
        return "no gate has opened the way to a step"
    return "\n".join(
        f"{safe(one.step.bead.id)}: {safe(one.step.title)} (of {safe(one.molecule.id)}; gate "
        f"{safe(one.gate.id)} is open)"
        for one in found
    )


def gated_shape(found: list[Gated]) -> dict[str, Any]:
    """JSON of `bd mol ready --gated`."""
    entries = [
        {
            "molecule_id": one.molecule.id, "molecule_title": one.title,
            "closed_gate": one.gate.shown(), "ready_step": one.step.bead.shown(),
        }
        for one in found
    ]  # fmt: skip
    return {"molecules": entries, "count": len(entries)}
