"""When the monitor rings an agent's doorbell by itself: it has mail, and has not looked since.

A round costs two looks at files for each agent that runs; what its client said, and the ledger,
are looked at only when its mailbox has changed. One doorbell for what is there: not again before
something new comes, or ten minutes have passed without a look.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from gastown.errors import Busy
from gastown.ops.injecting import note_looked
from gastown.ops.nudging import changed_at, ring_for_mail
from gastown.runtime.agent_folder import Activity, agent_folder
from gastown.runtime.doorbell import Heard
from gastown.runtime.records import Runner

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from gastown.domain.hook import Hook
    from gastown.monitor.hands import Submit
    from gastown.ops.host import Host
    from gastown.runtime.journal import Journal
    from gastown.runtime.records import Session
    from gastown.store.layout import Layout
    from gastown.store.town import Town

AGAIN_S = 600.0
_PAUSES_S = {
    Heard.TYPING: 20.0, Heard.NO_TERMINAL: 600.0, Heard.WORKING: 5.0, Heard.NOT_READY: 5.0,
}  # fmt: skip
_PAUSE_S = 15.0
_TAKES_A_PROMPT = (Activity.STARTED, Activity.IDLE)
_TAKES_NONE = "shell"


class Ringing:
    """Whose doorbell is due.

    Args:
        submit: gives a job to a worker: its name, the job's key, the job.
    """

    def __init__(
        self, layout: Layout, host: Host, journal: Journal,
        submit: Submit,
    ) -> None:  # fmt: skip
        self._layout = layout
        self._host = host
        self._journal = journal
        self._submit = submit
        self._put_off: dict[str, float] = {}

    def look(self, running: Iterable[tuple[Hook, Session]]) -> None:
        """Have the doorbell of everybody rung for whom it is due."""
        for hook, session in running:
            is_typed_to = session.runner is Runner.TMUX and session.runtime != _TAKES_NONE
            if is_typed_to and self._is_due(hook.id):
                self._submit("doorbell", f"ring {hook.id}", partial(self._ring, hook))

    def _is_due(self, agent: str) -> bool:
        changed = changed_at(self._layout.mailbox(agent))
        if changed is None:
            return False
        folder = agent_folder(self._layout.agents, agent)
        seen = changed_at(folder.mail_seen)
        if seen is not None and seen >= changed:
            self._put_off.pop(agent, None)
            return False
        if time.monotonic() < self._put_off.get(agent, 0.0):
            return False
        said = folder.said()
        if said is not None and said.activity not in _TAKES_A_PROMPT:
            return False
        return not _was_rung(folder.rung, changed)

    def _ring(self, hook: Hook, town: Town) -> None:
        if not town.read().unread(hook.id):
            note_looked(town, hook.id)
            return
        try:
            rung = ring_for_mail(town, self._host, hook)
        except Busy:
            self._put_off[hook.id] = time.monotonic() + 1.0
            return
        if rung.heard in (Heard.RANG, Heard.UNCONFIRMED):
            self._journal.info("rang", hook=hook.id, how=rung.why or rung.heard.value)
            return
        self._put_off[hook.id] = time.monotonic() + _PAUSES_S.get(rung.heard, _PAUSE_S)


def _was_rung(file: Path, changed: int) -> bool:
    """Whether the doorbell was rung for what is in the mailbox, not too long ago."""
    try:
        age_s = time.time() - file.stat().st_mtime
        return 0 <= age_s < AGAIN_S and int(file.read_text(encoding="ascii")) >= changed
    except (OSError, ValueError):
        return False
