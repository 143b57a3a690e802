"""Gathering the signs of agents: what each file, process and record says of them just now.

A look at an agent that is well costs a few looks at files. Only where something is not plain is
more looked at: the table of all processes, once for all agents and not more often than every ten
seconds; a screen, if its log has grown since the last time; the end of a transcript, if that has.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gastown.domain.signs import Claim, Doing, Life, Signs
from gastown.errors import Unreadable
from gastown.ops.restarting import rests
from gastown.ops.runtimes import described
from gastown.ops.screens import Screens, shown
from gastown.ops.sessions import sessions_of
from gastown.ops.sign_memory import Files, Known, Now
from gastown.runtime.agent_folder import agent_folder
from gastown.runtime.agents import alike
from gastown.runtime.limits import limit_in_log, limit_in_transcript, limit_of, limit_on_screen
from gastown.runtime.logs import log_tail
from gastown.runtime.sessions import State
from gastown.runtime.vital_signs import agent_of, lost_its_folder, pid_of_agent
from gastown.store.files import read_or_none

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Set

    from gastown.domain.hook import Hook
    from gastown.domain.signs import Limit
    from gastown.ops.host import Host
    from gastown.runtime.records import Session
    from gastown.store.town import Town

_AGAIN_S = 10.0
_QUIET_S = 30.0  # so long without a cheap sign, the dearer ones are looked for
_FIRST_S = 2.0
_BUSY = 0.02  # the part of a processor that counts as a sign of life
_LINES = 20


class Gatherer:
    """Gathers signs, look after look."""

    def __init__(self, town: Town, host: Host) -> None:
        self._town = town
        self._host = host
        self._sessions = sessions_of(town, host)
        self._root = town.layout.root
        self._known: dict[str, Known] = {}
        self._files: dict[str, Files] = {}
        self._statuses: tuple[str, tuple[str, ...], Mapping[str, str]] = ("", (), {})
        self._changed: dict[tuple[str, str], float | None] = {}
        self._ends: tuple[int, Mapping[str, tuple[float, ...]]] = (0, {})

    def gather(
        self, hooks: Iterable[Hook], sessions: Mapping[str, Session] | None = None,
        floor: float = 0.0,
    ) -> dict[str, Signs]:  # fmt: skip
        """The signs of these hooks' agents, by the hooks' ids.

        Args:
            sessions: those on record, if somebody has read them just now.
            floor: when the machine woke, or its clock was set.
        """
        hooks = list(hooks)
        layout = self._town.layout
        commit = self._town.commit()
        now = Now(
            self._town.edge.clock().timestamp(), time.monotonic(), commit, layout.frozen.exists(),
            self._ends_on_record(), self._statuses_of(commit, hooks), Screens(self._sessions.tmux),
        )  # fmt: skip
        return {hook.id: self._of(hook, sessions, now, floor) for hook in hooks}

    def forget(self, live: Set[str]) -> None:
        """Drop what was known of hooks that are gone."""
        for memory in (self._known, self._files):
            for gone in memory.keys() - live:
                del memory[gone]

    def happened(self, hook: Hook, session: Session | None) -> tuple[object, ...]:
        """What is another after anything has happened for an agent; a few looks at files."""
        said = _mtime(self._files_of(hook).state)
        alive = self._sessions.look(session) if session is not None else None
        return (hook.state, hook.bead, hook.updated_at, alive, said,
                session.process if session is not None else None)  # fmt: skip

    def _of(
        self, hook: Hook, sessions: Mapping[str, Session] | None, now: Now, floor: float
    ) -> Signs:  # fmt: skip
        signs = Signs(
            now=now.at, agent=hook.id, hook=hook.state, role=hook.role, runtime=hook.runtime,
            reason=hook.reason, changed_at=_moment(hook.updated_at), bead=hook.bead,
            status=now.statuses.get(hook.bead) if hook.bead is not None else None,
            frozen=now.frozen, ends=now.ends.get(hook.id, ()), floor=floor,
        )  # fmt: skip
        try:
            session = self._session(hook, sessions)
        except Unreadable:
            return replace(signs, life=Life.UNREADABLE)
        if session is None:
            return replace(signs, setup_failed=self._setup_failed(hook))
        alive = self._sessions.look(session)
        known = self._remembered(hook.id, session)
        output = _mtime(session.log)
        signs = replace(
            signs, runtime=hook.runtime or session.runtime, started_at=_moment(session.started_at),
            output_at=_seconds(output), tells=known.runtime.lifecycle is not None,
            shows=bool(known.runtime.ready), patience_s=float(known.runtime.patience_s),
        )  # fmt: skip
        if alive.state is not State.RUNNING:
            life = Life.EXITED if alive.state is State.EXITED else Life.GONE
            return replace(
                signs, life=life, exit_code=alive.exit_code, rests=rests(self._town, session),
                setup_failed=self._setup_failed(hook),
                ended_at=_seconds(_mtime(session.exit_file)) or signs.output_at,
                limit=self._limit_at_end(session, known, signs),
            )  # fmt: skip
        return self._of_running(hook, session, known, signs, now, output)

    def _of_running(
        self, hook: Hook, session: Session, known: Known, signs: Signs, now: Now, output: int
    ) -> Signs:  # fmt: skip
        files = self._files_of(hook)
        if known.pid is None:
            known.pid = pid_of_agent(session)
        agent = agent_of(session, known.pid)
        if known.said[0] != (at := _mtime(files.state)):
            known.said = (at, files.folder.said())
        said = known.said[1]
        claim = Claim(Doing(said.activity.value), said.at, said.message) if said else None
        if known.thread[0] != (at := _mtime(files.thread)):
            known.thread = (at, files.folder.thread())
        thread = known.thread[1]
        transcript = thread.transcript if thread is not None else None
        grown = _mtime(transcript) if transcript is not None else 0
        signs = replace(
            signs, life=Life.RUNNING, said=claim, transcript_at=_seconds(grown),
            pid=agent.pid if agent is not None else session.process.pid,
            stopped=agent is not None and agent.is_stopped,
            homeless=agent is not None and self._is_homeless(hook, known, agent.pid, now),
            commit_at=_seconds(_mtime(files.commits)) if hook.bead is not None else None,
        )  # fmt: skip
        if signs.has_work and claim is not None and claim.doing is not Doing.WORKING:
            signs = replace(signs, bead_at=self._bead_changed(hook.bead, now.commit))
        quiet = _quiet_s(signs)
        self._look_at_processes(known, signs, now, quiet)
        if not signs.stopped and _wants_screen(known, signs, now, output, quiet, transcript):
            self._look_at_screen(session, known, signs, now, output)
        return replace(
            signs, shown=known.shown, busy_at=known.busy_at, child_at=known.child_at,
            limit=self._limit(known, signs, transcript, grown),
        )  # fmt: skip

    def _is_homeless(self, hook: Hook, known: Known, pid: int, now: Now) -> bool:
        """Whether the agent, or what it runs, stands in a worktree that was removed."""
        place = self._root / hook.path
        link = _mtime(place / ".git")
        known.home = link if known.home is None else known.home
        family = [] if link == known.home else [one.pid for one in now.table.below(pid)]
        return any(lost_its_folder(one, place) for one in (pid, *family))

    def _look_at_processes(self, known: Known, signs: Signs, now: Now, quiet: float) -> None:
        """Look for processes that work, where there is no other sign that anything does."""
        owes = signs.said is None or signs.said.doing is Doing.WORKING
        passed = now.steady - known.table_at
        if not owes or quiet < _QUIET_S or passed < _AGAIN_S or signs.pid is None:
            return
        if signs.tells:
            known.child_at = now.table.youngest(signs.pid)
        else:
            used = now.table.used_s(signs.pid)
            if known.used_s is not None and used - known.used_s >= _BUSY * passed:
                known.busy_at = now.at
            known.used_s = used
        known.table_at = now.steady

    def _look_at_screen(
        self, session: Session, known: Known, signs: Signs, now: Now, output: int
    ) -> None:
        known.screen_of, known.screen_at = output, now.steady
        screen = now.screens.of(session)
        if screen is None:
            known.shown = known.screen_limit = None
            return
        known.shown = shown(known.runtime, screen, now.at)
        done = (known.shown, signs.said)
        is_over = any(one is not None and one.doing is Doing.IDLE for one in done)
        known.screen_limit = (
            limit_on_screen(known.family, screen, signs.output_at or now.at) if is_over else None
        )

    @staticmethod
    def _limit(known: Known, signs: Signs, transcript: str | None, grown: int) -> Limit | None:
        """What its client says of a limit: in a notification, its transcript, on its screen."""
        said = signs.said
        if said is not None and said.doing is Doing.WAITING:
            return limit_of(said.text or "", said.at)
        found = known.screen_limit
        if transcript is not None and grown:
            if known.told[0] != grown:
                form = known.runtime.transcript
                known.told = (grown, limit_in_transcript(form, Path(transcript), grown / 1e9))
            found = known.told[1]
        return None if found is not None and _is_past(signs, found) else found

    @staticmethod
    def _limit_at_end(session: Session, known: Known, signs: Signs) -> Limit | None:
        """What a client that has ended said of a limit as its last word."""
        at = signs.output_at
        if known.family is None or at is None or at + 1.0 < (signs.started_at or 0.0):
            return None  # an earlier session wrote that
        if known.ended != at:
            tail = log_tail(Path(session.log), _LINES)
            known.ended, known.at_end = at, limit_in_log(known.family, tail, at)
        return known.at_end

    def _session(self, hook: Hook, sessions: Mapping[str, Session] | None) -> Session | None:
        session = sessions.get(hook.id) if sessions is not None else None
        if session is None and (sessions is None or hook.runtime is not None):
            session = self._sessions.get(hook.id)
        return session if session is not None and session.generation == hook.generation else None

    def _remembered(self, hook_id: str, session: Session) -> Known:
        of = (session.process.pid, session.process.started)
        known = self._known.get(hook_id)
        if known is None or known.of != of:
            runtime = described(self._town, self._host, session)
            family = runtime.transcript or alike(runtime.argv)
            known = self._known[hook_id] = Known(of, runtime, family)
        return known

    def _setup_failed(self, hook: Hook) -> str | None:
        folder = agent_folder(self._town.layout.agents, hook.id)
        found = read_or_none(folder.setup_failed)
        return found.decode(errors="replace").strip() if found is not None else None

    def _files_of(self, hook: Hook) -> Files:
        of = (hook.rig, hook.branch)
        known = self._files.get(hook.id)
        if known is None or known.of != of:
            layout = self._town.layout
            folder = agent_folder(layout.agents, hook.id)
            repository = layout.town_git if hook.rig == "hq" else layout.repository(hook.rig)
            commits = repository / "logs" / hook.full_branch
            known = Files(of, folder, str(folder.state), str(folder.path / "thread.json"),
                           str(commits))  # fmt: skip
            self._files[hook.id] = known
        return known

    def _bead_changed(self, bead: str | None, commit: str) -> float | None:
        if bead is None:
            return None
        if (commit, bead) not in self._changed:
            self._changed = {key: at for key, at in self._changed.items() if key[0] == commit}
            try:
                record = self._town.read().find("bead", bead)
            except Unreadable:
                record = None
            at = record.data.get("updated_at") if record is not None else None
            self._changed[commit, bead] = _moment(at) if isinstance(at, str) else None
        return self._changed[commit, bead]

    def _statuses_of(self, commit: str, hooks: list[Hook]) -> Mapping[str, str]:
        beads = tuple(sorted({hook.bead for hook in hooks if hook.bead is not None}))
        if self._statuses[:2] != (commit, beads):
            self._statuses = (commit, beads, self._town.read().statuses(beads) if beads else {})
        return self._statuses[2]

    def _ends_on_record(self) -> Mapping[str, tuple[float, ...]]:
        file = self._town.layout.recovery
        at = _mtime(file)
        if self._ends[0] != at:
            self._ends = (at, _ends(read_or_none(file)))
        return self._ends[1]


def _wants_screen(
    known: Known, signs: Signs, now: Now, output: int, quiet: float, transcript: str | None
) -> bool:
    """Whether a look at its screen may tell something that is not known yet."""
    if not (signs.tells or signs.shows) or known.screen_of == output:
        return False
    if now.steady - known.screen_at < _AGAIN_S:
        return False
    said = signs.said
    if said is None:
        return (signs.age(signs.started_at) or 0.0) >= _FIRST_S
    if said.doing is Doing.IDLE:
        return signs.has_work and transcript is None and known.family is not None
    return said.doing is Doing.WAITING or quiet >= _QUIET_S


def _quiet_s(signs: Signs) -> float:
    """How long ago the latest sign was that costs nothing to see."""
    begun = signs.said.at if signs.said is not None else signs.started_at
    moments = (begun, signs.transcript_at, signs.output_at, signs.commit_at)
    return min((age for at in moments if (age := signs.age(at)) is not None), default=0.0)


def _is_past(signs: Signs, limit: Limit) -> bool:
    """Whether a client was started, or has begun something new, since it told of a limit."""
    said, then = signs.said, limit.at + 1.0
    begun = said is not None and said.doing in (Doing.WORKING, Doing.STARTED) and said.at > then
    return begun or (signs.started_at is not None and signs.started_at > then)


def _mtime(file: str | Path) -> int:
    """When a file changed, in nanoseconds; 0: there is none."""
    try:
        return os.stat(file).st_mtime_ns
    except OSError:
        return 0


def _seconds(nanoseconds: int) -> float | None:
    return nanoseconds / 1e9 if nanoseconds else None


def _moment(text: str) -> float | None:
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return None


def _ends(data: bytes | None) -> dict[str, tuple[float, ...]]:
    try:
        hooks: dict[str, Any] = json.loads(data or b"{}")["hooks"]
        return {
            name: tuple(float(at) for at in one.get("ends", ()))
            for name, one in hooks.items()
        }  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}
