"""Asking the guard: whose command it is, where it would run, and what the client gave.

A guard that cannot understand what it is given lets it pass and says so: it is there to stop
mistakes, and a client that changes its format must not stop all work.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gastown.domain.guarding.facts import Facts, Refusal
from gastown.domain.guarding.judge import judge
from gastown.errors import NotFound
from gastown.runtime.agent_folder import agent_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gastown.domain.hook import Hook
    from gastown.store.layout import Layout
    from gastown.store.town import Town

_MAX_BYTES = 4 << 20
_SHELL_TOOLS = frozenset(("bash", "shell", "run_shell_command", "local_shell", "exec_command", ""))
_SCRATCH = ("/tmp", "/var/tmp")  # noqa: S108  (looked at, never made)


@dataclass(frozen=True)
class Tool:
    """What a client is about to do.

    Attributes:
        command: a command line; None: it is another tool, which is not judged.
        cwd: the folder, as far as the client says.
        trouble: why it could not be understood.
    """

    command: str | None = None
    cwd: str | None = None
    trouble: str | None = None


@dataclass(frozen=True)
class Judged:
    """A command line and the verdict on it.

    Attributes:
        agent: whose it is; None: the person's, who is never refused anything.
        refusal: why it is refused; None: it is allowed.
        note: what is to be known besides.
    """

    command: str
    agent: str | None
    refusal: Refusal | None = None
    note: str | None = None

    @property
    def allowed(self) -> bool:
        """Whether it may run."""
        return self.refusal is None


def tool_of(data: bytes) -> Tool:
    """What a client's JSON tells; garbage is told as such."""
    try:
        found = json.loads(data[:_MAX_BYTES])
    except (ValueError, RecursionError):
        return Tool(trouble="what the client gave is no JSON, so nothing was judged")
    if not isinstance(found, dict):
        return Tool(trouble="what the client gave is no JSON object, so nothing was judged")
    return tool_in(found)


def tool_in(found: Mapping[str, Any]) -> Tool:
    """What a client's JSON tells, once it is read."""
    name = found.get("tool_name", found.get("toolName", ""))
    if isinstance(name, str) and name.lower() not in _SHELL_TOOLS:
        return Tool()
    command = _command(found.get("tool_input", found.get("toolArgs", found)))
    if command is None:
        return Tool(trouble="what the client gave names no command, so nothing was judged")
    cwd = found.get("cwd")
    return Tool(command, cwd if isinstance(cwd, str) and cwd.startswith("/") else None)


def _command(value: Any) -> str | None:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return str(value)
    command = value.get("command", value.get("cmd")) if isinstance(value, dict) else None
    if isinstance(command, list) and all(isinstance(word, str) for word in command):
        import shlex

        return shlex.join(command)
    return command if isinstance(command, str) else None


def client_of(town: Town, folder: Path) -> Hook:
    """The live hook whose client was started with an agent's folder.

    Raises:
        NotFound: there is none.
    """
    for hook in town.read().hooks():
        if agent_folder(town.layout.agents, hook.id).path == folder:
            return hook
    raise NotFound(f"{folder} is the folder of no live agent", hint="gt agents lists them")


def judged(
    layout: Layout, hook: Hook | None, command: str, *, cwd: str | None, env: Mapping[str, str]
) -> Judged:
    """The verdict on a command line of a hook's agent (None: of the person).

    Args:
        cwd: where it would run; by default in the hook's worktree.
        env: what the agent's shell will have.
    """
    if hook is None:
        return Judged(command, None, note="this is the person's own terminal: nothing is refused")
    facts = facts_for(layout, hook, cwd=cwd, env=env)
    return Judged(command, hook.id, judge(command, facts))


def facts_for(layout: Layout, hook: Hook, *, cwd: str | None, env: Mapping[str, str]) -> Facts:
    """What a verdict on an agent's commands depends on."""
    home = os.path.realpath(env.get("HOME") or "/nonexistent")
    temp = env.get("TMPDIR")
    scratch = [*([temp] if temp and temp.startswith("/") else []), *_SCRATCH, f"{home}/.cache"]
    worktree = os.path.realpath(layout.root / hook.path)
    return Facts(
        agent=hook.id,
        worktree=worktree,
        town=os.path.realpath(layout.root),
        cwd=cwd or worktree,
        branch=hook.branch,
        target=hook.target or None,
        bead=hook.bead,
        home=home,
        scratch=tuple(dict.fromkeys(os.path.realpath(folder) for folder in scratch)),
        variables={name: value for name, value in env.items() if name not in ("PWD", "OLDPWD")},
        real=os.path.realpath,
        exists=os.path.lexists,
    )
