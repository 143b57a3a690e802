"""What is done for an agent that is stuck or gone, each after a fresh look.

Whoever decided that something is to be done saw the agent a moment ago. Before anything is done the
ledger and the session are looked at again, under the lock of the hook's place where the session is
started or stopped: whatever a person, a sling, a hand-off or the merge queue is doing there wins,
and no agent is ever started for work that is closed, merged or handed in. The work is held by a
snapshot before every restart.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gastown.domain.bead import BeadState
from gastown.domain.hook import HookState, Role
from gastown.errors import Busy, DiskTrouble, GtError
from gastown.ids import MAYOR
from gastown.ops import handoff, nudging, observe, restarting, sessions
from gastown.ops.observe import MONITOR
from gastown.ops.refining import giving_back
from gastown.ops.retire import place_held
from gastown.ops.slinging import being_slung
from gastown.ops.snapshots import capture_held
from gastown.runtime.agent_folder import agent_folder
from gastown.runtime.halted import continue_all, end_leftovers, halted
from gastown.runtime.sessions import State
from gastown.store import faults
from gastown.store.merging import contains
from gastown.store.refs import Refs
from gastown.store.stale import set_aside_if_stale
from gastown.store.worktree import Worktrees
from gastown.views.hooks import has_worktree
from gastown.views.molecules import molecule_of, view_of

if TYPE_CHECKING:
    from gastown.domain.bead import Bead
    from gastown.domain.hook import Hook
    from gastown.ops.host import Host
    from gastown.runtime.records import Session
    from gastown.store.reader import Reader
    from gastown.store.town import Town

PATIENCE_S = 0.5
_AT_HAND = (BeadState.OPEN, BeadState.HOOKED, BeadState.IN_PROGRESS)  # none that is put aside
_BY_A_PERSON = (0, 130)  # how the mayor's client ends when the person is through with it
_CALL = (
    "There is work on your hook, and nothing has happened for a while. Run `gt hook`, then go on."
    " If you cannot, say what is in the way: gt escalate"
)


@dataclass(frozen=True)
class Case:
    """An agent that is to be helped, as it was seen: its hook, and which session."""

    hook: Hook
    session: Session

    @property
    def name(self) -> str:
        """What tells its session from every other one."""
        return f"{self.session.process.pid} {self.session.process.started}"


def wants_agent(reader: Reader, hook: Hook) -> bool:
    """Whether an agent should be at work in a hook, as the ledger has it."""
    if hook.role is Role.MAYOR:
        return True
    if hook.state is not HookState.ACTIVE or hook.runtime is None or hook.bead is None:
        return False
    bead = reader.find("bead", hook.bead)
    return bead is not None and bead.state in _AT_HAND and _can_go_on(reader, bead)


def _can_go_on(reader: Reader, bead: Bead) -> bool:
    """Whether a bead waits for nobody: of a molecule, a step can be done that is for no person.

    Until then its agent may have ended; as soon as it can, it is missed.
    """
    if bead.parent is None and reader.find("molecule", bead.id) is None:
        return True
    molecule = molecule_of(reader, bead.id)
    if molecule is None or bead.id != molecule.id:
        return True
    view = view_of(reader, molecule)
    step = view.current
    return view.is_complete or (step is not None and step.bead.issue_type != "human")


def is_held(reader: Reader, hook: Hook) -> bool:
    """Whether nothing is to be started with a hook's agent command now."""
    return hook.runtime is not None and reader.scheduler().hold_of(hook.runtime) is not None


def in_other_hands(town: Town, hook: Hook, session: Session) -> bool:
    """Whether somebody else is about to start the next session; looks at files only."""
    return (
        being_slung(town, hook)
        or handoff.is_marked(town, hook.id, session)
        or giving_back.is_marked(town, hook)
    )


def ended_by_person(town: Town, hook: Hook, session: Session, exit_code: int | None) -> bool:
    """Whether a session has ended because a person wanted that."""
    if hook.role is Role.MAYOR and exit_code in _BY_A_PERSON:
        return True
    return restarting.rests(town, session)


def gave_sign(town: Town, hook: Hook, session: Session) -> bool:
    """Whether a session has given a sign of life since its start: a word, output, or a commit."""
    since = started_at(session)
    folder = agent_folder(town.layout.agents, hook.id)
    admin = Worktrees(town.layout, hook.rig).admin(hook)
    signs = [folder.state, Path(session.log), *([admin / "logs" / "HEAD"] if admin else [])]
    return any(_is_newer(file, since) for file in signs)


def started_at(session: Session) -> float:
    """When a session began, in seconds since 1970."""
    return datetime.fromisoformat(session.started_at).timestamp()


def is_halted(session: Session) -> bool:
    """Whether processes of a session are stopped."""
    return bool(halted(session.process))


def restart(town: Town, host: Host, case: Case) -> str | None:
    """Start an agent again, with its conversation; what was done, in words; None: it must not be.

    Raises:
        Busy: somebody is at work in the hook's place.
        GtError: it cannot be started.
    """
    with place_held(town, case.hook, PATIENCE_S):
        _take_notice(town, case.hook)
        hook = _as_it_was(town, host, case)
        reader = town.read()
        if hook is None or not wants_agent(reader, hook) or is_held(reader, hook):
            return None
        if in_other_hands(town, hook, case.session) or restarting.rests(town, case.session):
            return None
        if hook.role is not Role.MAYOR and not has_worktree(town, hook):
            return None  # it is mended first
        restarting.check(town, hook)
        running = sessions.sessions_of(town, host)
        if running.look(case.session).state is not State.RUNNING:
            end_leftovers(case.session.process, town.layout.root / hook.path)
            _free_locks(town, hook, started_at(case.session))
            _hold_work(town, hook)
        faults.reach("recover:held")
        stopped = restarting.stop_held(town, host, hook)
        faults.reach("recover:stopped")
        begun = restarting.start_held(town, host, hook, fresh=False, stopped=stopped)
        faults.reach("recover:started")
    goes_on = f", conversation {begun.resumed[:8]} goes on" if begun.resumed else ""
    return f"{begun.runtime}{goes_on}"


def nudge(town: Town, host: Host, case: Case) -> str | None:
    """Tell an agent that there is work, and ring; what came of it."""
    hook = _as_it_was(town, host, case)
    if hook is None or not wants_agent(town.read(), hook):
        return None
    [call] = nudging.nudge(town, host, [hook.id], _CALL, actor=MONITOR).agents
    return f"{call.heard}{f': {call.why}' if call.why else ''}"


def go_on(town: Town, host: Host, case: Case) -> str | None:
    """Let the stopped processes of an agent go on; what was done, in words."""
    if _as_it_was(town, host, case) is None:
        return None
    count = continue_all(case.session.process)
    return f"{count} {'processes' if count != 1 else 'process'}" if count else None


def stop_done(town: Town, host: Host, case: Case) -> str | None:
    """Stop the session of an agent whose work is handed in; what was done, in words.

    Raises:
        Busy: somebody is at work in the hook's place.
        Refused: the process does not end.
    """
    with place_held(town, case.hook, PATIENCE_S):
        hook = _as_it_was(town, host, case)
        if hook is None or hook.state is not HookState.COMPLETED:
            return None
        stopped = restarting.stop_held(town, host, hook)
    return (stopped.snapshot or "nothing new to hold") if stopped.ran else None


def last_lines(town: Town, host: Host, case: Case, lines: int) -> str:
    """What a session showed last."""
    try:
        return sessions.peek(town, host, case.hook.id, lines)
    except GtError as trouble:
        return trouble.message


def _as_it_was(town: Town, host: Host, case: Case) -> Hook | None:
    """The hook as it is now; None: it or its session is another by now, or nothing may be done."""
    if town.layout.is_quiet:
        return None
    hook = town.read().hook(case.hook.id)
    if hook is None or (hook.generation, hook.updated_at) != (
        case.hook.generation, case.hook.updated_at,
    ):  # fmt: skip
        return None
    now = sessions.sessions_of(town, host).get(hook.id)
    return hook if now is not None and Case(hook, now).name == case.name else None


def _take_notice(town: Town, hook: Hook) -> None:
    """Have the ledger know what the agent did before it ended, and what was merged of it."""
    if hook.role is Role.MAYOR or hook.bead is None:
        return
    with suppress(GtError):
        observe.look_at_hook(town, hook.id)
        if _seems_merged(town, hook):
            observe.look_at_rig(town, hook.rig)


def _seems_merged(town: Town, hook: Hook) -> bool:
    trees = Worktrees(town.layout, hook.rig)
    head = Refs(trees.repository).oid(hook.full_branch)
    target = Refs(trees.repository).oid(f"refs/heads/{hook.target}")
    if head is None or target is None or head == (hook.start or hook.base):
        return False
    return contains(trees.git, target, head)


def _free_locks(town: Town, hook: Hook, since: float) -> None:
    """Set aside the locks that a git of the session has left; the next one could not commit."""
    trees = Worktrees(town.layout, hook.rig)
    admin = trees.admin(hook)
    locks = [trees.repository / f"{hook.full_branch}.lock"]
    locks += [admin / name for name in ("index.lock", "HEAD.lock")] if admin is not None else []
    for lock in locks:
        if lock.exists():
            folder = town.layout.root / hook.path
            set_aside_if_stale(lock, folder, town.layout.quarantine, ours_since=since)


def _hold_work(town: Town, hook: Hook) -> None:
    """A snapshot; what keeps it from being taken is no reason not to go on, but for the disk."""
    if hook.id == MAYOR:
        return
    try:
        capture_held(town, hook, "crashed")
    except (Busy, DiskTrouble):
        raise
    except GtError:
        return


def _is_newer(file: Path, since: float) -> bool:
    try:
        found = file.stat()
    except OSError:
        return False
    return found.st_size > 0 and found.st_mtime > since
