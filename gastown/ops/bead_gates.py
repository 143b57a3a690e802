"""Gates that hold steps back: beads of type `gate`, opened by a person, the clock, or an event.

Opening is closing the gate's bead. A gate that still waits for the steps before it is not looked
at: its time runs from when those are done. One whose time is over without having opened (a timer
opens by that) is told to the person, once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from gastown.domain.bead import BLOCKING, Bead, BeadState
from gastown.domain.gate import AwaitType, due_at, is_over, nanoseconds
from gastown.domain.pouring import await_type
from gastown.domain.step import metadata_of, with_metadata
from gastown.domain.wisp import moment
from gastown.errors import Refused, UsageTrouble
from gastown.ids import HUMAN, MAYOR
from gastown.ops.beads import link, new_id
from gastown.ops.landing import land_convoys
from gastown.ops.molecules import writing
from gastown.ops.moves import move_bead
from gastown.ops.post import post_once
from gastown.runtime import gh
from gastown.store.wisps import Change

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gastown.store.reader import Reader
    from gastown.store.town import Town
    from gastown.store.transaction import Transaction

ESCALATED = "escalated_at"
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_ON_GITHUB = (AwaitType.GH_RUN.value, AwaitType.GH_PR.value)


@dataclass(frozen=True)
class Checked:
    """What a look at a gate found.

    Attributes:
        opens: it is open now (with `dry_run`: it would be).
        overdue: its time is over and it is not open.
        told: the person was told so just now.
        why: in words.
    """

    gate: Bead
    opens: bool = False
    overdue: bool = False
    told: bool = False
    why: str = ""


def create_gate(
    town: Town, kind: str, *, await_id: str | None = None, timeout: str | None = None,
    blocks: str | None = None, title: str | None = None, rig: str, actor: str,
) -> Bead:  # fmt: skip
    """Make a gate, by default in the rig of the bead that is to wait for it.

    Raises:
        NotFound: there is no such bead or rig.
        UsageTrouble: there is no such kind, or a timer without a time.
    """
    wanted = await_type(kind)
    length = nanoseconds(timeout) if timeout else None
    if wanted is AwaitType.TIMER and length is None:
        raise UsageTrouble("a timer needs a time", hint="--timeout 30m")
    if wanted in (AwaitType.BEAD, AwaitType.GH_RUN, AwaitType.GH_PR) and not await_id:
        raise UsageTrouble(f"a gate of type {wanted} waits for something", hint="--await-id ID")
    with town.transaction(f"create a {kind} gate", actor=actor) as tx:
        held = tx.bead(blocks) if blocks else None
        home = held.rig if held is not None else rig
        prefix = tx.read.prefix(home)
        name = title or f"Gate: {wanted} {await_id or timeout or blocks or ''}".rstrip()
        now = town.now()
        identifier = new_id(town, prefix, name, actor, tx.read.count_beads(home), tx.read.has_bead)
        gate = Bead({"id": identifier, "title": name}, home).with_(
            status=BeadState.OPEN.value, priority=2, issue_type="gate", created_at=now,
            created_by=actor, updated_at=now, await_type=wanted.value, await_id=await_id,
            timeout=length,
        )  # fmt: skip
        tx.put(gate)
        if held is not None:
            links = [*held.dependencies, link(held.id, identifier, "blocks", now, actor)]
            tx.put(held.with_(dependencies=[dict(item) for item in links], updated_at=now))
        tx.subject = f"create {identifier}: {name}"
    return gate


def resolve(town: Town, identifier: str, *, reason: str | None, actor: str) -> Bead:
    """Open a gate by somebody's word.

    Raises:
        NotFound: there is no such bead.
        Refused: it is no gate.
        MoveRefused: it is open already.
    """
    with writing(town, identifier, f"open gate {identifier}", actor=actor) as tx:
        gate = tx.bead(identifier)
        if gate.issue_type != "gate":
            raise Refused(f"{identifier} is a {gate.issue_type}, no gate", hint="bd gate list")
        return _open(tx, town, gate, reason or f"opened by {actor}")


def gate_list(reader: Reader, *, every: bool = False, kind: str | None = None) -> list[Bead]:
    """Gates that are closed; `every`: those that have opened, too."""
    found = reader.gates(every=every)
    return [gate for gate in found if kind in (None, gate.data.get("await_type"))]


def check(
    town: Town, *, kind: str | None = None, dry_run: bool = False, escalate: bool = False,
    github: Mapping[str, str] | None = None, actor: str, only: str | None = None,
) -> list[Checked]:  # fmt: skip
    """Look at every closed gate whose turn it is; open those that may, in one commit.

    Args:
        kind: only gates of this type; `only`: only the one of this id.
        escalate: tell the person of those whose time is over.
        github: the environment to run `gh` in; None: gates on GitHub are left alone.
    """
    reader = town.read()
    now = town.edge.clock()
    found = []
    for gate in gate_list(reader, kind=kind):
        if only not in (None, gate.id) or reader.open_blockers(gate):
            continue
        asked = gate.data.get("await_type") in _ON_GITHUB
        if asked and github is None:
            continue
        found.append(_look(town, reader, gate, now, github or {}))
    tell = [one.gate.id for one in found if one.overdue and ESCALATED not in metadata_of(one.gate)]
    changed = any(one.opens for one in found) or (escalate and bool(tell))
    if dry_run or not changed:
        return found
    with town.transaction("look at gates", actor=actor) as tx:
        done = [_apply(tx, town, one, escalate=escalate) for one in found]
        opened = [one.gate.id for one in done if one.opens]
        if opened:
            tx.subject = f"open gate {', '.join(opened)}"
    return done


@dataclass(frozen=True)
class Waiting:
    """A closed gate that a monitor looks at. `when`: it is due from then on; None: now."""

    id: str
    when: datetime | None

    def is_due(self, now: datetime) -> bool:
        """Whether it may open, or the person is to be told of it."""
        return self.when is None or now >= self.when


def waiting(reader: Reader) -> Iterator[Waiting]:
    """The gates that records or the clock may open, and those of which a person will be told."""
    for gate in reader.gates():
        if gate.data.get("await_type") in _ON_GITHUB or reader.open_blockers(gate):
            continue
        since = _since(reader, gate)
        if verdict(reader, gate, _LONG_AGO).opens:
            yield Waiting(gate.id, None)
        elif (due := due_at(since)) is not None and ESCALATED not in metadata_of(gate):
            yield Waiting(gate.id, due)


def has_github(reader: Reader) -> bool:
    """Whether some gate waits for GitHub."""
    return any(gate.data.get("await_type") in _ON_GITHUB for gate in reader.gates())


def _look(
    town: Town, reader: Reader, gate: Bead, now: datetime, env: Mapping[str, str]
) -> Checked:  # fmt: skip
    found = verdict(reader, gate, now)
    kind = gate.data.get("await_type")
    if found.opens or kind not in _ON_GITHUB:
        return found
    url = reader.rig(gate.rig).url if gate.rig != "hq" else ""
    what = str(gate.data.get("await_id") or "")
    said = (gh.run if kind == AwaitType.GH_RUN else gh.pull_request)(
        what, url=url, cwd=town.layout.root, env=env
    )
    return Checked(gate, opens=said.passed, overdue=found.overdue and not said.passed, why=said.why)


def verdict(reader: Reader, gate: Bead, now: datetime) -> Checked:
    """What clock and records say of a gate."""
    kind = gate.data.get("await_type")
    over = is_over(_since(reader, gate), now)
    if kind == AwaitType.TIMER:
        return Checked(gate, opens=over, why="its time is over" if over else "its time runs")
    if kind == AwaitType.BEAD:
        name = str(gate.data.get("await_id") or "").rpartition(":")[2]
        awaited = reader.find("bead", name)
        if awaited is not None and not awaited.is_live:
            return Checked(gate, opens=True, why=f"{name} is {awaited.state}")
        why = f"{name} is {awaited.state}" if awaited is not None else f"there is no {name}"
        return Checked(gate, overdue=over, why=why)
    if kind == AwaitType.MAIL:
        came = _mail_for(reader, gate)
        if came is not None:
            return Checked(gate, opens=True, why=f"mail came: {came}")
        return Checked(gate, overdue=over, why="no mail came")
    return Checked(gate, overdue=over, why=f"it waits: bd gate resolve {gate.id}")


def _since(reader: Reader, gate: Bead) -> Bead:
    """The gate with the moment when its turn came: its last blocker was closed."""
    closed = [
        str(bead.data.get("closed_at") or "")
        for bead in reader.beads(identifiers=gate.depends_on(BLOCKING))
    ]
    moments = [one for one in (*closed, str(gate.data.get("created_at") or "")) if moment(one)]
    latest = max(moments, key=lambda one: moment(one) or datetime.min, default=None)
    return gate.with_(created_at=latest)


def _mail_for(reader: Reader, gate: Bead) -> str | None:
    """The subject of a message that came since the gate was made, from or to whom it names."""
    address = str(gate.data.get("await_id") or "")
    made = moment(gate.data.get("created_at"))
    for mail in reader.mail():
        sent = moment(mail.sent_at)
        late = made is not None and sent is not None and sent >= made
        if late and (address in (mail.sender, mail.to) or mail.about == gate.id):
            return mail.subject
    return None


def _apply(tx: Transaction, town: Town, found: Checked, *, escalate: bool) -> Checked:
    gate = tx.bead(found.gate.id)
    if not gate.is_live:
        return Checked(gate, why="somebody was quicker")
    if found.opens:
        return Checked(_open(tx, town, gate, found.why), opens=True, why=found.why)
    if not (escalate and found.overdue) or ESCALATED in metadata_of(gate):
        return found
    tx.put(with_metadata(gate, **{ESCALATED: town.now()}))
    body = f"{gate.title}\n\nIts time is over: {found.why}.\nOpen it: bd gate resolve {gate.id}"
    subject = f"gate {gate.id} did not open in time"
    for address in (HUMAN, MAYOR):
        post_once(tx, town, to=address, subject=subject, body=body, about=gate.id)
    tx.subject = f"gate {gate.id} did not open in time"
    return Checked(gate, overdue=True, told=True, why=found.why)


def _open(tx: Transaction | Change, town: Town, gate: Bead, reason: str) -> Bead:
    ledger: Any = tx  # to move a bead, both are the same
    gate = move_bead(ledger, town, gate, "close", closed_at=town.now(), close_reason=reason)
    if not isinstance(tx, Change):
        land_convoys(ledger, town, frozenset({gate.id}))
    return gate
