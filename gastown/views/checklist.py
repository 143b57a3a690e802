"""The checklist of a molecule, as an agent reads it: what is done, what is next, what to type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.views.prime_text import Part, cut, line, printable, quoted

if TYPE_CHECKING:
    from gastown.views.molecule_work import CurrentStep, MoleculeWork, StepLine

MARKS = {"pending": "·", "running": "▶", "done": "✓", "failed": "✗", "skipped": "-"}
_BEFORE, _AFTER = 3, 8
_TITLE, _TEXT, _COMMAND = 80, 900, 300  # in bytes


def checklist(work: MoleculeWork) -> list[str]:
    """One line a step; of a long list what is around the current one."""
    place = _place(work)
    first, last = max(0, place - _BEFORE), place + _AFTER
    lines = [_line(step, work) for step in work.steps[first:last]]
    if first:
        done = sum(step.status == "done" for step in work.steps[:first])
        lines.insert(0, f"✓ {done} of the first {first} steps are done")
    left = len(work.steps) - last
    return [*lines, f"· {left} more: bd mol show {work.id}"] if left > 0 else lines


def checklist_parts(work: MoleculeWork) -> list[Part]:
    """The checklist and the current step, for `gt prime`: what to type is never cut."""
    source = f"hq/molecules/{work.id}.json"
    show = f"bd mol show {work.id}"
    title = (
        f"## Molecule {work.id}: {line(work.formula, _TITLE)} "
        f"({work.completed} of {work.total} steps done)"
    )
    listed = "\n".join(checklist(work))
    parts = [Part("checklist", source, f"{title}\n{listed}", 1, show)]
    step = work.current
    if step is None:
        said = f"Nothing can be started: {line(work.standing, 300)}."
        if work.is_complete:
            said = "Every step is done. Commit what is left, then: `gt done`"
        return [*parts, Part("current step", source, said)]
    heading = f"### Now: {line(step.title, _TITLE)} ({step.bead})"
    text, left_out = ("", 0) if work.alone else _description(step)
    return [
        *parts,
        Part("current step", source, heading),
        Part("step's text", source, text, 1, f"bd show {step.bead}", left_out),
        Part("step's commands", source, "\n".join([*_script(step, work), *_commands(step, work)])),
    ]


def _description(step: CurrentStep) -> tuple[str, int]:
    """What a step says; of one that has a command, without the line that names it again."""
    text = step.description
    if step.script is not None:
        text = text.rpartition("Command: `")[0].rstrip()
    return quoted(text, _TEXT, f"bd show {step.bead}")


def _place(work: MoleculeWork) -> int:
    wanted = work.current.bead if work.current is not None else None
    for number, step in enumerate(work.steps):
        if step.bead == wanted or (wanted is None and step.status != "done"):
            return number
    return len(work.steps)


def _line(step: StepLine, work: MoleculeWork) -> str:
    is_current = work.current is not None and work.current.bead == step.bead
    mark = "▶" if is_current and step.state == "pending" else MARKS[step.state]
    title = line(step.title, _TITLE)
    failed = " (failed)" if step.state == "failed" else ""
    return f"{mark} {title} ({step.bead}){failed}"


def _script(step: CurrentStep, work: MoleculeWork) -> list[str]:
    """The command of a step as one types it, and the values that it wants in its environment."""
    if step.script is None:
        return []
    lines = [f"Run: `{cut(printable(step.script), _COMMAND, f'bd mol show {work.id}')}`"]
    used = {key: value for key, value in step.environment.items() if key in step.script}
    if used:
        from shlex import quote

        exports = " ".join(f"{key}={quote(value)}" for key, value in used.items())
        lines.append(f"after: `export {cut(printable(exports), _COMMAND, 'gt hook --json')}`")
    return lines


def _commands(step: CurrentStep, work: MoleculeWork) -> list[str]:
    if work.alone:
        return ["This step is your whole work: commit it, then `gt done`."]
    if step.type == "human":
        return [f"This step is for a person, not for you: they type `bd close {step.bead}`."]
    start = [] if step.state == "running" else [f"- `bd mol step start {step.bead}`: begin with it"]
    return [
        *start,
        f"- `bd close {step.bead}`: it is done; `gt prime` then shows the next one",
        f'- `bd mol step fail {step.bead} -r "…"`: it cannot be done',
    ]
