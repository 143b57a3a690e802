"""What town.toml may say of agents' health, their recovery, the scheduler and budgets."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, TypeVar

from gastown.domain.record import BadRecord
from gastown.domain.setting_values import checked_name, only, table

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")
_MOST = 10_000_000


@dataclass(frozen=True)
class HealthLimits:
    """After how many seconds what is worth a verdict.

    Attributes:
        start_s: a client that has not come to a prompt.
        stalled_s: one that works and gives no sign of life.
        propulsion_s: one with work on its hook that neither works nor waits for anybody.
        done_s: one whose work is handed in and that goes on.
        steady_s: how long a bad verdict must stand before anything is done about it.
        sleep_s: after the machine slept, or its clock was set: nobody is judged by silence.
    """

    start_s: int = 90
    stalled_s: int = 900
    propulsion_s: int = 1800
    done_s: int = 60
    steady_s: int = 10
    sleep_s: int = 120


@dataclass(frozen=True)
class RecoveryPolicy:
    """How agents are helped without a person.

    Attributes:
        enabled: false: verdicts are shown, and nothing is done.
        nudge_s: how long a nudge is waited for before its agent is restarted.
        backoff_s, backoff_max_s: the pause before the second restart, which doubles up to the most.
        crash_loop: so many ends within `window_s` suspend the hook and escalate.
        rig_restarts: the most restarts of one rig's agents within `window_s`.
        alive_s: so long, and with a sign of life, a session must live to count as started well.
        stable_s: so long after a good start earlier crashes are forgotten.
        mass_death, mass_s: so many ends within so many seconds are one alarm.
    """

    enabled: bool = True
    nudge_s: int = 300
    backoff_s: int = 30
    backoff_max_s: int = 600
    crash_loop: int = 5
    window_s: int = 900
    rig_restarts: int = 50
    alive_s: int = 20
    stable_s: int = 1800
    mass_death: int = 3
    mass_s: int = 30


@dataclass(frozen=True)
class SchedulerPolicy:
    """How many polecats may work at once; 0: as many as are slung.

    Attributes:
        rigs, runtimes: the same for one rig, and for one agent command.
        attempts: so many failures to sling a bead take it out of the queue.
    """

    max_polecats: int = 0
    rigs: Mapping[str, int] = field(default_factory=dict, hash=False)
    runtimes: Mapping[str, int] = field(default_factory=dict, hash=False)
    attempts: int = 3

    @property
    def is_direct(self) -> bool:
        """Whether nothing is limited."""
        return not (self.max_polecats or any(self.rigs.values()) or any(self.runtimes.values()))


@dataclass(frozen=True)
class Budget:
    """What may be used; None: there is no limit. Money as in the table `prices`.

    Attributes:
        warn: the part of a limit at which the person is told.
    """

    bead_tokens: int | None = None
    convoy_tokens: int | None = None
    day_tokens: int | None = None
    bead_cost: float | None = None
    convoy_cost: float | None = None
    day_cost: float | None = None
    warn: float = 0.8

    @property
    def is_set(self) -> bool:
        """Whether anything is limited."""
        return any(getattr(self, item.name) is not None for item in fields(self)
                   if item.name != "warn")  # fmt: skip


def health_limits(data: Mapping[str, Any]) -> HealthLimits:
    """The table `health`.

    Raises:
        BadRecord: a key is unknown or holds a value of another kind.
    """
    return _numbers(HealthLimits, data, "health")


def recovery_policy(data: Mapping[str, Any]) -> RecoveryPolicy:
    """The table `recovery`.

    Raises:
        BadRecord: a key is unknown or holds a value of another kind.
    """
    return _numbers(RecoveryPolicy, data, "recovery")


def scheduler_policy(data: Mapping[str, Any]) -> SchedulerPolicy:
    """The table `scheduler`.

    Raises:
        BadRecord: a key is unknown or holds a value of another kind.
    """
    only(data, "scheduler.", tuple(SchedulerPolicy.__dataclass_fields__))
    limits: dict[str, Any] = {
        name: {checked_name(one, f"scheduler.{name}"): _whole(row[one], f"scheduler.{name}.{one}")
               for one in row}
        for name in ("rigs", "runtimes") if (row := table(data, name, "scheduler"))
    }  # fmt: skip
    numbers = {name: _whole(data[name], f"scheduler.{name}", least=int(name == "attempts"))
               for name in ("max_polecats", "attempts") if name in data}  # fmt: skip
    return SchedulerPolicy(**limits, **numbers)


def budget(data: Mapping[str, Any]) -> Budget:
    """The table `budget`.

    Raises:
        BadRecord: a key is unknown or holds a value of another kind.
    """
    only(data, "budget.", tuple(Budget.__dataclass_fields__))
    found: dict[str, Any] = {}
    for name, value in data.items():
        if name.endswith("_tokens"):
            found[name] = _whole(value, f"budget.{name}", least=1, most=10**15)
            continue
        if type(value) not in (int, float) or not 0 < value < 10**9:
            raise BadRecord(f"budget.{name}: expected a positive number")
        if name == "warn" and value > 1:
            raise BadRecord("budget.warn: expected a part of the limit, such as 0.8")
        found[name] = float(value)
    return Budget(**found)


def _numbers(cls: type[T], data: Mapping[str, Any], name: str) -> T:
    known = {item.name: item for item in fields(cls)}  # type: ignore[arg-type]
    only(data, f"{name}.", tuple(known))
    found = {}
    for key, value in data.items():
        if isinstance(known[key].default, bool):
            if type(value) is not bool:
                raise BadRecord(f"{name}.{key}: expected true or false")
            found[key] = value
        else:
            found[key] = _whole(value, f"{name}.{key}", least=1)
    return cls(**found)


def _whole(value: Any, key: str, *, least: int = 0, most: int = _MOST) -> Any:
    if type(value) is not int or not least <= value <= most:
        what = "a positive number" if least else "a number that is not negative"
        raise BadRecord(f"{key}: expected {what}{' of seconds' if key.endswith('_s') else ''}")
    return value
