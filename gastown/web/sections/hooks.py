"""Hooks: the life of each as its state diagram, what is held of it on a line, and the way back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from gastown.domain.hook import HOOK, Hook
from gastown.errors import NotFound
from gastown.ops.restore import diff
from gastown.store.layout import hook_path
from gastown.store.reflog import entries
from gastown.store.snapshot import wip_ref
from gastown.store.worktree import Worktrees
from gastown.views.history import operations
from gastown.views.hook_log import LOST, HookLog, hook_log
from gastown.views.hook_state import stamp_of
from gastown.views.hooks import has_worktree
from gastown.views.rescues import rescues
from gastown.web.asked import asked
from gastown.web.drawing import lifecycle, timeline
from gastown.web.look import Page, Panel, Section
from gastown.web.sections.activity import happened_panel
from gastown.web.templating import render

if TYPE_CHECKING:
    from markupsafe import Markup

    from gastown.ops.restore import Difference
    from gastown.web.drawing.lifecycle import Step
    from gastown.web.look import Look

_ENTRIES = 120
_STEPS = 300
_MOST_LINES = 3000
_RESCUES = 60
NOW = "now"


@dataclass(frozen=True)
class Row:
    """A hook in the list. `snapshots`: None: it is not known how many."""

    hook: Hook
    there: bool | None
    snapshots: int | None
    last_snapshot: int | None


def page(look: Look) -> Page:
    """All hooks, or (`/hooks/RIG/NAME`) one."""
    if look.rest:
        return _hook_page(look)
    every = bool(look.query.get("all"))
    return Page(
        "Hooks",
        (
            Panel("hooks", "All there ever were" if every else "Hooks",
                  lambda: _list(look, every=every)),
            Panel("rescues", "What removed worktrees left", lambda: _rescues(look)),
        ),
    )  # fmt: skip


def _list(look: Look, *, every: bool) -> Markup:
    rows = [_row(look, hook) for hook in look.town.read().hooks(live=not every)]
    return render("hooks/list.html", look=look, rows=rows, every=every,
                  states=[state.value for state in HOOK.states])  # fmt: skip


def _row(look: Look, hook: Hook) -> Row:
    if look.past is not None:
        return Row(hook, None, None, None)
    trees = Worktrees(look.town.layout, hook.rig)
    log = entries(trees.repository, wip_ref(hook.agent, hook.generation))
    there = has_worktree(look.town, hook) if hook.is_live else None
    return Row(hook, there, len(log), log[-1].at if log else None)


def _rescues(look: Look) -> Markup:
    if look.past is not None:
        return render("hooks/past.html", look=look)
    town, commit = look.town, look.status.commit
    found = asked(("rescues", look.status.root, commit), lambda: rescues(town))
    return render("hooks/rescues.html", look=look, found=found[:_RESCUES],
                  more=max(0, len(found) - _RESCUES))  # fmt: skip


def _hook_page(look: Look) -> Page:
    hook = look.town.read().hook(look.name)
    if hook is None:
        raise NotFound(f"no hook {look.name!r}", hint="gt hooks list --all shows all")
    shown = look.query.get("show", "")
    panels = [
        Panel("life", "Its life", lambda: _life(look, hook)),
        Panel("held", "Commits and snapshots", lambda: _held(look, hook, shown)),
    ]
    if shown:
        title = "What is not committed" if shown == NOW else f"What {shown[:10]} brings"
        panels.insert(1, Panel("diff", title, lambda: _diff(look, hook, shown)))
    panels.append(happened_panel(look, hook.id))
    return Page(hook.id, tuple(panels), crumbs=(("Hooks", "/hooks"),))


def _life(look: Look, hook: Hook) -> Markup:
    steps = path_of(look, hook)
    drawn = lifecycle.draw(HOOK, hook.state.value, steps)
    may = HOOK.possible(hook.state)
    there = has_worktree(look.town, hook) if look.past is None and hook.is_live else None
    return render("hooks/life.html", look=look, hook=hook, drawn=drawn, steps=steps, may=may,
                  there=there)  # fmt: skip


def path_of(look: Look, hook: Hook) -> list[Step]:
    """The moves of this generation of a hook, oldest first; asked of git once for each of them."""
    town, commit = look.town, look.status.commit

    def ask() -> list[Step]:
        found = operations(
            town.ledger, commit, limit=_STEPS, paths=(hook_path(hook.id),)
        )  # fmt: skip
        moves = [(move, one.at, one.commit, one.actor) for one in reversed(found)
                 for move in one.moves]  # fmt: skip
        steps = lifecycle.steps_of(moves, "hook", hook.id)
        begun = max((n for n, step in enumerate(steps) if step.before is None), default=0)
        return steps[begun:]

    key = ("life", look.status.root, hook.id, hook.generation, hook.state, hook.updated_at)
    return asked(key, ask)


def _held(look: Look, hook: Hook, shown: str) -> Markup:
    if look.past is not None:
        return render("hooks/past.html", look=look)
    town, every = look.town, bool(look.query.get("all"))
    found: HookLog = asked(
        ("held", look.status.root, every, stamp_of(town, hook)),
        lambda: hook_log(town, hook, limit=_ENTRIES, every=every),
    )
    marks = [
        timeline.Mark(
            datetime.fromisoformat(one.at).timestamp(), "lost" if one.kind == LOST else one.kind,
            f"{one.id} {one.subject}", look.url(f"/hooks/{hook.id}", show=one.id) + "#diff",
            shown=bool(shown) and one.commit.startswith(shown),
        )
        for one in reversed(found.entries)
    ]  # fmt: skip
    line = timeline.draw(marks, f"Commits and snapshots of {hook.id}")
    return render("hooks/held.html", look=look, hook=hook, found=found, line=line, shown=shown)


def _diff(look: Look, hook: Hook, shown: str) -> Markup:
    if look.past is not None:
        return render("hooks/past.html", look=look)
    town = look.town
    if shown == NOW:
        found = diff(town, hook, None, stat=False)
    else:
        key = ("hook diff", look.status.root, hook.id, hook.generation, shown)
        found = asked(key, lambda: diff(town, hook, shown, stat=False))
    return _difference(look, hook, found, shown)


def _difference(look: Look, hook: Hook, found: Difference, shown: str) -> Markup:
    lines = found.text.split("\n")
    files = [line.removeprefix("diff --git ") for line in lines if line.startswith("diff --git ")]
    return render(
        "hooks/diff.html", look=look, hook=hook, found=found, shown=shown, files=files,
        text="\n".join(lines[:_MOST_LINES]), left=max(0, len(lines) - _MOST_LINES), NOW=NOW,
    )  # fmt: skip


SECTION = Section("hooks", "Hooks", "h", page)
