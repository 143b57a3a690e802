"""What must hold of the whole town, whatever is committed; pure.

- A bead is on at most one hook, and both point at each other: a hook's bead exists, is hooked, in
  progress or blocked, and assigned to it; a bead that is hooked or in progress for an agent is on
  that agent's hook. (Only a person's bead may be in progress without being on the hook of that
  person: it is claimed; and an agent may have claimed what lies below the bead on its hook: a step
  of its molecule.)
- A hook that is only created, or archived, holds nothing.
- The hook and the bead of a merge request exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.domain.bead import BeadState
from gastown.domain.hook import HookState, Role
from gastown.store.layout import hook_path, record_path
from gastown.store.picture import AT_WORK, Key, Picture

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gastown.domain.bead import Bead
    from gastown.domain.hook import Hook
    from gastown.domain.merge import Merge

_ON_A_HOOK = (*AT_WORK, BeadState.BLOCKED)
_EMPTY = (HookState.CREATED, HookState.ARCHIVED)


@dataclass(frozen=True)
class Trouble:
    """Something that speaks against a commit.

    Attributes:
        path: the file, relative to hq; empty where it is about the commit as a whole.
        what: what is wrong.
        instead: the command to type instead.
    """

    path: str
    what: str
    instead: str

    @property
    def sentence(self) -> str:
        """File and trouble in one line."""
        return f"{self.path}: {self.what}" if self.path else self.what


def disagreements(before: Picture, after: Picture, changed: Iterable[Key]) -> list[Trouble]:
    """What does not fit together any more, now that the `changed` records are as they are.

    What did not fit before either is no trouble of this change.
    """
    keys = list(changed)
    beads, hooks = _concerned(before, keys)
    more_beads, more_hooks = _concerned(after, keys)
    beads |= more_beads
    hooks |= more_hooks
    known = {trouble.sentence for trouble in _disagreements(before, beads, hooks)}
    found = _disagreements(after, beads, hooks)
    return [trouble for trouble in found if trouble.sentence not in known]


def _concerned(picture: Picture, keys: list[Key]) -> tuple[set[str], set[str]]:
    """The beads and hooks that the changed records are, or point at."""
    beads = {identifier for kind, identifier in keys if kind == "bead"}
    hooks = {identifier for kind, identifier in keys if kind == "hook"}
    for kind, identifier in keys:
        merge = picture.merges().get(identifier) if kind == "merge" else None
        if merge is not None:
            beads |= {merge.bead} if merge.bead is not None else set()
            hooks |= {merge.hook} if merge.hook is not None else set()
    for identifier in list(hooks):
        hook = picture.hooks().get(identifier)
        beads |= picture.at_work_for(identifier)
        beads |= {hook.bead} if hook is not None and hook.bead else set()
    hooks |= {bead.assignee for bead in picture.beads(beads) if bead.assignee}
    hooks |= {hook.id for hook in picture.hooks().values() if hook.bead in beads}
    return beads, hooks


def _disagreements(picture: Picture, beads: set[str], hooks: set[str]) -> list[Trouble]:
    found: list[Trouble] = []
    for identifier in sorted(beads):
        found += _on_several_hooks(picture, identifier)
    for bead in picture.beads(sorted(beads)):
        found += _bead(picture, bead)
    for identifier in sorted(hooks & picture.hooks().keys()):
        found += _hook(picture, picture.hooks()[identifier])
    for merge in picture.merges().values():
        if merge.bead in beads or merge.hook in hooks:
            found += _merge(picture, merge)
    return found


def _on_several_hooks(picture: Picture, bead: str) -> Iterator[Trouble]:
    holders = [hook.id for hook in picture.hooks().values() if hook.bead == bead]
    if len(holders) > 1:
        yield Trouble(
            hook_path(holders[-1]), f"{bead} would be on several hooks: {', '.join(holders)}",
            f"gt unsling {bead}, then gt sling {bead} RIG/AGENT",
        )  # fmt: skip


def _bead(picture: Picture, bead: Bead) -> Iterator[Trouble]:
    if bead.state not in AT_WORK:
        return
    agent = bead.assignee or ""
    hook = picture.hooks().get(agent)
    if hook is not None and hook.is_live and hook.bead == bead.id:
        return
    if bead.state is BeadState.HOOKED:
        whose = f"{agent}'s hook does not hold it" if agent else "it is on no hook"
        to = agent if "/" in agent else bead.rig
        yield Trouble(
            record_path(bead), f"{bead.id} would be hooked, but {whose}", f"gt sling {bead.id} {to}"
        )
    elif "/" in agent and not _is_persons(hook) and not _is_below(picture, bead, hook):
        yield Trouble(
            record_path(bead),
            f"{bead.id} would be in progress for {agent}, whose hook does not hold it",
            f"gt sling {bead.id} {agent}",
        )


def _is_below(picture: Picture, bead: Bead, hook: Hook | None) -> bool:
    """Whether the bead on a hook is above this one."""
    held = hook.bead if hook is not None and hook.is_live else None
    seen: set[str] = set()
    parent = bead.parent
    while held is not None and parent is not None and parent not in seen:
        if parent == held:
            return True
        seen.add(parent)
        above = picture.bead(parent)
        parent = above.parent if above is not None else None
    return False


def _is_persons(hook: Hook | None) -> bool:
    return hook is not None and hook.is_live and hook.role is Role.CREW


def _hook(picture: Picture, hook: Hook) -> Iterator[Trouble]:
    if hook.bead is None:
        return
    bead = picture.bead(hook.bead)
    what, instead = None, f"gt unsling {hook.bead}"
    if hook.state in _EMPTY:
        what = f"the hook {hook.id} would be {hook.state}, but it holds {hook.bead}"
    elif bead is None:
        what = f"the hook {hook.id} would hold {hook.bead}, which is not there"
    elif not bead.is_live:
        what = f"the hook {hook.id} would hold {bead.id}, which is {bead.state}"
        instead = f"bd close {bead.id} closes it and frees the hook"
    elif bead.state not in _ON_A_HOOK:
        what = f"the hook {hook.id} would hold {bead.id}, which is only {bead.state}"
    elif bead.assignee != hook.id:
        whose = f"{bead.assignee}'s" if bead.assignee else "nobody's"
        what = f"the hook {hook.id} would hold {bead.id}, which is {whose}"
    if what is not None:
        yield Trouble(hook_path(hook.id), what, instead)


def _merge(picture: Picture, merge: Merge) -> Iterator[Trouble]:
    lost = []
    if merge.bead is not None and picture.bead(merge.bead) is None:
        lost.append(f"bead {merge.bead}")
    if merge.hook is not None and merge.hook not in picture.hooks():
        lost.append(f"hook {merge.hook}")
    if lost:
        yield Trouble(
            record_path(merge), f"merge {merge.id} would name {' and '.join(lost)}, not there",
            f"gt mq show {merge.id}",
        )  # fmt: skip
