"""What an agent is told at its start: who it is, its work, what happened before, what to type.

At most `LIMIT` bytes: long texts are cut, and the command that shows the rest is named. A hook that
cannot be read is said loudly, and nobody is told to finish anything then.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gastown.domain.hook import Role
from gastown.domain.mail import MailState
from gastown.domain.merge import MergeState
from gastown.errors import GitFailed
from gastown.ids import MAYOR
from gastown.store.files import read_or_none
from gastown.store.worktree import Worktrees
from gastown.views.assignment import Answer, Assignment, assignment, with_molecule
from gastown.views.convoys import convoy_list

if TYPE_CHECKING:
    from gastown.domain.bead import Bead
    from gastown.domain.hook import Hook
    from gastown.domain.merge import Merge
    from gastown.store.town import Town
    from gastown.views.place import Place

LIMIT = 6000
_TEXT = 1800
_SHORT = 700
_TITLE = 300
# Characters that join others are text; everything else that does not print is a control.
_JOINERS = "\n\t\u200c\u200d"


@dataclass(frozen=True)
class Prime:
    """The text, and which answer it stands on."""

    text: str
    answer: Answer


@dataclass(frozen=True)
class _Part:
    """A paragraph; one that is not needed is cut or left out where the room ends."""

    text: str
    needed: bool = False


def prime(town: Town, place: Place) -> Prime:
    """The context of the agent whose hook this is; outside of hooks, the mayor's."""
    if place.agent in (None, MAYOR):
        return Prime(_fit(_mayor(town)), Answer.NOTHING)
    reader = town.read()
    found = with_molecule(town, reader, assignment(reader, str(place.agent)))
    hook = found.hook
    if found.answer is Answer.UNREADABLE or hook is None:
        return Prime(_unreadable(found), Answer.UNREADABLE)
    parts = [
        _Part(f"# You are {hook.id}, a {hook.role} of rig {hook.rig}", needed=True),
        _Part(_where(town, hook), needed=True),
    ]
    if found.bead is None:
        said = (
            "Nothing is on your hook. Do nothing and do not look for work; "
            "ask with `gt hook` when you are told that there is some."
        )
        parts.append(_Part(said, needed=True))
    else:
        parts.append(_Part(_heading(found.bead), needed=True))
        if found.molecule is not None:
            from gastown.views.checklist import molecule_text

            parts.append(_Part(molecule_text(found.molecule, _cut), needed=True))
        parts += [*_texts(found.bead), *_before(town, hook, found.merge)]
        parts.append(_Part(_commands(found.bead), needed=True))
    parts += [_Part(_mail(town, hook.id)), _Part(_directive(town, hook.role))]
    return Prime(_fit(parts), found.answer)


def _where(town: Town, hook: Hook) -> str:
    return (
        f"Your worktree is {town.layout.root / hook.path}, on branch {hook.branch}; your work is "
        f"for {hook.target}. Stay in this worktree and on this branch."
    )


def _heading(bead: Bead) -> str:
    title = _cut(bead.title, _TITLE)
    return f"## Your bead: {bead.id} {title} (P{bead.priority}, {bead.state})"


def _texts(bead: Bead) -> list[_Part]:
    parts = []
    texts = {
        "": bead.description,
        "Acceptance criteria": bead.data.get("acceptance_criteria"),
        "Design": bead.data.get("design"),
        "Notes": bead.data.get("notes"),
    }
    for heading, text in texts.items():
        if text:
            limit = _TEXT if not heading else _SHORT
            title = f"### {heading}\n" if heading else ""
            parts.append(_Part(f"{title}{_cut(str(text), limit, f'bd show {bead.id}')}"))
    return parts


def _before(town: Town, hook: Hook, merge: Merge | None) -> list[_Part]:
    parts = []
    git = Worktrees(town.layout, hook.rig).git
    try:
        range_ = f"refs/heads/{hook.target}..{hook.full_branch}"
        log = git.text("log", "--format=%h %s", "--max-count=8", range_)
    except GitFailed:
        log = ""
    if log:
        parts.append(_Part(f"## Done so far in this hook\n{_cut(log, _SHORT, 'git log')}"))
    if merge is not None and merge.state in (MergeState.FAILED, MergeState.CONFLICTED):
        tail = _tail(town, merge)
        said = (
            f"## Your last attempt did not merge\n{_cut(merge.reason or '', _TITLE)}\n{tail}\n"
            f"The whole log: gt mq log {merge.id}. Mend it, commit, then gt done."
        )
        parts.append(_Part(said, needed=True))
    return parts


def _tail(town: Town, merge: Merge) -> str:
    data = read_or_none(town.layout.logs / merge.log) if merge.log else None
    if not data:
        return ""
    lines = data.decode("utf-8", "replace").splitlines()[-12:]
    last = "\n".join(lines).encode("utf-8", "replace")[-_SHORT:]
    return "```\n" + last.decode("utf-8", "ignore") + "\n```"


def _commands(bead: Bead) -> str:
    return (
        "## Commands\n"
        "- `gt hook`: what is on your hook\n"
        f"- `bd show {bead.id}`: the bead in full\n"
        '- `git add … && git commit -m "…"`: small steps, often; commits survive everything\n'
        f'- `bd update {bead.id} --append-notes "…"`: leave a note\n'
        "- `gt done`: hand the work in; it is merged after the gates pass, and only then closed"
    )


def _mail(town: Town, address: str) -> str:
    unread = [m for m in town.read().mail(address) if m.state is MailState.UNREAD]
    if not unread:
        return ""
    lines = [f"- {m.id[-6:]} from {m.sender}: {_cut(m.subject, _TITLE)}" for m in unread[-5:]]
    return f"## Mail ({len(unread)} unread; gt mail read ID)\n" + "\n".join(lines)


def _directive(town: Town, role: Role) -> str:
    data = read_or_none(town.layout.hq / "directives" / f"{role}.md")
    text = data.decode("utf-8", "replace").strip() if data else ""
    return f"## Standing orders\n{_cut(text, _SHORT, f'hq/directives/{role}.md')}" if text else ""


def _mayor(town: Town) -> list[_Part]:
    reader = town.read()
    rigs = [f"- {rig.id} (branch {rig.branch}, beads {rig.prefix}-…)" for rig in reader.rigs()]
    convoys = [
        f"- {view.convoy.id} {_cut(view.convoy.title, _TITLE)}: {view.completed} of {view.total}"
        for view in convoy_list(reader, every=False)[:8]
    ]
    agents = [
        f"- {hook.id}: {hook.state}{f', {hook.bead}' if hook.bead else ''}"
        for hook in reader.hooks()
        if hook.role is not Role.MAYOR
    ]
    now = town.edge.clock().timestamp()
    beads = reader.ready(now, limit=8)
    ready = [f"- {bead.id} P{bead.priority} {_cut(bead.title, _TITLE)}" for bead in beads]
    how = (
        "## How to get something done\n"
        '1. `bd create "TITLE" -d "…" --rig RIG` for each piece, with acceptance criteria;\n'
        "   `bd dep add A B`: A waits for B\n"
        '2. `gt convoy create "TITLE" ISSUE… --notify`\n'
        "3. `gt sling ISSUE RIG` for each that is ready\n"
        "4. `gt convoy list`, `gt agents`, `gt peek AGENT`: watch\n"
        "5. `gt refinery run`: test and merge what is done; then report to the person"
    )
    return [
        _Part(f"# You are the mayor of the town {_cut(town.settings().name, _TITLE)}", needed=True),
        _Part(
            f"The town is {town.layout.root}. You coordinate; polecats do the work.", needed=True
        ),
        _section("Rigs", rigs[:12], "none yet: gt rig add NAME URL"),
        _section("Open convoys", convoys, "none"),
        _section("Agents", agents[:12], "none"),
        _section("Ready beads", ready, "none"),
        _Part(how, needed=True),
        _Part(_mail(town, MAYOR)),
        _Part(_directive(town, Role.MAYOR)),
    ]


def _section(title: str, lines: list[str], none: str) -> _Part:
    return _Part(f"## {title}\n" + ("\n".join(lines) or none))


def _unreadable(found: Assignment) -> str:
    return (
        f"# STOP: the hook of {found.agent} CANNOT BE READ\n\n{found.error}\n\n"
        "This does not mean that there is no work. Change nothing, hand in nothing, close\n"
        "nothing. Tell the person; `gt hooks repair` mends hooks.\n"
    )


def _cut(text: str, limit: int, where: str = "") -> str:
    """Text in at most `limit` bytes; where it was cut, `where` names what shows the rest."""
    data = text.strip().encode("utf-8", "replace")
    if len(data) <= limit:
        return text.strip()
    end = f" …\n(the rest: {where})" if where else "…"
    kept = data[: max(0, limit - len(end.encode()))].decode("utf-8", "ignore").rstrip()
    return f"{kept}{end}" if kept else ""


def _fit(parts: list[_Part]) -> str:
    """At most `LIMIT` bytes of text without control characters."""
    plain = [replace(part, text=_printable(part.text)) for part in parts]
    left = LIMIT - 1 - sum(_bytes(part.text) for part in plain if part.needed)
    chosen = []
    for part in plain:
        text = part.text if part.needed else _cut(part.text, left - 2, "gt hook, bd show, gt mail")
        left -= 0 if part.needed else _bytes(text)
        chosen.append(text)
    return "\n\n".join(text for text in chosen if text) + "\n"


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "replace")) + 2 if text else 0


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() or char in _JOINERS else "?" for char in text)
