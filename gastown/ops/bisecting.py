"""`gt bisect run`: the first operation after which a command fails, by looking at half as often.

The command gets each state as a folder of its own, with hq's files as they were and nothing to
write; `GT_AT` names the commit, so that `gt --at "$GT_AT" …` and `bd --at "$GT_AT" …` answer from
it, and `GT_TOWN` the town.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from gastown.domain.bisecting import Verdict, next_to_try, range_of, verdict_of
from gastown.errors import Refused, UsageTrouble
from gastown.runtime.command import CANNOT_RUN, run_command
from gastown.store.checkout import into_folder
from gastown.store.past import find_moment, moments

if TYPE_CHECKING:
    from collections.abc import Callable

    from gastown.ops.host import Host
    from gastown.store.past import Moment
    from gastown.store.town import Town

_TAIL = 2000


@dataclass(frozen=True)
class Tried:
    """One state that was looked at. `said`: the end of what the command printed."""

    moment: Moment
    verdict: Verdict
    status: int
    said: str


@dataclass(frozen=True)
class Bisected:
    """What was found.

    Attributes:
        first: the first operation after which the command fails; None: it is one of `suspects`.
        suspects: the operations that are left, oldest first, where some could not be told.
        tried: each state that was looked at, in that order.
    """

    first: Moment | None
    suspects: tuple[Moment, ...]
    tried: tuple[Tried, ...] = field(default=())


def bisect(
    town: Town, host: Host, command: tuple[str, ...], *, good: str, bad: str,
    tell: Callable[[Tried, int], None],
) -> Bisected:  # fmt: skip
    """Find the first operation after which a command fails.

    Args:
        good, bad: moments, as `gt --at` takes them; the command succeeds at the first.
        tell: is told of each state that was looked at, and how many operations are left then.

    Raises:
        NotFound, UsageTrouble: one of the moments is none, or they are not in this order.
        Refused: the command fails at the good one, or succeeds at the bad one, or is broken.
    """
    row = _row(town, good, bad)
    known = {0: Verdict.GOOD, len(row) - 1: Verdict.BAD}
    tried: list[Tried] = []

    def look(place: int) -> Verdict:
        one = _try(town, host, row[place], command)
        tried.append(one)
        left = range_of(len(row), {**known, place: one.verdict})
        tell(one, left.bad - left.good)
        return one.verdict

    for place, expected in ((0, Verdict.GOOD), (len(row) - 1, Verdict.BAD)):
        found = look(place)
        if found is not expected:
            raise Refused(
                f"{' '.join(command)} is {found} at {row[place].commit[:10]}, which was said to be"
                f" {expected}",
                hint=tried[-1].said.strip() or "choose other moments: --good, --bad",
            )
    while (middle := next_to_try(len(row), known)) is not None:
        known[middle] = look(middle)
    left = range_of(len(row), known)
    suspects = tuple(row[left.good + 1 : left.bad + 1])
    return Bisected(suspects[0] if len(suspects) == 1 else None, suspects, tuple(tried))


def _row(town: Town, good: str, bad: str) -> list[Moment]:
    """The moments from the good one to the bad one."""
    first, last = find_moment(town, good), find_moment(town, bad)
    between = moments(town.ledger, f"{first.commit}..{last.commit}")
    if not between:
        raise UsageTrouble(
            f"{last.commit[:10]} is not after {first.commit[:10]}",
            hint="--good is the earlier one, --bad the later one",
        )
    return [first, *between]


def _try(town: Town, host: Host, moment: Moment, command: tuple[str, ...]) -> Tried:
    work = Path(tempfile.mkdtemp(prefix="gt-bisect-", dir=host.temp))
    try:
        state = work / "hq"
        into_folder(town.ledger, moment.commit, state)
        _protect(state, 0o555)
        log = work / "said"
        env = {**host.clean_env(), "GT_AT": moment.commit, "GT_TOWN": str(town.layout.root),
               "PATH": f"{host.scripts}:{host.env.get('PATH', '/usr/bin:/bin')}"}  # fmt: skip
        done = run_command(command, cwd=state, env=env, log=log, timeout_s=None)
        said = log.read_text(encoding="utf-8", errors="replace")[-_TAIL:] if log.exists() else ""
    finally:
        if (work / "hq").is_dir():
            _protect(work / "hq", 0o755)
        shutil.rmtree(work, ignore_errors=True)
    verdict = verdict_of(done.returncode)
    if verdict is None or done.returncode == CANNOT_RUN:
        raise Refused(
            f"{command[0]} ended with {done.returncode} at {moment.commit[:10]}: that is no answer",
            hint=said.strip() or "0 is good, 125 cannot be told, 1 to 124 is bad",
        )
    return Tried(moment, verdict, done.returncode, said)


def _protect(folder: Path, mode: int) -> None:
    """Let nobody write, or let us remove it again."""
    for path in (folder, *folder.rglob("*")):
        if path.is_dir():
            path.chmod(mode)
        elif not path.is_symlink():
            path.chmod(mode & 0o666)
