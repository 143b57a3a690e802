"""What is known of one agent when its health is judged: facts, each with the moment it is from.

All moments are in seconds since 1970. None: nobody could tell, or there is no such thing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gastown.domain.bead import LIVE
from gastown.domain.hook import HookState, Role


class Life(StrEnum):
    """Whether an agent's session lives. NONE: none was started for the hook as it is now."""

    NONE = "none"
    RUNNING = "running"
    EXITED = "exited"
    GONE = "gone"
    UNREADABLE = "unreadable"


class Doing(StrEnum):
    """What a client says, or shows, that it does."""

    STARTED = "started"
    WORKING = "working"
    WAITING = "waiting"
    IDLE = "idle"
    ENDED = "ended"


@dataclass(frozen=True)
class Claim:
    """What a client says by its own hooks, or shows on its screen.

    Attributes:
        at: since when, or when it was looked at.
        text: what it waits for, in its own words.
        source: what told so: `its own word`, `its screen`.
    """

    doing: Doing
    at: float
    text: str | None = None
    advice: str | None = None
    source: str = "its own word"


@dataclass(frozen=True)
class Limit:
    """A client's word that its service lets it do nothing for a while.

    Attributes:
        until: until when, if it says so.
        message: its own words.
        at: when it said so.
    """

    until: float | None
    message: str
    at: float

    def holds(self, now: float) -> bool:
        """Whether it is not over yet."""
        return self.until is None or now < self.until


@dataclass(frozen=True, kw_only=True)
class Signs:
    """What is known of one agent.

    Attributes:
        agent: the id of its hook.
        hook: its hook's state; `reason`: why that is suspended; `changed_at`: its last change.
        runtime: the agent command; None: a person's place.
        bead: what is on the hook; `status`: of that bead, None where it is not to be found.
        life: its session's; `started_at`, `ended_at` and `exit_code`, `pid` of the agent itself.
        rests: a person has stopped it.
        stopped: its process is stopped, as by SIGSTOP, and would go on with SIGCONT.
        homeless: its worktree was removed under it; one that is there again is another folder.
        said: its last word; `shown`: what its screen shows.
        tells: its client has hooks that tell what it does; `shows`: its screen has known signs.
        output_at, transcript_at, commit_at, bead_at: when these last grew or changed.
        busy_at: when its processes were last seen to use the processor.
        child_at: when the youngest of its living processes began.
        limit: its client's word that it must wait for its service.
        setup_failed: why the setup of its worktree failed.
        frozen: every agent of the town is stopped.
        ends: when it ended lately, as far as that is remembered.
        floor: when the machine woke, or its clock was set: no sign is older than that.
    """

    now: float
    agent: str
    hook: HookState
    role: Role = Role.POLECAT
    runtime: str | None = None
    reason: str | None = None
    changed_at: float | None = None
    bead: str | None = None
    status: str | None = None
    life: Life = Life.NONE
    exit_code: int | None = None
    ended_at: float | None = None
    pid: int | None = None
    started_at: float | None = None
    rests: bool = False
    stopped: bool = False
    homeless: bool = False
    said: Claim | None = None
    shown: Claim | None = None
    tells: bool = False
    shows: bool = False
    patience_s: float = 0.0
    output_at: float | None = None
    transcript_at: float | None = None
    commit_at: float | None = None
    bead_at: float | None = None
    busy_at: float | None = None
    child_at: float | None = None
    limit: Limit | None = None
    setup_failed: str | None = None
    frozen: bool = False
    ends: tuple[float, ...] = ()
    floor: float = 0.0

    @property
    def has_work(self) -> bool:
        """Whether there is a bead on its hook that is still to be worked on."""
        return (
            self.hook is HookState.ACTIVE and self.bead is not None
            and self.status is not None and self.status in LIVE
        )  # fmt: skip

    def age(self, at: float | None) -> float | None:
        """How old a sign is, in seconds. What is of the future is no older than the floor."""
        if at is None:
            return None
        floor = min(self.floor, self.now)
        known = at if at <= self.now else (floor or self.now)
        return self.now - max(known, floor)
