"""Runtimes are found by name, and commands of the settings are split like a shell would."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gastown.errors import NotFound, Refused
from gastown.runtime.agents import Runtime, builtin, resolve, split_command


def test_the_shell_agent_is_built_in() -> None:
    """A town can run an agent without any settings."""
    known = builtin("/usr/bin/python3")
    assert resolve("shell", known, {}).argv == (
        "/usr/bin/python3",
        "-m",
        "gastown",
        "shell-agent",
    )


def test_settings_outvote_what_is_built_in() -> None:
    """A configured runtime of the same name is the one that counts."""
    mine = Runtime("shell", ("my-shell",), (("A", "1"),))
    assert resolve("shell", builtin("python3"), {"shell": mine}) is mine


def test_an_unknown_runtime_names_the_known_ones() -> None:
    """The hint of the error lists what there is."""
    with pytest.raises(NotFound, match="'codex'") as found:
        resolve("codex", builtin("python3"), {"claude": Runtime("claude", ("claude",))})
    assert found.value.hint == "known: claude, shell"


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
