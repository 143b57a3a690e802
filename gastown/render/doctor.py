"""What gt doctor has found, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.ops.doctor.examine import Outcome
from gastown.ops.doctor.finding import Grade
from gastown.render.text import safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gastown.ops.doctor.examine import Diagnosis, Examination
    from gastown.render.screen import Screen

_STYLES = {Grade.TROUBLE: "bold red", Grade.WARNING: "yellow", Grade.NOTE: "cyan"}


def examination(found: Examination, screen: Screen, *, verbose: bool = False) -> str:
    """Each finding with its why and its way out, then the checks in one line."""
    lines = [line for one in found.findings for line in _finding(one, screen, fixed=found.fixed)]
    if verbose:
        width = max((len(name) for name, _ in found.fine), default=0)
        lines += [f"{screen.paint('fine', 'green')}     {name:<{width}}  {safe(title)}"
                  for name, title in found.fine]  # fmt: skip
    lines.append(_summary(found, screen))
    return "\n".join(lines)


def _finding(one: Diagnosis, screen: Screen, *, fixed: bool) -> Iterator[str]:
    word, style = one.grade.value, _STYLES[one.grade]
    if one.outcome is Outcome.REPAIRED:
        word, style = "repaired", "green"
    said = ": ".join((one.check, one.subject, one.what))
    yield f"{screen.paint(f'{word:<8}', style)} {safe(said)}"
    if one.outcome is not Outcome.REPAIRED:
        yield f"         {safe(one.why)}"
    if one.done:
        yield f"         → {safe(one.done)}"
    if one.outcome is Outcome.STILL_THERE:
        yield "         → it is still there" + (f"; try: {safe(one.how)}" if one.how else "")
    elif one.outcome is Outcome.FOUND and (one.how or one.fixable):
        by_fix = "gt doctor --fix does it" if one.fixable and not fixed else ""
        yield f"         → {'; '.join(part for part in (safe(one.how), by_fix) if part)}"


def _summary(found: Examination, screen: Screen) -> str:
    warnings = sum(one.grade is Grade.WARNING and one.outcome is not Outcome.REPAIRED
                   for one in found.findings)  # fmt: skip
    fixable = sum(one.fixable and one.outcome is Outcome.FOUND for one in found.findings)
    said = [f"{found.repaired} repaired"] if found.repaired else []
    if found.left:
        said.append(screen.paint(_count(found.left, "trouble"), "bold red"))
    said += [_count(warnings, "warning")] if warnings else []
    said.append(f"{_count(len(found.fine), 'check')} fine")
    text = ", ".join(said)
    if not found.left and not warnings:
        text = f"{screen.paint('all is well', 'green')}: {text}"
    if fixable and not found.fixed:
        text += f"; gt doctor --fix mends {fixable}"
    return text


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
