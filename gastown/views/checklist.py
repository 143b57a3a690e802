"""The checklist of a molecule, as an agent reads it: what is done, what is next, what to type."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

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


def molecule_text(work: MoleculeWork, cut: Callable[[str, int, str], str]) -> str:
    """The checklist and the current step in full, for `gt prime`.

    Args:
        cut: shortens a text to so many bytes and names what shows the rest.
    """
    parts = [
        f"## Molecule {work.id}: {cut(work.formula, _TITLE, '')} "
        f"({work.completed} of {work.total} steps done)",
        "\n".join(checklist(work)),
    ]
    if work.current is not None:
        parts.append(_current(work.current, work, cut))
    elif work.is_complete:
        parts.append("Every step is done. Commit what is left, then: `gt done`")
    else:
        parts.append(f"Nothing can be started: {work.standing}.")
    return "\n".join(parts)


def _place(work: MoleculeWork) -> int:
    wanted = work.current.bead if work.current is not None else None
    for number, step in enumerate(work.steps):
        if step.bead == wanted or (wanted is None and step.status != "done"):
            return number
    return len(work.steps)


def _line(step: StepLine, work: MoleculeWork) -> str:
    is_current = work.current is not None and work.current.bead == step.bead
    mark = "▶" if is_current and step.state == "pending" else MARKS[step.state]
    data = step.title.encode("utf-8", "replace")
    title = step.title if len(data) <= _TITLE else f"{data[:_TITLE].decode('utf-8', 'ignore')}…"
    failed = " (failed)" if step.state == "failed" else ""
    return f"{mark} {title} ({step.bead}){failed}"


def _current(
    step: CurrentStep, work: MoleculeWork, cut: Callable[[str, int, str], str]
) -> str:  # fmt: skip
    lines = [f"### Now: {cut(step.title, _TITLE, '')} ({step.bead})"]
    text = "" if work.alone else step.description  # then it is the bead itself, in full below
    if step.script is not None:  # the last line of the description names the command as well
        text = text.rpartition("Command: `")[0].rstrip()
    if text:
        lines.append(cut(text, _TEXT, f"bd show {step.bead}"))
    if step.script is not None:
        lines.append(f"Run: `{cut(step.script, _COMMAND, f'bd mol show {work.id}')}`")
        lines += _values(step, cut)
    lines += _commands(step, work)
    return "\n".join(lines)


def _values(step: CurrentStep, cut: Callable[[str, int, str], str]) -> list[str]:
    """The values that a script wants in its environment, as one types them."""
    used = {key: value for key, value in step.environment.items() if key in (step.script or "")}
    if not used:
        return []
    exports = " ".join(f"{key}={quote(value)}" for key, value in used.items())
    return [f"after: `export {cut(exports, _COMMAND, 'gt hook --json')}`"]


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
