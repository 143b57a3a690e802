"""Settings: what `hq/town.toml` may say, checked key by key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gastown.domain.agent_settings import AgentCommand, agent_command, prices, roles
from gastown.domain.bead_settings import flatten, rules
from gastown.domain.care_settings import (
    Budget,
    HealthLimits,
    RecoveryPolicy,
    SchedulerPolicy,
    budget,
    health_limits,
    recovery_policy,
    scheduler_policy,
)
from gastown.domain.escalation_settings import EscalationSettings, escalation_settings
from gastown.domain.merge_settings import (
    Gate,
    GateSetup,
    MergePolicy,
    gate_setup,
    gates,
    merge_policy,
)
from gastown.domain.notifying.settings import NotifySettings, notify_settings
from gastown.domain.record import BadRecord
from gastown.domain.setting_values import checked_name, command, one_line, one_of, only, table, text

SCHEMA = 1
RUNNERS = ("auto", "tmux", "process")
DURABILITY = ("full", "os", "none")
SIGNS = ("none", "ssh")


@dataclass(frozen=True)
class RigSettings:
    """What is set for one rig.

    Attributes:
        trust_hooks: the project's own git hooks run in polecats' worktrees, too.
        agent: the agent command that works here; None: that of the role or the town.
        include_from: the checkout that files of `.worktreeinclude` are copied from.
        setup, teardown: a command that runs in a new worktree, and in one that goes.
        gate_setup: what makes a worktree ready for gates.
        merge: how the merge queue works.
    """

    gates: tuple[Gate, ...] = ()
    trust_hooks: bool = False
    agent: str | None = None
    include_from: str | None = None
    setup: str | None = None
    teardown: str | None = None
    gate_setup: GateSetup | None = None
    merge: MergePolicy = field(default_factory=MergePolicy)

    def commands(self, rig: str) -> list[str]:
        """Every definition in it that makes the town run something."""
        found = [gate.text(rig) for gate in self.gates]
        found += [script_text(rig, name, script) for name, script in
                  (("setup", self.setup), ("teardown", self.teardown)) if script]  # fmt: skip
        found += [self.gate_setup.text(rig)] if self.gate_setup is not None else []
        return [*found, trust_hooks_text(rig)] if self.trust_hooks else found


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
        roles: agent commands of roles, where they are not the default.
        prices: per model and kind of token, of a million tokens.
        beads: what `bd config` keeps.
        health, recovery, scheduler, budget, escalation: how agents are watched over.
        notify: when the person at the desk is told.
        log_sign: what signs operations: none, or ssh with a key for each actor.
        log_key: the person's own key (its file, or that of its public part); empty: one is made.
    """

    name: str = "gt"
    default_agent: str = "shell"
    runner: str = "auto"
    durability: str = "full"
    owner_name: str = "human"
    owner_email: str = ""
    agents: Mapping[str, AgentCommand] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    rigs: Mapping[str, RigSettings] = field(default_factory=dict)
    prices: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    snapshots: Retention = Retention()
    beads: Mapping[str, str] = field(default_factory=dict)
    health: HealthLimits = field(default_factory=HealthLimits)
    recovery: RecoveryPolicy = field(default_factory=RecoveryPolicy)
    scheduler: SchedulerPolicy = field(default_factory=SchedulerPolicy)
    budget: Budget = field(default_factory=Budget)
    escalation: EscalationSettings = field(default_factory=EscalationSettings)
    notify: NotifySettings = field(default_factory=NotifySettings)
    log_sign: str = "none"
    log_key: str = ""

    @property
    def signs(self) -> bool:
        """Whether operations are signed."""
        return self.log_sign != "none"

    def rig(self, name: str) -> RigSettings:
        """What is set for a rig; the defaults, where nothing is."""
        return self.rigs.get(name, RigSettings())

    @property
    def trust_hooks(self) -> frozenset[str]:
        """Rigs whose project's own git hooks run in polecats' worktrees, too."""
        return frozenset(name for name, rig in self.rigs.items() if rig.trust_hooks)

    @property
    def gates(self) -> Mapping[str, tuple[Gate, ...]]:
        """The gates of each rig."""
        return {name: rig.gates for name, rig in self.rigs.items()}

    def agent_for(self, role: str, rig: str | None) -> str:
        """The name of the agent command that works in a role, in a rig."""
        of_rig = self.rig(rig).agent if rig is not None and role != "mayor" else None
        return of_rig or self.roles.get(role) or self.default_agent

    def commands(self) -> list[str]:
        """Every definition that makes the town run something a person must have accepted."""
        agents = [command.text(name) for name, command in self.agents.items()]
        rigs = [one for name, rig in self.rigs.items() for one in rig.commands(name)]
        return agents + rigs + self.escalation.definitions()


def trust_hooks_text(rig: str) -> str:
    """The setting that lets a project's own git hooks run, as a person accepts it."""
    return f"rigs.{rig}.trust_hooks = true"


def script_text(rig: str, name: str, script: str) -> str:
    """The setting of a rig's `setup` or `teardown`, as a person accepts it."""
    return f"rigs.{rig}.{name} = {script}"


def parse(data: Mapping[str, Any]) -> Settings:
    """Check a parsed town.toml.

    Raises:
        BadRecord: a key is unknown or holds a value of another kind; the message names it.
    """
    schema = data.get("schema", SCHEMA)
    if type(schema) is not int or schema > SCHEMA:
        raise BadRecord(f"schema {schema!r} is newer than this gt understands: upgrade gt")
    tables = ("town", "owner", "agents", "roles", "rigs", "prices", "snapshots", "beads",
              "health", "recovery", "scheduler", "budget", "escalation", "notify",
              "log")  # fmt: skip
    only(data, "", ("schema", *tables))
    town, owner, log = table(data, "town"), table(data, "owner"), table(data, "log")
    only(log, "log.", ("sign", "key"))
    only(town, "town.", ("name", "default_agent", "runner", "durability"))
    only(owner, "owner.", ("name", "email"))
    return Settings(
        name=text(town, "town.name", "gt"),
        default_agent=text(town, "town.default_agent", "shell"),
        runner=one_of(text(town, "town.runner", "auto"), "town.runner", RUNNERS),
        durability=one_of(text(town, "town.durability", "full"), "town.durability", DURABILITY),
        owner_name=text(owner, "owner.name", "human"),
        owner_email=text(owner, "owner.email", ""),
        agents={checked_name(name, "agents"): agent_command(name, value)
                for name, value in table(data, "agents").items()},
        roles=roles(table(data, "roles")),
        rigs={checked_name(rig, "rigs"): _rig(rig, value)
              for rig, value in table(data, "rigs").items()},
        prices=prices(table(data, "prices")),
        snapshots=_retention(table(data, "snapshots")),
        beads=_beads(table(data, "beads")),
        health=health_limits(table(data, "health")),
        recovery=recovery_policy(table(data, "recovery")),
        scheduler=scheduler_policy(table(data, "scheduler")),
        budget=budget(table(data, "budget")),
        escalation=escalation_settings(table(data, "escalation")),
        notify=notify_settings(table(data, "notify")),
        log_sign=one_of(text(log, "log.sign", "none"), "log.sign", SIGNS),
        log_key=text(log, "log.key", ""),
    )  # fmt: skip


def _beads(data: Mapping[str, Any]) -> Mapping[str, str]:
    found = flatten(data)
    rules(found)
    return found


def _retention(data: Mapping[str, Any]) -> Retention:
    only(data, "snapshots.", ("keep", "days"))
    found = Retention(**data)
    for key in ("keep", "days"):
        number = getattr(found, key)
        if type(number) is not int or not 1 <= number <= 1_000_000:
            raise BadRecord(f"snapshots.{key}: expected a positive number")
    return found


def _rig(rig: str, value: Any) -> RigSettings:
    key = f"rigs.{rig}"
    if not isinstance(value, Mapping):
        raise BadRecord(f"{key}: expected a table")
    only(value, f"{key}.", ("gates", "trust_hooks", "agent", "include_from", "setup", "teardown",
                            "gate_setup", "merge"))  # fmt: skip
    trusts = value.get("trust_hooks", False)
    if type(trusts) is not bool:
        raise BadRecord(f"{key}.trust_hooks: expected true or false")
    agent = one_line(value["agent"], f"{key}.agent") if "agent" in value else None
    scripts = {name: command(value[name], f"{key}.{name}")
               for name in ("include_from", "setup", "teardown") if name in value}  # fmt: skip
    ready = gate_setup(value["gate_setup"], f"{key}.gate_setup") if "gate_setup" in value else None
    return RigSettings(
        gates(table(value, "gates", key), f"{key}.gates"), trusts,
        checked_name(agent, f"{key}.agent") if agent is not None else None, **scripts,
        gate_setup=ready, merge=merge_policy(table(value, "merge", key), f"{key}.merge"),
    )  # fmt: skip
