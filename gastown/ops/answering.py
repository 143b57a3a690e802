"""Whether an agent's client answers: told from evidence, and in doubt it does.

A client does not answer if one of these is so:

- its process is gone;
- it has said that its session has ended, and its process went on without a sign of life;
- it has said, or its screen says, that its model works, and there was no sign of life since;
- it never came as far as a prompt in its time, and fell silent while it was still starting.

A sign of life within the last minutes is: its screen changed (its log grew), its transcript grew,
it said something, or a process that it started since it said that it works is still running. Who is
idle is waited for, and waits for nobody: silence means nothing then. Nor does it while a dialog is
open, which a person can answer, nor with a client that has no signs, as a plain shell. A screen may
speak for a client that has said that it works: who is interrupted by a person (Esc) says nothing of
it, and only shows a prompt again. And a screen without a known sign may be a menu, or half a line
that a person has typed: after its start that is no evidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gastown.ops.readiness import look
from gastown.ops.runtimes import described
from gastown.ops.sessions import sessions_of
from gastown.runtime.agent_folder import Activity, agent_folder
from gastown.runtime.launcher import pid_file, read_number
from gastown.runtime.process import descendants, started_at
from gastown.runtime.readiness import NO_SIGN, Standing, judge
from gastown.runtime.sessions import Liveness, State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gastown.domain.hook import Hook
    from gastown.ops.host import Host
    from gastown.runtime.agent_folder import AgentFolder
    from gastown.runtime.agents import Runtime
    from gastown.runtime.readiness import Readiness
    from gastown.runtime.records import Session
    from gastown.store.town import Town

SILENCE_S = 300.0


@dataclass(frozen=True)
class Health:
    """Whether a client answers.

    Attributes:
        why: the evidence that it does not; None: it does, as far as anybody can tell.
        seen: how far it is.
    """

    why: str | None
    seen: Readiness

    @property
    def answers(self) -> bool:
        """Whether there is no evidence against it."""
        return self.why is None


def health(town: Town, host: Host, hook: Hook) -> Health:
    """Whether the client of a hook answers."""
    sessions = sessions_of(town, host)
    session = sessions.get(hook.id)
    seen = look(town, host, hook)
    if session is None or sessions.look(session).state is not State.RUNNING:
        return Health("it does not run any more", seen)
    runtime = described(town, host, session)
    seen = _by_its_screen(runtime, seen) or seen
    claim = _claim(seen)
    if claim is None:
        return Health(None, seen)
    folder = agent_folder(town.layout.agents, hook.id)
    now = town.edge.clock().timestamp()
    last = max(_signs(session, folder, now), default=now)
    if now - last < SILENCE_S or _was_up(runtime, session, seen, last):
        return Health(None, seen)
    return Health(f"{claim}, and has given no sign of life for {_minutes(now - last)}", seen)


def _by_its_screen(runtime: Runtime, seen: Readiness) -> Readiness | None:
    """What the screen of a client that says it works shows instead: a prompt, or a dialog."""
    if seen.state is not Standing.WORKING or not seen.said or not runtime.busy:
        return None
    shown = judge(runtime, screen=seen.screen, said=None, liveness=Liveness(State.RUNNING),
                  seconds=0)  # fmt: skip
    return shown if shown.state in (Standing.READY, Standing.WAITING) else None


def _was_up(runtime: Runtime, session: Session, seen: Readiness, last: float) -> bool:
    """Whether a client whose screen has no sign still did something after its time to start."""
    started = datetime.fromisoformat(session.started_at).timestamp()
    return seen.state is Standing.NOT_READY and last > started + runtime.patience_s


def _claim(seen: Readiness) -> str | None:
    """What a client in this state owes a sign of life for; None: nothing."""
    if seen.state is Standing.WORKING and seen.evidence != NO_SIGN:
        return "it says that it works"
    if seen.state is Standing.NOT_READY:
        return "it never came as far as a prompt"
    if seen.state is Standing.ENDED:
        return "it has said that it ends"
    return None


def _signs(session: Session, folder: AgentFolder, now: float) -> Iterator[float]:
    """When a client last gave each kind of sign."""
    said = folder.said()
    thread = folder.thread()
    files = [
        Path(session.log),
        *([Path(thread.transcript)] if thread and thread.transcript else []),
    ]
    for file in files:
        try:
            yield file.stat().st_mtime
        except OSError:
            continue
    if said is None:
        return
    yield said.at
    client = read_number(pid_file(Path(session.exit_file)))
    if client is not None and said.activity is Activity.WORKING and _has_begun(client, said.at):
        yield now


def _has_begun(pid: int, moment: float) -> bool:
    """Whether a process still runs that this one, or one below it, has started since then."""
    begun = (started_at(one.pid) for one in descendants(pid))
    return any(at is not None and at >= moment for at in begun)


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes"
