"""What can be done with settings: each change is checked first, and is one commit of the ledger."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from gastown.domain.agent_settings import AgentCommand
from gastown.errors import UsageTrouble
from gastown.ops import agent_config, config, rigs
from gastown.render import config as words
from gastown.render import rigs as rig_words
from gastown.web import choices
from gastown.web.doing import Action, Done, Field

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gastown.store.town import Town
    from gastown.web.doing import Doing

_RUNS = "This lets a command run on this machine, with your rights."


def _set(doing: Doing) -> str:
    value = doing.raw("value").strip()
    if not value:
        return _unset(doing)
    return words.changed(
        config.set_value(doing.town, doing.need("key"), value, actor=doing.actor)
    )  # fmt: skip


def _unset(doing: Doing) -> str:
    return words.changed(config.unset_value(doing.town, doing.need("key"), actor=doing.actor))


def _default_agent(doing: Doing) -> str:
    return words.changed(
        config.set_default_agent(doing.town, doing.need("agent"), actor=doing.actor)
    )


def _set_agent(doing: Doing) -> str:
    env = {}
    for line in doing.raw("env").splitlines():
        key, equals, value = line.partition("=")
        if not equals:
            raise UsageTrouble(f"{line!r} is no NAME=VALUE", hint="one in each line")
        env[key.strip()] = value
    command = AgentCommand(
        doing.need("command"), env, doing.get("like") or None, doing.get("prompt") or None,
        doing.get("resume") or None, doing.get("headless") or None, doing.get("ready") or None,
    )  # fmt: skip
    found = agent_config.set_agent(
        doing.town, doing.host, doing.need("name"), command, actor=doing.actor
    )
    return words.agent_set(found)


def _remove_agent(doing: Doing) -> str:
    return words.changed(
        agent_config.remove_agent(doing.town, doing.need("name"), actor=doing.actor)
    )


def _accept(doing: Doing) -> str:
    return words.accepted(config.accept_commands(doing.town, actor=doing.actor))


def _add_gate(doing: Doing) -> str:
    key = f"rigs.{doing.need('rig')}.gates.{doing.need('name')}"
    done = [config.set_value(doing.town, f"{key}.command", doing.need("command"),
                             actor=doing.actor)]  # fmt: skip
    for name in ("timeout_s", "phase"):
        if doing.get(name):
            done.append(
                config.set_value(doing.town, f"{key}.{name}", doing.get(name), actor=doing.actor)
            )
    for name in ("parallel", "required"):
        if name in doing.values:
            said = json.dumps(doing.flag(name))
            done.append(config.set_value(doing.town, f"{key}.{name}", said, actor=doing.actor))
    return "\n".join(words.changed(one) for one in done)


def _add_rig(doing: Doing) -> Done:
    added = rigs.add(
        doing.town, doing.need("name"), doing.need("url"), branch=doing.get("branch") or None,
        prefix=doing.get("prefix") or None, actor=doing.actor, here=Path.home(),
    )  # fmt: skip
    return Done(rig_words.added(added), to=f"/settings/rigs/{added.rig.id}")


def _remove_rig(doing: Doing) -> Done:
    removed = rigs.remove(doing.town, doing.need("rig"), actor=doing.actor)
    return Done(rig_words.removed(removed), to="/settings")


def _own_agents(town: Town) -> Iterable[str]:
    return list(town.settings().agents)


_RIG = Field("rig", "Rig", "choice", required=True, choices=choices.rigs)

ACTIONS: tuple[Action, ...] = (
    Action("config.set", "Set", "Set one setting.", _set,
           (Field("key", "Key", required=True, hint="e.g. scheduler.max_polecats"),
            Field("value", "Value", hint="nothing: as by default"))),
    Action("config.unset", "As by default", "Take one setting away.", _unset,
           (Field("key", "Key", required=True),)),
    Action("config.default-agent", "Choose the default agent",
           "The agent command that new agents run.", _default_agent,
           (Field("agent", "Agent command", "choice", required=True, choices=choices.runtimes),)),
    Action("agent-command.set", "Name an agent command", "Give a command a name, for agents to"
           " run.", _set_agent,
           (Field("name", "Name", required=True), Field("command", "Command", required=True,
                  hint="split as a shell would split it; run in the hook's worktree"),
            Field("like", "Like the preset", hint="claude, codex …; none: like no preset"),
            Field("prompt", "How it is prompted", "choice",
                  choices=lambda _: ("arg", "stdin", "none")),
            Field("resume", "How it resumes"), Field("headless", "How it is asked one question"),
            Field("ready", "What its prompt looks like"),
            Field("env", "Environment", "area", hint="NAME=VALUE, one in each line")),
           destroys=_RUNS),
    Action("agent-command.remove", "Remove an agent command", "Forget an agent command of yours.",
           _remove_agent, (Field("name", "Name", "choice", required=True, choices=_own_agents),),
           destroys="Its definition is gone; git -C hq revert brings it back."),
    Action("config.accept", "Accept commands",
           "Let commands run that were written into hq/town.toml by hand.", _accept,
           destroys=f"{_RUNS} Read them first: they are listed under Settings, All."),
    Action("gate.set", "Set a gate", "A command that must succeed before a merge.", _add_gate,
           (_RIG, Field("name", "Name", required=True, hint="e.g. test"),
            Field("command", "Command", required=True, hint="e.g. make test"),
            Field("timeout_s", "Time limit in seconds", "number"),
            Field("phase", "When", "choice",
                  choices=lambda _: ("merge", "pre-merge", "post-merge"))), destroys=_RUNS),
    Action("rig.add", "Add a rig", "Clone a project into the town; that may take a while.",
           _add_rig,
           (Field("name", "Name", required=True),
            Field("url", "Repository", required=True, hint="an address, or a path on this"
                                                           " machine"),
            Field("branch", "Branch", hint="its default branch otherwise"),
            Field("prefix", "What ids of its beads begin with"))),
    Action("rig.remove", "Remove a rig", "Take a rig out of the town.", _remove_rig, (_RIG,),
           destroys="The rig leaves the town; its folder is moved aside, not deleted. It is"
                    " refused while it holds work."),
)  # fmt: skip
