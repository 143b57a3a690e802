"""town.toml is checked key by key, and every error names its key."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gastown.domain.record import BadRecord
from gastown.domain.settings import AgentCommand, Gate, RigSettings, Settings, parse

WHOLE = """
schema = 1
[town]
name = "alpha"
default_agent = "claude"
runner = "tmux"
durability = "os"
[owner]
name = "Ada"
email = "ada@example.org"
[agents]
shell = "sh -i"
[agents.claude]
command = "claude --flag"
env = { B = "2", A = "1" }
[roles]
mayor = "claude"
[prices.m-1]
input = 3
output = 15.5
[rigs.mp]
agent = "codex"
setup = "npm ci"
[rigs.mp.gates]
test = "make test"
lint = { command = "ruff check", timeout_s = 60 }
"""


def test_everything_that_can_be_set() -> None:
    """A whole file becomes settings; gates keep their order."""
    assert parse(tomllib.loads(WHOLE)) == Settings(
        name="alpha", default_agent="claude", runner="tmux", durability="os",
        owner_name="Ada", owner_email="ada@example.org",
        agents={
            "shell": AgentCommand("sh -i"),
            "claude": AgentCommand("claude --flag", {"B": "2", "A": "1"}),
        },
        roles={"mayor": "claude"},
        rigs={
            "mp": RigSettings(
                (Gate("test", "make test"), Gate("lint", "ruff check", 60)), agent="codex",
                setup="npm ci",
            )
        },
        prices={"m-1": {"input": 3.0, "output": 15.5}},
    )  # fmt: skip


def test_an_empty_file_means_defaults() -> None:
    """Nothing has to be set."""
    assert parse({}) == Settings()


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("schema = 2", "schema 2"), ("schema = true", "schema True"),
        ("schema = '1'", "schema '1'"),
        ("tonw = 1", "tonw"), ("town = 1", "town"), ("town.nmae = 'x'", "town.nmae"),
        ("town.name = 1", "town.name"), ('town.name = "a\\nb"', "town.name"),
        ("town.default_agent = []", "town.default_agent"),
        ("town.runner = 'screen'", "town.runner"),
        ("town.durability = 'some'", "town.durability"), ("owner = []", "owner"),
        ("owner.name = 5", "owner.name"), ("owner.mail = 'x'", "owner.mail"),
        ("agents = 'x'", "agents"), ("agents.UP = 'x'", "agents: 'UP'"),
        ("agents.a = 1", "agents.a"), ('agents.a = "x\\ny"', "agents.a"),
        ("agents.a = ''", "agents.a"), ("agents.a.cmd = 'x'", "agents.a.cmd"),
        ("agents.a.env = {}", "agents.a.command"), ("agents.a.command = 2", "agents.a.command"),
        ("agents.a = {command = 'x', env = 1}", "agents.a.env"),
        ("agents.a = {command = 'x', env = {A = 1}}", "agents.a.env"),
        ('agents.a = {command = "x", env = {A = "1\\n2"}}', "agents.a.env"),
        ('agents.a = {command = "x", env = {"A=B" = "1"}}', "agents.a.env"),
        ("roles.boss = 'claude'", "roles.boss"), ("roles.mayor = 'A B'", "roles.mayor"),
        ("prices.m.output = 'x'", "prices.m.output"), ("prices.m.tea = 1", "prices.m.tea"),
        ("prices.m.input = -1", "prices.m.input"), ("prices = 1", "prices"),
        ("agents.a = {command = 'x', prompt = 'loud'}", "agents.a.prompt"),
        ("agents.a = {command = 'x', ready = 1}", "agents.a.ready"),
        ("rigs.mp.agent = 1", "rigs.mp.agent"), ("rigs.mp.setup = ''", "rigs.mp.setup"),
        ("rigs = 1", "rigs"), ("rigs.mp = 1", "rigs.mp"), ("rigs.mp.gate = 1", "rigs.mp.gate"),
        ("rigs.Mp.gates = {}", "rigs: 'Mp'"), ("rigs.mp.gates = 'x'", "rigs.mp.gates"),
        ("rigs.mp.gates.t = 1", "rigs.mp.gates.t"), ("rigs.mp.gates.T = 'x'", "rigs.mp.gates: 'T'"),
        ('rigs.mp.gates.t = "a\\nb"', "rigs.mp.gates.t"),
        ("rigs.mp.gates.t = ''", "rigs.mp.gates.t"),
        ("rigs.mp.gates.t = {timeout_s = 1}", "rigs.mp.gates.t.command"),
        ("rigs.mp.gates.t = {command = 'x', timeout_s = 0}", "rigs.mp.gates.t.timeout_s"),
        ("rigs.mp.gates.t = {command = 'x', timeout_s = true}", "rigs.mp.gates.t.timeout_s"),
        ("rigs.mp.gates.t = {command = 'x', timeout_s = 1.5}", "rigs.mp.gates.t.timeout_s"),
        ("rigs.mp.gates.t = {command = 'x', cwd = 'y'}", "rigs.mp.gates.t.cwd"),
    ],
)  # fmt: skip
def test_an_error_names_its_key(text: str, key: str) -> None:
    """Whatever is wrong, the message begins with the key a person must look at."""
    with pytest.raises(BadRecord) as wrong:
        parse(tomllib.loads(text))
    assert str(wrong.value).startswith(key)


TOML = st.recursive(
    st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
KEYS = st.sampled_from(["schema", "town", "owner", "agents", "rigs", "name", "env", "gates", "a"])


@given(st.dictionaries(KEYS, TOML | st.dictionaries(KEYS, TOML | st.dictionaries(KEYS, TOML))))
def test_any_file_is_settings_or_a_named_error(data: dict[str, Any]) -> None:
    """No content of a TOML file makes the reader fail in another way."""
    with suppress(BadRecord):
        assert isinstance(parse(data), Settings)


def test_what_a_person_accepts_is_one_line_each() -> None:
    """The definitions that make the town run something, each whole and in one line."""
    assert parse(tomllib.loads(WHOLE)).commands() == [
        "agents.shell = sh -i",
        'agents.claude = {"A": "1", "B": "2"} claude --flag',
        "rigs.mp.gates.test = make test",
        "rigs.mp.gates.lint = ruff check",
        "rigs.mp.setup = npm ci",
    ]


def test_two_definitions_never_look_alike() -> None:
    """Found as a bug: moving words between environment and command kept the accepted text."""
    texts = {
        AgentCommand("run", {"A": "1", "B": "2"}).text("a"),
        AgentCommand("run", {"A": "1 B=2"}).text("a"),
        AgentCommand("B=2 run", {"A": "1"}).text("a"),
        AgentCommand("A=1 B=2 run").text("a"),
    }
    assert len(texts) == 4
