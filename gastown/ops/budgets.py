"""Budgets kept: the person is warned once, and at a limit what spends it comes to rest.

A bead's hook is suspended; a convoy's hooks, and it is fed no more; on a day's limit nothing more
is slung and the polecats that use tokens are suspended until the next day (UTC), when both go on by
themselves. The mayor, and agents in people's own worktrees, go on: a person sits there.
Each limit acts once: whoever resumes what it stopped is not contradicted until the limit changes.
The escalation is the last step, and says that it was done; killed before, it is done again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gastown.domain.escalation import Severity
from gastown.domain.hook import Hook, HookState, Role
from gastown.domain.scheduler import SCHEDULER, SchedulerState
from gastown.domain.spending import Line, Scope, Verdict, limits_of, lines
from gastown.errors import GtError, MoveRefused
from gastown.ops.costs import costs
from gastown.ops.escalations import escalate_in
from gastown.ops.observe import MONITOR
from gastown.ops.suspension import resume, suspend
from gastown.views.budget import BudgetView
from gastown.views.costs import By

if TYPE_CHECKING:
    from gastown.ops.host import Host
    from gastown.store.town import Town
    from gastown.views.costs import Unknown

PAUSED_BY = "budget"
_DAY = "budget of"


def budgets(town: Town, host: Host) -> BudgetView:
    """How the limits stand."""
    budget = town.settings().budget
    today = town.edge.clock().date().isoformat()
    if not budget.is_set:
        return BudgetView(False, today)
    found: list[Line] = []
    unknown: dict[tuple[str, str | None], Unknown] = {}
    unpriced: set[str] = set()
    for scope, by in ((Scope.BEAD, By.BEAD), (Scope.CONVOY, By.CONVOY), (Scope.DAY, By.DAY)):
        if not limits_of(budget, scope):
            continue
        is_day = scope is Scope.DAY
        seen = costs(town, host, by=by, since=today if is_day else None)
        for one in [seen.sum] if is_day else seen.lines:
            name = today if is_day else one.name
            if not name.startswith("("):
                found += lines(budget, scope, name, tokens=one.tokens.total, money=one.money)
        unknown |= {(one.agent, one.conversation): one for one in seen.unknown}
        unpriced |= set(seen.unpriced)
    found.sort(key=lambda line: -(line.used or 0.0) / line.limit)
    priced = any(line.unit == "cost" for line in found)
    return BudgetView(True, today, tuple(found), tuple(unknown.values()),
                      tuple(sorted(unpriced)) if priced else ())  # fmt: skip


def keep(town: Town, host: Host) -> list[str]:
    """Warn of what is near its limit, stop what is at it; what was done, in words."""
    done = _new_day(town, host)
    view = budgets(town, host)
    told = {one.key for one in town.read().escalations(live=False)}
    for line in view.lines:
        if line.verdict is Verdict.OVER and line.key not in told:
            done += _stop(town, host, line)
        elif line.verdict is Verdict.WARN and f"{line.key} warn" not in told:
            title = f"the budget of {line.scope} {line.subject} runs low: {line.words}"
            with town.transaction(title, actor=MONITOR) as tx:
                escalate_in(tx, town, title, severity=Severity.MEDIUM, source=MONITOR,
                            bead=line.subject if line.scope is Scope.BEAD else None,
                            key=f"{line.key} warn")  # fmt: skip
            done.append(title)
    return done


def _stop(town: Town, host: Host, line: Line) -> list[str]:
    why = f"budget: {line.words}" if line.scope is not Scope.DAY else _day_reason(line)
    stopped, troubles = [], []
    for hook in _spenders(town, host, line):
        try:
            suspend(town, hook.id, host=host, actor=MONITOR, reason=why)
            stopped.append(hook.id)
        except MoveRefused:
            continue
        except GtError as trouble:
            troubles.append(f"{hook.id} could not be suspended: {trouble.message}")
    title = f"the budget of {line.scope} {line.subject} is used up: {line.words}"
    with town.transaction(title, actor=MONITOR) as tx:
        if line.scope is Scope.CONVOY:
            convoy = tx.convoy(line.subject)
            tx.put(replace(convoy, paused=why, updated_at=town.now()))
        if line.scope is Scope.DAY and tx.scheduler().state is SchedulerState.RUNNING:
            scheduler = tx.scheduler()
            state = SCHEDULER.after(scheduler.state, "pause")
            tx.put(replace(scheduler, state=state, reason=why, paused_by=PAUSED_BY,
                           updated_at=town.now()))  # fmt: skip
        body = "\n".join([*(f"suspended: {name}" for name in stopped), *troubles, _next(line)])
        escalate_in(tx, town, title, severity=Severity.HIGH, source=MONITOR, body=body,
                    bead=line.subject if line.scope is Scope.BEAD else None,
                    key=line.key)  # fmt: skip
    return [title]


def _spenders(town: Town, host: Host, line: Line) -> list[Hook]:
    reader = town.read()
    active = [hook for hook in reader.hooks()
              if hook.state is HookState.ACTIVE and hook.role is Role.POLECAT]  # fmt: skip
    if line.scope is Scope.BEAD:
        return [hook for hook in active if hook.bead == line.subject]
    if line.scope is Scope.CONVOY:
        convoy = reader.find("convoy", line.subject)
        return [hook for hook in active if convoy is not None and hook.bead in convoy.beads]
    seen = costs(town, host, by=By.AGENT, since=line.subject)
    spending = {one.name for one in seen.lines if one.tokens.total}
    return [hook for hook in active if hook.id in spending]


def _new_day(town: Town, host: Host) -> list[str]:
    """Let go on what an earlier day's limit has stopped."""
    today = town.edge.clock().date().isoformat()
    done = []
    scheduler = town.read().scheduler()
    is_ours = scheduler.state is SchedulerState.PAUSED and scheduler.paused_by == PAUSED_BY
    if is_ours and f"{_DAY} {today}" not in (scheduler.reason or ""):
        with town.transaction("a new day: resume the scheduler", actor=MONITOR) as tx:
            found = tx.scheduler()
            state = SCHEDULER.after(found.state, "resume")
            tx.put(replace(found, state=state, reason=None, paused_by=None, updated_at=town.now()))
        done.append("a new day: the scheduler goes on")
    for hook in town.read().hooks():
        reason = hook.reason or ""
        rests = hook.state is HookState.SUSPENDED and reason.startswith(_DAY)
        if rests and not reason.startswith(f"{_DAY} {today}"):
            try:
                resume(town, hook.id, host=host, actor=MONITOR)
                done.append(f"a new day: {hook.id} goes on")
            except GtError:
                continue  # there is no place for it yet: it is tried again
    return done


def _day_reason(line: Line) -> str:
    return f"{_DAY} {line.subject}: {line.words}"


def _next(line: Line) -> str:
    raised = f"gt config set budget.{line.scope}_{line.unit} MORE"
    if line.scope is Scope.DAY:
        return f"Tomorrow (UTC) it goes on. Before: {raised}, gt scheduler resume, gt hooks resume"
    return f"To let it go on: {raised}, then gt hooks resume AGENT"
