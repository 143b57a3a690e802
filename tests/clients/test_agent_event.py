"""The script that clients run at their moments: what it notes, and when it starts Python."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from gastown.ops.snapshots import capture
from gastown.runtime.agent_folder import Activity, AgentFolder, agent_folder
from gastown.runtime.clients import Desk as Seat
from gastown.runtime.clients import wire
from gastown.store.client_hooks import SCRIPT, place_client_hooks
from gastown.store.spool import Spool
from tests.support.desk import Desk, Said

SHELLS = [shell for shell in ("dash", "bash", "busybox") if shutil.which(shell)]


class Client:
    """A client of a polecat, as far as its hooks go."""

    def __init__(self, desk: Desk, shell: str = "dash") -> None:
        self.desk = desk
        self.bead, self.tree = desk.sling()
        [self.hook] = [hook for hook in desk.town.read().hooks() if hook.bead == self.bead]
        town = desk.town
        self.folder: AgentFolder = agent_folder(town.layout.agents, self.hook.id)
        self.folder.make()
        place_client_hooks(town.layout, self.hook, self.folder.facts)
        self.script = town.layout.client_hooks / SCRIPT
        self.shell = ["busybox", "sh"] if shell == "busybox" else [shell]

    def hook_runs(
        self, moment: str, form: str | None = None, *, status: int = 0, **said: object
    ) -> Said:
        """The client runs its hook for a moment, as it would: from the worktree, with JSON."""
        words = [*self.shell, self.script, moment, self.folder.path, *([form] if form else [])]
        done = subprocess.run(
            words, input=json.dumps({"hook_event_name": moment, **said}) + "\n", text=True,
            capture_output=True, check=False, cwd=self.tree,
        )  # fmt: skip
        assert done.returncode == status, done
        return Said(done.returncode, done.stdout, done.stderr)

    def activity(self) -> Activity | None:
        """What the client said last."""
        said = self.folder.said()
        return said.activity if said else None

    def without_python(self) -> None:
        """From now on starting Python would leave a trace in `started`."""
        facts = self.folder.facts.read_text()
        trap = self.folder.path / "python"
        trap.write_text(f"#!/bin/sh\necho \"$@\" >>'{self.folder.path}/started'\n")
        trap.chmod(0o755)
        lines = [line for line in facts.splitlines() if not line.startswith("gt_python=")]
        self.folder.facts.write_text("\n".join([*lines, f"gt_python='{trap}'"]) + "\n")

    def started(self) -> bool:
        """Whether Python was started."""
        return (self.folder.path / "started").exists()


@pytest.fixture(params=SHELLS)
def client(desk: Desk, request: pytest.FixtureRequest) -> Client:
    """A polecat's client, with each shell that there is."""
    return Client(desk, request.param)


def test_what_the_client_does_is_noted_without_python(client: Client) -> None:
    """A prompt, a tool, a permission and an end cost a few lines of shell."""
    client.without_python()
    client.hook_runs("prompt", prompt="hello")
    assert client.activity() is Activity.WORKING
    client.hook_runs("waiting", message="Claude needs your permission to use Bash",
                     notification_type="permission_prompt")  # fmt: skip
    said = client.folder.said()
    assert said is not None
    assert said.activity is Activity.WAITING
    assert said.message == "Claude needs your permission to use Bash"
    client.hook_runs("tool", tool_name="Bash")
    assert client.activity() is Activity.WORKING
    client.hook_runs("session-end", reason="prompt_input_exit")
    assert client.activity() is Activity.ENDED
    assert not client.started()


def test_a_client_that_only_waits_for_the_next_prompt_is_not_waiting(client: Client) -> None:
    """The reminder after a minute of rest is no question."""
    client.without_python()
    client.folder.state.write_text("idle\n")
    client.hook_runs("waiting", message="Claude is waiting for your input",
                     notification_type="idle_prompt")  # fmt: skip
    assert client.activity() is Activity.IDLE


def test_a_stop_is_told_to_the_spool(client: Client) -> None:
    """The monitor takes a snapshot then."""
    client.without_python()
    client.hook_runs("stop", stop_hook_active=False)
    spool = Spool(client.desk.town.layout.spool)
    [event] = [spool.read(name) for name in spool.waiting()]
    assert event is not None
    assert (event.kind, event.hook, event.generation) == ("agent-stop", client.hook.id, 1)


def test_harmless_commands_do_not_start_python(client: Client) -> None:
    """The guard is asked only about what it might refuse."""
    client.without_python()
    client.hook_runs("guard", tool_name="Bash", tool_input={"command": "make -j2 && ls -l"})
    assert not client.started()
    client.hook_runs("guard", tool_name="Bash", tool_input={"command": "git push --force"})
    assert client.started()


def test_a_town_that_is_gone_is_not_in_the_way(client: Client, tmp_path: Path) -> None:
    """The client goes on, and nothing is made where the town was."""
    shutil.rmtree(client.folder.path)
    for moment in ("session-start", "prompt", "guard", "waiting", "compact", "stop", "session-end"):
        assert client.hook_runs(moment).out == ""
    assert not client.folder.path.exists()


def test_mail_is_looked_for_only_when_the_mailbox_has_changed(desk: Desk) -> None:
    """A prompt with nothing new starts no Python; one with mail shows it once."""
    client = Client(desk)
    desk.gt("mail", "send", client.hook.id, "-s", "A question", "-m", "Is it blue?")
    assert "Is it blue?" in client.hook_runs("prompt", prompt="go").out
    assert client.hook_runs("prompt", prompt="go").out == ""


def test_compaction_is_followed_by_a_new_prime(desk: Desk) -> None:
    """What the client has dropped is told again with the next prompt, once."""
    client = Client(desk)
    client.hook_runs("compact", trigger="auto")
    assert f"You are {client.hook.id}" in client.hook_runs("prompt", prompt="go").out
    assert client.hook_runs("prompt", prompt="go").out == ""


def test_the_start_primes_and_notes_the_conversation(desk: Desk) -> None:
    """The model gets its work; the ledger gets the client's own id of the conversation."""
    client = Client(desk)
    said = client.hook_runs("session-start", session_id="11aa-22bb", source="startup",
                            transcript_path="/nowhere.jsonl")  # fmt: skip
    assert client.bead in said.out
    [noted] = desk.town.read().conversations(client.hook.id)
    assert (noted.id, noted.bead, noted.state) == ("11aa-22bb", client.bead, "running")


def test_other_forms_of_the_answer(desk: Desk) -> None:
    """A client that wants JSON gets the same text in it."""
    client = Client(desk)
    told = json.loads(client.hook_runs("session-start", "json", session_id="x1").out)
    output = told["hookSpecificOutput"]
    assert output["hookEventName"] == "SessionStart"
    assert client.bead in output["additionalContext"]


def test_a_stop_asks_once_about_work_that_is_left(desk: Desk) -> None:
    """Without a monitor the stop takes its snapshot itself; it asks at most once in a session."""
    client = Client(desk)
    (client.tree / "half.txt").write_text("half\n")
    told = json.loads(client.hook_runs("stop", stop_hook_active=False).out)
    assert told["decision"] == "block"
    assert client.bead in told["reason"]
    assert client.activity() is Activity.WORKING
    assert client.hook_runs("stop", stop_hook_active=False).out == ""
    assert client.activity() is Activity.IDLE
    town = desk.town
    assert capture(town, client.hook, "asked") is None  # the latest snapshot is the same
    client.folder.forget_turn()
    assert client.hook_runs("stop", stop_hook_active=True).out == ""


def test_a_stop_after_done_asks_nothing(desk: Desk) -> None:
    """Work that was handed in is not held any more."""
    client = Client(desk)
    desk.work(client.tree)
    desk.gt("done", at=client.tree)
    assert client.hook_runs("stop", stop_hook_active=False).out == ""


def test_only_an_agents_own_folder_is_taken(desk: Desk) -> None:
    """The hidden command is no way into another place."""
    client = Client(desk)
    said = desk.run("gt", "client-hook", "session-start", client.tree, stdin="{}")
    assert "no agent's folder" in said.err
    assert said.out == ""


@pytest.mark.parametrize("data", ["", "{", "[]", '"x"', '{"session_id": 5}', "\x00"])
def test_a_client_that_says_nonsense_is_primed_all_the_same(desk: Desk, data: str) -> None:
    """What the client is allowed to do does not hang on its JSON."""
    client = Client(desk)
    done = subprocess.run(
        ["sh", client.script, "session-start", client.folder.path], input=data.encode(),
        capture_output=True, check=True, cwd=client.tree,
    )  # fmt: skip
    assert client.bead.encode() in done.stdout


def test_the_settings_of_claude_code(tmp_path: Path) -> None:
    """Every moment has its hook; commands are absolute; no matcher looks at a command."""
    wiring = wire("claude", Seat(tmp_path / "mp--toast", tmp_path / "agent-event"))
    [(place, data)] = wiring.files.items()
    assert wiring.words == ("--settings", str(place))
    assert place.is_relative_to(tmp_path)
    settings = json.loads(data)
    for groups in settings["hooks"].values():
        [group] = groups
        [hook] = group["hooks"]
        assert hook["command"].startswith(f"/bin/sh {tmp_path}{os.sep}agent-event ")
        assert 0 < hook["timeout"] <= 30
        assert "(" not in group.get("matcher", "")
    assert settings["skipDangerousModePermissionPrompt"] is True


def test_a_project_cannot_shadow_our_modules(desk: Desk) -> None:
    """A module of the project that is called like one of ours is never imported."""
    client = Client(desk)
    for name in ("gastown", "click", "json"):
        (client.tree / f"{name}.py").write_text("raise SystemExit('shadowed')\n")
    assert client.bead in client.hook_runs("session-start", session_id="x2").out
