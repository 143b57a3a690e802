"""Telling the person at the desk: looks at how the town is, decides by the rules, shows, remembers.

One process at a time does it for a town: the tray, or where none runs the monitor, or a command.
What is told is written down before it is shown, so that nothing is told twice, whoever is killed in
between; it stands in `gt status`, the tray and the dashboard all the same.
"""

from __future__ import annotations

import threading
import time
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.health import Condition
from gastown.domain.notifying.occurrence import Kind
from gastown.domain.notifying.rules import EVERYBODY, Around, Decision, decide
from gastown.errors import Busy, GtError
from gastown.ops import desk as deeds
from gastown.ops import escalating
from gastown.ops.picture import status_now
from gastown.ops.sessions import sessions_of
from gastown.runtime.desktop.desk import Desk
from gastown.runtime.desktop.way import Button, Note, Placed
from gastown.runtime.journal import Journal
from gastown.runtime.kernel import room
from gastown.runtime.records import file_name
from gastown.runtime.tmux import TmuxError
from gastown.store import locks, notices
from gastown.store.town import Town
from gastown.views.occurrences import occurrences, page_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from gastown.domain.notifying.memory import Memory, Shown
    from gastown.domain.notifying.occurrence import Occurrence
    from gastown.domain.notifying.settings import NotifySettings
    from gastown.domain.notifying.words import Notice
    from gastown.ops.host import Host
    from gastown.runtime.tmux import Tmux
    from gastown.store.layout import Layout
    from gastown.views.status import Status

MUTE_S = 3600.0


@dataclass(frozen=True)
class Told:
    """What one look has told. `again_at`: when to look again though nothing happens."""

    notices: tuple[Notice, ...]
    decision: Decision

    @property
    def again_at(self) -> float | None:
        """When to look again though nothing happens, in seconds since 1970; None: never."""
        return self.decision.again_at


class Notifier:
    """Tells the person, from whichever process holds it.

    Args:
        open_town: gives a town to the thread in which a press is acted on.
        listens: whether it lives long enough to hear of a press: else notices have no buttons.
    """

    def __init__(
        self, open_town: Callable[[], Town], host: Host, *, listens: bool = True
    ) -> None:  # fmt: skip
        self._open_town = open_town
        self._host = host
        self._listens = listens
        self._desk = Desk(host.clean_env(), self._pressed, self._closed)
        self._writing = threading.Lock()

    def look(self, town: Town, found: Status) -> Told:
        """Tell what is due; the caller holds `turn`.

        Raises:
            GtError: the town or its disk refuses.
        """
        now = town.edge.clock().timestamp()
        tmux = sessions_of(town, self._host).tmux
        with self._writing:
            before = notices.read_memory(town.layout, now)
            decision = _decided(town, tmux, found, before, now)
            if decision.memory != before or not town.layout.notices.exists():
                notices.write_memory(town.layout, decision.memory)
        for gone in decision.close:
            self._desk.close(Placed(gone.way, gone.number, gone.server))
        for notice in decision.tell:
            self._tell(town, notice, tmux, now)
        return Told(decision.tell, decision)

    def stop(self) -> None:
        """Let go of the desktop."""
        self._desk.stop()

    def _tell(self, town: Town, notice: Notice, tmux: Tmux | None, now: float) -> None:
        page = "needs" if notice.is_group else page_of(notice.occurrences[0])
        self._remember(town.layout, lambda memory: memory.with_told(notice, now, page))
        numbered = [one for one in notice.replaces if one.number is not None]
        for one in numbered[1:]:
            self._desk.close(Placed(one.way, one.number, one.server))
        old = numbered[0].number if numbered else None
        delivered = self._desk.show(note_of(notice, old, buttons=self._listens), tmux)
        placed = delivered.placed
        journal = Journal(log_file(town.layout), town.now)
        try:
            fields = {"id": notice.id, "title": notice.title, "body": notice.body,
                      "kinds": ",".join(one.kind for one in notice.occurrences),
                      "urgency": notice.urgency}  # fmt: skip
            if placed is not None:
                self._remember(town.layout, lambda memory: memory.with_place(
                    notice, placed.way, placed.number, placed.server))  # fmt: skip
                journal.info("told", **fields, way=placed.way)
            else:
                self._remember(town.layout, lambda memory: memory.with_failure(notice, now))
                journal.warn("untold", **fields, why=delivered.why)
        finally:
            journal.close()
        _note_escalations(town, notice, None if placed is not None else delivered.why)

    def _remember(self, layout: Layout, change: Callable[[Memory], Memory]) -> None:
        with self._writing:
            memory = notices.read_memory(layout, time.time())
            notices.write_memory(layout, change(memory))

    def _pressed(self, number: int, key: str) -> None:
        threading.Thread(target=self._act, args=(number, key), daemon=True).start()

    def _closed(self, number: int) -> None:
        with suppress(GtError), closing(self._open_town()) as town:
            shown = _shown(town.layout, number)
            if shown is not None:
                self._remember(town.layout, lambda memory: memory.without_screen(shown.id))

    def _act(self, number: int, key: str) -> None:
        with closing(self._open_town()) as town:
            shown = _shown(town.layout, number)
            if shown is None:
                return  # somebody else's notice
            journal = Journal(log_file(town.layout), town.now)
            try:
                journal.info("pressed", id=shown.id, button=key,
                             did=act(town, self._host, shown, key))  # fmt: skip
            except GtError as trouble:
                journal.trouble(shown.title, trouble)
                hint = f" ({trouble.hint})" if trouble.hint else ""
                self._desk.show(Note(shown.title, f"{trouble.message}{hint}"), None)
            finally:
                journal.close()


@contextmanager
def turn(town: Town) -> Iterator[bool]:
    """Be the one who tells the person of a town, for a while; False: somebody else is."""
    try:
        with locks.hold(town.layout.notifier_lock, wait_s=0, what="the person"):
            yield True
    except Busy:
        yield False


def notify_once(town: Town, host: Host, notifier: Notifier | None = None) -> Told | None:
    """Look once, unless somebody else does that; None: somebody does.

    Raises:
        GtError: the town or its disk refuses.
    """
    with turn(town) as mine:
        if not mine:
            return None
        found = status_now(town, host)
        root, edge = town.layout.root, town.edge
        teller = notifier or Notifier(lambda: Town(root, edge), host, listens=False)
        try:
            return teller.look(town, found)
        finally:
            if notifier is None:
                teller.stop()


def decided(town: Town, host: Host, found: Status) -> Decision:
    """What would be told now; nothing is."""
    now = town.edge.clock().timestamp()
    before = notices.read_memory(town.layout, now)
    return _decided(town, sessions_of(town, host).tmux, found, before, now)


def act(town: Town, host: Host, shown: Shown, key: str) -> str:
    """Do what a button of a notice says; what was done.

    Raises:
        GtError: it cannot be done here.
    """
    if key == "mute":
        mute(town, shown.agent, town.edge.clock().timestamp() + MUTE_S)
        return f"muted {shown.agent or 'everybody'} for an hour"
    if key in ("default", "attach") and shown.agent is not None:
        return f"opened {deeds.attach_in_window(town, host, shown.agent)}"
    deeds.open_dashboard(town, host, shown.page)
    return f"opened /{shown.page}"


def mute(town: Town, agent: str | None, until: float | None) -> dict[str, float]:
    """Tell nothing of an agent, or (None) of anything, until a time; None: let it be told again.

    Returns:
        Who is muted from now on, and until when, in seconds since 1970.

    Raises:
        DiskTrouble: the disk refuses.
    """
    now = town.edge.clock().timestamp()
    return notices.write_mutes(town.layout, {agent or EVERYBODY: until}, now)


def log_file(layout: Layout) -> Path:
    """Every notice that was shown, and every press."""
    return layout.logs / "notices.log"


def _decided(town: Town, tmux: Tmux | None, found: Status, before: Memory, now: float) -> Decision:
    settings = town.settings()
    told = occurrences(
        found, town.read(), settings, since=before.began, now=now,
        free_bytes=room(town.layout.root).free_bytes,
    )  # fmt: skip
    around = _around(town.layout, tmux, told, settings.notify, now)
    return decide(before, told, around, settings.notify, found.name)


def note_of(notice: Notice, old: int | None = None, *, buttons: bool = True) -> Note:
    """A notice with its buttons. `old`: the number of the one that it takes the place of."""
    mine = [Button("default", "Attach"), Button("attach", "Attach")] if notice.agent else [
        Button("default", "Open")]  # fmt: skip
    mute = Button("mute", "Mute 1 h" if notice.agent else "Mute all 1 h")
    return Note(
        notice.title, notice.body, notice.urgency.rank, notice.quiet,
        (*mine, Button("open", "Open"), mute) if buttons else (), old,
    )  # fmt: skip


def _around(
    layout: Layout, tmux: Tmux | None, told: tuple[Occurrence, ...], rules: NotifySettings,
    now: float,
) -> Around:  # fmt: skip
    present = notices.present_at(layout)
    local = time.localtime(now)
    return Around(
        now=now, minute=local.tm_hour * 60 + local.tm_min,
        seen=_seen(tmux, {one.agent for one in told if one.agent}, now - rules.presence_s),
        in_front=present is not None and 0 <= now - present < rules.presence_s,
        muted=notices.read_mutes(layout),
    )  # fmt: skip


def _seen(tmux: Tmux | None, agents: set[str], since: float) -> frozenset[str]:
    """Those of the agents in whose terminal somebody has typed since a moment.

    That a terminal shows one says nothing: it may be behind another window since yesterday.
    """
    if tmux is None or not agents:
        return frozenset()
    try:
        typed = tmux.last_keys()
    except TmuxError:
        return frozenset()
    return frozenset(agent for agent in agents if typed.get(file_name(agent), 0) >= since)


def _shown(layout: Layout, number: int) -> Shown | None:
    memory = notices.read_memory(layout, time.time())
    return next((one for one in reversed(memory.shown) if one.number == number), None)


def _note_escalations(town: Town, notice: Notice, why: str | None) -> None:
    """Write into the records of escalations that the person was told, or why not."""
    told: dict[str, str | None] = {}
    for one in notice.occurrences:
        if one.key.startswith("escalation "):
            told[one.key.split(" ")[1]] = why
        elif one.kind is Kind.CRASH_LOOP:
            told |= {
                other.id: why for other in town.read().escalations()
                if other.agent == one.agent and Condition.CRASH_LOOP in other.title.casefold()
            }  # fmt: skip
    if told:
        with suppress(Busy):
            escalating.note_shown(town, told)
