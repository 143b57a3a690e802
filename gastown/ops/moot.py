"""Escalations whose matter has settled itself: the town resolves them, so that they do not rise.

Only what escalates by itself is known well enough for that: an agent that was given up, a merge
request, a bead that could not be slung. One that a person has opened again stays open.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gastown.domain.bead import BeadState
from gastown.domain.dispatch import DispatchState
from gastown.domain.escalation import (
    ESCALATION,
    GIVEN_UP,
    OF_CONFLICT,
    OF_DISPATCH,
    OF_MERGE,
    EscalationFacts,
)
from gastown.domain.hook import HookState
from gastown.domain.merge import MergeState
from gastown.ids import MAYOR
from gastown.ops.observe import MONITOR
from gastown.store.evidence import already_applied

if TYPE_CHECKING:
    from gastown.domain.escalation import Escalation
    from gastown.store.reader import Reader
    from gastown.store.town import Town

_OVER = (MergeState.MERGED, MergeState.WITHDRAWN, MergeState.REJECTED)


def moot(reader: Reader) -> list[tuple[Escalation, str]]:
    """The open escalations that nobody has to see to any more, each with why."""
    found = ((one, _why(reader, one)) for one in reader.escalations())
    return [(one, why) for one, why in found if why is not None]


def resolve_moot(town: Town) -> list[Escalation]:
    """Resolve them."""
    done = []
    for one, why in moot(town.read()):
        path = town.read().path_of("escalation", one.id)
        evidence = town.ledger.text("rev-parse", f"{town.commit()}:{path}")
        if path is None or already_applied(town, evidence, path):
            continue
        subject = f"resolve {one.id}: {why}"
        with town.transaction(subject, actor=MONITOR, cause=evidence) as tx:
            found = tx.escalation(one.id)
            if not found.is_live:
                continue
            state = ESCALATION.after(found.state, "resolve", EscalationFacts())
            found = replace(found, state=state, resolved_by=MONITOR, resolution=why,
                            updated_at=town.now())  # fmt: skip
            tx.put(found)
        done.append(found)
    return done


def _why(reader: Reader, one: Escalation) -> str | None:
    if one.key.startswith(GIVEN_UP):
        agent = one.key.removeprefix(GIVEN_UP)
        if agent == MAYOR:
            return None  # its hook is not suspended
        hook = reader.hook(agent)
        rests = hook is not None and hook.state is HookState.SUSPENDED
        return None if rests else "its hook rests no more"
    if one.key.startswith(OF_MERGE):
        merge = reader.find("merge", one.key.removeprefix(OF_MERGE))
        is_over = merge is not None and merge.state in _OVER
        return f"the request is {merge.state}" if is_over else None
    if one.key.startswith(OF_CONFLICT):
        bead = reader.find("bead", one.key.removeprefix(OF_CONFLICT))
        waits = bead is not None and bead.state is BeadState.OPEN
        return None if waits else "somebody solves it, or has"
    if one.key.startswith(OF_DISPATCH):
        dispatch = reader.find("dispatch", one.key.removeprefix(OF_DISPATCH))
        failed = dispatch is not None and dispatch.state is DispatchState.FAILED
        return None if failed else "it is not given up any more"
    return None
