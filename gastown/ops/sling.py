"""Slinging: a bead onto an agent's hook, in one commit; then worktree and session.

The assignment is committed before anything is started, and every step after the commit can be
observed and repeated (`gt hooks repair`). A bead is on at most one hook: of ten slings at once the
first to get the town's lock wins and the others are told who has it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from gastown.domain.bead import Bead, BeadFacts, BeadState
from gastown.domain.convoy import ConvoyState
from gastown.domain.hook import HOOK, Hook, HookFacts, HookState, Role
from gastown.domain.merge import MergeState
from gastown.errors import GtError, MoveRefused, Refused
from gastown.ops import runtimes, sessions, starting
from gastown.ops.batch import each
from gastown.ops.convoys import start as start_convoy
from gastown.ops.moves import (
    dismiss_polecat,
    hook_of,
    move_bead,
    move_hook,
    pending_merges,
    release_hook,
)
from gastown.ops.names import free_name
from gastown.ops.refining.aiming import branch_for
from gastown.ops.retire import place_held, retire_held
from gastown.ops.rig_scripts import copy_files, take_away
from gastown.ops.rigs import refresh
from gastown.ops.scheduling.dispatches import is_slung
from gastown.ops.scheduling.places import claim, running_if_limited
from gastown.ops.sling_order import Order, Target, batch_title, parse_target
from gastown.ops.slinging import slinging
from gastown.store import snapshot
from gastown.store.refs import Refs
from gastown.store.worktree import Worktrees

if TYPE_CHECKING:
    from pathlib import Path

    from gastown.ops.batch import Batch
    from gastown.ops.host import Host
    from gastown.store.town import Town
    from gastown.store.transaction import Transaction


@dataclass(frozen=True)
class Slung:
    """A bead that is on a hook now.

    Attributes:
        convoy: the convoy it is on; `new_convoy`: made for it.
        taken_from: the agent that had it before; `left_on`: the branch with its commits;
            `rescue`: the ref of what it had not committed.
        inherited: all of that is in the new worktree. A worktree that was there before, and one of
            another rig, stays as it is.
        rework: the same agent got it back after a failed merge.
        started: whether a session was started.
        down: the town is down; the session starts when it is up again.
        dry: in a fork: there are no worktree and no session, until it is merged.
        warning: why the base may be old, if so.
    """

    bead: str
    title: str
    hook: Hook
    path: Path
    convoy: str | None = None
    new_convoy: bool = False
    taken_from: str | None = None
    left_on: str | None = None
    rescue: str | None = None
    inherited: bool = False
    rework: bool = False
    started: bool = False
    down: bool = False
    dry: bool = False
    warning: str | None = None


def sling(
    town: Town, beads: tuple[str, ...], target_text: str, *, runtime: str | None, host: Host,
    start: bool = True, force: bool = False, actor: str,
) -> Batch[Slung]:  # fmt: skip
    """Put each bead on a hook of its own and start the agents.

    A bead that is closed, blocked, or on the hook of an agent that may be at work is refused; the
    others are slung all the same.

    Raises:
        NotFound: a bead, the rig or the runtime does not exist; nothing was slung.
        Refused: several beads for one agent.
    """
    target = parse_target(target_text)
    reader = town.read()
    rig = reader.rig(target.rig)
    for bead in beads:
        reader.bead(bead)
    if target.agent is not None and len(beads) > 1:
        raise Refused("one agent takes one bead", hint=f"sling several to {rig.id} without a name")
    order = order_for(town, host, target, runtime=runtime, start=start, force=force, actor=actor)
    if len(beads) > 1:
        order = replace(order, batch_convoy=batch_title(beads, rig.id))
    return each(beads, lambda bead: sling_bead(town, host, bead, order, batch=beads))


def order_for(
    town: Town, host: Host, target: Target, *, runtime: str | None, start: bool = True,
    force: bool = False, actor: str,
) -> Order:  # fmt: skip
    """What is asked for, with the rig's newest commit; fetches from its origin.

    Raises:
        NotFound: the rig or the runtime does not exist.
        Refused: the runtime's command was not accepted.
    """
    rig = town.read().rig(target.rig)
    chosen = runtimes.runtime_for(town, host, runtime, rig=rig.id)
    base = refresh(town, rig)
    return Order(target, rig, base.head, chosen.name, force, actor, start, runtime is not None,
                 warning=base.warning)  # fmt: skip


def sling_bead(
    town: Town, host: Host, bead: str, order: Order, *, batch: tuple[str, ...] = ()
) -> Slung:  # fmt: skip
    """Put one bead on a hook and start the agent.

    Raises:
        NoPlace: as many polecats are at work as may be, or none is to be started; nothing was done.
        MoveRefused: the bead is closed, blocked or somebody's, or was taken meanwhile.
        GtError: worktree or session could not be made; the bead is on the hook all the same.
    """
    with slinging(town, bead):
        slung = _sling_one(town, host, bead, order, batch=batch)
    return replace(slung, warning=order.warning)


def _sling_one(
    town: Town, host: Host, bead_id: str, order: Order, *, batch: tuple[str, ...]
) -> Slung:
    running = running_if_limited(town, host) if order.start else {}
    owner = _owner(town, bead_id)
    dead = owner is not None and sessions.is_dead(sessions.sessions_of(town, host), owner)
    subject = f"sling {bead_id} to {order.target.rig}"
    with town.transaction(subject, actor=order.actor) as tx:
        bead = tx.bead(bead_id)
        former = hook_of(tx, bead)
        taken = None
        if former is not None and former.state is HookState.COMPLETED:
            hook = _give_back(tx, town, bead, former, order)
        elif former is not None and _may_begin(former, order):
            hook = replace(former, runtime=order.runtime, updated_at=town.now())
            tx.put(hook)
        else:  # whoever changed since we looked is certainly not dead
            hook, taken = _assign(tx, town, bead, former, order, dead=dead and former == owner)
        if order.runtime_of(hook) is not None:
            claim(tx, town, hook, running, leaving=taken)
        is_slung(tx, town, bead_id, hook)
        tx.subject = f"sling {bead_id} to {hook.id}"
        convoy, is_new = _convoy_for(tx, town, bead, order, batch)
    slung = Slung(
        bead_id, bead.title, hook, town.layout.root / hook.path, convoy, is_new,
        taken_from=taken.id if taken else None, left_on=taken.branch if taken else None,
        rework=taken is None and former is not None,
    )  # fmt: skip
    if town.is_fork:
        return replace(slung, dry=True)
    slung = _make_real(town, host, slung, taken)
    if order.runtime_of(hook) is not None:
        if slung.rework:
            sessions.stop(town, host, hook)  # it has said that it is done; it begins anew
        if town.layout.is_quiet:
            return replace(slung, down=True)  # the monitor starts it when the town is up again
        starting.start(town, host, hook)
        slung = replace(slung, started=True)
    elif hook.role is Role.POLECAT:
        copy_files(town, hook)  # whoever works there by hand needs them as well
    return slung


def _may_begin(hook: Hook, order: Order) -> bool:
    """Whether the order is for a hook that holds the bead already and where nothing was started."""
    target = order.target
    mine = hook.rig == target.rig and target.agent in (None, hook.agent)
    return mine and hook.runtime is None and order.runtime_of(hook) is not None


def _owner(town: Town, bead_id: str) -> Hook | None:
    reader = town.read()
    bead = reader.bead(bead_id)
    hook = reader.hook(bead.assignee) if bead.assignee and "/" in bead.assignee else None
    return hook if hook is not None and hook.is_live and hook.bead == bead_id else None


def _give_back(tx: Transaction, town: Town, bead: Bead, hook: Hook, order: Order) -> Hook:
    """After a failed merge: the same agent takes its work up again."""
    pending = pending_merges(tx, hook)
    waiting = [m for m in pending if m.state in (MergeState.QUEUED, MergeState.TESTING)]
    if waiting:
        raise MoveRefused(
            f"the work of {bead.id} by {hook.id} waits in the merge queue ({waiting[0].id})",
            hint="gt refinery run tests and merges it",
        )
    if order.target.agent not in (None, hook.agent) or order.target.rig != hook.rig:
        raise MoveRefused(
            f"{bead.id} is with {hook.id}, whose merge failed",
            hint=f"give it back: gt sling {bead.id} {hook.id}; or free it: gt unsling {bead.id}",
        )
    return move_hook(tx, town, hook, "rework", runtime=order.runtime_of(hook))


def _assign(
    tx: Transaction, town: Town, bead: Bead, former: Hook | None, order: Order, *, dead: bool
) -> tuple[Hook, Hook | None]:
    blockers = () if order.force else tx.read.open_blockers(bead)
    takeover = former is not None and (dead or order.force)
    facts = BeadFacts(
        open_blockers=blockers,
        owner=former.id if former else None,
        owner_lives=former is not None and not takeover,
    )
    base = order.base
    claimed = former is None and bead.state in (BeadState.HOOKED, BeadState.IN_PROGRESS)
    if claimed and not order.force:
        raise MoveRefused(
            f"{bead.id} is being worked on by {bead.assignee or 'somebody'}",
            hint=f"--force takes it; or give it back: bd update {bead.id} --status open",
        )
    if former is not None and not takeover:
        raise MoveRefused(
            f"{bead.id} is on the hook of {former.id}",
            hint=f"see gt peek {former.id}; take it away: gt unsling {bead.id}",
        )
    if claimed or former is not None:
        bead = move_bead(tx, town, bead, "withdraw", assignee=None)
    if former is not None:
        if former.rig == order.rig.id:
            base = Worktrees(town.layout, former.rig).git.oid(former.full_branch) or base
        dismiss_polecat(tx, town, release_hook(tx, town, former))
    hook = _hook_for(tx, town, bead, former, replace(order, base=base))
    move_bead(tx, town, bead, "sling", facts, assignee=hook.id)
    holds = HookFacts(bead=hook.bead, has_bead=hook.bead is not None)
    start = Refs(town.layout.repository(hook.rig)).oid(hook.full_branch) or hook.base
    hook = move_hook(tx, town, hook, "assign", holds, bead=bead.id, start=start,
                     runtime=order.runtime_of(hook))  # fmt: skip
    return hook, former


def _hook_for(tx: Transaction, town: Town, bead: Bead, former: Hook | None, order: Order) -> Hook:
    """The named agent's hook, or a new polecat's; put, not yet assigned."""
    rig, name = order.rig, order.target.agent
    if name is None:
        busy = [hook.agent for hook in tx.read.hooks(rig=rig.id)]
        busy += [PurePath(broken.path).stem for broken in tx.read.broken()]  # may be at work
        # A fork counts from the end, so that its merge does not meet names given out meanwhile.
        name = free_name([*busy, *([former.agent] if former else [])], last=town.is_fork)
    before = tx.find_hook(f"{rig.id}/{name}")
    target, base = _aim(tx, town, bead, former, order)
    if before is not None and before.is_live:
        if before.state is not HookState.CREATED:
            raise MoveRefused(
                f"the hook of {before.id} holds {before.bead}", hint=HOOK.hint(before.state)
            )
        return before if before.target == target else replace(before, target=target)
    generation = before.generation + 1 if before else 1
    now = town.now()
    hook = Hook(
        id=f"{rig.id}/{name}", state=HookState.CREATED, role=Role.POLECAT, rig=rig.id,
        branch=f"polecat/{name}/{bead.id}@{generation}", target=target, base=base,
        path=f"{rig.id}/polecats/{name}", generation=generation, created_at=now, updated_at=now,
    )  # fmt: skip
    tx.put(hook)
    return hook


def _aim(
    tx: Transaction, town: Town, bead: Bead, former: Hook | None, order: Order
) -> tuple[str, str]:
    """Where work is to be merged, and the commit it begins at: an epic may have its own branch."""
    found = branch_for(tx, bead, order.rig.id)
    if found is None:
        return order.rig.branch, order.base
    inherits = former is not None and former.rig == order.rig.id
    tip = Refs(town.layout.repository(order.rig.id)).oid(f"refs/heads/{found.branch}")
    return found.branch, order.base if inherits or tip is None else tip


def _convoy_for(
    tx: Transaction, town: Town, bead: Bead, order: Order, batch: tuple[str, ...]
) -> tuple[str | None, bool]:
    """The open convoy that carries the bead, or a new one for it (or for its whole batch)."""
    for convoy in tx.read.convoys(ConvoyState.OPEN):
        if bead.id in convoy.beads:
            return convoy.id, False
    title = order.batch_convoy or f"Work: {bead.title}"
    members: tuple[str, ...] = (bead.id,)
    if order.batch_convoy:
        carried = {b for convoy in tx.read.convoys(ConvoyState.OPEN) for b in convoy.beads}
        members = tuple(b for b in batch if b not in carried and tx.bead(b).is_live)
    owner = order.owner or order.actor
    convoy = start_convoy(tx, town, title, members, owner=owner, automatic=True)
    return convoy.id, True


def _make_real(town: Town, host: Host, slung: Slung, taken: Hook | None) -> Slung:
    """Make the worktree, and bring into a new one what a former agent had not committed."""
    trees = Worktrees(town.layout, slung.hook.rig)
    try:
        if taken is not None:
            sessions.stop(town, host, taken)
            if taken.role is Role.POLECAT:  # a person's files stay where they are
                slung = replace(slung, rescue=take_away(town, host, taken).rescue)
        with place_held(town, slung.hook):
            now = _make_room(town, host, slung)
            is_new = not slung.path.exists()
            trees.add(now)
            trees.describe(now)
            if taken is not None and taken.rig == slung.hook.rig and is_new:
                slung = replace(slung, inherited=True)
                if slung.rescue is not None:
                    snapshot.restore(slung.path, slung.rescue)
    except (GtError, OSError) as trouble:
        error = trouble if isinstance(trouble, GtError) else Refused(f"{slung.path}: {trouble}")
        if not isinstance(error, MoveRefused):
            error.hint = (
                f"the assignment is committed; finish it: gt hooks repair"
                f"{f' ({error.hint})' if error.hint else ''}"
            )
        raise error from trouble
    if now.bead != slung.bead:
        raise _taken_away(slung)
    return slung


def _make_room(town: Town, host: Host, slung: Slung) -> Hook:
    """Take away what the last bearer of the name has left; the hook as it is now.

    Raises:
        MoveRefused: the hook is somebody else's by now.
    """
    now = town.read().hook(slung.hook.id)
    if now is None or now.generation != slung.hook.generation or not now.is_live:
        raise _taken_away(slung)
    left = Worktrees(town.layout, now.rig).left_by(now)
    if left is not None:
        sessions.stop(town, host, left)
        retire_held(town, left)
    return now


def _taken_away(slung: Slung) -> MoveRefused:
    return MoveRefused(
        f"{slung.bead} was taken from {slung.hook.id} meanwhile", hint=f"bd show {slung.bead}"
    )
