"""The guard's verdicts as text: for the model that is refused, and for people who try it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.render.text import safe

if TYPE_CHECKING:
    from gastown.domain.guarding.facts import Refusal
    from gastown.ops.guarding import Judged

_MOST = 300


def refused(refusal: Refusal) -> str:
    """What an agent is told that was refused something: what, why, and the right way."""
    command = refusal.command
    if len(command) > _MOST:
        command = f"{command[:_MOST]}…"
    return "\n".join(
        (
            f"gt guard refused: {safe(command)}",
            f"why: {safe(refusal.why)}.",
            f"instead: {safe(refusal.instead)}.",
        )
    )


def explained(found: Judged) -> str:
    """A verdict for a person, with the rule that it follows."""
    whose = f"for {found.agent}" if found.agent else "for the person"
    if found.refusal is None:
        note = f"\n{found.note}" if found.note else ""
        return f"allowed {whose}{note}"
    return f"refused {whose} by the rule `{found.refusal.rule}`\n{refused(found.refusal)}"
