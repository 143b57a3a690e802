"""What the town runs: agents' commands, what a person has to accept first, git hooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.errors import NotFound
from gastown.ops import githooks
from gastown.ops.agent_config import agent_entry
from gastown.ops.config import pending_commands
from gastown.ops.doctor.finding import Check, Finding, Grade
from gastown.store.hook_state import town_marker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gastown.ops.doctor.finding import Patient


def _agents(patient: Patient) -> Iterator[Finding]:
    town = patient.town
    settings = town.settings()
    uses = {settings.default_agent: "town.default_agent"}
    uses |= {name: f"roles.{role}" for role, name in settings.roles.items()}
    uses |= {one.agent: f"rigs.{rig}.agent" for rig, one in settings.rigs.items()
             if one.agent is not None and patient.concerns(rig)}  # fmt: skip
    uses |= {hook.runtime: hook.id for hook in town.read().hooks()
             if hook.runtime is not None and patient.concerns(hook.rig)}  # fmt: skip
    for name, use in uses.items():
        try:
            entry = agent_entry(town, patient.host, name)
        except NotFound as error:
            yield Finding("agents", name, f"{use} names it, but there is no such agent command",
                          "no agent can be started with it", error.hint or "")  # fmt: skip
            continue
        if entry.program is None:
            how = entry.get or f"gt config set {use} NAME chooses another one"
            yield Finding("agents", name, f"its program is not installed ({use} names it)",
                          "no agent can be started with it", how)  # fmt: skip


def _accepted(patient: Patient) -> Iterator[Finding]:
    for definition in pending_commands(patient.town):
        yield Finding("accepted", definition, "it was changed by hand and is not accepted",
                      "it does not run until you have read it", "gt config accept",
                      Grade.WARNING)  # fmt: skip


def _git_hooks(patient: Patient) -> Iterator[Finding]:
    town = patient.town
    if town_marker(town.layout).exists():
        yield Finding("git hooks", "the town", "its git hooks were taken away on purpose",
                      "what happens in worktrees is seen a few seconds later",
                      "gt githooks install", Grade.NOTE)  # fmt: skip
        return
    for place in githooks.show(town, town.layout.root):
        rig = place.place.partition("/")[0]
        if place.kind in ("rig", "hook") and not patient.concerns(rig):
            continue
        troubles = [f"{one.name}: {one.trouble}" for one in place.hooks if one.trouble]
        off = all("gt githooks uninstall" in trouble for trouble in troubles)
        if troubles and off:
            yield Finding("git hooks", place.place, "its git hooks were taken away on purpose",
                          "what happens there is seen a few seconds later",
                          f"gt githooks install {place.place}", Grade.NOTE)  # fmt: skip
        elif troubles:
            yield Finding(
                "git hooks", place.place, f"git does not reach ours: {'; '.join(troubles[:3])}",
                "what happens there is seen only when somebody looks",
                f"gt githooks list {place.place}", fix=lambda: _refresh(patient),
            )  # fmt: skip


def _refresh(patient: Patient) -> str:
    done = githooks.refresh(patient.town)
    return "; ".join(done[:5]) or "they are as they should be"


CHECKS = (
    Check("agents", "the agent commands in use are installed", _agents),
    Check("accepted", "all commands of the settings are accepted", _accepted),
    Check("git hooks", "git reaches our git hooks everywhere", _git_hooks),
)
