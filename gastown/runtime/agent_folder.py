"""One agent's folder on this machine: what its client's own hooks leave there, and read.

Everything in it may be lost: it says what an agent is doing just now, and saves work. Most of it is
written by a POSIX sh script (`gastown/clients/agent-event`) without starting Python.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gastown.runtime.records import file_name

if TYPE_CHECKING:
    from pathlib import Path

_MAX_BYTES = 64 * 1024


class Activity(StrEnum):
    """What a client said last: its model works, it waits for the person, its turn is over."""

    STARTED = "started"
    WORKING = "working"
    WAITING = "waiting"
    IDLE = "idle"
    ENDED = "ended"


@dataclass(frozen=True)
class Said:
    """A client's last word. `at` in seconds since 1970; `message`: what it waits for."""

    activity: Activity
    at: float
    message: str | None = None


@dataclass(frozen=True)
class Thread:
    """The conversation that an agent's client is in, as the client named it.

    Attributes:
        conversation: its id, for the client's own resume.
        transcript: the client's file of it; None: it names none.
        generation, bead: of the hook when it began or was resumed.
        runtime: the agent command.
    """

    conversation: str
    transcript: str | None
    generation: int
    bead: str | None
    runtime: str


@dataclass(frozen=True, slots=True)
class AgentFolder:
    """The folder of one agent; it need not exist.

    Attributes:
        path: the folder.
    """

    path: Path

    @property
    def state(self) -> Path:
        """One word: an `Activity`. Its time of change is when that began."""
        return self.path / "state"

    @property
    def event(self) -> Path:
        """The JSON that the client gave with its last notification."""
        return self.path / "waiting.json"

    @property
    def reprime(self) -> Path:
        """Is there when the client has dropped what `gt prime` told it."""
        return self.path / "reprime"

    @property
    def asked(self) -> Path:
        """Is there when the agent was told that its hook still holds work."""
        return self.path / "asked"

    @property
    def handoff(self) -> Path:
        """Is there when the session was handed off and is to be followed by a new one."""
        return self.path / "handoff"

    @property
    def rework(self) -> Path:
        """Is there when the agent's work came back, and its session is to go on with it."""
        return self.path / "rework"

    @property
    def ran(self) -> Path:
        """Is there when the session ran as the town was taken down, and no record tells."""
        return self.path / "ran"

    @property
    def chosen(self) -> Path:
        """The agent command that a person named at a start, and the one that it stands for."""
        return self.path / "chosen"

    @property
    def setup_failed(self) -> Path:
        """Is there when the rig's setup failed in the worktree, with the reason."""
        return self.path / "setup-failed"

    @property
    def mail_seen(self) -> Path:
        """As old as the mailbox was when the agent last looked at it."""
        return self.path / "mail-seen"

    @property
    def rung(self) -> Path:
        """When its doorbell was last rung for mail, and how old the mailbox was then."""
        return self.path / "rung"

    @property
    def prompt(self) -> Path:
        """The prompt of a client that reads it from its standard input."""
        return self.path / "prompt"

    @property
    def facts(self) -> Path:
        """What the scripts read: whose folder it is, where its worktree and its mailbox are."""
        return self.path / "facts"

    @property
    def _thread(self) -> Path:
        return self.path / "thread.json"

    def make(self) -> None:
        """Make the folder, for its owner only."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def forget_turn(self) -> None:
        """Forget what the last session said; its conversation is kept."""
        for file in (self.state, self.event, self.reprime, self.asked):
            file.unlink(missing_ok=True)

    def note(self, activity: Activity) -> None:
        """Say for the client what it does."""
        self.state.write_text(f"{activity}\n", encoding="ascii")

    def said(self) -> Said | None:
        """What the client said last; None: nothing yet, or nothing that can be understood."""
        try:
            at = self.state.stat().st_mtime
            activity = Activity(self.state.read_text(encoding="ascii").strip())
        except (OSError, ValueError):
            return None
        message = self._message() if activity is Activity.WAITING else None
        return Said(activity, at, message)

    def _message(self) -> str | None:
        try:
            with self.event.open("rb") as file:
                found = json.loads(file.read(_MAX_BYTES))
            message = found["message"]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None
        return message if isinstance(message, str) else None

    def thread(self) -> Thread | None:
        """The conversation that may be resumed; None: there is none."""
        try:
            with self._thread.open("rb") as file:
                return Thread(**json.loads(file.read(_MAX_BYTES)))
        except (OSError, ValueError, TypeError, RecursionError):
            return None

    def write_thread(self, thread: Thread) -> None:
        """Remember the conversation that the client is in."""
        self.make()
        unfinished = self._thread.with_suffix(f".{os.getpid()}")
        unfinished.write_text(json.dumps(asdict(thread)) + "\n", encoding="utf-8")
        unfinished.replace(self._thread)

    def drop_thread(self) -> None:
        """The next session of this agent begins a new conversation."""
        self._thread.unlink(missing_ok=True)


def agent_folder(agents: Path, agent: str) -> AgentFolder:
    """The folder of an agent below a town's folder of agents."""
    return AgentFolder(agents / file_name(agent))
