"""Escalations as people and the monitor handle them: acknowledged, resolved, risen, sent on.

Sending takes time and happens outside of every transaction; what came of it is one commit. Killed
in between, something may be told twice, but nothing is lost.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gastown.domain.escalation import ESCALATION, Escalation, EscalationFacts, Severity
from gastown.domain.escalation_settings import NOTIFY, command_text, webhook_text
from gastown.domain.telling import due_at, failures, mark, rises_at, untold
from gastown.errors import GtError, NotFound, Refused, UsageTrouble
from gastown.ids import MAYOR
from gastown.ops.actors import is_person
from gastown.ops.escalations import escalate_in, tell_by_mail, with_delivery, with_failure
from gastown.ops.observe import MONITOR
from gastown.runtime import webhook
from gastown.runtime.command import run_command
from gastown.store.accepted import is_accepted
from gastown.store.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from gastown.domain.escalation_settings import EscalationSettings
    from gastown.ops.host import Host
    from gastown.store.reader import Reader
    from gastown.store.town import Town

_COMMAND_S = 60.0
_WITH_STDIN = 'exec /bin/sh -c "$1" <"$2"'
_MAIL = "mail:"


@dataclass(frozen=True)
class Raised:
    """An escalation, and whether it is new."""

    escalation: Escalation
    new: bool


@dataclass(frozen=True)
class Sent:
    """What one pass has told. `failed`: the routes that led nowhere, with why."""

    told: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


def escalate(
    town: Town, title: str, *, severity: Severity, body: str, bead: str | None, actor: str
) -> Raised:  # fmt: skip
    """Escalate something; an agent's is about the bead on its hook unless another is named.

    Raises:
        UsageTrouble: nothing is said.
        NotFound: there is no such bead.
    """
    if not title.strip():
        raise UsageTrouble("an escalation says what is the matter", hint='gt escalate "TEXT"')
    reader = town.read()
    hook = reader.hook(actor) if actor == MAYOR or "/" in actor else None
    agent = hook.id if hook is not None and not is_person(reader, actor) else None
    if bead is None and agent is not None and hook is not None:
        bead = hook.bead
    with town.transaction(f"escalate: {' '.join(title.split())}", actor=actor) as tx:
        if bead is not None:
            bead = tx.bead(bead).id
        found, new = escalate_in(
            tx, town, title, severity=severity, source=actor, body=body, bead=bead, agent=agent
        )
    return Raised(found, new)


def find(town: Town, identifier: str) -> Escalation:
    """One escalation.

    Raises:
        NotFound: there is none.
    """
    found = town.read().find("escalation", identifier)
    if not isinstance(found, Escalation):
        raise NotFound(f"no escalation {identifier!r}", hint="gt escalate list --all shows all")
    return found


def acknowledge(town: Town, identifiers: Iterable[str], *, actor: str) -> list[Escalation]:
    """Take escalations on: they do not rise any more.

    Raises:
        NotFound: one is not there.
        MoveRefused: one is acknowledged or resolved already.
        Refused: it is another agent's.
    """
    return _moved(town, identifiers, "acknowledge", actor, acknowledged_by=actor)


def resolve(
    town: Town, identifiers: Iterable[str], *, resolution: str | None, actor: str
) -> list[Escalation]:
    """Close escalations.

    Raises:
        NotFound: one is not there.
        MoveRefused: one is resolved already.
        Refused: it is another agent's.
    """
    return _moved(
        town, identifiers, "resolve", actor, resolved_by=actor, resolution=resolution
    )  # fmt: skip


def _moved(
    town: Town, identifiers: Iterable[str], trigger: str, actor: str, **changes: str | None
) -> list[Escalation]:
    wanted = list(dict.fromkeys(identifiers))
    done = []
    with town.transaction(f"{trigger} {', '.join(wanted)}", actor=actor) as tx:
        for identifier in wanted:
            found = tx.escalation(identifier)
            _check_may_end(tx.read, found, actor, trigger)
            state = ESCALATION.after(found.state, trigger, EscalationFacts())
            found = replace(found, state=state, updated_at=town.now(), **changes)  # type: ignore[arg-type]
            tx.put(found)
            done.append(found)
    return done


def _check_may_end(reader: Reader, found: Escalation, actor: str, trigger: str) -> None:
    if actor in (MAYOR, found.source) or is_person(reader, actor):
        return
    raise Refused(
        f"{actor} may not {trigger} {found.id}: {found.source} raised it",
        hint="that is a person's, or the mayor's: gt mail send mayor -s SUBJECT -m WHY",
    )


def rise(town: Town) -> list[Escalation]:
    """Raise what nobody has acknowledged for too long, and tell those whom that concerns."""
    now = town.edge.clock()
    settings = town.settings().escalation
    stale = [one.id for one in town.read().escalations() if _is_past(rises_at(one, settings), now)]
    risen: list[Escalation] = []
    if not stale:
        return risen
    with town.transaction(f"nobody acknowledged {', '.join(stale)}", actor=MONITOR) as tx:
        for identifier in stale:
            found = tx.escalation(identifier)
            if not _is_past(rises_at(found, settings), now):
                continue
            facts = EscalationFacts(found.rises, settings.max_rises)
            state = ESCALATION.after(found.state, "rise", facts)
            graver = found.severity.risen
            again = f"{graver} "
            remark = f"Nobody has acknowledged this since {found.risen_at or found.created_at}."
            found = replace(
                found, state=state, severity=graver, rises=found.rises + 1, risen_at=town.now(),
                updated_at=town.now(),
                delivered=tuple(one for one in found.delivered if not one.startswith(again)),
                undelivered=tuple(one for one in found.undelivered if not one.startswith(again)),
            )  # fmt: skip
            found = tell_by_mail(tx, town, found, remark)
            tx.put(found)
            risen.append(found)
    return risen


def next_due(town: Town) -> datetime | None:
    """When something of the open escalations is to be done next; None: nothing is."""
    settings = town.settings().escalation
    found = []
    for one in town.read().escalations():
        found += [rises_at(one, settings), *(due_at(one, route) for route in _by_us(one, settings))]
    return min((moment for moment in found if moment is not None), default=None)


def deliver(town: Town, host: Host) -> Sent:
    """Send what is due by the routes that take time, and record what came of it."""
    now = town.edge.clock()
    settings = town.settings().escalation
    came: list[tuple[Escalation, str, str | None]] = []
    for found in town.read().escalations():
        for route in _by_us(found, settings):
            if _is_past(due_at(found, route), now):
                came.append((found, route, _send(town, host, found, route)))
    if not came:
        return Sent()
    with town.transaction("tell of escalations", actor=MONITOR) as tx:
        for sent, route, why in came:
            found = tx.escalation(sent.id)
            if mark(found, route) != mark(sent, route) or mark(found, route) in found.delivered:
                continue
            if route.startswith(_MAIL):
                found = tell_by_mail(tx, town, found)
            elif why is None:
                found = with_delivery(found, route)
            elif failures(found).get(mark(found, route)) == failures(sent).get(mark(sent, route)):
                found = with_failure(found, route, why, town.now())
            tx.put(found)
    told = [f"{one.id} {route}" for one, route, why in came if why is None]
    failed = [f"{one.id} {route}: {why}" for one, route, why in came if why is not None]
    return Sent(tuple(told), tuple(failed))


def note_shown(town: Town, told: Mapping[str, str | None]) -> None:
    """Write down which escalations the person was shown, or why they could not be.

    Args:
        told: by the ids of the escalations: None, or the reason.
    """
    settings = town.settings().escalation
    now = town.edge.clock()
    due = [
        one for one in town.read().escalations()
        if one.id in told and NOTIFY in untold(one, settings)
        and (told[one.id] is None or _is_past(due_at(one, NOTIFY), now))
    ]  # fmt: skip
    if not due:
        return
    with town.transaction("tell of escalations", actor=MONITOR) as tx:
        for one in due:
            found = tx.escalation(one.id)
            why = told[one.id]
            if NOTIFY not in untold(found, settings):
                continue
            if why is None:
                tx.put(with_delivery(found, NOTIFY))
            else:
                tx.put(with_failure(found, NOTIFY, why, town.now()))


def _by_us(found: Escalation, settings: EscalationSettings) -> list[str]:
    """The routes that are still to be taken here; the person's desktop is told by its own rules."""
    return [route for route in untold(found, settings) if route != NOTIFY]


def _send(town: Town, host: Host, found: Escalation, route: str) -> str | None:
    """Send it by one route; why not, if so."""
    kind, _, name = route.partition(":")
    settings = town.settings().escalation
    try:
        if kind == "command":
            return _run(town, host, found, name, settings.commands[name])
        if kind == "webhook":
            url = settings.webhooks[name]
            if not is_accepted(town.layout, webhook_text(name, url)):
                return "its address is not accepted on this machine: gt config accept"
            webhook.call(url, _payload(town, found))
    except GtError as trouble:
        return trouble.message
    except OSError as trouble:
        return trouble.strerror or type(trouble).__name__
    return None


def _run(town: Town, host: Host, found: Escalation, name: str, text: str) -> str | None:
    layout = town.layout
    if not is_accepted(layout, command_text(name, text)):
        return "the command is not accepted on this machine: gt config accept"
    payload = _payload(town, found)
    told = {f"GT_ESCALATION_{key.upper()}": str(value or "").replace("\0", "")
            for key, value in payload.items()}  # fmt: skip
    file = layout.run / f"escalation-{found.id}.json"
    write_atomically(file, json.dumps(payload).encode())
    try:
        done = run_command(
            ["/bin/sh", "-c", _WITH_STDIN, "gt-escalate", text, str(file)], cwd=layout.root,
            env={**host.clean_env(), **told}, log=layout.logs / "escalations.log",
            timeout_s=_COMMAND_S,
        )  # fmt: skip
    finally:
        file.unlink(missing_ok=True)
    if done.timed_out:
        return f"it did not end within {_COMMAND_S:.0f} s"
    return None if done.passed else f"it ended with {done.returncode}: see log/escalations.log"


def _payload(town: Town, found: Escalation) -> dict[str, str | int | None]:
    return {
        "id": found.id, "severity": found.severity.value, "title": found.title,
        "body": found.body, "bead": found.bead, "agent": found.agent, "source": found.source,
        "town": town.settings().name, "count": found.count,
    }  # fmt: skip


def _is_past(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and moment <= now
