"""Agents, assignments and slings as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.render.text import age, plural, safe, table
from gastown.views.assignment import Answer, Assignment
from gastown.views.checklist import checklist

if TYPE_CHECKING:
    from datetime import datetime

    from gastown.ops.refinery import RefineryRun
    from gastown.ops.retire import Retired
    from gastown.ops.sling import Slung
    from gastown.ops.waiting import Finished
    from gastown.ops.work import Done, Unslung
    from gastown.views.agents import AgentView


def agents(found: list[AgentView], now: datetime) -> str:
    """For `gt agents`."""
    if not found:
        return "no agents: gt sling ISSUE RIG"
    rows = [
        (
            agent.id, agent.role, agent.state, _session(agent), agent.runtime or "-",
            agent.bead or "-", agent.status or "-",
            age(agent.committed_at, now) if agent.committed_at else "-", agent.title or "",
        )
        for agent in found
    ]  # fmt: skip
    header = ("AGENT", "ROLE", "HOOK", "SESSION", "RUNTIME", "BEAD", "STATUS", "COMMIT", "TITLE")
    advice = [f"{agent.id}: {safe(agent.advice)}" for agent in found if agent.advice]
    return "\n".join([table(header, rows), *advice])


def _session(agent: AgentView) -> str:
    """Whether its session runs; where it does, how far its client is."""
    if agent.standing is None or agent.session != "running":
        return agent.session
    return f"running, {agent.standing}"


def slung(results: list[Slung]) -> str:
    """After `gt sling`."""
    lines = []
    for one in results:
        verb = "is back on" if one.rework else "is on"
        lines.append(f"✓ {safe(one.bead)} ({safe(one.title)}) {verb} the hook of {one.hook.id}")
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
        else:
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
