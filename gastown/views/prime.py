"""What an agent is told at its start: who it is, its work, what happened before, what to type.

At most `LIMIT` bytes: long texts are cut, and the command that shows the rest is named. A hook that
cannot be read is said loudly, and nobody is told to finish anything then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.hook import Hook, Role
from gastown.domain.mail import MailState
from gastown.domain.merge import Merge, MergeState
from gastown.errors import GitFailed
from gastown.store.files import read_or_none
from gastown.store.worktree import Worktrees
from gastown.views.assignment import Answer, Assignment, assignment
from gastown.views.convoys import convoy_list

if TYPE_CHECKING:
    from gastown.domain.bead import Bead
    from gastown.store.town import Town

LIMIT = 6000
_TEXT = 1800
_SHORT = 700


@dataclass(frozen=True)
class Prime:
    """The text, and which answer it stands on."""

    text: str
    answer: Answer


def prime(town: Town, hook: Hook | None) -> Prime:
    """The context of the agent whose hook this is; without one, the mayor's."""
    if hook is None or hook.role is Role.MAYOR:
        return Prime(_fit(_mayor(town)), Answer.NOTHING)
    found = assignment(town.read(), hook.id)
    if found.answer is Answer.UNREADABLE:
        return Prime(_unreadable(found), found.answer)
    parts = [f"# You are {hook.id}, a {hook.role} of rig {hook.rig}", _where(town, hook)]
    if found.bead is None:
        parts.append(
            "Nothing is on your hook. Do nothing and do not look for work; "
            "ask with `gt hook` when you are told that there is some."
        )
    else:
        parts += [*_work(found.bead), *_before(town, hook, found.merge), _commands(found.bead)]
    parts += [_mail(town, hook.id), _directive(town, hook.role)]
    return Prime(_fit(parts), found.answer)


def _where(town: Town, hook: Hook) -> str:
    return (
        f"Your worktree is {town.layout.root / hook.path}, on branch {hook.branch}; your work is "
        f"for {hook.target}. Stay in this worktree and on this branch."
    )


def _work(bead: Bead) -> list[str]:
    parts = [f"## Your bead: {bead.id} {bead.title} (P{bead.priority}, {bead.state})"]
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
            parts.append(f"{title}{_cut(str(text), limit, f'bd show {bead.id}')}")
    return parts


def _before(town: Town, hook: Hook, merge: Merge | None) -> list[str]:
    parts = []
    git = Worktrees(town.layout, hook.rig).git
    try:
        log = git.text("log", "--format=%h %s", "--max-count=8", f"{hook.base}..{hook.full_branch}")
    except GitFailed:
        log = ""
    if log:
        parts.append(f"## Done so far in this hook\n{_cut(log, _SHORT, 'git log')}")
    if merge is not None and merge.state in (MergeState.FAILED, MergeState.CONFLICTED):
        tail = _tail(town, merge)
        parts.append(
            f"## Your last attempt did not merge\n{merge.reason}\n{tail}\n"
            f"The whole log: gt mq log {merge.id}. Mend it, commit, then gt done."
        )
    return parts


def _tail(town: Town, merge: Merge) -> str:
    data = read_or_none(town.layout.logs / merge.log) if merge.log else None
    if not data:
        return ""
    lines = data.decode("utf-8", "replace").splitlines()[-12:]
    return "```\n" + "\n".join(lines)[-_SHORT:] + "\n```"


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
    lines = [f"- {m.id[-6:]} from {m.sender}: {m.subject}" for m in unread[-5:]]
    return f"## Mail ({len(unread)} unread; gt mail read ID)\n" + "\n".join(lines)


def _directive(town: Town, role: Role) -> str:
    data = read_or_none(town.layout.hq / "directives" / f"{role}.md")
    text = data.decode("utf-8", "replace").strip() if data else ""
    return f"## Standing orders\n{_cut(text, _SHORT, f'hq/directives/{role}.md')}" if text else ""


def _mayor(town: Town) -> list[str]:
    reader = town.read()
    rigs = [f"- {rig.id} (branch {rig.branch}, beads {rig.prefix}-…)" for rig in reader.rigs()]
    convoys = [
        f"- {view.convoy.id} {view.convoy.title}: {view.completed} of {view.total}"
        for view in convoy_list(reader, every=False)[:8]
    ]
    agents = [
        f"- {hook.id}: {hook.state}{f', {hook.bead}' if hook.bead else ''}"
        for hook in reader.hooks()
        if hook.role is not Role.MAYOR
    ]
    now = town.edge.clock().timestamp()
    ready = [f"- {b.id} P{b.priority} {b.title}" for b in reader.ready(now, limit=8)]
    return [
        f"# You are the mayor of the town {town.settings().name}",
        f"The town is {town.layout.root}. You coordinate; polecats do the work.",
        _section("Rigs", rigs, "none yet: gt rig add NAME URL"),
        _section("Open convoys", convoys, "none"),
        _section("Agents", agents[:12], "none"),
        _section("Ready beads", ready, "none"),
        "## How to get something done\n"
        '1. `bd create "TITLE" -d "…" --rig RIG` for each piece, with acceptance criteria;\n'
        "   `bd dep add A B`: A waits for B\n"
        '2. `gt convoy create "TITLE" ISSUE… --notify`\n'
        "3. `gt sling ISSUE RIG` for each that is ready\n"
        "4. `gt convoy list`, `gt agents`, `gt peek AGENT`: watch\n"
        "5. `gt refinery run`: test and merge what is done; then report to the person",
        _mail(town, "mayor"),
        _directive(town, Role.MAYOR),
    ]


def _section(title: str, lines: list[str], none: str) -> str:
    return f"## {title}\n" + ("\n".join(lines) or none)


def _unreadable(found: Assignment) -> str:
    return (
        f"# STOP: the hook of {found.agent} CANNOT BE READ\n\n{found.error}\n\n"
        "This does not mean that there is no work. Change nothing, hand in nothing, close\n"
        "nothing. Tell the person; `gt hooks repair` mends hooks.\n"
    )


def _cut(text: str, limit: int, where: str) -> str:
    text = text.strip()
    return text if len(text) <= limit else f"{text[:limit].rstrip()} …\n(the rest: {where})"


def _fit(parts: list[str]) -> str:
    text = "\n\n".join(part for part in parts if part) + "\n"
    data = text.encode("utf-8", "replace")
    if len(data) <= LIMIT:
        return text
    end = "\n…\n(cut: gt hook and bd show have the rest)\n"
    return data[: LIMIT - len(end.encode())].decode("utf-8", "ignore") + end
