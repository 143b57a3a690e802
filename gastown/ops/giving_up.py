"""When helping does not help: the hook is suspended and the person told, in one commit.

What many agents share is told once: a mass death by one escalation that names them, to which what
is given up in its wake is added; and a rig whose restarts are used up.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gastown.domain.escalation import GIVEN_UP, Severity
from gastown.domain.hook import Role
from gastown.errors import MoveRefused
from gastown.ops.escalations import escalate_in
from gastown.ops.observe import MONITOR
from gastown.ops.recovering import last_lines
from gastown.ops.suspension import suspend

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gastown.domain.hook import Hook
    from gastown.domain.recovery import End
    from gastown.ops.host import Host
    from gastown.ops.recovering import Case
    from gastown.store.town import Town
    from gastown.store.transaction import Transaction

MASS_DEATH = "mass death"
_LINES = 12
_NAMED = 40


def give_up(
    town: Town, host: Host, case: Case, why: str, ends: Sequence[End], *, in_mass: bool
) -> str | None:
    """Suspend a hook and escalate; the mayor's is not suspended. What was done, in words.

    Args:
        why: the condition, and how it came to it; it becomes the reason of the suspension.
        in_mass: many have died lately, and one escalation tells of all of them.

    Raises:
        MoveRefused: the hook is not as it was.
    """
    hook = case.hook
    left = "was suspended" if hook.role is not Role.MAYOR else "is not started again"
    title = f"{hook.id} {left}: {why}"
    story = _story(case, why, ends, last_lines(town, host, case, _LINES))

    def tell(tx: Transaction, now: Hook) -> None:
        if (now.generation, now.updated_at) != (hook.generation, hook.updated_at):
            raise MoveRefused(f"the hook of {hook.id} has moved meanwhile", hint="it is left alone")
        if in_mass and _add_to_mass(tx, town, hook, why):
            return
        escalate_in(
            tx, town, title, severity=Severity.HIGH, source=MONITOR, body=story, bead=hook.bead,
            agent=hook.id, key=f"{GIVEN_UP}{hook.id}",
        )  # fmt: skip

    if hook.role is Role.MAYOR:
        with town.transaction(f"give up on {hook.id}: {why}", actor=MONITOR) as tx:
            tell(tx, tx.hook(hook.id))
        return "the person was told"
    done = suspend(town, hook.id, host=host, actor=MONITOR, reason=why, also=tell)
    return f"suspended{', its work is held' if done.snapshot else ''}"


def alarm(town: Town, ends: Mapping[str, End]) -> None:
    """Tell of agents that died at about the same time."""
    named = "\n".join(
        f"  {_clock(end.at)}  {agent}: {end.how}" for agent, end in sorted(ends.items())[:_NAMED]
    )
    more = f"\n  … and {len(ends) - _NAMED} more" if len(ends) > _NAMED else ""
    body = (
        f"{len(ends)} agents died at about the same time:\n{named}{more}\n\n"
        "What many share has probably failed: tmux, the machine's memory, a login that has run "
        "out.\nTheir work is held by snapshots, and they are started again by themselves.\n"
        "To see how they are: gt agents; to stop everything: gt estop"
    )
    with town.transaction(f"{len(ends)} agents died at once", actor=MONITOR) as tx:
        escalate_in(
            tx, town, f"{len(ends)} agents died at once", severity=Severity.CRITICAL,
            source=MONITOR, body=body, key=MASS_DEATH,
        )  # fmt: skip


def tell_of_rig(town: Town, rig: str, restarts: int, until: float) -> None:
    """Tell that a rig's restarts are used up."""
    body = (
        f"Agents of {rig} were restarted {restarts} times. Until {_clock(until)} UTC none of them"
        " is started again; agents of other rigs are.\n\n"
        f"How they are: gt agents; what they said: gt peek {rig}/NAME\n"
        "The limit: gt config set recovery.rig_restarts NUMBER"
    )
    with town.transaction(f"the restarts of {rig} are used up", actor=MONITOR) as tx:
        escalate_in(
            tx, town, f"the restarts of {rig} are used up", severity=Severity.HIGH, source=MONITOR,
            body=body, key=f"restarts of {rig}",
        )  # fmt: skip


def _add_to_mass(tx: Transaction, town: Town, hook: Hook, why: str) -> bool:
    """Add to the escalation of a mass death that an agent was given up; False: there is none."""
    known = [one for one in tx.read.escalations() if one.key == MASS_DEATH]
    if not known:
        return False
    said = f"{known[0].body}\n\n{hook.id} was suspended: {why}; to go on: gt hooks resume {hook.id}"
    escalate_in(
        tx, town, known[0].title, severity=known[0].severity, source=MONITOR, body=said,
        key=MASS_DEATH,
    )  # fmt: skip
    return True


def _story(case: Case, why: str, ends: Sequence[End], last: str) -> str:
    hook = case.hook
    work = f" with {hook.bead} on its hook" if hook.bead is not None else ""
    how = "\n".join(f"  {_clock(end.at)}  {end.how}" for end in ends)
    shown = "\n".join(f"  | {line}" for line in last.rstrip("\n").split("\n") if line.strip())
    again = f"gt hooks resume {hook.id}" if hook.role is not Role.MAYOR else "gt mayor start"
    lines = [
        f"{hook.id} ({case.session.runtime}){work}: {why}.", "", "How its sessions ended (UTC):",
        how, "", "The last lines that it showed:", shown or "  (nothing)", "", "What can be done:",
        f"  gt peek {hook.id}", f"  {again}", *([f"  gt unsling {hook.bead}"] if hook.bead else []),
    ]  # fmt: skip
    return "\n".join(lines)


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S")
