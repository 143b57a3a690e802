"""What happened in a hook before: commits, what lies uncommitted, notes, a former agent, failures.

Git is asked only where something can have happened: the branch has left the commit that it began
at, somebody else has had the bead, or a snapshot was taken.
"""

from __future__ import annotations

import os
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from gastown.domain.hook import Role
from gastown.errors import GitFailed
from gastown.ids import MAYOR
from gastown.store.files import read_or_none
from gastown.store.refs import Refs
from gastown.views.prime_parts import came_back
from gastown.views.prime_text import Part, cut, line, quoted

if TYPE_CHECKING:
    from gastown.domain.bead import Bead
    from gastown.domain.hook import Hook
    from gastown.domain.merge import Merge
    from gastown.store.reader import Reader
    from gastown.store.town import Town

_COMMITS, _FILES, _NOTE, _TAIL, _TAIL_LINES = 8, 8, 1200, 700, 12


def failure(town: Town, merge: Merge | None) -> list[Part]:
    """Why the last attempt did not merge, and the end of its gate's output."""
    if merge is None or not came_back(merge):
        return []
    from gastown.domain.merge import MergeState

    said = f"## Your last attempt did not merge\n> {line(merge.reason or str(merge.state), 300)}"
    if merge.state is MergeState.REJECTED:
        said += "\nA person has looked at it and wants it changed as they say, then `gt done`."
    if merge.conflict_bead is not None and merge.state is MergeState.CONFLICTED:
        said += f"\nWhat each side did to its files: `bd show {merge.conflict_bead}`."
    record = f"hq/merges/{merge.rig}/{merge.id}.json"
    parts = [Part("last merge", record, said)]
    if merge.state is MergeState.FAILED:
        tail, _ = quoted(_tail(town, merge), _TAIL)
        shown = f"The end of the gate's output (all of it: `gt mq log {merge.id}`):\n{tail}"
        parts.append(Part("gate's output", f".gt/log/{merge.log}", shown if tail else "", 1,
                          f"gt mq log {merge.id}"))  # fmt: skip
    elif merge.conflicts:
        files = "\n".join(f"- {line(path, 120)}" for path in merge.conflicts[:_FILES])
        shown = f"Files in conflict ({len(merge.conflicts)}):\n{files}"
        parts.append(Part("conflicts", record, shown, 1, f"gt mq show {merge.id}"))
    return parts


def _tail(town: Town, merge: Merge) -> str:
    """The end of what the gate printed that failed; `log` is a folder with a file for each gate."""
    place = town.layout.logs / merge.log if merge.log else None
    if place is not None and place.is_dir():
        place /= f"{merge.gate}.log"
    data = read_or_none(place) if place is not None else None
    lines = (data or b"").decode("utf-8", "replace").rstrip().splitlines()[-_TAIL_LINES:]
    return "\n".join(lines).encode("utf-8", "replace")[-_TAIL + 60 :].decode("utf-8", "ignore")


def before(town: Town, reader: Reader, hook: Hook, bead: Bead) -> list[Part]:
    """Everything that a new session of this hook has to know of the earlier ones."""
    refs = Refs(town.layout.repository(hook.rig))
    tip = refs.oid(hook.full_branch)
    former = _former(town, hook, bead)
    snapshots = town.layout.repository(hook.rig) / "logs" / (
        f"refs/gt/wip/{hook.agent}/{hook.generation}"
    )  # fmt: skip
    moved = tip is not None and tip not in (hook.base, refs.oid(f"refs/heads/{hook.target}"))
    parts = [note(reader, hook.id, bead.id), *_taken(town, hook, former)]
    if moved or (former and tip == hook.base):
        parts.append(_commits(town, hook, None if former else tip))
    if moved or snapshots.exists():
        parts.append(_uncommitted(town, hook, restored=_was_restored(snapshots)))
    return parts


def note(reader: Reader, agent: str, bead: str | None) -> Part:
    """What the last session that left a note handed on; of another bead only the mayor's counts."""
    found = [one for one in reader.handed_on(agent) if agent == MAYOR or one.bead == bead]
    if not found:
        return Part("handoff note", "hq/conversations/", "", 1)
    last = found[-1]
    text, left_out = quoted(last.note or "", _NOTE, f"hq/conversations/{last.id}.json")
    head = f"## Handed on to you ({line(last.how or 'ended', 60)}, {last.updated_at[:16]}Z)"
    return Part("handoff note", f"hq/conversations/{last.id}.json", f"{head}\n{text}", 1,
                f"hq/conversations/{last.id}.json", left_out)  # fmt: skip


def _former(town: Town, hook: Hook, bead: Bead) -> list[str]:
    """Branches of other polecats that have worked on this bead, from the files of their refs."""
    heads = town.layout.repository(hook.rig) / "refs" / "heads"
    loose = _matching(heads, f"{bead.id}@")
    packed = read_or_none(town.layout.repository(hook.rig) / "packed-refs") or b""
    names = [one.rpartition(b" refs/heads/")[2].decode("utf-8", "replace")
             for one in packed.splitlines() if b" refs/heads/polecat/" in one]  # fmt: skip
    named = [name for name in names if PurePath(name).name.rpartition("@")[0] == bead.id]
    return sorted({*loose, *named} - {hook.branch})


def _matching(heads: Path, beginning: str) -> list[str]:
    """The branches `polecat/*/BEGINNING…` that have a file of their own."""
    try:
        with os.scandir(heads / "polecat") as agents:
            return [
                f"polecat/{agent.name}/{branch.name}"
                for agent in agents for branch in os.scandir(agent)
                if branch.name.startswith(beginning)
            ]  # fmt: skip
    except OSError:  # there is none, or one goes just now
        return []


def _taken(town: Town, hook: Hook, former: list[str]) -> list[Part]:
    if not former:
        return []
    refs = Refs(town.layout.repository(hook.rig))
    lines = []
    for branch in former[-3:]:
        agent, tip = PurePath(branch).parts[1], refs.oid(f"refs/heads/{branch}")
        if tip == hook.base:
            held = "your branch began with its commits, your worktree with its files"
        else:
            held = f"its commits are on {line(branch, 120)}: `git log {hook.target}..{branch}`"
        lines.append(f"- {hook.rig}/{line(agent, 60)} worked on this bead before you; {held}")
    source = f"refs/heads/{former[-1]}"
    return [Part("former agent", source, "## Taken over\n" + "\n".join(lines), 1)]


def _commits(town: Town, hook: Hook, tip: str | None) -> Part:
    """The commits of a hook; with its `tip` its branch's own log may know them."""
    made = _logged(town, hook, tip) if tip is not None and hook.role is Role.POLECAT else None
    source = f"the log of {hook.full_branch}"
    if made is None:
        source, made = f"git log {hook.target}..{hook.branch}", _asked(town, hook)
    shown = "\n".join(f"- {line(one, 120)}" for one in made[:_COMMITS])
    more = f"\n- … and {len(made) - _COMMITS} more" if len(made) > _COMMITS else ""
    text = f"## Done so far in this hook (the newest commits first)\n{shown}{more}"
    return Part("commits", source, text if made else "", 3, f"git log {hook.target}..")


def _logged(town: Town, hook: Hook, tip: str) -> list[str] | None:
    """The commits of a branch from its ref's log, without a git process.

    None: it tells something else than one commit after the other, from the hook's base to the tip.
    """
    from gastown.store.reflog import entries

    log = entries(town.layout.repository(hook.rig), hook.full_branch)
    at = hook.base
    made: list[str] = []
    for entry in log:
        word, _, subject = entry.message.partition(": ")
        if entry.new == hook.base and not made:
            continue  # the branch was made
        if entry.old != at or word != "commit":
            return None
        at = entry.new
        made.append(f"{entry.new[:8]} {subject}")
    return made[::-1] if at == tip else None


def _asked(town: Town, hook: Hook) -> list[str]:
    from gastown.store.git import Git

    range_ = f"refs/heads/{hook.target}..{hook.full_branch}"
    try:
        git = Git(town.layout.repository(hook.rig), bare=True)
        return git.text("log", "--format=%h %s", "--max-count=100", range_).splitlines()
    except GitFailed:
        return []


def _uncommitted(town: Town, hook: Hook, *, restored: bool) -> Part:
    from gastown.store.git import Git

    try:
        found = Git(town.layout.root / hook.path).text("status", "--porcelain")
    except GitFailed as failure:
        said = (
            f"## Git cannot read your worktree\n> {line(failure.message, 300)}\n"
            "Change nothing in it. Tell the person; `gt hooks repair` mends hooks."
        )
        return Part("uncommitted", "git status", said)
    lines = found.splitlines()
    shown = "\n".join(f"- {line(one, 120)}" for one in lines[:_FILES])
    more = f"\n- … and {len(lines) - _FILES} more: `git status`" if len(lines) > _FILES else ""
    why = " A snapshot was restored here; `gt hooks log` shows it." if restored else ""
    head = f"## Not committed yet ({len(lines)})\nLook at it first: `git diff`.{why}"
    text = f"{head}\n{shown}{more}" if lines else ""
    return Part("uncommitted", "git status", cut(text, 800), 2, "git status")


def _was_restored(log: Path) -> bool:
    last = (read_or_none(log) or b"").rstrip().rpartition(b"\n")[2]
    return last.endswith(b"\tbefore restore")
