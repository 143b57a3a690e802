"""What an agent is told of beads when its session starts, and what belongs into AGENTS.md.

`.beads/PRIME.md` of the worktree, or else of hq, takes the place of the text. At most `LIMIT` bytes
are told; what is left out is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gastown.domain.bead import BeadState
from gastown.store.bead_filter import BeadFilter
from gastown.store.files import read_or_none

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from gastown.domain.bead import Bead
    from gastown.store.town import Town

LIMIT = 6000
OVERRIDE = ".beads/PRIME.md"
_TITLE = 80
_CUT = "\n… (cut: {} holds the rest)\n"
_SHOWN = 8


class Length(StrEnum):
    """How much is told: all, the usual, or a few lines (for where tools tell the rest)."""

    FULL = "full"
    USUAL = "usual"
    BRIEF = "brief"


@dataclass(frozen=True)
class Context:
    """Who asks, and for what.

    Attributes:
        rig: None: the whole town.
        stealth: no word about git: somebody else commits.
    """

    actor: str
    rig: str | None
    length: Length = Length.USUAL
    stealth: bool = False


def override(town: Town, worktree: Path | None) -> str | None:
    """The text that a person has put in the place of ours, if there is one."""
    for folder in filter(None, (worktree, town.layout.hq)):
        data = read_or_none(folder / OVERRIDE)
        if data is not None:
            return cut(data.decode("utf-8", "replace"), str(folder / OVERRIDE))
    return None


def prime(town: Town, context: Context, now: float) -> str:
    """Our own text."""
    if context.length is Length.BRIEF:
        return _BRIEF
    parts = [_RULES, *([] if context.stealth else [_LANDING]), _COMMANDS]
    if context.length is Length.FULL:
        parts.append(_MORE)
    parts += _state(town, context, now)
    return cut("\n\n".join(parts) + "\n", "bd --help")


def onboard() -> str:
    """The text for a project's AGENTS.md."""
    return _ONBOARD


def cut(text: str, rest: str) -> str:
    """At most `LIMIT` bytes of a text, ending with a whole line."""
    if len(text.encode("utf-8", "replace")) <= LIMIT:
        return text
    note = _CUT.format(rest)
    room = LIMIT - len(note.encode())
    kept = text.encode("utf-8", "replace")[:room].decode("utf-8", "ignore")
    whole, newline, _ = kept.rpartition("\n")
    return (whole if newline else kept) + note


def _state(town: Town, context: Context, now: float) -> list[str]:
    """What is one's own, and what could be next."""
    reader = town.read()
    mine = reader.select(
        BeadFilter(assignee=context.actor, statuses=(BeadState.IN_PROGRESS, BeadState.HOOKED)),
        limit=_SHOWN,
    )
    ready = reader.ready(now, rig=context.rig, limit=_SHOWN)
    parts = []
    if mine:
        parts.append("## Yours, in progress\n" + _listed(mine))
    where = f" in {context.rig}" if context.rig else ""
    if ready:
        number = reader.count_ready(now, rig=context.rig)
        parts.append(f"## Ready{where} ({number})\n" + _listed(ready))
    else:
        parts.append(f"Nothing is ready{where}; `bd blocked` shows what waits.")
    return parts


def _listed(beads: Iterable[Bead]) -> str:
    return "\n".join(f"- {bead.id} (P{bead.priority}) {_title(bead)}" for bead in beads)


def _title(bead: Bead) -> str:
    printable = "".join(char if char.isprintable() else " " for char in bead.title)
    return printable if len(printable) <= _TITLE else printable[: _TITLE - 1] + "…"


_BRIEF = """\
# Beads
Track work with beads, not with lists in Markdown. `bd ready` shows what can be started; claim it,
work, close it. File what you discover as a new bead. `bd prime --full` says more.
"""
_RULES = """\
# Beads: how work is tracked here

- Every piece of work is a bead (an issue). Use `bd`, not lists in Markdown files.
- Look what is ready, claim it before you start, close it when it is done.
- What you discover on the way becomes a bead of its own, linked to where you found it.
- Every command is saved at once, in the town's ledger: nothing has to be exported or synced.
- Add `--json` to any command when you want to read the answer by program."""
_LANDING = """\
## Before you say that you are done

1. `bd create` what is left, so that it is not forgotten
2. run the tests, and commit your work: `git status` is clean
3. `bd close ID…` what is finished; with something on your hook, `gt done` instead: it hands in the
   work, and the merge closes the bead"""
_COMMANDS = """\
## Commands

- `bd ready` what can be started · `bd ready --claim` takes the first one · `bd blocked`
- `bd show ID` a bead in full · `bd list -s in_progress` · `bd search "words"`
- `bd create "Title" -d "Why and what" -t bug|feature|task|epic|chore -p 0-4` (0 is urgent)
- `bd create "Title" --deps discovered-from:ID` found while working on ID
- `bd update ID --claim` · `bd update ID --append-notes "…"` · `bd comments add ID "…"`
- `bd close ID -r "why"` · `bd close A B C` several · `bd close ID --suggest-next`
- `bd dep add A B` A is blocked by B · `bd dep tree A` · `bd create "Part" --parent EPIC`"""
_MORE = """\
## More commands

- `bd list -t bug -p 1 -l backend --updated-after 7d --sort updated` · `bd count --by status`
- `bd query "status=open AND priority<2 AND label=backend"`
- `bd ready --explain` why each bead is ready or not · `bd dep cycles` · `bd graph ID`
- `bd label add ID name` · `bd defer ID --until tomorrow` · `bd reopen ID -r "why"`
- `bd epic status` · `bd epic close-eligible` · `bd stale -d 30` · `bd lint` · `bd orphans`
- `bd remember "insight"` · `bd recall KEY` · `bd duplicate A --of B` · `bd supersede A --with B`
- `bd formula list` · `bd cook NAME` · `bd mol pour NAME` · `bd mol current`
- `bd import FILE` · `bd export` read and write beads files"""
_ONBOARD = """\
## Work is tracked with beads

This project tracks its work with `bd` (beads), not with lists in Markdown files.

- `bd prime` tells what an agent has to know; run it when a session starts.
- `bd ready` shows what can be started, `bd update ID --claim` takes it.
- `bd create "Title" -d "Why and what" -t task -p 2` files new work;
  `--deps discovered-from:ID` links it to where it was found.
- `bd close ID -r "why"` ends it. Everything is saved at once; nothing has to be synced.
"""
