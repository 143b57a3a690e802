"""Agent commands: named, described, listed and forgotten.

What a person types is accepted by being typed. What it does not say is as in the preset whose
program it runs, and the answer says which that is and what follows from it.
"""

from __future__ import annotations

import shlex
import shutil
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import tomlkit

from gastown.domain.agent_settings import agent_command
from gastown.domain.record import BadRecord
from gastown.errors import NotFound, Refused, UsageTrouble
from gastown.ids import check_name
from gastown.ops.config import Changed, edit_settings, plain
from gastown.ops.runtimes import LIKE_NONE, of_settings
from gastown.runtime.agents import Form, PromptWay, Runtime, alike, preset, preset_names
from gastown.store.accepted import is_accepted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gastown.domain.agent_settings import AgentCommand
    from gastown.domain.settings import Settings
    from gastown.ops.host import Host
    from gastown.store.town import Town


@dataclass(frozen=True)
class AgentEntry:
    """One agent command, as it is understood.

    Attributes:
        command: in words a shell would split; of a preset as it is started.
        embedded: whether it comes with gt.
        accepted: whether it may run on this machine.
        like, why: the preset that says the rest, and why it is that one.
        prompt: how it is given its first prompt.
        forms: the ways in which it can be started.
        hooks: the format of its own hooks, where it runs ours.
        program: where its program is; None: it is not installed.
        uses: what is set to it: `default`, `roles.mayor`, `rigs.mp.agent`.
        get: how to install it.
    """

    name: str
    command: str
    title: str
    default: bool
    embedded: bool
    accepted: bool
    like: str | None
    why: str
    prompt: str
    forms: tuple[str, ...]
    ready: tuple[str, ...]
    hooks: str | None
    env: Mapping[str, str]
    program: str | None
    uses: tuple[str, ...]
    get: str | None

    @property
    def can_resume(self) -> bool:
        """Whether it goes on with a former conversation."""
        return any(form.startswith("resume") for form in self.forms)

    @property
    def can_be_headless(self) -> bool:
        """Whether it has a form without a terminal."""
        return Form.HEADLESS in self.forms


@dataclass(frozen=True)
class AgentSet:
    """A command that has a name now. `before`: what it was."""

    entry: AgentEntry
    before: str | None


def set_agent(
    town: Town, host: Host, name: str, command: AgentCommand, *, actor: str
) -> AgentSet:  # fmt: skip
    """Give an agent command a name, in one commit; what it was before is replaced.

    Raises:
        Refused: a command or further words cannot be split, or the caller may not set commands.
        NotFound: it is to be like a preset that there is not.
        UsageTrouble: something of it is no line of text, or a variable's name cannot be one.
    """
    check_name(name, "agent command")
    if command.like is not None and command.like != LIKE_NONE:
        preset(command.like, host.python)
    of_settings(name, command, host.python)
    _check(name, command)

    def change(document: tomlkit.TOMLDocument) -> Changed:
        agents = document.setdefault("agents", tomlkit.table())
        before = plain(agents[name]) if name in agents else None
        agents[name] = _as_toml(command)
        return Changed(f"agents.{name}", command.command, before)

    changed = edit_settings(town, f"config: set agents.{name}", change, actor)
    before = changed.before
    was = before.get("command") if isinstance(before, dict) else before
    return AgentSet(agent_entry(town, host, name), was)


def _check(name: str, command: AgentCommand) -> None:
    words = {key: value for key, value in asdict(command).items() if value is not None}
    try:
        agent_command(name, words)
    except BadRecord as wrong:
        raise UsageTrouble(str(wrong), hint="gt config agent set --help") from None


def _as_toml(command: AgentCommand) -> object:
    words = {key: value for key in ("like", "prompt", "resume", "headless", "ready")
             if (value := getattr(command, key)) is not None}  # fmt: skip
    if not words and not command.env:
        return command.command
    table = tomlkit.inline_table()
    table.update({"command": command.command, **words})
    if command.env:
        table["env"] = tomlkit.inline_table()
        table["env"].update(dict(command.env))
    return table


def remove_agent(town: Town, name: str, *, actor: str) -> Changed:
    """Forget an agent command.

    Raises:
        NotFound: there is no such command.
        Refused: something is set to it and it is no preset; or the caller may not set commands.
    """
    settings = town.settings()
    if name not in settings.agents:
        if name in preset_names():
            raise Refused(f"{name} comes with gt", hint="gt config agent list")
        raise NotFound(f"no agent command {name!r}", hint="gt config agent list")
    if (uses := _uses(settings, name)) and name not in preset_names():
        where = "the default agent" if uses[0] == "default" else f"set as {uses[0]}"
        key = "town.default_agent" if uses[0] == "default" else uses[0]
        raise Refused(f"{name} is {where}", hint=f"gt config set {key} shell")

    def change(document: tomlkit.TOMLDocument) -> Changed:
        return Changed(f"agents.{name}", None, plain(document["agents"].pop(name)))

    return edit_settings(town, f"config: remove agent {name}", change, actor)


def agent_entry(town: Town, host: Host, name: str) -> AgentEntry:
    """One agent command.

    Raises:
        NotFound: there is no such command.
    """
    settings = town.settings()
    command = settings.agents.get(name)
    if command is not None:
        return _configured(town, host, settings, name, command)
    if name not in preset_names():
        raise NotFound(f"no agent command {name!r}", hint="gt config agent list")
    runtime = preset(name, host.python)
    return _entry(host, settings, runtime, embedded=True, why="it comes with gt")


def agent_commands(town: Town, host: Host) -> list[AgentEntry]:
    """Every command that agents can run: presets, then those of the settings."""
    settings = town.settings()
    names = [name for name in preset_names() if name not in settings.agents]
    return [agent_entry(town, host, name) for name in (*names, *settings.agents)]


def _configured(
    town: Town, host: Host, settings: Settings, name: str, command: AgentCommand
) -> AgentEntry:
    accepted = is_accepted(town.layout, command.text(name))
    try:
        runtime = of_settings(name, command, host.python)
    except (Refused, NotFound) as wrong:  # written by hand: what can be said is said
        broken = Runtime(name, (command.command,))
        entry = _entry(host, settings, broken, embedded=False, why=wrong.message)
        return replace(entry, command=command.command, accepted=accepted, forms=())
    like, why = _likeness(command, runtime)
    entry = _entry(host, settings, runtime, embedded=False, why=why)
    return replace(entry, command=command.command, accepted=accepted, like=like,
                   env=dict(runtime.env))  # fmt: skip


def _likeness(command: AgentCommand, runtime: Runtime) -> tuple[str | None, str]:
    if command.like is not None:
        return (None if command.like == LIKE_NONE else command.like), "as you said"
    found = alike(runtime.argv)
    if found is None:
        return None, "its program is that of no preset"
    return found, "by the name of its program"


def _entry(
    host: Host, settings: Settings, runtime: Runtime, *, embedded: bool, why: str
) -> AgentEntry:  # fmt: skip
    forms = {Form.START, *runtime.forms}
    return AgentEntry(
        name=runtime.name, command=_line(runtime), title=runtime.title or runtime.name,
        default=settings.default_agent == runtime.name, embedded=embedded, accepted=True,
        like=None, why=why, prompt=PromptWay(runtime.prompt).value,
        forms=tuple(form.value for form in Form if form in forms), ready=runtime.ready,
        hooks=runtime.lifecycle, env=dict(runtime.env), program=where_is(host, runtime),
        uses=_uses(settings, runtime.name), get=runtime.get,
    )  # fmt: skip


def _line(runtime: Runtime) -> str:
    return shlex.join(runtime.argv)


def where_is(host: Host, runtime: Runtime) -> str | None:
    """Where a runtime's program is on agents' search path; None: nowhere."""
    env = dict(runtime.env)
    path = env.get("PATH") or f"{host.scripts}:{host.env.get('PATH', '/usr/bin:/bin')}"
    return shutil.which(runtime.argv[0], path=path)


def _uses(settings: Settings, name: str) -> tuple[str, ...]:
    found = ["default"] if settings.default_agent == name else []
    found += [f"roles.{role}" for role, used in settings.roles.items() if used == name]
    found += [f"rigs.{rig}.agent" for rig, one in settings.rigs.items() if one.agent == name]
    return tuple(found)
