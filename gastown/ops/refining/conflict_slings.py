"""Slinging conflict beads, whose label `wants-agent` says that nobody has done it yet.

Where as many polecats are at work as may be, they wait for a place like every other bead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.domain.bead import Bead, BeadState
from gastown.domain.escalation import OF_CONFLICT, Severity
from gastown.errors import GtError
from gastown.ops.escalations import escalate_in
from gastown.ops.refining.conflict_beads import WANTS_AGENT
from gastown.ops.runtimes import runtime_for
from gastown.ops.scheduling.asking import ask

if TYPE_CHECKING:
    from gastown.ops.host import Host
    from gastown.store.town import Town

_REFINERY = "refinery"


def sling_waiting(town: Town, host: Host, rig: str) -> list[str]:
    """Sling the conflict beads of a rig that are still to be slung; what came of it, in words."""
    waiting = town.read().beads(rig=rig, statuses=(BeadState.OPEN,))
    found = [bead.id for bead in waiting if WANTS_AGENT in bead.data.get("labels", ())]
    return [said for bead in found if (said := sling_one(town, host, bead, rig)) is not None]


def sling_one(town: Town, host: Host, identifier: str, rig: str) -> str | None:
    """Sling a conflict bead to a new polecat; that it cannot be is told to the person."""
    try:
        runtime = runtime_for(town, host, None, rig=rig)
        if runtime.name == "shell":
            said = "no agent here can solve a conflict (gt config agent list)"
        else:
            asked = ask(town, host, (identifier,), rig, runtime=None, actor=_REFINERY, now=False)
            if asked.slung or asked.waiting:
                _slung(town, identifier)
                waits = [f"{identifier} waits for a place" for _ in asked.waiting]
                return (waits or [f"{identifier} is slung to {asked.slung[0].hook.id}"])[0]
            said = asked.batch.refused[0].message
    except GtError as trouble:
        said = trouble.message
    except OSError as trouble:
        said = str(trouble)
    _not_slung(town, identifier, rig, said)
    return f"{identifier} waits for a person: {said}"


def _slung(town: Town, identifier: str) -> None:
    with town.transaction(f"{identifier} is slung", actor=_REFINERY) as tx:
        bead = tx.bead(identifier)
        tx.put(_unlabelled(town, bead))


def _not_slung(town: Town, identifier: str, rig: str, why: str) -> None:
    with town.transaction(f"{identifier} waits for a person", actor=_REFINERY) as tx:
        bead = tx.bead(identifier)
        if WANTS_AGENT in bead.data.get("labels", ()):
            tx.put(_unlabelled(town, bead))
        body = (
            f"{bead.title}: {why}\n\nTo have it solved: gt sling {identifier} {rig} --agent NAME;"
            f" or solve it yourself: bd show {identifier}"
        )
        escalate_in(
            tx, town, f"needs you: {identifier} is nobody's", severity=Severity.MEDIUM,
            source=_REFINERY, body=body, bead=identifier, key=f"{OF_CONFLICT}{identifier}",
        )  # fmt: skip


def _unlabelled(town: Town, bead: Bead) -> Bead:
    labels = [label for label in bead.data.get("labels", ()) if label != WANTS_AGENT]
    return bead.with_(labels=labels or None, updated_at=town.now())
