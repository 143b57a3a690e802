"""What happens at the moments of an agent's client: it starts, is asked, stops, ends.

The client waits meanwhile, so each of these is short; and it is never kept from its work by a
trouble of the town: what fails is said in the answer or in the town's log.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gastown.domain.bead import LIVE
from gastown.domain.conversation import is_conversation_id
from gastown.domain.hook import HookState
from gastown.errors import GtError, NotFound, Refused
from gastown.ops.snapshots import capture
from gastown.runtime.agent_folder import Activity, agent_folder
from gastown.views.place import Place
from gastown.views.prime import prime

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from gastown.domain.hook import Hook
    from gastown.store.town import Town

_MAX_BYTES = 4 << 20


@dataclass(frozen=True)
class Moment:
    """What a client told.

    Attributes:
        hook: of the agent whose client it is.
        folder: that agent's.
        payload: the client's JSON; empty where it gave none that can be read.
    """

    hook: Hook
    folder: Path
    payload: Mapping[str, Any]

    def text(self, key: str) -> str | None:
        """A text of the payload."""
        found = self.payload.get(key)
        return found if isinstance(found, str) and found else None


def moment_of(town: Town, folder: Path, data: bytes) -> Moment:
    """The moment that a client's hook was run for.

    Raises:
        NotFound: the folder is of no live agent.
    """
    for hook in town.read().hooks():
        if agent_folder(town.layout.agents, hook.id).path == folder:
            return Moment(hook, folder, _payload(data))
    raise NotFound(f"{folder} is the folder of no live agent", hint="gt agents lists them")


def _payload(data: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(data[:_MAX_BYTES])
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def session_start(town: Town, moment: Moment) -> str:
    """A client has begun, resumed or lost its context: its conversation is noted, it is primed."""
    folder = agent_folder(town.layout.agents, moment.hook.id)
    folder.reprime.unlink(missing_ok=True)
    troubles = []
    conversation = moment.text("session_id")
    if conversation is not None and is_conversation_id(conversation):
        from gastown.ops.conversations import begin

        try:
            begin(
                town, moment.hook.id, conversation=conversation,
                runtime=moment.hook.runtime or "", transcript=moment.text("transcript_path"),
            )  # fmt: skip
        except GtError as trouble:
            troubles.append(f"(this conversation could not be noted: {trouble.message})\n")
    return "".join([_primed(town, moment, moment.text("source")), *troubles])


def prompt(town: Town, moment: Moment, write: Callable[[str], None]) -> None:
    """The client was asked something: what it may have lost is told again, and new mail."""
    from gastown.ops.injecting import inject

    folder = agent_folder(town.layout.agents, moment.hook.id)
    again = f"{_primed(town, moment, 'compact')}\n" if folder.reprime.exists() else ""
    if not inject(town, moment.hook.id, lambda text: write(again + text)) and again:
        write(again)
    folder.reprime.unlink(missing_ok=True)


def stop(town: Town, moment: Moment) -> str | None:
    """A turn is over. The reason to go on, at most once in a session; None: the client may rest.

    What is not committed is kept in a snapshot.
    """
    hook, folder = moment.hook, agent_folder(town.layout.agents, moment.hook.id)
    try:
        capture(town, hook, "stopped")
    except GtError:
        pass  # the monitor finds it again, and says so
    holds = hook.state is HookState.ACTIVE and hook.bead is not None
    if not holds or folder.asked.exists() or moment.payload.get("stop_hook_active") is True:
        return None
    bead = town.read().find("bead", hook.bead or "")
    if bead is None or bead.state not in LIVE:
        return None
    folder.asked.touch()
    folder.note(Activity.WORKING)  # it goes on, and no other moment of the client would tell so
    return (
        f"Your hook still holds {bead.id}. If the work is complete, commit it and run `gt done`. "
        f"If it is not, go on with it. If you need a person, say what you need: "
        f'`bd update {bead.id} --append-notes "…"`, then stop; this is said only once.'
    )


def _primed(town: Town, moment: Moment, source: str | None) -> str:
    hook = moment.hook
    rig = None if hook.rig == "hq" else hook.rig
    return prime(town, Place(rig, hook, hook.id), source=source).text


def check_folder(town: Town, folder: Path) -> Path:
    """The folder, if it is one of an agent of this town.

    Raises:
        Refused: it is not.
    """
    if folder.parent != town.layout.agents:
        raise Refused(f"{folder} is no agent's folder of {town.layout.root}",
                      hint="only agents' clients run this")  # fmt: skip
    return folder
