"""Who is in the town, who has and had a bead, and who has changed a file.

Of a file each hook of the rig is asked: what its branch has changed since it left its target, and
what lies in its worktree and is not committed. That costs two git calls a hook, one where its
branch has no commits of its own.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gastown.domain.bead import BeadState
from gastown.errors import GitFailed, NotFound, UsageTrouble
from gastown.ids import HUMAN, MAYOR
from gastown.runtime.sessions import State
from gastown.store.git import Git
from gastown.store.refs import Refs
from gastown.store.worktree import Worktrees
from gastown.views.place import place_of
from gastown.views.sessions import attached_to

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gastown.domain.health import Health
    from gastown.domain.hook import Hook
    from gastown.runtime.records import Session
    from gastown.runtime.sessions import Sessions
    from gastown.store.layout import Layout
    from gastown.store.reader import Reader
    from gastown.store.town import Town

_FORMAT = "%x01%H%x00%cI%x00%(trailers:key=Actor,valueonly,unfold)%x00"
_AT_ONCE = 4


@dataclass(frozen=True)
class Someone:
    """Somebody in the town.

    Attributes:
        who: `human`, `mayor` or RIG/AGENT.
        what: `person`, `mayor`, `crew` or `polecat`.
        running: whether a session of theirs runs; `since`: since when it does, or the hook is held.
        terminals: that look at the session.
        you: whether the caller is it.
    """

    who: str
    what: str
    running: bool
    since: str | None
    bead: str | None
    terminals: tuple[str, ...]
    health: Health | None
    you: bool


@dataclass(frozen=True)
class Present:
    """Who you are here, and who else is. `place`: where you stand, relative to the town."""

    actor: str
    place: str
    name: str
    people: tuple[Someone, ...]


@dataclass(frozen=True)
class Turn:
    """One time that a bead was given to somebody, or taken back (None)."""

    at: str
    actor: str
    assignee: str | None


@dataclass(frozen=True)
class Holders:
    """Who has a bead, and who had it, oldest first."""

    bead: str
    title: str
    status: str
    assignee: str | None
    turns: tuple[Turn, ...]


@dataclass(frozen=True)
class Change:
    """What one hook has changed of a file or folder.

    Attributes:
        committed, uncommitted: paths in the repository.
        unknown: why one of these could not be told.
    """

    agent: str
    bead: str | None
    state: str
    committed: tuple[str, ...]
    uncommitted: tuple[str, ...]
    unknown: str | None = None


@dataclass(frozen=True)
class Changed:
    """Who has changed a file or folder of a rig and has not merged it yet."""

    rig: str
    path: str
    changes: tuple[Change, ...]
    asked: int


Answer = Present | Someone | Holders | Changed


def present(
    town: Town, sessions: Sessions, healths: Mapping[str, Health], *, actor: str, here: Path
) -> Present:
    """Who the caller is, and who is in the town."""
    reader = town.read()
    hooks = {hook.id: hook for hook in reader.hooks()}
    runs = {one.id: one for one in sessions.all().sessions
            if sessions.look(one).state is State.RUNNING}  # fmt: skip
    attached = attached_to(sessions) if runs else {}
    settings = town.settings()
    people = [Someone(HUMAN, "person", running=False, since=None, bead=None, terminals=(),
                      health=None, you=actor == HUMAN)]  # fmt: skip
    for identifier in sorted({*hooks, *runs}, key=lambda one: (one != MAYOR, one)):
        hook, session = hooks.get(identifier), runs.get(identifier)
        at_rest = session is None and identifier != actor
        if at_rest and identifier != MAYOR and (hook is None or hook.role != "crew"):
            continue
        people.append(_someone(identifier, hook, session, attached, healths, actor))
    try:
        place = str(here.relative_to(town.layout.root))
    except ValueError:
        place = str(here)
    return Present(actor, place, settings.owner_name, tuple(people))


def agent(sessions: Sessions, healths: Mapping[str, Health], hook: Hook, *, actor: str) -> Someone:
    """One agent.

    Raises:
        Unreadable: the record of its session cannot be read.
    """
    session = sessions.get(hook.id)
    if session is not None and sessions.look(session).state is not State.RUNNING:
        session = None
    attached = attached_to(sessions) if session is not None else {}
    return _someone(hook.id, hook, session, attached, healths, actor)


def _someone(
    who: str, hook: Hook | None, session: Session | None,
    attached: Mapping[str, tuple[str, ...]], healths: Mapping[str, Health], actor: str,
) -> Someone:  # fmt: skip
    since = session.started_at if session is not None else None
    return Someone(
        who, hook.role.value if hook else "polecat", session is not None,
        since or (hook.updated_at if hook is not None and hook.bead else None),
        hook.bead if hook else None,
        attached.get((session.tmux_session if session else None) or "", ()),
        healths.get(who) if session is not None else None, who == actor,
    )  # fmt: skip


def holders(town: Town, identifier: str) -> Holders:
    """Who has a bead and who had it.

    Raises:
        NotFound: there is no such bead.
    """
    reader = town.read()
    bead = reader.bead(identifier)
    path = reader.path_of("bead", identifier) or ""
    log = town.ledger.text(
        "log", "--reverse", "-p", "-U0", f"--format={_FORMAT}", "--end-of-options", reader.commit,
        "--", path,
    )  # fmt: skip
    at_work = bead.state in (BeadState.HOOKED, BeadState.IN_PROGRESS)
    holder = bead.assignee if at_work or bead.is_live else None
    return Holders(bead.id, bead.title, bead.state, holder, tuple(_turns(log)))


def _turns(log: str) -> Iterator[Turn]:
    """The changes of one key, from a log with patches: a record has one value on a line."""
    for entry in log.split("\x01"):
        fields = entry.split("\0")
        if len(fields) < 4:
            continue
        _, at, actor, patch = fields[0], fields[1], fields[2].strip(), fields[3]
        lines = [line for line in patch.splitlines() if line[1:].lstrip().startswith('"assignee"')]
        if not lines:
            continue
        added = [line for line in lines if line.startswith("+")]
        value = added[-1].partition(":")[2].strip().rstrip(",").strip('"') if added else ""
        yield Turn(at, actor, value if value not in ("", "null") else None)


def changed(town: Town, reader: Reader, rig: str, path: str) -> Changed:
    """Which hooks of a rig have changed a file or folder.

    Raises:
        NotFound: there is no such file, and there was none in any hook.
    """
    trees = Worktrees(town.layout, rig)
    hooks = reader.hooks(rig=rig)
    refs = Refs(trees.repository)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        asked = list(pool.map(lambda hook: _change(trees, refs, hook, path), hooks))
    found = tuple(one for one in asked if one is not None)
    target = reader.rig(rig).target
    if not found and path != "." and trees.git.oid(target) is not None:
        known = trees.git.run("cat-file", "-e", f"{target}:{path}", accept=(0, 1, 128))
        if known.returncode:
            hint = "name a bead, an agent, or a file as RIG/PATH"
            raise NotFound(f"no bead, agent or file is called {path!r}", hint=hint)
    return Changed(rig, path, found, len(hooks))


def _change(trees: Worktrees, refs: Refs, hook: Hook, path: str) -> Change | None:
    unknown: list[str] = []
    committed: tuple[str, ...] = ()
    uncommitted: tuple[str, ...] = ()
    tip = refs.oid(hook.full_branch)
    target = refs.oid(f"refs/heads/{hook.target}")
    if tip is None:
        unknown.append("its branch is missing")
    elif target is not None and tip != target and hook.branch != hook.target:
        try:
            said = trees.git.run(
                "diff", "--name-only", "-z", "--no-renames", f"{target}...{tip}", "--", path
            )
            committed = _names(said.stdout)
        except GitFailed as error:
            unknown.append(error.message)
    try:
        status = Git(trees.path(hook)).run(
            "--no-optional-locks", "status", "--porcelain", "-z", "--no-renames",
            "--untracked-files=all", "--", path,
        )  # fmt: skip
        uncommitted = tuple(name[3:] for name in _names(status.stdout))
    except GitFailed as error:
        unknown.append(error.message)
    if not (committed or uncommitted or unknown):
        return None
    return Change(hook.id, hook.bead, hook.state.value, committed, uncommitted,
                  "; ".join(unknown) or None)  # fmt: skip


def _names(output: bytes) -> tuple[str, ...]:
    return tuple(one.decode("utf-8", "surrogateescape") for one in output.split(b"\0") if one)


def file_of(reader: Reader, layout: Layout, here: Path, text: str) -> tuple[str, str]:
    """The rig and the path in its repository that a path means which was typed at `here`.

    In a worktree it is that worktree's; elsewhere it begins with a rig's name, or there is but one.

    Raises:
        NotFound: no rig is meant.
        UsageTrouble: several may be.
    """
    full = Path(here, text)
    full = full.parent.resolve() / full.name
    place = place_of(layout, reader, full)
    if place.hook is not None and place.rig is not None:
        inside = full.relative_to(layout.root / place.hook.path)
        return place.rig, str(inside)
    rigs = [rig.id for rig in reader.rigs()]
    first, _, rest = text.strip("/").partition("/")
    if first in rigs and rest:
        return first, rest
    if Path(text).is_absolute() or not rigs:
        raise NotFound(f"{text} is in no worktree of a rig", hint="gt rig list")
    if len(rigs) > 1:
        raise UsageTrouble(
            f"{text}: of which rig?", hint=f"write RIG/{text}; rigs: {', '.join(rigs)}"
        )
    return rigs[0], text
