"""What town.toml may say of a rig's gates and of its merge queue, checked key by key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from gastown.domain.merge import Style
from gastown.domain.record import BadRecord
from gastown.domain.setting_values import checked_name, command, one_of, only, variables

GATE_TIMEOUT_S = 1800
SETUP_TIMEOUT_S = 1800
PUSH = ("auto", "always", "never")
MODES = ("direct", "pr")
ON_CONFLICT = ("agent", "hold")


class Phase(StrEnum):
    """When a gate runs.

    PRE_MERGE: on the request alone, as its branch is, before it joins a batch. MERGE: on the very
    commit that the target would be moved to. POST_MERGE: on the target, after it was moved.
    """

    PRE_MERGE = "pre-merge"
    MERGE = "merge"
    POST_MERGE = "post-merge"


@dataclass(frozen=True)
class Gate:
    """One command that must succeed before a rig's target moves.

    Attributes:
        timeout_s: after so many seconds it is ended with all it started, and counts as red.
        env: variables that it gets besides.
        parallel: it may run beside its neighbours that may, too, in the same worktree.
        required: nothing is merged while it is red; else it is only told.
    """

    name: str
    command: str
    timeout_s: int = GATE_TIMEOUT_S
    env: Mapping[str, str] = field(default_factory=dict, hash=False)
    phase: Phase = Phase.MERGE
    parallel: bool = False
    required: bool = True

    def text(self, rig: str) -> str:
        """The whole definition in one line: what a person accepts, and what is hashed for it."""
        said = f"rigs.{rig}.gates.{self.name} = {self.command}"
        return f"{said}    # env {json.dumps(dict(self.env), sort_keys=True)}" if self.env else said


@dataclass(frozen=True)
class GateSetup:
    """What makes a worktree ready for gates.

    Attributes:
        key: files of the project on which its outcome depends.
        cache: paths, not of git, that it makes, and that are kept as long as those files are the
            same; everything else that git does not know is removed before each test.
    """

    command: str
    key: tuple[str, ...] = ()
    cache: tuple[str, ...] = ()
    timeout_s: int = SETUP_TIMEOUT_S
    env: Mapping[str, str] = field(default_factory=dict, hash=False)

    def text(self, rig: str) -> str:
        """The whole definition in one line, as a person accepts it."""
        said = f"rigs.{rig}.gate_setup = {self.command}"
        return f"{said}    # env {json.dumps(dict(self.env), sort_keys=True)}" if self.env else said


@dataclass(frozen=True)
class MergePolicy:
    """How a rig's merge queue works.

    Attributes:
        style: how work becomes commits of the target.
        push: whether the origin gets them. auto: where the rig has a required gate and the origin
            is no folder with somebody's checkout, and a push that fails is only told. always: what
            cannot be pushed is not merged. never: it stays in the town.
        review: a person approves each request before it is tested.
        mode: direct: the refinery moves the target. pr: it opens a pull request and waits.
        batch_max: the most requests that are tested together.
        speculate: how many batches are tested ahead; None: as cores allow.
        retry_flaky: a red gate is run once more on the same tree.
        rework_max: how often work is given back to its agent before a person is asked.
        on_conflict: agent: the author, or a new polecat, solves it. hold: it waits for a person.
        keep_days: how long the branch of merged work is kept.
        pr_poll_s: how often an open pull request is looked at, in seconds.
    """

    style: Style = Style.MERGE
    push: str = "auto"
    review: bool = False
    mode: str = "direct"
    batch_max: int = 8
    speculate: int | None = None
    retry_flaky: bool = True
    rework_max: int = 3
    on_conflict: str = "agent"
    keep_days: int = 30
    pr_poll_s: int = 60


def gates(data: Mapping[str, Any], key: str) -> tuple[Gate, ...]:
    """The gates of a rig, in their order.

    Raises:
        BadRecord: one is wrong; the message names its key.
    """
    return tuple(_gate(key, name, value) for name, value in data.items())


def _gate(key: str, name: str, value: Any) -> Gate:
    checked_name(name, key)
    key = f"{key}.{name}"
    if isinstance(value, str):
        return Gate(name, command(value, key))
    if not isinstance(value, Mapping):
        raise BadRecord(f"{key}: expected a command or a table")
    only(value, f"{key}.",
         ("command", "timeout_s", "env", "phase", "parallel", "required"))  # fmt: skip
    phase = Phase(one_of(value.get("phase", "merge"), f"{key}.phase", tuple(Phase)))
    required = _flag(value, key, "required", default=phase is not Phase.POST_MERGE)
    if required and phase is Phase.POST_MERGE:
        raise BadRecord(f"{key}.required: what runs after the merge cannot be required for it")
    return Gate(
        name, command(value.get("command"), f"{key}.command"),
        _number(value, key, "timeout_s", GATE_TIMEOUT_S, least=1),
        variables(value, "env", key), phase, _flag(value, key, "parallel", default=False), required,
    )  # fmt: skip


def gate_setup(value: Any, key: str) -> GateSetup:
    """The command that makes a worktree ready for gates.

    Raises:
        BadRecord: it is wrong; the message names its key.
    """
    if isinstance(value, str):
        return GateSetup(command(value, key))
    if not isinstance(value, Mapping):
        raise BadRecord(f"{key}: expected a command or a table")
    only(value, f"{key}.", ("command", "key", "cache", "timeout_s", "env"))
    return GateSetup(
        command(value.get("command"), f"{key}.command"), _paths(value, key, "key"),
        _paths(value, key, "cache"), _number(value, key, "timeout_s", SETUP_TIMEOUT_S, least=1),
        variables(value, "env", key),
    )  # fmt: skip


def merge_policy(data: Mapping[str, Any], key: str) -> MergePolicy:
    """How a rig's merge queue works.

    Raises:
        BadRecord: a key is unknown or holds a value of another kind.
    """
    only(data, f"{key}.", tuple(MergePolicy.__dataclass_fields__))
    default = MergePolicy()
    return MergePolicy(
        Style(one_of(data.get("style", default.style), f"{key}.style", tuple(Style))),
        one_of(data.get("push", default.push), f"{key}.push", PUSH),
        _review(data, key),
        one_of(data.get("mode", default.mode), f"{key}.mode", MODES),
        _number(data, key, "batch_max", default.batch_max, least=1),
        _number(data, key, "speculate", 0, least=0) if "speculate" in data else None,
        _flag(data, key, "retry_flaky", default=True),
        _number(data, key, "rework_max", default.rework_max, least=0),
        one_of(data.get("on_conflict", default.on_conflict), f"{key}.on_conflict", ON_CONFLICT),
        _number(data, key, "keep_days", default.keep_days, least=0),
        _number(data, key, "pr_poll_s", default.pr_poll_s, least=1),
    )  # fmt: skip


def _review(data: Mapping[str, Any], key: str) -> bool:
    """`review = "required"`, or true; `"none"`, or false."""
    value = data.get("review", False)
    if value in ("required", "none"):
        return bool(value == "required")
    return _flag(data, key, "review", default=False)


def _flag(data: Mapping[str, Any], key: str, name: str, *, default: bool) -> bool:
    value = data.get(name, default)
    if type(value) is not bool:
        raise BadRecord(f"{key}.{name}: expected true or false")
    return value


def _number(data: Mapping[str, Any], key: str, name: str, default: int, *, least: int) -> int:
    value = data.get(name, default)
    if type(value) is not int or not least <= value <= 1_000_000:
        what = "a positive number" if least else "a number that is not negative"
        unit = " of seconds" if name.endswith("_s") else ""
        raise BadRecord(f"{key}.{name}: expected {what}{unit}")
    return value


def _paths(data: Mapping[str, Any], key: str, name: str) -> tuple[str, ...]:
    """Relative paths inside the project, that stay in it."""
    found = data.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise BadRecord(f"{key}.{name}: expected a list of paths")
    for path in found:
        parts = path.split("/")
        if not path or path.startswith("/") or {"..", "", ".", ".git"} & set(parts) or "\0" in path:
            raise BadRecord(f"{key}.{name}: {path!r} is no path inside the project")
    return tuple(found)
