"""What a sling asks for: which place, of which rig, with which agent command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.hook import Hook, Role
from gastown.ids import check_name

if TYPE_CHECKING:
    from gastown.domain.rig import Rig


@dataclass(frozen=True)
class Target:
    """Where a bead is slung: any polecat of a rig, or one agent of it."""

    rig: str
    agent: str | None


@dataclass(frozen=True)
class Order:
    """What a sling asks for, besides the bead.

    Attributes:
        start: whether agents are started at all.
        explicit: the runtime was named; a person's worktree gets an agent only then.
        batch_convoy: title of the convoy that a whole batch is to share.
        owner: who answers for a convoy that is made; None: the actor.
        warning: why the base may be old, if so.
    """

    target: Target
    rig: Rig
    base: str
    runtime: str
    force: bool
    actor: str
    start: bool
    explicit: bool
    batch_convoy: str | None = None
    owner: str | None = None
    warning: str | None = None

    def runtime_of(self, hook: Hook) -> str | None:
        """What is to be started in a hook; None: nothing."""
        wanted = self.start and (hook.role is Role.POLECAT or self.explicit)
        return self.runtime if wanted else None


def parse_target(text: str) -> Target:
    """RIG or RIG/AGENT (RIG/polecats/AGENT and RIG/crew/AGENT as well).

    Raises:
        UsageTrouble: it is neither.
    """
    parts = [part for part in text.strip("/").split("/") if part not in ("polecats", "crew")]
    rig = check_name(parts[0] if parts else text, "rig")
    if len(parts) > 2:
        check_name("/".join(parts), "agent")
    return Target(rig, check_name(parts[1], "agent") if len(parts) == 2 else None)


def batch_title(beads: tuple[str, ...], rig: str) -> str:
    """The title of the convoy that beads share which are slung together."""
    return f"{len(beads)} beads to {rig}"
