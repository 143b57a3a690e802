"""A recipe as beads: a root, one bead a step, one a gate, and the dependencies between them. Pure.

- A step is a child of the step it stands under, else of the root; one with steps under it is an
  epic. `needs` become `blocks`, `waits_for` upstream's `waits-for` with its metadata.
- A gate is a bead of type `gate` that blocks its step and waits for what the step waits for: its
  clock runs from when it is its turn.
- Commands are kept as they are written, `{{name}}` included, in `metadata.command`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gastown.domain.bead import Bead, BeadState
from gastown.domain.gate import AwaitType, nanoseconds
from gastown.domain.molecule import CONVOY, Molecule
from gastown.errors import UsageTrouble

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gastown.domain.formulas.recipe import Gate, Recipe, Step
    from gastown.domain.record import Json

DEFAULT_PRIORITY = 2
MAX_TITLE = 500


@dataclass(frozen=True)
class Stamp:
    """Who pours, when and where; `ephemeral`: wisps."""

    rig: str
    now: str
    actor: str
    ephemeral: bool = False


@dataclass(frozen=True)
class Names:
    """The ids that a poured recipe's beads get: by step, and those of gates by step."""

    root: str
    steps: Mapping[str, str]
    gates: Mapping[str, str]


@dataclass(frozen=True)
class Draft:
    """What is to be written: the root (None: it is there already), the others, the molecule."""

    root: Bead | None
    beads: tuple[Bead, ...]
    molecule: Molecule

    @property
    def mapping(self) -> dict[str, str]:
        """Name in the formula → id, as upstream prints it."""
        found = {self.molecule.formula: self.molecule.id}
        for step in self.molecule.steps:
            found[str(step["id"])] = str(step["bead"])
            if step.get("gate"):
                found[f"gate-{step['id']}"] = str(step["gate"])
        return found


def title_of(recipe: Recipe) -> str:
    """The root's title: the variable `title`, else the first line of the description, else name."""
    first = (recipe.description.strip().splitlines() or [""])[0]
    title = recipe.vars.get("title") or first or recipe.formula
    return " ".join(title.split())[:MAX_TITLE] or recipe.formula


def draft(
    recipe: Recipe, names: Names, stamp: Stamp, *, attached: bool = False,
    assignee: str | None = None, first: tuple[tuple[str, str], ...] = (),
) -> Draft:  # fmt: skip
    """The beads and the molecule of a recipe.

    Args:
        first: dependencies (type, id) of every step that needs no other.

    Raises:
        UsageTrouble: a gate or a `waits_for` cannot be understood.
    """
    parents = {step.parent for step in recipe.steps if step.parent}
    beads: list[Bead] = []
    for step in recipe.steps:
        links = _links(step, names, first)
        if step.gate is not None:
            beads.append(_gate_bead(step, step.gate, links, names, stamp, recipe))
            links = [*links, ("blocks", names.gates[step.id], None)]
        family = names.steps[step.parent] if step.parent else names.root
        links = [("parent-child", family, None), *links]
        beads.append(_step_bead(step, links, names, stamp, recipe, is_epic=step.id in parents))
    root = None if attached else _root_bead(recipe, names, stamp, assignee)
    return Draft(root, tuple(beads), _molecule(recipe, names, stamp, attached))


def _molecule(recipe: Recipe, names: Names, stamp: Stamp, attached: bool) -> Molecule:
    steps = []
    for step in recipe.steps:
        entry: dict[str, Json] = {
            "id": step.id, "bead": names.steps[step.id], "needs": list(step.needs),
        }  # fmt: skip
        if step.command is not None:
            entry["command"] = step.command
        if step.gate is not None:
            entry["gate"] = names.gates[step.id]
        steps.append(entry)
    return Molecule(
        id=names.root, rig=stamp.rig, formula=recipe.formula, origin=recipe.origin,
        digest=recipe.digest, vars=dict(recipe.vars), steps=tuple(steps), type=recipe.type,
        attached=attached, created_at=stamp.now, created_by=stamp.actor,
    )  # fmt: skip


Link = tuple[str, str, "dict[str, str] | None"]


def _links(step: Step, names: Names, first: tuple[tuple[str, str], ...]) -> list[Link]:
    found: list[Link] = [("blocks", names.steps[need], None) for need in step.needs]
    if not step.needs and step.parent is None:
        found += [(kind, target, None) for kind, target in first]
    if step.waits_for:
        found.append(_waits_for(step, names))
    return found


def _waits_for(step: Step, names: Names) -> Link:
    """`all-children`, `any-children` (of the first step it needs) or `children-of(STEP)`."""
    text = (step.waits_for or "").strip()
    spawner, gate = (step.needs[0] if step.needs else None), text
    if text.startswith("children-of(") and text.endswith(")"):
        spawner, gate = text.removeprefix("children-of(")[:-1].strip(), "all-children"
    if (
        spawner is None
        or spawner not in names.steps
        or gate not in ("all-children", "any-children")
    ):
        raise UsageTrouble(
            f"step {step.id}: waits_for {text!r} names no step",
            hint="all-children or any-children of the first step in needs, or children-of(STEP)",
        )
    target = names.steps[spawner]
    return ("waits-for", target, {"gate": gate, "spawner_id": target})


def _dependencies(bead: str, links: list[Link], stamp: Stamp) -> list[dict[str, Json]]:
    found: dict[tuple[str, str], dict[str, Json]] = {}
    for kind, target, metadata in links:
        entry: dict[str, Json] = {
            "issue_id": bead, "depends_on_id": target, "type": kind, "created_at": stamp.now,
            "created_by": stamp.actor,
        }  # fmt: skip
        if metadata is not None:
            entry["metadata"] = json.dumps(metadata, separators=(",", ":"))
        found.setdefault((kind, target), entry)
    return list(found.values())


def _new(identifier: str, title: str, stamp: Stamp, recipe: Recipe, **keys: Json) -> Bead:
    title = " ".join(title.split())[:MAX_TITLE] or identifier
    blank = Bead({"id": identifier, "title": title}, stamp.rig)
    return blank.with_(
        status=BeadState.OPEN.value, created_at=stamp.now, created_by=stamp.actor,
        updated_at=stamp.now, ephemeral=True if stamp.ephemeral else None,
        source_formula=recipe.formula, **{key: value or None for key, value in keys.items()},
    )  # fmt: skip


def _root_bead(recipe: Recipe, names: Names, stamp: Stamp, assignee: str | None) -> Bead:
    bead = _new(
        names.root, title_of(recipe), stamp, recipe, description=recipe.description.strip(),
        issue_type="molecule", assignee=assignee,
        mol_type="swarm" if recipe.type == CONVOY else None,
    )  # fmt: skip
    return bead.with_(priority=DEFAULT_PRIORITY)


def _step_bead(
    step: Step, links: list[Link], names: Names, stamp: Stamp, recipe: Recipe, *, is_epic: bool
) -> Bead:
    identifier = names.steps[step.id]
    metadata = {**step.metadata, **step.extra, "step": step.id}
    if step.command is not None:
        metadata["command"] = step.command
    bead = _new(
        identifier, step.title or step.id, stamp, recipe,
        description=_description(step), notes=step.notes, acceptance_criteria=step.acceptance,
        issue_type="epic" if is_epic else step.type or "task", assignee=step.assignee,
        labels=sorted(set(step.labels)), metadata=metadata, source_location=step.source,
        dependencies=_dependencies(identifier, links, stamp),
    )  # fmt: skip
    return bead.with_(priority=DEFAULT_PRIORITY if step.priority is None else step.priority)


def _description(step: Step) -> str:
    """The step's text, and what it runs; in one line, so that nothing takes it for a script."""
    parts = [step.description.strip()]
    if step.command is not None:
        lines = step.command.strip().splitlines() or [""]
        parts.append(f"Command: `{lines[0]}{' …' if len(lines) > 1 else ''}`")
    return "\n\n".join(filter(None, parts))


def _gate_bead(
    step: Step, gate: Gate, links: list[Link], names: Names, stamp: Stamp, recipe: Recipe
) -> Bead:  # fmt: skip
    identifier = names.gates[step.id]
    kind = await_type(gate.type)
    what, timeout = gate.await_id, gate.timeout
    if kind is AwaitType.TIMER and timeout is None:
        what, timeout = None, what
    if kind is AwaitType.TIMER and timeout is None:
        raise UsageTrouble(f"step {step.id}: its timer gate says no time", hint='timeout = "30m"')
    blocks = [link for link in links if link[0] != "parent-child"]
    bead = _new(
        identifier, f"Gate: {kind} {what or timeout or step.id}", stamp, recipe,
        description=f"Gate before step {step.id}", issue_type="gate", await_type=kind.value,
        await_id=what, timeout=nanoseconds(timeout) if timeout else None,
        source_location=step.source,
        dependencies=_dependencies(
            identifier, [("parent-child", names.root, None), *blocks], stamp
        ),
    )  # fmt: skip
    return bead.with_(priority=DEFAULT_PRIORITY)


def await_type(text: str) -> AwaitType:
    """What a gate waits for.

    Raises:
        UsageTrouble: it is no word that we know.
    """
    try:
        return AwaitType(text)
    except ValueError:
        known = ", ".join(AwaitType)
        raise UsageTrouble(f"no gate of type {text!r}", hint=f"one of {known}") from None


def names_for(
    recipe: Recipe, root: str, *, number: int, max_depth: int, free: Callable[[str], str]
) -> Names:
    """The ids of a recipe's beads: `ROOT.1`, `ROOT.2`, … and `ROOT.2.1` under the second.

    Args:
        number: the first free number below the root.
        max_depth: how deep numbers may be nested; what lies deeper is numbered one level up.
        free: a new id of its own, where even the root lies too deep for numbers.
    """
    counters = {root: number - 1}
    steps: dict[str, str] = {}

    def under(parent: str) -> str:
        while parent != root and parent.count(".") >= max_depth:
            parent = parent.rpartition(".")[0]
        if parent.count(".") >= max_depth:
            return free(root)
        counters[parent] = counters.get(parent, 0) + 1
        return f"{parent}.{counters[parent]}"

    for step in recipe.steps:
        steps[step.id] = under(steps[step.parent] if step.parent else root)
    gates = {step.id: under(root) for step in recipe.steps if step.gate is not None}
    return Names(root, steps, gates)


def for_convoy(made: Draft, target: str, runtime: str | None) -> Draft:
    """A draft whose steps are to be slung, each to an agent of its own."""
    return replace(made, molecule=replace(made.molecule, target=target, runtime=runtime))
