"""Every setting of `hq/town.toml` that stands for itself: its key, meaning, unit, default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gastown.domain.care_settings import Budget, HealthLimits, RecoveryPolicy, SchedulerPolicy
from gastown.domain.escalation import Severity
from gastown.domain.escalation_settings import EscalationSettings
from gastown.domain.merge_settings import MergePolicy
from gastown.domain.notifying.settings import NotifySettings
from gastown.domain.settings import (
    DURABILITY,
    RUNNERS,
    SIGNS,
    Retention,
    RigSettings,
    Settings,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_S = "seconds"
_YES_NO = ("true", "false")


@dataclass(frozen=True)
class Setting:
    """One setting. `default`: None: there is none; `choices`: all that it may be."""

    key: str
    meaning: str
    default: Any = None
    unit: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """Settings that belong together."""

    name: str
    title: str
    settings: tuple[Setting, ...]


@dataclass(frozen=True)
class Valued:
    """A setting as it stands. `value`: None: it is not set, and the default holds."""

    setting: Setting
    value: Any


def _group(name: str, title: str, defaults: object, *rows: tuple[str, ...]) -> Group:
    """Rows: key, meaning, unit, choices."""
    settings = []
    for key, meaning, *rest in rows:
        unit, *choices = rest or [""]
        default = getattr(defaults, key, None)
        if key == "review":  # a word in the file
            default = "required" if default else "none"
        settings.append(Setting(f"{name}.{key}", meaning, default, unit, tuple(choices)))
    return Group(name, title, tuple(settings))


GROUPS: tuple[Group, ...] = (
    _group(
        "town", "The town", Settings(),
        ("name", "how the town is called"),
        ("runner", "where agents run; auto: in tmux where it is installed", "", *RUNNERS),
        ("durability", "full: every commit reaches the disk; os: as git does by default", "",
         *DURABILITY),
    ),
    Group("log", "The ledger", (
        Setting("log.sign", "whether operations are signed, by a key for each actor", "none", "",
                SIGNS),
        Setting("log.key", "your own key to sign with, e.g. ~/.ssh/id_ed25519.pub; empty: one is"
                " made", ""),
    )),
    Group("owner", "The person", (
        Setting("owner.name", "who commits in the ledger when you act", "human"),
        Setting("owner.email", "the address of those commits", ""),
    )),
    _group(
        "health", "Health", HealthLimits(),
        ("start_s", "a client has not come to a prompt for so long", _S),
        ("stalled_s", "an agent works and gives no sign of life for so long", _S),
        ("propulsion_s", "it has work on its hook, and nothing happens for so long", _S),
        ("done_s", "its work is handed in, and it goes on for so long", _S),
        ("steady_s", "so long a bad verdict must stand before anything is done about it", _S),
        ("sleep_s", "after the machine slept nobody is judged by silence for so long", _S),
    ),
    _group(
        "recovery", "Recovery", RecoveryPolicy(),
        ("enabled", "whether agents are helped without you", "", *_YES_NO),
        ("nudge_s", "so long a call is waited for before an agent is restarted", _S),
        ("backoff_s", "the pause before the second restart; it doubles", _S),
        ("backoff_max_s", "the longest pause", _S),
        ("crash_loop", "so many ends within window_s suspend a hook", "ends"),
        ("window_s", "ends and restarts are counted within so long", _S),
        ("rig_restarts", "the most restarts of one rig's agents within window_s", "restarts"),
        ("alive_s", "so long a session must live to count as started well", _S),
        ("stable_s", "so long after a good start earlier crashes are forgotten", _S),
        ("mass_death", "so many ends within mass_s are one alarm", "ends"),
        ("mass_s", "within so long", _S),
    ),
    _group(
        "scheduler", "Scheduler", SchedulerPolicy(),
        ("max_polecats", "so many polecats work at once; 0: all that are slung", "polecats"),
        ("attempts", "so many failures take a bead out of the queue", "times"),
    ),
    _group(
        "budget", "Budget", Budget(),
        ("bead_tokens", "the most tokens of one bead", "tokens"),
        ("convoy_tokens", "the most tokens of one convoy", "tokens"),
        ("day_tokens", "the most tokens of one day (UTC)", "tokens"),
        ("bead_cost", "the most money of one bead", "as in prices"),
        ("convoy_cost", "the most money of one convoy", "as in prices"),
        ("day_cost", "the most money of one day (UTC)", "as in prices"),
        ("warn", "at this part of a limit you are told", "0 to 1"),
    ),
    _group(
        "notify", "Notices on your desktop", NotifySettings(),
        ("enabled", "false: only requests for permission are shown", "", *_YES_NO),
        ("quiet", "hours in which only those are, without a sound", "like 22:00-07:00"),
        ("dwell_s", "so long a question must stand before you are told", _S),
        ("cooldown_s", "so long after a notice of an agent there is no other", _S),
        ("repeat_s", "so long the same words are not told again", _S),
        ("group", "so many within group_s become one notice", "notices"),
        ("group_s", "within so long", _S),
        ("presence_s", "so long after its last sign the dashboard counts as looked at", _S),
        ("skip", "kinds that are never told: merge, review, limit, landed …", "a list"),
        ("free_mb", "you are told when less is free on the disk", "MiB"),
    ),
    _group(
        "escalation", "Escalations", EscalationSettings(),
        ("stale_s", "so long after it was raised, what nobody acknowledges rises", _S),
        ("max_rises", "how often it may rise", "times"),
    ),
    Group("escalation.routes", "Who is told", tuple(
        Setting(
            f"escalation.routes.{severity}",
            "mail:ADDRESS, notify (your terminals and desktop), command:NAME, webhook:NAME",
            list(EscalationSettings().routes_of(severity)), "a list",
        )
        for severity in Severity
    )),
    _group(
        "snapshots", "Snapshots", Retention(),
        ("keep", "so many of each hook stay listed", "snapshots"),
        ("days", "and all that are younger", "days"),
    ),
)  # fmt: skip
"""In the order in which they are shown."""

_MERGE = (
    ("style", "how work becomes commits of the target", "", "merge", "squash", "rebase"),
    ("push", "whether the origin gets them", "", "auto", "always", "never"),
    ("review", "required: you approve each request before it is tested", "", "none", "required"),
    ("mode", "direct: the town merges; pr: by a pull request", "", "direct", "pr"),
    ("batch_max", "the most requests that are tested together", "requests"),
    ("speculate", "batches tested ahead; none: as cores allow", "batches"),
    ("retry_flaky", "a red gate is run once more on the same tree", "", *_YES_NO),
    ("rework_max", "so often work is given back before you are asked", "times"),
    ("on_conflict", "agent: its author solves it; hold: it waits for you", "", "agent", "hold"),
    ("keep_days", "so long the branch of merged work is kept", "days"),
    ("pr_poll_s", "how often an open pull request is looked at", _S),
)


def of_rig(rig: str) -> tuple[Group, ...]:
    """The settings of one rig."""
    name = f"rigs.{rig}"
    return (
        _group(
            name,
            "The rig",
            RigSettings(),
            ("agent", "the agent command that works here; none: that of the role or the town"),
            ("setup", "a command that runs in a new worktree"),
            ("teardown", "a command that runs in a worktree that goes"),
            ("include_from", "the checkout that files of .worktreeinclude are copied from"),
            ("trust_hooks", "the project's own git hooks run for polecats, too", "", *_YES_NO),
        ),
        _group(f"{name}.merge", "Merging", MergePolicy(), *_MERGE),
    )


def valued(group: Group, data: Mapping[str, Any]) -> list[Valued]:
    """The settings of a group as a parsed town.toml has them."""
    return [Valued(setting, _at(data, setting.key)) for setting in group.settings]


def _at(data: Mapping[str, Any], key: str) -> Any:
    value: Any = data
    for part in key.split("."):
        if not hasattr(value, "get"):
            return None
        value = value.get(part)
    return value
