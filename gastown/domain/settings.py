"""Settings: what `hq/town.toml` may say, checked key by key."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gastown.domain.bead_settings import flatten, rules
from gastown.domain.record import BadRecord
from gastown.ids import is_name

SCHEMA = 1
RUNNERS = ("auto", "tmux", "process")
DURABILITY = ("full", "os", "none")
GATE_TIMEOUT_S = 1800
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


@dataclass(frozen=True)
class AgentCommand:
    """An agent's command as written by a person: split as a shell would when it is run."""

    command: str
    env: Mapping[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """The whole definition in one line: what a person accepts, and what is hashed for it.

        The environment stands apart as JSON, so that no two definitions read alike.
        """
        if not self.env and not self.command.startswith("{"):
            return f"agents.{name} = {self.command}"
        return f"agents.{name} = {json.dumps(dict(self.env), sort_keys=True)} {self.command}"


@dataclass(frozen=True)
class Gate:
    """One command that must succeed before a rig's target moves. `timeout_s` in seconds."""

    name: str
    command: str
    timeout_s: int = GATE_TIMEOUT_S

    def text(self, rig: str) -> str:
        """The whole definition in one line: what a person accepts, and what is hashed for it."""
        return f"rigs.{rig}.gates.{self.name} = {self.command}"


@dataclass(frozen=True)
class Retention:
    """Which snapshots stay listed: the newest `keep`, and all that are younger than `days`."""

    keep: int = 100
    days: int = 30


@dataclass(frozen=True)
class Settings:
    """All settings of a town.

    Attributes:
        durability: full: every commit reaches the disk; os: as git does by default; none: tests.
        runner: where agents run; auto means tmux where it is installed.
        trust_hooks: rigs whose project's own git hooks run in polecats' worktrees, too.
        beads: what `bd config` keeps.
    """

    name: str = "gt"
    default_agent: str = "shell"
    runner: str = "auto"
    durability: str = "full"
    owner_name: str = "human"
    owner_email: str = ""
    agents: Mapping[str, AgentCommand] = field(default_factory=dict)
    gates: Mapping[str, tuple[Gate, ...]] = field(default_factory=dict)
    trust_hooks: frozenset[str] = frozenset()
    snapshots: Retention = Retention()
    beads: Mapping[str, str] = field(default_factory=dict)

    def commands(self) -> list[str]:
        """Every definition that makes the town run something a person must have accepted."""
        agents = [command.text(name) for name, command in self.agents.items()]
        gates = [gate.text(rig) for rig, found in self.gates.items() for gate in found]
        return agents + gates + [trust_hooks_text(rig) for rig in sorted(self.trust_hooks)]


def trust_hooks_text(rig: str) -> str:
    """The setting that lets a project's own git hooks run, as a person accepts it."""
    return f"rigs.{rig}.trust_hooks = true"


def parse(data: Mapping[str, Any]) -> Settings:
    """Check a parsed town.toml.

    Raises:
        BadRecord: a key is unknown or holds a value of another kind; the message names it.
    """
    schema = data.get("schema", SCHEMA)
    if type(schema) is not int or schema > SCHEMA:
        raise BadRecord(f"schema {schema!r} is newer than this gt understands: upgrade gt")
    _only(data, "", ("schema", "town", "owner", "agents", "rigs", "snapshots", "beads"))
    town, owner = _table(data, "town"), _table(data, "owner")
    _only(town, "town.", ("name", "default_agent", "runner", "durability"))
    _only(owner, "owner.", ("name", "email"))
    return Settings(
        name=_text(town, "town.name", "gt"),
        default_agent=_text(town, "town.default_agent", "shell"),
        runner=_one_of(_text(town, "town.runner", "auto"), "town.runner", RUNNERS),
        durability=_one_of(_text(town, "town.durability", "full"), "town.durability", DURABILITY),
        owner_name=_text(owner, "owner.name", "human"),
        owner_email=_text(owner, "owner.email", ""),
        agents={
            _name(name, "agents"): _agent(name, value)
            for name, value in _table(data, "agents").items()
        },
        gates={
            _name(rig, "rigs"): _gates(rig, value) for rig, value in _table(data, "rigs").items()
        },
        trust_hooks=frozenset(
            rig for rig, value in _table(data, "rigs").items() if _flag(value, f"rigs.{rig}")
        ),
        snapshots=_retention(_table(data, "snapshots")),
        beads=_beads(_table(data, "beads")),
    )


def _beads(data: Mapping[str, Any]) -> Mapping[str, str]:
    found = flatten(data)
    rules(found)
    return found


def _retention(data: Mapping[str, Any]) -> Retention:
    _only(data, "snapshots.", ("keep", "days"))
    found = Retention(**data)
    for key in ("keep", "days"):
        number = getattr(found, key)
        if type(number) is not int or not 1 <= number <= 1_000_000:
            raise BadRecord(f"snapshots.{key}: expected a positive number")
    return found


def _agent(name: str, value: Any) -> AgentCommand:
    key = f"agents.{name}"
    if isinstance(value, str):
        return AgentCommand(_command(value, key))
    if not isinstance(value, Mapping):
        raise BadRecord(f"{key}: expected a command or a table")
    _only(value, f"{key}.", ("command", "env"))
    env = _table(value, "env", key)
    for variable, word in env.items():
        if not _VARIABLE.match(variable):
            raise BadRecord(f"{key}.env: {variable!r} is not allowed as a variable's name")
        _one_line(word, f"{key}.env.{variable}")
    return AgentCommand(_command(value.get("command"), f"{key}.command"), dict(env))


def _gates(rig: str, value: Any) -> tuple[Gate, ...]:
    key = f"rigs.{rig}"
    if not isinstance(value, Mapping):
        raise BadRecord(f"{key}: expected a table")
    _only(value, f"{key}.", ("gates", "trust_hooks"))
    gates = _table(value, "gates", key)
    return tuple(_gate(f"{key}.gates", name, gate) for name, gate in gates.items())


def _gate(key: str, name: str, value: Any) -> Gate:
    _name(name, key)
    if isinstance(value, str):
        return Gate(name, _command(value, f"{key}.{name}"))
    if not isinstance(value, Mapping):
        raise BadRecord(f"{key}.{name}: expected a command or a table")
    _only(value, f"{key}.{name}.", ("command", "timeout_s"))
    timeout = value.get("timeout_s", GATE_TIMEOUT_S)
    if type(timeout) is not int or timeout <= 0:
        raise BadRecord(f"{key}.{name}.timeout_s: expected a positive number of seconds")
    return Gate(name, _command(value.get("command"), f"{key}.{name}.command"), timeout)


def _flag(value: Mapping[str, Any], key: str) -> bool:
    wanted = value.get("trust_hooks", False)
    if type(wanted) is not bool:
        raise BadRecord(f"{key}.trust_hooks: expected true or false")
    return wanted


def _table(data: Mapping[str, Any], name: str, within: str = "") -> Mapping[str, Any]:
    value = data.get(name, {})
    if not isinstance(value, Mapping):
        raise BadRecord(f"{f'{within}.{name}'.lstrip('.')}: expected a table")
    return value


def _text(data: Mapping[str, Any], key: str, default: str) -> str:
    return _one_line(data.get(key.rpartition(".")[2], default), key)


def _command(value: Any, key: str) -> str:
    if not _one_line(value, key).strip():
        raise BadRecord(f"{key}: expected a command")
    return str(value)


def _one_line(value: Any, key: str) -> str:
    if not isinstance(value, str) or "\n" in value or "\0" in value:
        raise BadRecord(f"{key}: expected one line of text")
    return value


def _one_of(value: str, key: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise BadRecord(f"{key}: {value!r} is none of {', '.join(allowed)}")
    return value


def _name(name: str, key: str) -> str:
    if not is_name(name):
        raise BadRecord(f"{key}: {name!r} is not allowed as a name")
    return name


def _only(data: Mapping[str, Any], prefix: str, known: tuple[str, ...]) -> None:
    for key in data:
        if key not in known:
            raise BadRecord(f"{prefix}{key}: unknown key; known here: {', '.join(known)}")
