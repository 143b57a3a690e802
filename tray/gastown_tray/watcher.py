"""Looks at the town and tells the person; one thread with a town of its own.

Whether something has changed is told by a few files, so looking costs no process. What is shown
changes at most every so often; the notices are decided in the same look.
"""

from __future__ import annotations

import threading
import time
import traceback
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from gastown.errors import GtError
from gastown.ops import notifying, service
from gastown.ops.costs import costs
from gastown.ops.picture import LOOK_S, Stamp, stamp, status_now
from gastown.store import locks, notices
from gastown.store.files import disk_errors
from gastown.store.town import Edge, Town
from gastown.views.costs import By
from gastown_tray import record
from gastown_tray.face import Face, Seen, face_of, working
from gastown_tray.menu import Facts, Item, menu_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from gastown.ops.host import Host

TICK_S = 0.15
SPACING_S = 0.3
"""The icon and the menu change at most so often."""
_AGES_S = 20.0
_SPENT_S = 120.0
_AFTER_TROUBLE_S = 2.0


@dataclass(frozen=True)
class _Known:
    """By what it is seen that something has changed."""

    town: Stamp
    mutes: float
    wishes: float


class Watcher:
    """Looks until it is told to stop.

    Args:
        shown: called, in the watcher's thread, with what is to be shown from now on.
    """

    def __init__(
        self, root: Path, host: Host, edge: Edge,
        shown: Callable[[Face, tuple[Item, ...]], None],
    ) -> None:  # fmt: skip
        self._root = root
        self._host = host
        self._edge = edge
        self._shown = shown
        self._over = threading.Event()
        self._poke = threading.Event()
        self._spent: str | None = None
        self._spending: threading.Thread | None = None
        self._spent_at = float("-inf")
        self._last: tuple[Face, tuple[Item, ...]] | None = None
        self._last_at = float("-inf")
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)

    @property
    def root(self) -> Path:
        """The town that is shown."""
        return self._root

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._over.set()
        self._poke.set()
        self._thread.join(5.0)

    def look_at(self, root: Path) -> None:
        """Look at another town from now on."""
        self._root = root
        self._spent, self._spent_at = None, float("-inf")
        self._poke.set()

    def look(self) -> None:
        """Look at once: something was done."""
        self._poke.set()

    def _run(self) -> None:
        while not self._over.is_set():
            root = self._root
            try:
                with disk_errors(), closing(Town(root, self._edge)) as town:
                    self._watch(town, root)
            except GtError as trouble:
                self._show(Seen(root.name, trouble=trouble.message), {}, None)
            except Exception as error:  # noqa: BLE001  (whatever it is, the icon must tell)
                _keep_trace()
                self._show(Seen(root.name, trouble=f"{type(error).__name__}: {error}"), {}, None)
            self._over.wait(_AFTER_TROUBLE_S if self._root == root else 0)

    def _watch(self, town: Town, root: Path) -> None:
        """Look at a town until another one is wanted."""
        teller = notifying.Notifier(lambda: Town(root, self._edge), self._host)
        seen = Seen(town.settings().name)
        known: _Known | None = None
        due = again = menu_due = 0.0
        with ExitStack() as held:
            held.callback(teller.stop)
            mine = False
            while not self._over.is_set() and self._root == root:
                if not mine and not locks.is_held(town.layout.notifier_lock):
                    mine = held.enter_context(notifying.turn(town))
                now = time.time()
                found = _known(town)
                poked = self._poke.is_set()
                self._poke.clear()
                if poked or found != known or now >= min(due, again):
                    status = status_now(town, self._host)
                    seen = replace(seen, name=status.name, status=status, at=now)
                    told = teller.look(town, status) if mine else None
                    again = told.again_at if told and told.again_at else float("inf")
                    due = now + LOOK_S
                    if known is None or found.town.commit != known.town.commit or working(status):
                        self._count(root)
                    known, menu_due = found, 0.0
                if now >= menu_due:
                    mutes = notices.read_mutes(town.layout)
                    shown = self._show(seen, mutes, service.at_login(town, self._host))
                    menu_due = now + (_AGES_S if shown else SPACING_S)
                self._poke.wait(TICK_S)

    def _show(self, seen: Seen, mutes: dict[str, float], at_login: bool | None) -> bool:
        """Show it; False: something else was shown a moment ago, and it has to wait."""
        now = time.time()
        wishes = record.read_wishes()
        towns = {folder: Path(folder).name for folder in wishes.towns}
        facts = Facts(mutes, self._spent, towns, str(self._root), at_login)
        wanted = face_of(seen, now), menu_of(seen, facts, now)
        if wanted == self._last:
            return True
        if time.monotonic() - self._last_at < SPACING_S:
            return False
        self._last, self._last_at = wanted, time.monotonic()
        self._shown(*wanted)
        return True

    def _count(self, root: Path) -> None:
        """Count what the day has used, aside: transcripts can be long."""
        if time.monotonic() - self._spent_at < _SPENT_S:
            return
        if self._spending is not None and self._spending.is_alive():
            return
        self._spent_at = time.monotonic()
        self._spending = threading.Thread(target=self._spend, args=(root,), daemon=True)
        self._spending.start()

    def _spend(self, root: Path) -> None:
        try:
            with closing(Town(root, self._edge)) as town:
                said = spent_today(town, self._host)
        except (GtError, OSError):
            return
        if self._root == root and said != self._spent:
            self._spent = said
            self._poke.set()


def spent_today(town: Town, host: Host) -> str | None:
    """What agents have used today (UTC), in words; None: nothing is known."""
    today = town.edge.clock().date().isoformat()
    found = costs(town, host, by=By.DAY, since=today)
    tokens = found.sum.tokens.total
    if not tokens and not found.lines:
        return None
    words = f"{_short(tokens)} tokens"
    if found.sum.money is not None:
        words += f", {found.sum.money:.2f}{'' if found.sum.whole else ' at least'}"
    return words


def _short(number: int) -> str:
    for size, unit in ((1_000_000, "M"), (1_000, "k")):
        if number >= size:
            return f"{number / size:.1f}{unit}"
    return str(number)


def _known(town: Town) -> _Known:
    return _Known(stamp(town), _changed_at(town.layout.mutes), _changed_at(record.wishes_file()))


def _changed_at(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0


def _keep_trace() -> None:
    with record.log_file().open("a", encoding="utf-8", errors="replace") as log:
        log.write(f"{time.ctime()}\n{traceback.format_exc()}\n")
