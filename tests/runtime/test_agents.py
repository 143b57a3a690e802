"""Runtimes are found by name, and commands of the settings are split like a shell would."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gastown.errors import NotFound, Refused
from gastown.runtime.agents import Form, alike, compose, preset, preset_names, split_command


def test_the_shell_agent_is_a_preset() -> None:
    """A town can run an agent without any settings; its interpreter is the one that is named."""
    assert preset("shell", "/usr/bin/python3").argv == (
        "/usr/bin/python3", "-P", "-m", "gastown", "shell-agent",
    )  # fmt: skip
    assert preset_names()[0] == "shell"


def test_an_unknown_preset_names_the_known_ones() -> None:
    """The hint of the error lists what there is."""
    with pytest.raises(NotFound, match="'nope'") as found:
        preset("nope", "python3")
    assert found.value.hint == "known: " + ", ".join(preset_names())


@pytest.mark.parametrize(
    ("command", "like"),
    [
        ("claude", "claude"), ("/opt/bin/claude --x", "claude"), ("claude-glm -m 4", "claude"),
        ("env A=1 B=2 codex", "codex"), ("cursor-agent", "cursor"), ("claudette", None),
        ("sh -c claude", None), ("python3", None), ("env", None), ("env A=1", None),
    ],
)  # fmt: skip
def test_a_command_is_like_the_preset_whose_program_it_runs(command: str, like: str | None) -> None:
    """The program's name tells, also with a suffix, a path, or `env` before it."""
    assert alike(split_command(command)) == like


def test_a_form_that_a_runtime_has_not_is_refused() -> None:
    """The message names the form, the hint the command that shows those it has."""
    with pytest.raises(Refused, match="'ask'") as refused:
        compose(preset("gemini", "python3"), Form.ASK, prompt="why?", conversation="x")
    assert refused.value.hint == "gt config agent get gemini shows those it has"


def test_commands_are_split_and_nothing_is_expanded() -> None:
    """Quotes group words; variables, comments and substitutions stay as they are written."""
    assert split_command("claude --model 'a b' \"$HOME\" #x `id`") == (
        "claude",
        "--model",
        "a b",
        "$HOME",
        "#x",
        "`id`",
    )


@pytest.mark.parametrize("text", ["", "  \n", "''", "a 'b", 'a "b', "a \\", "a \0"])
def test_commands_without_sense_are_refused(text: str) -> None:
    """An empty command or an open quote is refused with a sentence and what to do."""
    with pytest.raises(Refused, match="the command") as refused:
        split_command(text)
    assert refused.value.hint


@given(st.lists(st.text(st.characters(exclude_characters="\0")), min_size=1))
def test_splitting_undoes_joining(words: list[str]) -> None:
    """Every list of words can be written as a command and read again."""
    words[0] = words[0] or "x"
    assert split_command(shlex.join(words)) == tuple(words)
