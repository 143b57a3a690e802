"""town.toml is checked key by key, and every error names its key."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gastown.domain.merge import Style
from gastown.domain.merge_settings import GateSetup, MergePolicy, Phase
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
[rigs.mp.gates.smoke]
command = "make smoke"
env = { B = "2", A = "1" }
phase = "post-merge"
parallel = true
[rigs.mp.gate_setup]
command = "npm ci"
key = ["package-lock.json", "web/package-lock.json"]
cache = ["node_modules"]
timeout_s = 90
env = { CI = "1" }
[rigs.mp.merge]
style = "squash"
push = "never"
review = "required"
mode = "pr"
batch_max = 3
speculate = 0
retry_flaky = false
rework_max = 0
on_conflict = "hold"
keep_days = 0
pr_poll_s = 5
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
                (
                    Gate("test", "make test"), Gate("lint", "ruff check", 60),
                    Gate("smoke", "make smoke", env={"A": "1", "B": "2"}, phase=Phase.POST_MERGE,
                         parallel=True, required=False),
                ),
                agent="codex", setup="npm ci",
                gate_setup=GateSetup(
                    "npm ci", ("package-lock.json", "web/package-lock.json"), ("node_modules",),
                    90, {"CI": "1"},
                ),
                merge=MergePolicy(
                    Style.SQUASH, "never", review=True, mode="pr", batch_max=3, speculate=0,
                    retry_flaky=False, rework_max=0, on_conflict="hold", keep_days=0, pr_poll_s=5,
                ),
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
        ("rigs.mp.gates.t = {command = 'x', env = {A = 1}}", "rigs.mp.gates.t.env"),
        ("rigs.mp.gates.t = {command = 'x', phase = 'never'}", "rigs.mp.gates.t.phase"),
        ("rigs.mp.gates.t = {command = 'x', phase = 1}", "rigs.mp.gates.t.phase"),
        ("rigs.mp.gates.t = {command = 'x', parallel = 1}", "rigs.mp.gates.t.parallel"),
        ("rigs.mp.gates.t = {command = 'x', required = 'no'}", "rigs.mp.gates.t.required"),
        ("rigs.mp.gates.t = {command = 'x', phase = 'post-merge', required = true}",
         "rigs.mp.gates.t.required"),
        ("rigs.mp.gate_setup = 1", "rigs.mp.gate_setup"),
        ("rigs.mp.gate_setup = ''", "rigs.mp.gate_setup"),
        ("rigs.mp.gate_setup = {key = []}", "rigs.mp.gate_setup.command"),
        ("rigs.mp.gate_setup = {command = 'x', keys = []}", "rigs.mp.gate_setup.keys"),
        ("rigs.mp.gate_setup = {command = 'x', key = 'y'}", "rigs.mp.gate_setup.key"),
        ("rigs.mp.gate_setup = {command = 'x', key = ['/y']}", "rigs.mp.gate_setup.key"),
        ("rigs.mp.gate_setup = {command = 'x', cache = [1]}", "rigs.mp.gate_setup.cache"),
        ("rigs.mp.gate_setup = {command = 'x', cache = ['a/../..']}", "rigs.mp.gate_setup.cache"),
        ("rigs.mp.gate_setup = {command = 'x', cache = ['.git']}", "rigs.mp.gate_setup.cache"),
        ("rigs.mp.gate_setup = {command = 'x', cache = ['']}", "rigs.mp.gate_setup.cache"),
        ("rigs.mp.gate_setup = {command = 'x', timeout_s = 0}", "rigs.mp.gate_setup.timeout_s"),
        ("rigs.mp.gate_setup = {command = 'x', env = []}", "rigs.mp.gate_setup.env"),
        ("rigs.mp.merge = 1", "rigs.mp.merge"), ("rigs.mp.merge.styl = 'x'", "rigs.mp.merge.styl"),
        ("rigs.mp.merge.style = 'fast'", "rigs.mp.merge.style"),
        ("rigs.mp.merge.push = true", "rigs.mp.merge.push"),
        ("rigs.mp.merge.review = 'maybe'", "rigs.mp.merge.review"),
        ("rigs.mp.merge.review = 1", "rigs.mp.merge.review"),
        ("rigs.mp.merge.mode = 'email'", "rigs.mp.merge.mode"),
        ("rigs.mp.merge.batch_max = 0", "rigs.mp.merge.batch_max"),
        ("rigs.mp.merge.batch_max = '8'", "rigs.mp.merge.batch_max"),
        ("rigs.mp.merge.speculate = -1", "rigs.mp.merge.speculate"),
        ("rigs.mp.merge.retry_flaky = 'yes'", "rigs.mp.merge.retry_flaky"),
        ("rigs.mp.merge.rework_max = true", "rigs.mp.merge.rework_max"),
        ("rigs.mp.merge.on_conflict = 'cry'", "rigs.mp.merge.on_conflict"),
        ("rigs.mp.merge.keep_days = -1", "rigs.mp.merge.keep_days"),
        ("rigs.mp.merge.pr_poll_s = 0", "rigs.mp.merge.pr_poll_s"),
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
KEYS = st.sampled_from(
    "schema town owner agents rigs name env gates gate_setup merge command cache a".split()
)


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
        'rigs.mp.gates.smoke = make smoke    # env {"A": "1", "B": "2"}',
        "rigs.mp.setup = npm ci",
        'rigs.mp.gate_setup = npm ci    # env {"CI": "1"}',
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [("'required'", True), ("'none'", False), ("true", True), ("false", False)],
)
def test_review_is_said_as_a_word_or_a_flag(value: str, expected: bool) -> None:
    """Whether a person approves each request."""
    settings = parse(tomllib.loads(f"rigs.mp.merge.review = {value}"))
    assert settings.rig("mp").merge.review is expected


def test_what_runs_after_the_merge_is_advice() -> None:
    """A gate of a later phase is not required unless it says so falsely."""
    text = "rigs.mp.gates.t = {command = 'x', phase = 'post-merge'}"
    [gate] = parse(tomllib.loads(text)).rig("mp").gates
    assert not gate.required
    assert parse(tomllib.loads("rigs.mp.gate_setup = 'x'")).rig("mp").gate_setup == GateSetup("x")


def test_two_definitions_never_look_alike() -> None:
    """Found as a bug: moving words between environment and command kept the accepted text."""
    texts = {
        AgentCommand("run", {"A": "1", "B": "2"}).text("a"),
        AgentCommand("run", {"A": "1 B=2"}).text("a"),
        AgentCommand("B=2 run", {"A": "1"}).text("a"),
        AgentCommand("A=1 B=2 run").text("a"),
    }
    assert len(texts) == 4
