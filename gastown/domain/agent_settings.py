"""Settings of agents: their commands, which of them works where, and what tokens cost."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gastown.domain.record import BadRecord
from gastown.domain.setting_values import (
    checked_name,
    command,
    one_line,
    one_of,
    only,
    table,
    variables,
)

ROLES = ("mayor", "polecat", "crew")
PROMPTS = ("arg", "stdin", "none")
PRICES = ("input", "output", "cache_read", "cache_write")


@dataclass(frozen=True)
class AgentCommand:
    """An agent's command as written by a person: split as a shell would when it is run.

    Attributes:
        like: the preset that it is a variant of; `none`: of none; None: told by its program.
        prompt: how it is given its first prompt; None: as `like` says.
        resume, headless: further words for these forms, as a person writes them.
        ready: how the line begins that shows that it takes a prompt.
    """

    command: str
    env: Mapping[str, str] = field(default_factory=dict)
    like: str | None = None
    prompt: str | None = None
    resume: str | None = None
    headless: str | None = None
    ready: str | None = None

    def text(self, name: str) -> str:
        """The whole definition in one line: what a person accepts, and what is hashed for it.

        What stands beside the command is JSON, so that no two definitions read alike.
        """
        beside = {
            key: value for key in ("env", "headless", "like", "prompt", "resume")
            if (value := getattr(self, key))
        }  # fmt: skip
        if not beside and not self.command.startswith("{"):
            return f"agents.{name} = {self.command}"
        beside = beside["env"] if list(beside) == ["env"] else beside
        return f"agents.{name} = {json.dumps(beside, sort_keys=True)} {self.command}"


def agent_command(name: str, value: Any) -> AgentCommand:
    """One entry of the table `agents`: a command, or a table with one.

    Raises:
        BadRecord: it is neither, or a key of it is wrong.
    """
    key = f"agents.{name}"
    if isinstance(value, str):
        return AgentCommand(command(value, key))
    if not isinstance(value, Mapping):
        raise BadRecord(f"{key}: expected a command or a table")
    words = ("like", "prompt", "resume", "headless", "ready")
    only(value, f"{key}.", ("command", "env", *words))
    said = {word: one_line(value[word], f"{key}.{word}") for word in words if word in value}
    if "prompt" in said:
        one_of(said["prompt"], f"{key}.prompt", PROMPTS)
    return AgentCommand(
        command(value.get("command"), f"{key}.command"), variables(value, "env", key), **said
    )


def roles(data: Mapping[str, Any]) -> dict[str, str]:
    """The table `roles`: which agent command works in which role.

    Raises:
        BadRecord: no such role, or no name.
    """
    only(data, "roles.", ROLES)
    return {role: checked_name(one_line(name, f"roles.{role}"), f"roles.{role}")
            for role, name in data.items()}  # fmt: skip


def prices(data: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """The table `prices`: what a million tokens of a model cost, by their kind.

    Raises:
        BadRecord: an unknown kind, or no number.
    """
    found: dict[str, dict[str, float]] = {}
    for model in data:
        row = table(data, model, "prices")
        only(row, f"prices.{model}.", PRICES)
        for kind, price in row.items():
            if type(price) not in (int, float) or not 0 <= price < 1_000_000:
                raise BadRecord(f"prices.{model}.{kind}: expected a price per million tokens")
        found[model] = {kind: float(price) for kind, price in row.items()}
    return found
