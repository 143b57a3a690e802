"""`python -m tests.bench.watching [SECONDS]`: what watching over agents costs while they rest.

First the processor time and the memory of the monitor with 30 and with 100 agents at their prompts,
in tmux; then an hour in which nothing happens, with clocks that run faster: agents that were
started, words that were typed to one, operations in the ledger.
"""

from __future__ import annotations

import subprocess
import sys
import time

from gastown.ops.monitor import log_file
from gastown.ops.sessions import sessions_of
from gastown.runtime.agent_folder import Activity, agent_folder
from gastown.runtime.journal import read
from tests.bench.monitor import cpu_s, memory_mb, pid_of
from tests.bench.towns import sealed_desk
from tests.support.desk import Desk, host
from tests.support.waiting import until

HOUR_S, FACTOR = 3600.0, 40.0
_CLIENT = (
    "#!/bin/sh\nprintf '\\342\\235\\257 '\nwhile read -r line; do echo \"$line\" >> typed; done\n"
)


def settle(desk: Desk, agents: range) -> None:
    """Crew worktrees, each with an agent at its prompt and nothing on its hook."""
    script = desk.root.parent / "idler.sh"
    script.write_text(_CLIENT)
    script.chmod(0o755)
    desk.gt("config", "set", "town.runner", "tmux")
    desk.gt("config", "agent", "set", "idler", str(script), "--like", "claude")
    for number in agents:
        desk.gt("crew", "add", f"c{number:02}", "--rig", "mp")
        bead = desk.bead(f"Bead {number}")
        desk.gt("sling", bead, f"mp/c{number:02}", "--agent", "idler")
        desk.bd("close", bead)
    for number in agents:
        agent_folder(desk.town.layout.agents, f"mp/c{number:02}").note(Activity.IDLE)


def cost(desk: Desk, seconds: float) -> None:
    """Processor and memory of the monitor while everybody rests."""
    desk.run("gt", "daemon", "start")
    time.sleep(90)  # the first looks at every worktree are no cost of watching
    pid = pid_of(desk)
    before = cpu_s(pid)
    time.sleep(seconds)
    used = cpu_s(pid) - before
    count = len(sessions_of(desk.town, host()).all().sessions)
    print(f"{count} agents at their prompts, {seconds:.0f} s: {used / seconds * 100:.2f} % of a"
          f" core, {memory_mb(pid):.0f} MB", flush=True)  # fmt: skip
    desk.run("gt", "daemon", "stop")


def idle_hour(desk: Desk) -> None:
    """An hour in which nothing happens, as the monitor sees it."""
    before = {one.id: one.started_at for one in sessions_of(desk.town, host()).all().sessions}
    monitor = subprocess.Popen(
        [sys.executable, "-m", "tests.support.fast_monitor", str(desk.root), str(FACTOR)]
    )
    known = len(list(read(log_file(desk.town), 100_000)))
    try:
        until(lambda: len(list(read(log_file(desk.town), 100_000))) > known, 30)
        commit = desk.town.commit()
        time.sleep(HOUR_S / FACTOR)
        count = desk.town.ledger.text("rev-list", "--count", f"{commit}..{desk.town.commit()}")
    finally:
        monitor.terminate()
        monitor.wait(20)
    after = {one.id: one.started_at for one in sessions_of(desk.town, host()).all().sessions}
    typed = list((desk.root / "mp" / "crew").glob("*/typed"))
    events = [entry.event for entry in read(log_file(desk.town), 100_000)][known:]
    print(f"{len(after)} agents at their prompts, 1 h in {HOUR_S / FACTOR:.0f} s: started"
          f" {sum(after[one] != before.get(one) for one in after)}, typed to {len(typed)},"
          f" operations {count}; log: {', '.join(sorted(set(events)))}")  # fmt: skip


def main(seconds: str = "120") -> None:
    """Print the numbers."""
    with sealed_desk() as desk:
        settle(desk, range(30))
        cost(desk, float(seconds))
        idle_hour(desk)
        settle(desk, range(30, 100))
        cost(desk, float(seconds))


if __name__ == "__main__":
    main(*sys.argv[1:])
