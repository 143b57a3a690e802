"""The merge queue and the scheduler's: what waits, what is tested, what came back and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.domain.merge import MERGE, Merge
from gastown.errors import NotFound
from gastown.ops.scheduling.passing import stopped
from gastown.runtime.logs import log_tail
from gastown.views.agents import RUNNING
from gastown.views.diffs import Diff, diff_of
from gastown.views.merges import Told, log_files, merge_by_id, told
from gastown.views.queue_list import queue_view
from gastown.views.scheduler import Present, scheduler_view
from gastown.web.asked import asked
from gastown.web.drawing import lifecycle
from gastown.web.look import Page, Panel, Section
from gastown.web.templating import render

if TYPE_CHECKING:
    from markupsafe import Markup

    from gastown.views.status import Status
    from gastown.web.drawing.lifecycle import Step
    from gastown.web.look import Look

_LINES = 200
_MOST_LINES = 3000
_DONE = 25


def page(look: Look) -> Page:
    """The queues of all rigs, or (`/queue/ID`) one request."""
    if look.rest:
        return _merge_page(look)
    wanted = look.query.get("rig", "")
    rigs = [rig.name for rig in look.status.rigs if wanted in ("", rig.name)]
    if wanted and not rigs:
        raise NotFound(f"no rig {wanted!r}", hint="gt rig list")
    panels = [Panel(f"rig-{rig}", rig, lambda rig=rig: _queue(look, rig)) for rig in rigs]  # type: ignore[misc]
    return Page("Merge queue", (*panels, scheduler_panel(look)))


def _queue(look: Look, rig: str) -> Markup:
    view = queue_view(look.town.read(), look.town.settings(), rig, look.now, every=True)
    pending = [row for row in view.rows if row.merge.is_pending]
    done = [row for row in view.rows if not row.merge.is_pending]
    done.sort(key=lambda row: row.merge.updated_at, reverse=True)
    every = bool(look.query.get("all"))
    shown = done if every else done[:_DONE]
    return render("queue/queue.html", look=look, view=view, pending=pending, done=shown,
                  more=len(done) - len(shown))  # fmt: skip


def scheduler_panel(look: Look) -> Panel:
    """Who has a place, and what waits for one."""
    return Panel("scheduler", "Scheduler", lambda: _scheduler(look))


def _scheduler(look: Look) -> Markup:
    halted = stopped(look.town) if look.past is None else None
    running = {one.id: one.runtime or "" for one in look.status.agents if one.session == RUNNING}
    now = Present(look.now, running, halted, False)
    view = scheduler_view(look.town.read(), look.town.settings(), now)
    return render("queue/scheduler.html", look=look, view=view)


def _merge_page(look: Look) -> Page:
    merge = merge_by_id(look.town.read(), look.name)
    return Page(
        f"{merge.subject} into {merge.target}",
        (
            Panel("request", merge.id, lambda: _merge(look, merge)),
            Panel("gates", "What its gates printed", lambda: _gates(look, merge)),
            Panel("diff", "What it changes", lambda: _diff(look, merge)),
        ),
        crumbs=(("Merge queue", "/queue"),),
    )


def _merge(look: Look, merge: Merge) -> Markup:
    town = look.town
    found: Told = asked(
        ("request", look.status.root, merge.id, merge.updated_at), lambda: told(town, merge)
    )
    steps = _steps(found)
    return render(
        "queue/merge.html", look=look, one=merge, found=found, may=MERGE.possible(merge.state),
        drawn=lifecycle.draw(MERGE, merge.state.value, steps, whole=False),
    )  # fmt: skip


def _steps(found: Told) -> list[Step]:
    steps = []
    for deed in found.history:
        before, arrow, after = (deed.move or "").partition(" -> ")
        if arrow:
            steps.append(
                lifecycle.Step(None if before == "none" else before, after, deed.at, None,
                               deed.actor)
            )  # fmt: skip
    return steps


def _gates(look: Look, merge: Merge) -> Markup:
    if look.past is not None:
        return render("queue/past.html", look=look)
    every = bool(look.query.get("all"))
    logs = [
        (test, name, log_tail(file, _LINES), file.stat().st_size)
        for test, name, file in log_files(look.town, merge, every=every)
    ]
    return render("queue/gates.html", look=look, one=merge, logs=logs, lines=_LINES, every=every)


def _diff(look: Look, merge: Merge) -> Markup:
    if look.past is not None:
        return render("queue/past.html", look=look)
    town = look.town
    key = ("request diff", look.status.root, merge.id, merge.state, merge.head, merge.updated_at)
    found: Diff = asked(key, lambda: diff_of(town, merge))
    lines = found.text.split("\n")
    return render("queue/diff.html", look=look, one=merge, found=found,
                  text="\n".join(lines[:_MOST_LINES]).rstrip("\n"),
                  left=max(0, len(lines) - _MOST_LINES))  # fmt: skip


def _count(status: Status) -> int:
    return sum(sum(rig.queue.values()) for rig in status.rigs)


SECTION = Section("queue", "Merge queue", "q", page, count=_count)
