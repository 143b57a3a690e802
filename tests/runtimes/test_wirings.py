"""How clients are told to run our hooks: outside of the work tree, and nothing of the user's."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gastown.cli.client_hooks import in_form
from gastown.runtime.clients import FORMATS, Desk, Wiring, wire

MOMENTS = {"session-start", "prompt", "guard", "tool", "waiting", "compact", "stop", "session-end"}
NAMES = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=20
)


def commands(form: str, wiring: Wiring) -> list[list[str]]:
    """The commands that a wiring lets a client run."""
    if form == "codex":
        text = "\n".join(word for word in wiring.words if word.startswith("hooks."))
        hooks = tomllib.loads(text)["hooks"]
        found = [
            hook["command"] for groups in hooks.values() for g in groups for hook in g["hooks"]
        ]
    elif form == "copilot":
        [data] = [data for path, data in wiring.files.items() if path.name == "hooks.json"]
        found = [one["bash"] for ones in json.loads(data)["hooks"].values() for one in ones]
    elif form == "claude":
        [data] = wiring.files.values()
        found = [hook["command"] for groups in json.loads(data)["hooks"].values()
                 for group in groups for hook in group["hooks"]]  # fmt: skip
    else:
        [data] = wiring.files.values()
        [line] = [one for one in data.decode().splitlines() if one.startswith("const COMMAND = ")]
        return [json.loads(line.removeprefix("const COMMAND = "))]
    return [shlex.split(command) for command in found]


@given(st.sampled_from(FORMATS), NAMES)
def test_whatever_the_folder_is_called_the_script_is_found(form: str, name: str) -> None:
    """Quotes, spaces and odd letters in a path reach the script as they are."""
    desk = Desk(Path("/t") / name, Path("/s") / name / "agent-event")
    for words in commands(form, wire(form, desk)):
        assert words[:2] == ["/bin/sh", str(desk.script)]
        assert words[2] in MOMENTS | {"MOMENT"}
        assert words[3] == str(desk.folder)


@pytest.mark.parametrize("form", FORMATS)
def test_all_files_lie_in_the_agents_folder(form: str, tmp_path: Path) -> None:
    """Nothing is written into a work tree or into a user's own files."""
    found = wire(form, Desk(tmp_path, tmp_path / "agent-event"))
    assert all(path.is_relative_to(tmp_path) for path in found.files)
    assert found.words or found.env


def test_a_client_without_hooks_is_told_nothing(tmp_path: Path) -> None:
    """It gets no words, no variables and no files."""
    assert wire(None, Desk(tmp_path, tmp_path)) == Wiring()


def test_each_client_gets_text_in_its_form() -> None:
    """Copilot takes the text without a frame around it; plain text stays as it is."""
    assert in_form("work", "SessionStart", "plain") == "work"
    assert json.loads(in_form("work", "SessionStart", "copilot")) == {"additionalContext": "work"}


@pytest.mark.skipif(shutil.which("node") is None, reason="NOT TESTED: the plugin: node is missing")
def test_the_plugin_for_opencode_runs_the_script(tmp_path: Path) -> None:
    """Run by node as opencode runs it: the first prompt begins, a guard refuses, idle stops."""
    script = tmp_path / "agent-event"
    script.write_text(
        'IFS= read -r input; printf "%s %s\\n" "$1" "$input" >>"$2/log"\n'
        '[ "$1" = session-start ] && echo your work\n'
        '[ "$1" = guard ] && { echo "not here" >&2; exit 2; }\nexit 0\n'
    )
    for path, data in wire("opencode", Desk(tmp_path, script)).files.items():
        path.write_bytes(data)
    (tmp_path / "run.mjs").write_text("""
import { Gastown } from "./opencode.mjs"
const hooks = await Gastown({ directory: "/w" })
const part = { id: "prt_1", sessionID: "s", messageID: "m", type: "text", text: "go" }
const output = { parts: [part] }
await hooks["chat.message"]({ sessionID: "s" }, output)
await hooks["chat.message"]({ sessionID: "s" }, { parts: [] })
let refused = ""
const bash = { tool: "bash", sessionID: "s" }
try { await hooks["tool.execute.before"](bash, { args: { command: "x" } }) }
catch (error) { refused = error.message }
await hooks["tool.execute.before"]({ tool: "read", sessionID: "s" }, { args: {} })
const child = { info: { id: "c", parentID: "s" } }
await hooks.event({ event: { type: "session.created", properties: child } })
await hooks.event({ event: { type: "session.idle", properties: { sessionID: "c" } } })
await hooks.event({ event: { type: "session.idle", properties: { sessionID: "s" } } })
console.log(JSON.stringify({ parts: output.parts, refused }))
""")
    out = subprocess.run(
        ["node", "run.mjs"], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=30
    ).stdout
    told = json.loads(out)
    assert told["refused"] == "not here"
    assert [(one["text"], one.get("synthetic")) for one in told["parts"]] == [
        ("go", None), ("your work\n", True),
    ]  # fmt: skip
    log = [line.partition(" ")[0] for line in (tmp_path / "log").read_text().splitlines()]
    assert log == ["session-start", "prompt", "prompt", "guard", "stop"]
