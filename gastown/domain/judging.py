"""How an agent is, judged from its signs: a pure function, and every verdict names its evidence.

Evidence counts in this order: what its client's own hooks said, its processes, the growth of its
transcript and output, its screen. In doubt nobody is called stuck:

- Who says that it works, or cannot say anything, owes a sign of life; who is idle owes none, but
  if there is work on its hook something must happen in the end.
- A process that it began after it said that it works is a sign of life as long as it runs.
- A client that says it works but shows a prompt was interrupted by a person, and is idle.
- A screen with no known sign may be a menu, or half a line that a person typed: nobody knows.
- After the machine slept, or its clock was set, silence is counted anew from that moment.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gastown.domain.bead import BeadState
from gastown.domain.health import Condition, Health, Wait
from gastown.domain.hook import HookState, Role
from gastown.domain.signs import Claim, Doing, Life

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gastown.domain.care_settings import HealthLimits
    from gastown.domain.signs import Signs

_PERMISSION = re.compile(
    r"\bpermission\b|\bapprov|\ballow\b|\bdo you want to (?:proceed|make|create)", re.IGNORECASE
)
_PARKED = (BeadState.BLOCKED, BeadState.DEFERRED, BeadState.PINNED)
_GIVEN_UP = (Condition.CRASH_LOOP, Condition.STALLED, Condition.PROPULSION)
_SINCE_THEN_S = 1.0
_SPINNING = 2  # a screen that moves while no turn comes is no sign of life beyond so many limits
_SIGNALS = {1: "SIGHUP", 2: "SIGINT", 6: "SIGABRT", 9: "SIGKILL", 11: "SIGSEGV", 15: "SIGTERM"}
_OUTPUT = "its output grew"


def judge(signs: Signs, limits: HealthLimits) -> Health:
    """How an agent is."""
    return _of_hook(signs) or _of_session(signs, limits) or _of_client(signs, limits)


def is_certain(signs: Signs, found: Health) -> bool:
    """Whether a verdict rests on more than silence or a screen: its own word, or the kernel's."""
    if found.condition in (Condition.STALLED, Condition.PROPULSION):
        told_by_kernel = signs.stopped or signs.homeless
        return found.condition is Condition.STALLED and told_by_kernel
    if found.condition is Condition.WAITING and found.wait is not Wait.LIMIT:
        return signs.said is not None and signs.said.doing is Doing.WAITING
    return True


def _of_hook(signs: Signs) -> Health | None:
    """What the records alone tell."""
    if signs.hook is HookState.SUSPENDED:
        reason = signs.reason or "no reason is on record"
        given_up = next((one for one in _GIVEN_UP if reason.startswith(one.value)), None)
        if given_up is not None:
            why = reason.removeprefix(given_up).lstrip(": ") or None
            return Health(
                given_up, why, ("its hook was suspended for it",), since=signs.changed_at,
                advice=f"gt peek {signs.agent}; then: gt hooks resume {signs.agent}",
            )  # fmt: skip
        return Health(Condition.IDLE, f"suspended: {reason}", ("its hook is suspended",),
                      since=signs.changed_at)  # fmt: skip
    if signs.hook is HookState.ARCHIVED:
        return Health(Condition.IDLE, "gone", ("its hook is archived",), since=signs.changed_at)
    if signs.runtime is None and signs.life is Life.NONE:
        whose = "no agent runs" if signs.role is Role.MAYOR else "a person's place"
        return Health(Condition.IDLE, whose, ("no agent command is on its record",))
    if signs.frozen:
        return Health(Condition.IDLE, "frozen by gt estop", ("the town is frozen",))
    return None


def _of_session(signs: Signs, limits: HealthLimits) -> Health | None:
    """What a session tells that does not run."""
    if signs.life is Life.UNREADABLE:
        return Health(Condition.UNKNOWN, "the record of its session cannot be read",
                      ("its session's record",), advice="gt doctor")  # fmt: skip
    if signs.life is Life.NONE:
        return _not_started(signs, limits)
    if signs.life is Life.RUNNING:
        return None
    how = _how_ended(signs.exit_code)
    evidence = [f"its process has ended: {how}"]
    if signs.limit is not None and signs.limit.holds(signs.now):
        return _limited(signs, evidence)
    if signs.rests:
        return Health(Condition.IDLE, "stopped by a person", tuple(evidence))
    if not signs.has_work:
        return Health(Condition.IDLE, f"not running: {how}", (*evidence, _no_work(signs)))
    if signs.exit_code == 0:
        how = "ended without gt done (exit 0)"
    evidence += [f"{signs.bead} is on its hook, {signs.status}"]
    if len(signs.ends) > 1:
        evidence.append(f"it has ended {len(signs.ends)} times lately")
    return Health(Condition.DEAD, how, tuple(evidence), since=signs.ended_at,
                  advice=signs.setup_failed)  # fmt: skip


def _not_started(signs: Signs, limits: HealthLimits) -> Health:
    if not signs.has_work:
        return Health(Condition.IDLE, "not running", ("it has no session", _no_work(signs)))
    age = signs.age(signs.changed_at)
    evidence = (f"{signs.bead} came onto its hook {_ago(age)}", "it has no session")
    if age is not None and age < limits.start_s:
        return Health(Condition.STARTING, "its session is about to be started", evidence,
                      since=signs.changed_at)  # fmt: skip
    why = f"it was never started: {signs.setup_failed}" if signs.setup_failed else None
    return Health(
        Condition.UNKNOWN, why or "no session was started for its work", evidence,
        since=signs.changed_at,
        advice=f"gt daemon start: the monitor starts it; else: gt session start {signs.agent}",
    )  # fmt: skip


def _of_client(signs: Signs, limits: HealthLimits) -> Health:
    """How an agent is whose session runs."""
    if signs.stopped:
        which = f"process {signs.pid}" if signs.pid is not None else "its process"
        return Health(Condition.STALLED, f"{which} is stopped (SIGSTOP)",
                      ("the kernel says so: state T",), advice=_go_on(signs))  # fmt: skip
    if signs.homeless and signs.has_work:
        return Health(Condition.STALLED, "its worktree was removed under it",
                      ("the kernel says so: its current directory is deleted",),
                      advice=f"gt session restart {signs.agent}", needs_restart=True)  # fmt: skip
    if signs.hook is HookState.COMPLETED and signs.role is Role.POLECAT:
        return _handed_in(signs, limits)
    if signs.limit is not None and signs.limit.holds(signs.now):
        return _limited(signs, [])
    claim = _claim(signs)
    if claim is None:
        return _without_a_claim(signs, limits)
    if claim.doing is Doing.WAITING:
        return _waiting(signs, claim)
    if claim.doing is Doing.STARTED:
        return _started(signs, limits, claim)
    if claim.doing is Doing.IDLE:
        return _idle(signs, limits, claim)
    return _at_work(signs, limits, claim)


def _claim(signs: Signs) -> Claim | None:
    """What counts of what its client says and shows."""
    said, shown = signs.said, signs.shown
    if said is None or shown is None or shown.at < said.at:
        return said or shown
    moved = signs.output_at is not None and signs.output_at > said.at + _SINCE_THEN_S
    overruled = {
        Doing.STARTED: shown.doing is not Doing.IDLE,
        Doing.WORKING: shown.doing in (Doing.IDLE, Doing.WAITING),  # interrupted by a person
        Doing.WAITING: shown.doing is Doing.WORKING or (shown.doing is Doing.IDLE and moved),
    }
    return shown if overruled.get(said.doing) else said


def _handed_in(signs: Signs, limits: HealthLimits) -> Health:
    age = signs.age(signs.changed_at)
    evidence = (f"its work was handed in {_ago(age)}", "its process runs")
    if age is not None and age >= limits.done_s:
        return Health(Condition.DONE, None, evidence, since=signs.changed_at)
    return Health(Condition.IDLE, "its work is handed in", evidence, since=signs.changed_at)


def _limited(signs: Signs, evidence: list[str]) -> Health:
    assert signs.limit is not None
    said = f"its client said so {_ago(signs.age(signs.limit.at))}"
    return Health(Condition.WAITING, signs.limit.message, (said, *evidence), Wait.LIMIT,
                  until=signs.limit.until, since=signs.limit.at)  # fmt: skip


def _waiting(signs: Signs, claim: Claim) -> Health:
    text = claim.text or ""
    if _PERMISSION.search(text):
        wait = Wait.PERMISSION
    elif claim is signs.said or claim.text is None or "question" in text:
        wait = Wait.ANSWER
    else:
        wait = Wait.DIALOG
    return Health(
        Condition.WAITING, claim.text or "for the person", (_told(signs, claim),), wait,
        since=claim.at if claim is signs.said else None,
        advice=claim.advice or f"answer it in its session: gt session attach {signs.agent}",
    )  # fmt: skip


def _started(signs: Signs, limits: HealthLimits, claim: Claim) -> Health:
    age = signs.age(signs.started_at)
    if age is None or age < max(limits.start_s, signs.patience_s):
        return Health(Condition.STARTING, None, (_told(signs, claim),), since=signs.started_at)
    return _idle(signs, limits, claim)


def _idle(signs: Signs, limits: HealthLimits, claim: Claim) -> Health:
    told = _told(signs, claim)
    if not signs.has_work:
        return Health(Condition.IDLE, None, (told, _no_work(signs)), since=claim.at)
    on_it = f"{signs.bead} is on its hook, {signs.status}"
    if signs.status in _PARKED:
        return Health(Condition.IDLE, f"{signs.bead} is {signs.status}", (told, on_it))
    said = signs.said.at if signs.said is not None else signs.output_at
    ages = [age for at in (said, signs.transcript_at, signs.commit_at, signs.bead_at,
                           signs.changed_at, signs.started_at)
            if (age := signs.age(at)) is not None]  # fmt: skip
    silent = min(ages, default=0.0)
    if silent < limits.propulsion_s or _woke_lately(signs, limits):
        return Health(Condition.IDLE, "its turn is over, and its work is not", (told, on_it),
                      since=claim.at)  # fmt: skip
    return Health(
        Condition.PROPULSION, f"nothing has happened for {_span(silent)}",
        (told, on_it, f"no commit, no change of its bead, no turn for {_span(silent)}"),
        since=signs.now - silent, advice=f"gt nudge {signs.agent} tells it to go on",
    )  # fmt: skip


def _at_work(signs: Signs, limits: HealthLimits, claim: Claim) -> Health:
    """One that works, or should: it owes signs of life."""
    told = _told(signs, claim)
    latest, silent = _latest(signs)
    turned = min((age for what, age in _life_signs(signs) if what != _OUTPUT), default=silent)
    if signs.transcript_at is not None and turned >= _SPINNING * limits.stalled_s:
        silent = turned
    if _has_begun_something(signs, claim):
        latest, silent = "a process that it began is running", 0.0
    if silent < limits.stalled_s or _woke_lately(signs, limits):
        newest = latest if silent == 0 else f"{latest}, {_ago(silent)}"
        return Health(Condition.WORKING, None, (told, newest), since=claim.at)
    owes = "has said that it ends" if claim.doing is Doing.ENDED else "says that it works"
    why = f"it {owes}, and has given no sign of life for {_span(silent)}"
    return _stalled(signs, why, told, silent)


def _without_a_claim(signs: Signs, limits: HealthLimits) -> Health:
    """One whose client has said nothing yet, or cannot say anything."""
    latest, silent = _latest(signs)
    up = signs.age(signs.started_at)
    evidence = ["its process runs", f"{latest}, {_ago(silent)}"]
    patience = max(limits.start_s, signs.patience_s)
    if signs.tells or signs.shows:
        if up is None or up < patience:
            return Health(Condition.STARTING, None, tuple(evidence), since=signs.started_at)
        never = "its client has never said anything" if signs.tells else "its screen shows no sign"
        if _woke_lately(signs, limits) or silent < min(patience, limits.stalled_s):
            return Health(Condition.UNKNOWN, never, tuple(evidence), since=signs.started_at)
        if up - silent < patience:
            return _stalled(signs, f"it never came as far as a prompt; silent for {_span(silent)}",
                            "its process runs", silent)  # fmt: skip
        return Health(Condition.UNKNOWN, f"{never}; silent for {_span(silent)}", tuple(evidence),
                      advice=f"look at its screen: gt peek {signs.agent}")  # fmt: skip
    if silent >= limits.stalled_s and not _woke_lately(signs, limits):
        if signs.has_work:
            return _stalled(signs, f"no sign of life for {_span(silent)}", "its process runs",
                            silent)  # fmt: skip
        return Health(Condition.IDLE, None, (*evidence, _no_work(signs)))
    if signs.has_work or silent < limits.start_s:
        return Health(Condition.WORKING, None, tuple(evidence))
    return Health(Condition.IDLE, None, (*evidence, _no_work(signs)))


def _stalled(signs: Signs, detail: str, told: str, silent: float) -> Health:
    evidence = [f"{what}, {_ago(age)}" for what, age in _life_signs(signs)]
    return Health(Condition.STALLED, detail, (told, *evidence), since=signs.now - silent,
                  advice=f"see what it is at: gt peek {signs.agent}")  # fmt: skip


def _life_signs(signs: Signs) -> Iterator[tuple[str, float]]:
    """Each kind of sign of life with its age."""
    said_at = signs.said.at if signs.said is not None else None
    found = (
        ("its client's last word", said_at),
        ("its processes used the processor", signs.busy_at),
        ("its transcript grew", signs.transcript_at),
        (_OUTPUT, signs.output_at),
        ("a commit", signs.commit_at),
        ("its start", signs.started_at if signs.said is None else None),
    )
    for what, at in found:
        age = signs.age(at)
        if age is not None:
            yield what, age


def _latest(signs: Signs) -> tuple[str, float]:
    """Its latest sign of life, and how long ago that was."""
    found = min(_life_signs(signs), key=lambda one: one[1], default=None)
    return found if found is not None else ("nobody knows since when", 0.0)


def _has_begun_something(signs: Signs, claim: Claim) -> bool:
    return claim is signs.said and signs.child_at is not None and (
        signs.child_at >= claim.at - _SINCE_THEN_S
    )  # fmt: skip


def _woke_lately(signs: Signs, limits: HealthLimits) -> bool:
    return bool(signs.floor) and signs.now - signs.floor < limits.sleep_s


_WORDS = {
    Doing.STARTED: "its session-start hook",
    Doing.WORKING: "its own hooks: it works",
    Doing.WAITING: "its notification",
    Doing.IDLE: "its Stop hook",
    Doing.ENDED: "its session-end hook",
}


def _told(signs: Signs, claim: Claim) -> str:
    if claim is not signs.said:
        return claim.source
    return f"{_WORDS[claim.doing]}, {_ago(signs.age(claim.at))}"


def _no_work(signs: Signs) -> str:
    if signs.hook is HookState.COMPLETED:
        return "its work is handed in"
    if signs.bead is None or signs.hook is not HookState.ACTIVE:
        return "there is no work on its hook"
    return f"{signs.bead} is {signs.status or 'gone'}"


def _how_ended(status: int | None) -> str:
    if status is None:
        return "killed"
    number = status - 128
    return f"exit {status} ({_SIGNALS[number]})" if number in _SIGNALS else f"exit {status}"


def _go_on(signs: Signs) -> str | None:
    return f"kill -CONT {signs.pid} lets it go on" if signs.pid is not None else None


def _ago(seconds: float | None) -> str:
    return "nobody knows when" if seconds is None else f"{_span(seconds)} ago"


def _span(seconds: float) -> str:
    """A span of time in words."""
    if seconds < 90:
        return f"{max(0.0, seconds):.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 48 * 3600 else f"{seconds / 86_400:.0f} days"
