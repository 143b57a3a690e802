"""gt config agent: what is typed is understood, shown, and accepted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gastown.cli.common import _runtimes
from gastown.cli.session import Session
from gastown.ops.config import parts_of
from gastown.ops.runtimes import runtime_for
from gastown.runtime.agents import Form, compose, preset_names
from tests.support.desk import Desk, host
from tests.support.soundness import subjects


def test_a_command_like_a_preset(desk: Desk, client: Callable[..., Path]) -> None:
    """As the README types it: one commit, and the answer says what follows from the name."""
    program = client("claude-glm")
    said = desk.gt("config", "agent", "set", "claude-glm", "claude-glm --model glm-4").out
    assert subjects(desk.town)[-1] == "config: set agents.claude-glm"
    assert "like claude: by the name of its program" in said
    assert f"program: {program}" in said
    assert "resumes a conversation; runs without a terminal" in said
    assert "agents.claude-glm" not in desk.gt("config", "show", "--json").data["pending"]
    found = runtime_for(desk.town, host(), "claude-glm")
    words = compose(found, Form.RESUME, prompt="go", conversation="c1").argv
    assert words == ("claude-glm", "--model", "glm-4", "--resume", "c1", "go")


def test_everything_may_be_said(desk: Desk) -> None:
    """Each option is stored, understood, shown by get, and listed."""
    desk.gt(
        "config", "agent", "set", "mine", "claude --x", "--like", "none", "--prompt", "stdin",
        "--resume", "go-on {conversation}", "--headless", "--batch 'a b'", "--ready", "ok>",
        "--env", "A=1", "--env", "API_KEY=s3cret=",
    )  # fmt: skip
    found = runtime_for(desk.town, host(), "mine")
    assert found.env == (("A", "1"), ("API_KEY", "s3cret="))
    assert found.ready == ("ok>",)
    resumed = compose(found, Form.RESUME, prompt="p", conversation="c1")
    assert (resumed.argv, resumed.stdin) == (("claude", "--x", "go-on", "c1"), "p")
    assert compose(found, Form.HEADLESS).argv == ("claude", "--x", "--batch", "a b")
    told = desk.gt("config", "agent", "get", "mine", "--json").data
    assert (told["like"], told["why"], told["prompt"]) == (None, "as you said", "stdin")
    assert told["forms"] == ["start", "resume", "headless"]
    shown = desk.gt("config", "agent", "get", "mine").out
    assert "on its standard input" in shown
    assert "s3cret" not in shown
    assert "not accepted" not in shown


def test_the_list_has_the_presets(desk: Desk, client: Callable[..., Path]) -> None:
    """With where each program is, or that it is not installed; the default is marked."""
    program = client("codex")
    told = {one["name"]: one for one in desk.gt("config", "agent", "list", "--json").data}
    assert set(told) == set(preset_names())
    assert told["codex"]["program"] == str(program)
    assert told["claude"]["program"] is None
    assert [one["name"] for one in told.values() if one["default"]] == ["shell"]
    shown = desk.gt("config", "agent", "list").out
    assert "not installed" in shown


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("x", "y", "--like", "nope"), 3, "nope"), (("x", "y", "--prompt", "loud"), 2, "loud"),
        (("x", "y", "--env", "A"), 2, "NAME=VALUE"), (("x", "y", "--env", "1A=b"), 2, "1A"),
        (("x", "y", "--resume", "a 'b"), 1, "closing quotation"),
        (("x", "y", "--ready", "a\nb"), 2, "agents.x.ready"),
    ],
)  # fmt: skip
def test_what_is_no_command_changes_nothing(
    desk: Desk, words: tuple[str, ...], status: int, said: str
) -> None:
    """The message names what is wrong, and there is no commit."""
    before = desk.town.commit()
    assert said in desk.gt("config", "agent", "set", *words, status=status).err
    assert desk.town.commit() == before


def test_what_is_used_stays(desk: Desk) -> None:
    """A command that a role or a rig is set to is not forgotten; a preset never is."""
    desk.gt("config", "agent", "set", "mine", "true")
    for key in ("roles.mayor", "rigs.mp.agent", "town.default_agent"):
        desk.gt("config", "set", key, "mine")
        said = desk.gt("config", "agent", "remove", "mine", status=1)
        assert f"gt config set {key} shell" in said.err
        desk.gt("config", "set", key, "shell")
    desk.gt("config", "agent", "remove", "mine")
    assert "comes with gt" in desk.gt("config", "agent", "remove", "claude", status=1).err
    desk.gt("config", "agent", "get", "mine", status=3)


def test_roles_and_rigs_have_their_own(desk: Desk) -> None:
    """The rig's command outvotes the role's, which outvotes the default; the mayor has no rig."""
    desk.gt("config", "set", "roles.polecat", "codex")
    desk.gt("config", "set", "roles.mayor", "claude")
    settings = desk.town.settings()
    assert settings.agent_for("polecat", "mp") == "codex"
    assert settings.agent_for("crew", "mp") == "shell"
    desk.gt("config", "set", "rigs.mp.agent", "gemini")
    settings = desk.town.settings()
    assert settings.agent_for("polecat", "mp") == "gemini"
    assert settings.agent_for("mayor", "mp") == "claude"


def test_a_polecat_may_not_name_commands(desk: Desk) -> None:
    """What agents run is decided by the person."""
    _, tree = desk.sling()
    said = desk.gt("config", "agent", "set", "mine", "true", at=tree, status=1)
    assert "person" in said.err


@given(st.lists(st.text(st.characters(exclude_characters='"'), max_size=8), min_size=1))
def test_every_key_can_be_written(parts: list[str]) -> None:
    """Quoted, the parts of a key are read as they were, whatever is in them."""
    assert parts_of(".".join(f'"{part}"' for part in parts)) == parts


def test_completion_knows_the_presets(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names of presets and of the settings, each once."""
    desk.gt("config", "agent", "set", "codex", "my-codex")
    monkeypatch.chdir(desk.root)
    names = [name for name, _ in _runtimes(Session(program="gt"))]
    assert names == list(preset_names())


def test_a_slip_by_hand_is_shown_and_hides_no_other(desk: Desk) -> None:
    """An open quote in town.toml is named in the list, which still shows everything."""
    with desk.town.layout.settings.open("a") as file:
        file.write('\n[agents.odd]\ncommand = "sh -c \'open"\n')
    told = {one["name"]: one for one in desk.gt("config", "agent", "list", "--json").data}
    assert "closing quotation" in told["odd"]["why"]
    assert told["odd"]["accepted"] is False
    assert "claude" in told
    desk.bead()  # which commits the edit
