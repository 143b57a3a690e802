"""What the hooks of an agent's client cost: where there is nothing to do, and where there is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gastown.runtime.agent_folder import agent_folder
from gastown.store import pulse
from gastown.store.client_hooks import SCRIPT, place_client_hooks
from tests.bench.githooks import in_turns, run, seal
from tests.support.desk import Desk, make_template

# Moment, what is measured, what the client says with it.
_MOMENTS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("prompt", "prompt, no mail", {"prompt": "go on"}),
    ("guard", "guard, harmless", {"tool_name": "Bash", "tool_input": {"command": "make -j2"}}),
    ("guard", "guard, looked at", {"tool_name": "Bash", "tool_input": {"command": "git status"}}),
    ("tool", "tool", {"tool_name": "Bash"}),
    ("waiting", "waiting", {"message": "may I?", "notification_type": "permission_prompt"}),
    ("stop", "stop, asked before", {"stop_hook_active": False}),
    ("session-end", "session-end", {"reason": "other"}),
    ("compact", "compact", {"trigger": "auto"}),
    ("session-start", "session-start (prime)", {"session_id": "c1", "source": "compact"}),
)


def main() -> None:
    """Measure, in turns so that all see the same machine, and print."""
    seal()
    with tempfile.TemporaryDirectory(prefix="gt-bench-") as place:
        os.environ["HOME"] = place
        times = in_turns({
            "python -c pass": lambda: run(sys.executable, "-c", "pass"),
            "sh -c :": lambda: run("sh", "-c", ":"),
            **_calls(Desk(make_template(Path(place) / "t") / "town")),
        })  # fmt: skip
    print(f"{'':<24}{'ms':>8}{'x python':>10}{'x sh':>8}")
    for name, took in times.items():
        python, sh = took / times["python -c pass"], took / times["sh -c :"]
        print(f"{name:<24}{took:>8.1f}{python:>10.2f}{sh:>8.1f}")


def _calls(desk: Desk) -> dict[str, Callable[[], None]]:
    """A call for each moment, of a polecat whose town has a monitor."""
    bead, tree = desk.sling()
    town = desk.town
    [hook] = [one for one in town.read().hooks() if one.bead == bead]
    folder = agent_folder(town.layout.agents, hook.id)
    folder.make()
    place_client_hooks(town.layout, hook, folder.facts)
    pulse.write(town.layout, pulse.Pulse(pid=os.getpid(), started="", since="", beat=""))
    script = str(town.layout.client_hooks / SCRIPT)

    def call(moment: str, said: dict[str, Any]) -> None:
        folder.reprime.unlink(missing_ok=True)
        folder.asked.touch()
        words = ["/bin/sh", script, moment, str(folder.path)]
        subprocess.run(words, input=json.dumps(said).encode() + b"\n", cwd=tree, check=True,
                       stdout=subprocess.DEVNULL)  # fmt: skip

    return {name: lambda moment=moment, said=said: call(moment, said)  # type: ignore[misc]
            for moment, name, said in _MOMENTS}  # fmt: skip


if __name__ == "__main__":
    main()
