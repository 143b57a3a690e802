"""`python -m tests.bench.faults [AGENTS]`: what goes wrong with one of thirty agents at work.

Each row of the table is one fault, done to a real agent in a real town with its real monitor: how
long until the verdict, by what evidence, what was done about it, and how it ended. It takes
minutes, so it is no part of `make bench`.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from gastown.domain.health import TROUBLE, Condition, Health, Wait
from gastown.ops.health import report
from gastown.ops.monitor import log_file
from gastown.ops.sessions import sessions_of
from gastown.runtime.journal import read
from gastown.runtime.process import descendants
from gastown.runtime.records import Session
from gastown.store import vitals
from tests.bench.towns import sealed_desk
from tests.support.desk import Desk, host
from tests.support.waiting import until

PATIENCE_S = 90.0
_WORK = """```sh
for i in $(seq 1 {seconds}); do echo "step $i"; echo $i >> $GT_POLECAT.txt; sleep 1; done
```"""
_HANG = """```sh
echo "this takes a while"
sleep 100000
```"""
_CRASH = """```sh
exit 7
```"""
_FAKE = """#!/bin/sh
# A client that shows what it is told to, and waits as one would.
cat <<'SCREEN'
{screen}
SCREEN
exec sleep 100000
"""


@dataclass
class Row:
    """One fault and what came of it."""

    fault: str
    verdict: str
    seconds: float
    evidence: str
    action: str
    end: str


class Ward:
    """The town in which it happens, with somebody who looks at it all the time."""

    def __init__(self, desk: Desk, agents: int) -> None:
        self.desk = desk
        self.agents = agents
        self.rows: list[Row] = []

    def settle(self) -> None:
        """Put everybody to work."""
        for key, value in {
            "town.runner": "tmux", "health.stalled_s": 8, "health.steady_s": 3,
            "recovery.nudge_s": 5, "recovery.backoff_s": 1, "recovery.crash_loop": 3,
            "recovery.alive_s": 2,
        }.items():  # fmt: skip
            self.desk.gt("config", "set", key, value)
        beads = [self._bead(f"Long work {n}", _WORK.format(seconds=3000))
                 for n in range(self.agents)]  # fmt: skip
        self.desk.run("gt", "daemon", "start")
        self.desk.gt("sling", *beads, "mp")
        until(lambda: self.working() >= self.agents, PATIENCE_S)
        print(f"{self.working()} agents are at work")

    def _bead(self, title: str, text: str) -> str:
        return self.desk.bead(title, "--rig", "mp", "-d", text)

    def working(self) -> int:
        """How many are at work."""
        found = report(self.desk.town, host()).healths.values()
        return sum(one.condition is Condition.WORKING for one in found)

    def health(self, agent: str) -> Health | None:
        """What is said of an agent just now."""
        return report(self.desk.town, host()).healths.get(agent)

    def session(self, agent: str) -> Session:
        """An agent's session."""
        found = sessions_of(self.desk.town, host()).get(agent)
        assert found is not None
        return found

    def someone(self, *, taken: set[str]) -> str:
        """An agent that works, and that nothing was done to yet."""
        for agent, found in sorted(report(self.desk.town, host()).healths.items()):
            if found.condition is Condition.WORKING and agent not in taken:
                taken.add(agent)
                return agent
        raise AssertionError("nobody works")

    def sling(self, title: str, text: str, *, runtime: str | None = None) -> str:
        """One more agent with work of its own; returns its name."""
        words = ("--agent", runtime) if runtime else ()
        [slung] = self.desk.gt("sling", self._bead(title, text), "mp", *words, "--json").data
        return str(slung["hook"]["id"])

    def watch(
        self, fault: str, agent: str, do: Callable[[], object],
        sick: Callable[[Health], bool], over: Callable[[], str | None],
    ) -> None:  # fmt: skip
        """Do something to an agent, and write down what follows."""
        known = len(list(read(log_file(self.desk.town), 100_000)))
        begun = time.monotonic()
        do()
        verdict: Health | None = None
        seconds = 0.0

        def is_seen() -> bool:
            nonlocal verdict, seconds
            found = self.health(agent)
            if found is not None and sick(found):
                verdict, seconds = found, time.monotonic() - begun
                return True
            return False

        seen = until_true(is_seen)
        end: list[str] = []
        until_true(lambda: bool(end.append(said) if (said := over()) else False) or bool(end))
        took = time.monotonic() - begun
        entries = list(read(log_file(self.desk.town), 100_000))[known:]
        deeds = [f"{e.event}: {' '.join(str(v) for v in e.fields.values())}" for e in entries
                 if agent in str(e.fields.values())]  # fmt: skip
        deeds = [deed for deed in deeds if not deed.startswith(("snapshot", "conversation"))]
        self.note(
            Row(
                fault, verdict.words if seen and verdict else "NOT SEEN", seconds,
                "; ".join(verdict.evidence) if verdict else "", " → ".join(deeds),
                f"{end[0] if end else 'NOT OVER'} ({took:.1f} s)",
            )
        )  # fmt: skip

    def note(self, row: Row) -> None:
        """Print a row of the table."""
        self.rows.append(row)
        print(f"| {row.fault} | {row.verdict} | {row.seconds:.1f} s | {row.evidence} |"
              f" {row.action} | {row.end} |", flush=True)  # fmt: skip

    def runs_anew(self, agent: str, before: Session) -> str | None:
        """Whether another session of the agent is at work."""
        found = sessions_of(self.desk.town, host()).get(agent)
        if found is None or found.process == before.process:
            return None
        seen = self.health(agent)
        return "works again" if seen and seen.condition is Condition.WORKING else None

    def is_suspended(self, agent: str) -> str | None:
        """Whether its hook rests, and who was told."""
        hook = self.desk.hook(agent)
        if hook is None or hook.state.value != "suspended":
            return None
        told = [one for one in self.desk.town.read().escalations() if one.agent == agent]
        return f"suspended ({hook.reason}); {len(told)} escalation"


def until_true(done: Callable[[], bool], patience_s: float = PATIENCE_S) -> bool:
    """Look ten times a second; whether it came true."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        if done():
            return True
        time.sleep(0.1)
    return False


def _kill(ward: Ward, agent: str) -> None:
    os.killpg(ward.session(agent).process.pid, signal.SIGKILL)


def _stop(ward: Ward, agent: str) -> None:
    # Not the leader of its terminal, which tmux would continue at once.
    for one in descendants(ward.session(agent).process.pid):
        os.kill(one.pid, signal.SIGSTOP)


def killed(ward: Ward, taken: set[str]) -> None:
    """The whole agent gets SIGKILL."""
    agent = ward.someone(taken=taken)
    before = ward.session(agent)
    ward.watch(
        "kill -9", agent, lambda: _kill(ward, agent),
        lambda seen: seen.condition is Condition.DEAD, lambda: ward.runs_anew(agent, before),
    )  # fmt: skip


def stopped(ward: Ward, taken: set[str]) -> None:
    """SIGSTOP of the whole agent."""
    agent = ward.someone(taken=taken)

    def goes_on() -> str | None:
        seen = ward.health(agent)
        return "works again" if seen and seen.condition is Condition.WORKING else None

    ward.watch("SIGSTOP", agent, lambda: _stop(ward, agent),
               lambda seen: seen.condition is Condition.STALLED, goes_on)  # fmt: skip


def hanging(ward: Ward, _: set[str]) -> None:
    """A command that never ends."""
    agent = ward.sling("It hangs", _HANG)
    ward.watch("a hang", agent, lambda: None, lambda seen: seen.condition is Condition.STALLED,
               lambda: ward.is_suspended(agent))  # fmt: skip


def crashing(ward: Ward, _: set[str]) -> None:
    """An agent that ends as soon as it has begun."""
    agent = ward.sling("It crashes", _CRASH)
    ward.watch("a crash loop", agent, lambda: None,
               lambda seen: seen.condition is Condition.CRASH_LOOP,
               lambda: ward.is_suspended(agent))  # fmt: skip


def _client(ward: Ward, name: str, screen: str) -> None:
    script = ward.desk.root.parent / f"{name}.sh"
    script.write_text(_FAKE.format(screen=screen))
    script.chmod(0o755)
    ward.desk.gt("config", "agent", "set", name, script, "--like", "claude")


def asking(ward: Ward, _: set[str]) -> None:
    """A client that stands at a dialog."""
    _client(ward, "asker", "Do you trust the files in this folder? 1. Yes 2. No")
    agent = ward.sling("It asks", "talk", runtime="asker")

    def answered() -> str | None:
        ward.desk.gt("unsling", ward.desk.hook(agent).bead)
        return "left alone until a person took it away"

    ward.watch("a dialog", agent, lambda: None, lambda seen: seen.wait is Wait.DIALOG, answered)


def limited(ward: Ward, _: set[str]) -> None:
    """A client that has used up its limit, until the next minute but one."""
    reset = datetime.now().astimezone() + timedelta(minutes=1)
    at = reset.strftime("%I:%M%p").lstrip("0").lower()
    _client(ward, "limited", f"  ⎿  You have hit your limit · resets {at}\n\n\u276f ")
    agent = ward.sling("It is limited", "talk", runtime="limited")

    def lifted() -> str | None:
        held = ward.desk.town.read().scheduler().hold_of("limited")
        moves = [e.subject for e in _operations(ward.desk)]
        was = sum(subject.startswith("hold limited") for subject in moves)
        woken = [e.fields["how"] for e in read(log_file(ward.desk.town), 1000)
                 if e.event == "woken" and e.fields["hook"] == agent]  # fmt: skip
        if not was or held is not None or not woken:
            return None
        return f"held by {was} commit, lifted alone, {woken[-1]}"

    ward.watch("a rate limit", agent, lambda: None, lambda seen: seen.wait is Wait.LIMIT, lifted)
    ward.desk.gt("unsling", ward.desk.hook(agent).bead)


def _operations(desk: Desk) -> list[object]:
    from gastown.views.history import operations

    town = desk.town
    return list(operations(town.ledger, town.commit(), limit=50))


def treeless(ward: Ward, taken: set[str]) -> None:
    """A worktree that somebody deleted."""
    agent = ward.someone(taken=taken)
    place = ward.desk.root / ward.desk.hook(agent).path
    inode = place.stat().st_ino

    def is_back() -> str | None:
        if not (place / ".git").exists() or place.stat().st_ino == inode:
            return None
        seen = ward.health(agent)
        return "worktree rebuilt" if seen and seen.condition is Condition.WORKING else None

    ward.watch("a deleted worktree", agent, lambda: shutil.rmtree(place, ignore_errors=True),
               lambda seen: seen.condition is not Condition.WORKING, is_back)  # fmt: skip


def serverless(ward: Ward, taken: set[str]) -> None:
    """The tmux server is gone, and everybody with it."""
    agent = ward.someone(taken=taken)
    tmux = sessions_of(ward.desk.town, host()).tmux
    assert tmux is not None
    before = {s.id: s.process for s in sessions_of(ward.desk.town, host()).all().sessions}

    def all_back() -> str | None:
        now = {s.id: s.process for s in sessions_of(ward.desk.town, host()).all().sessions}
        alarms = [e for e in ward.desk.town.read().escalations(live=False)
                  if "died" in e.title or "mass" in e.key]  # fmt: skip
        fresh = sum(now[one] != before.get(one) for one in now)
        if not alarms or ward.session(agent).process == before[agent]:
            return None
        if ward.working() < ward.agents - 2:
            return None
        return f"{fresh} sessions started anew, {len(alarms)} alarm"

    def kill() -> None:
        for one in before.values():
            os.kill(one.pid, signal.SIGKILL) if Path(f"/proc/{one.pid}").exists() else None
        tmux.kill_server()

    ward.watch("tmux server killed", agent, kill,
               lambda seen: seen.condition is Condition.DEAD, all_back)  # fmt: skip


def jumped(ward: Ward, _: set[str]) -> None:
    """The clock is set: forward by a year, then back by a day."""
    forward = ward.desk.root.parent / "forward"
    forward.write_text("0")
    ward.desk.run("gt", "daemon", "stop")
    monitor = subprocess.Popen(
        [sys.executable, "-m", "tests.support.fast_monitor", str(ward.desk.root), "1", str(forward)]
    )
    try:
        until(lambda: (told := vitals.read(ward.desk.town.layout)) is not None
              and told.pid == monitor.pid, PATIENCE_S)  # fmt: skip
        for what, seconds in (("a year forward", 365 * 86_400), ("a day back", -86_400)):
            known = len(list(read(log_file(ward.desk.town), 100_000)))
            unfinished = forward.with_suffix(".new")
            unfinished.write_text(str(seconds))
            unfinished.replace(forward)
            begun, most = time.monotonic(), 0
            while time.monotonic() - begun < 20:
                found = report(ward.desk.town, host()).healths.values()
                most = max(most, sum(one.condition in TROUBLE for one in found))
                time.sleep(0.2)
            entries = list(read(log_file(ward.desk.town), 100_000))[known:]
            told = [str(e.fields.get("what")) for e in entries if e.event == "clock"]
            started = sum(e.event == "recovery" for e in entries)
            ward.note(
                Row(
                    f"clock set {what}", "none", 0.0, "; ".join(told),
                    f"in 20 s: {most} in trouble at most, {started} helped",
                    f"{ward.working()} work on",
                )
            )  # fmt: skip
    finally:
        monitor.terminate()
        monitor.wait(20)


_FAULTS = (killed, stopped, hanging, crashing, asking, limited, treeless, serverless, jumped)


def main(agents: str = "30", *names: str) -> None:
    """Print the table."""
    with sealed_desk() as desk:
        ward = Ward(desk, int(agents))
        taken: set[str] = set()
        ward.settle()
        for fault in _FAULTS:
            if not names or fault.__name__ in names:
                fault(ward, taken)


if __name__ == "__main__":
    main(*sys.argv[1:])
