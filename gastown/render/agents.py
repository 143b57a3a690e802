"""Agents, assignments and slings as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.domain.health import Condition
from gastown.render.conditions import Sign, ago, sign, words
from gastown.render.screen import PLAIN
from gastown.render.text import plural, safe
from gastown.views.assignment import Answer, Assignment
from gastown.views.checklist import checklist

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gastown.ops.refinery import RefineryRun
    from gastown.ops.retire import Retired
    from gastown.ops.sling import Slung
    from gastown.ops.waiting import Finished
    from gastown.ops.work import Done, Unslung
    from gastown.render.screen import Cell, Screen
    from gastown.views.agents import AgentView


_GONE = Sign("·", "gone", "dim", 10)
_FINE = (Condition.WORKING, Condition.IDLE, Condition.STARTING)


def agents(
    found: Sequence[AgentView], now: datetime, screen: Screen = PLAIN, *, verbose: bool = False
) -> str:
    """For `gt agents`; `verbose`: with the evidence, and what else is known of each."""
    if not found:
        return "no agents: gt sling ISSUE RIG"
    head, *lines = agent_table(found, now, screen)
    out = [head]
    for agent, line in zip(found, lines, strict=True):
        out.append(line)
        out += _known(agent, now, screen) if verbose else []
    if not verbose:
        out += [f"{agent.id}: {safe(agent.advice)}" for agent in found if agent.advice]
    looked = max((agent.looked_at for agent in found if agent.looked_at), default=None)
    if looked is not None:
        out.append(screen.paint(f"seen by the monitor {ago(looked, now)} ago", "dim"))
    return "\n".join(out)


def gist(found: Sequence[AgentView]) -> object:
    """What of agents counts as a change: not their ages."""
    return [
        (one.id, one.state, one.bead, one.session, one.health and
         (one.health.condition, one.health.wait, one.health.detail))
        for one in found
    ]  # fmt: skip


def agent_table(found: Sequence[AgentView], now: datetime, screen: Screen) -> list[str]:
    """A head and a line for each agent."""
    rows: list[tuple[Cell, ...]] = []
    for agent in found:
        mark = sign(agent.condition) if agent.state != "archived" else _GONE
        word = words(agent.health) if agent.state != "archived" else "gone"
        rows.append((
            (mark.symbol, mark.style), agent.id, (word, mark.style),
            ago(_since(agent), now), agent.bead or "-", ago(agent.last, now), agent.title or "",
        ))  # fmt: skip
    return screen.table(("", "AGENT", "HEALTH", "SINCE", "BEAD", "LAST", "TITLE"), rows)


def _since(agent: AgentView) -> float | str:
    known = agent.health.since if agent.health is not None else None
    return agent.since if known is None else known


def _known(agent: AgentView, now: datetime, screen: Screen) -> list[str]:
    """The lines below an agent: what is known of it, what told its health, what to do."""
    runs = f"{agent.runtime or 'no agent'}, session {agent.session}"
    bead = f", bead {agent.status}" if agent.status else ""
    lines = [f"{agent.role}, hook {agent.state}{bead}; {runs}"]
    if agent.commit:
        lines.append(f"last commit {ago(agent.committed_at, now)} ago: {agent.commit}")
    if agent.reason and agent.reason != (agent.health and agent.health.detail):
        lines.append(f"suspended: {agent.reason}")
    if agent.health is not None:
        lines += [agent.health.detail] if agent.health.detail else []
        lines += [f"by: {one}" for one in agent.health.evidence]
    lines += [f"do: {agent.advice}"] if agent.advice else []
    return [f"     {screen.fit(line, 5, most=200)}" for line in lines]


def trouble(agent: AgentView, screen: Screen) -> str | None:
    """For `gt status`: what there is to say, in a line, of an agent that is not simply fine."""
    health = agent.health
    if health is None or health.condition in _FINE:
        return None
    told = health.detail and not any(health.detail in one for one in health.evidence)
    said = [*([health.detail] if health.detail and told else []), *health.evidence]
    return f"     {screen.fit('; '.join(said), 5, most=160)}" if said else None


def slung(results: list[Slung]) -> str:
    """After `gt sling`."""
    lines = []
    for one in results:
        verb = "is back on" if one.rework else "is on"
        lines.append(f"✓ {safe(one.bead)} ({safe(one.title)}) {verb} the hook of {one.hook.id}")
        if one.dry:
            lines.append("  on paper: this is a fork; its merge makes the worktree and starts the"
                         " agent")  # fmt: skip
        else:
            lines.append(f"  worktree {safe(one.path)}, branch {safe(one.hook.branch)}")
        if one.inherited:
            kept = ", its uncommitted changes too" if one.rescue else ""
            lines.append(f"  taken over from {one.taken_from}; its commits are kept{kept}")
        elif one.taken_from:
            kept = f", its uncommitted changes in {one.rescue}" if one.rescue else ""
            lines.append(
                f"  taken over from {one.taken_from}; its commits are on {safe(one.left_on)}{kept}"
            )
        if one.convoy:
            lines.append(f"  convoy {one.convoy}{' (made for it)' if one.new_convoy else ''}")
        if one.started:
            lines.append(f"  agent started ({one.hook.runtime}): gt peek {one.hook.id}")
        elif one.down:
            lines.append("  the town is down: its agent starts after gt up")
        elif not one.dry:
            lines.append("  no agent started")
        if one.warning:
            lines.append(f"  ! {safe(one.warning)}")
    return "\n".join(lines)


def unslung(result: Unslung) -> str:
    """After `gt unsling`."""
    lines = [
        f"✓ {safe(result.bead)} is open again" if result.bead else f"✓ {result.hook.id} may go"
    ]
    if result.stopped:
        lines.append(f"  the session of {result.hook.id} was stopped")
    if result.retired is not None:
        lines.append(f"  {retired(result.retired)}")
    return "\n".join(lines)


def retired(result: Retired) -> str:
    """What became of a worktree that is gone."""
    text = f"the worktree of {result.hook} is gone; its commits are on {safe(result.branch)}"
    if result.rescue:
        text += f", its uncommitted changes in {result.rescue}"
    if result.left_out:
        text += f"; set aside in .gt/quarantine: {safe(', '.join(result.left_out))}"
    return f"{text}\n  {safe(result.teardown)}" if result.teardown else text


def done(result: Done) -> str:
    """After `gt done`."""
    if result.merge is None:
        return f"✓ {safe(result.bead)} is closed; there was nothing to merge"
    return (
        f"✓ {safe(result.bead)}: {plural(result.commits, 'commit')} queued as {result.merge.id} "
        f"for {safe(result.merge.target)}; it is closed when it is merged"
    )


def assignment(found: Assignment) -> str:
    """For `gt hook`."""
    if found.answer is Answer.UNREADABLE:
        whose = f"the hook of {found.agent}" if found.agent else "this hook"
        return f"! {whose} cannot be read: {safe(found.error)}"
    if found.hook is None or found.bead is None:
        return f"nothing is on the hook of {found.agent}"
    hook, bead = found.hook, found.bead
    lines = [
        f"{safe(bead.id)}: {safe(bead.title)}",
        f"  {bead.state}, P{bead.priority}; hook {hook.id} is {hook.state}",
        f"  worktree {safe(hook.path)}, branch {safe(hook.branch)}, for {safe(hook.target)}",
    ]
    if found.merge is not None:
        why = f": {safe(found.merge.reason)}" if found.merge.reason else ""
        lines.append(f"  merge request {found.merge.id} is {found.merge.state}{why}")
    if found.molecule is not None:
        work = found.molecule
        said = safe(f"{work.formula} ({work.completed} of {work.total} steps), {work.standing}")
        lines.append(f"  molecule {safe(work.id)}: {said}")
        lines += [f"    {safe(one)}" for one in checklist(work)]
    if bead.description:
        lines += ["", safe(bead.description, lines=True)]
    return "\n".join(lines)


def refinery(result: RefineryRun) -> str:
    """After `gt refinery run`."""
    if not result.verdicts:
        return "the merge queue is empty"
    lines = []
    for verdict in result.verdicts:
        merge = verdict.merge
        if verdict.held:
            lines.append(f"… {merge.id} ({safe(merge.subject)}) waits: {safe(verdict.held)}")
        elif merge.state == "merged":
            lines.append(f"✓ {safe(merge.subject)} is merged into {safe(merge.target)}"
                         f" as {(merge.result or '')[:12]}")  # fmt: skip
        elif merge.state == "proposed":
            lines.append(f"… {merge.id} ({safe(merge.subject)}): {safe(merge.pull_request)}")
        else:
            lines.append(
                f"✗ {merge.id} ({safe(merge.subject)}) {merge.state}: {safe(merge.reason)}"
            )
            again = f"; give it back: gt sling {safe(merge.bead)} {merge.hook}"
            if verdict.given_back:
                again = f"; {merge.hook} has it back"
            lines.append(f"  see: gt mq log {merge.id}{again if merge.hook else ''}")
        lines += [f"✓ convoy {convoy.id} landed: {safe(convoy.title)}" for convoy in verdict.landed]
    lines += [f"  {retired(one)}" for one in result.retired]
    return "\n".join(lines)


def finished(result: Finished) -> str:
    """After `gt sling --wait`."""
    lines = [refinery(result.run)]
    lines += [f"✗ {agent} ended without gt done: gt peek {agent}" for agent in result.unfinished]
    return "\n".join(lines)
