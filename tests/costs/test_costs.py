"""gt costs: what was used, by whom and for what, and what nobody knows."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gastown.domain.conversation import Conversation, ConversationState
from gastown.runtime.agent_folder import Thread, agent_folder
from gastown.store.town import Town
from gastown.views.costs import By, PriceList, Spent, Tokens, line_of, lines_of
from tests.costs.test_transcripts import CLAUDE, CODEX, answer
from tests.support.desk import Desk

ROW = {"day": "2026-11-23", "model": "claude-x", "turns": 2, "input": 1000, "output": 200,
       "cache_read": 30, "cache_write": 4}  # fmt: skip


def ended(
    town: Town, name: str, agent: str, bead: str | None, *rows: dict[str, Any],
    runtime: str = "claude", **more: Any,
) -> Conversation:  # fmt: skip
    """Put a conversation that has ended into the ledger."""
    one = Conversation(
        id=name, state=ConversationState.ENDED, agent=agent, generation=1, bead=bead,
        runtime=runtime, usage=rows, started_at="2026-11-23T00:00:00Z",
        updated_at="2026-11-23T01:00:00Z",
    )  # fmt: skip
    with town.transaction(f"put {name}", actor="human") as tx:
        tx.put(replace(one, **more))
    return one


def running(desk: Desk, name: str, agent: str, bead: str | None, transcript: Path) -> None:
    """Let an agent be in a conversation now."""
    town = desk.town
    ended(town, name, agent, bead, state=ConversationState.RUNNING)
    thread = Thread(name, str(transcript), 1, bead, "claude")
    agent_folder(town.layout.agents, agent).write_thread(thread)


def said(desk: Desk, *words: str) -> dict[str, int]:
    """The lines of `gt costs` and their totals."""
    lines = desk.gt("costs", *words, "--json").data["lines"]
    kinds = ("input", "output", "cache_read", "cache_write")
    return {line["name"]: sum(line["tokens"][kind] for kind in kinds) for line in lines}


@pytest.fixture
def spent(desk: Desk) -> tuple[Desk, str, str]:
    """Two beads, one of which is in a convoy; two agents have used something."""
    one, _ = desk.sling("One")
    two, _ = desk.sling("Two")
    desk.gt("convoy", "create", "Both", one, two)
    town = desk.town
    ended(town, "c1", "mp/toast", one, ROW, {**ROW, "day": "2026-11-24", "model": "gpt-y"})
    ended(town, "c2", "mp/nux", two, {**ROW, "input": 5000})
    ended(town, "c3", "mayor", None, {**ROW, "input": 1, "output": 0})
    return desk, one, two


def test_by_everything(spent: tuple[Desk, str, str]) -> None:
    """The same tokens by agent, bead, model, day and session."""
    desk, one, two = spent
    assert said(desk) == {"mp/nux": 5234, "mp/toast": 2468, "mayor": 35}
    assert said(desk, "--by", "bead") == {two: 5234, one: 2468, "(no bead)": 35}
    assert said(desk, "--by", "model") == {"claude-x": 6503, "gpt-y": 1234}
    assert said(desk, "--by", "day") == {"2026-11-23": 6503, "2026-11-24": 1234}
    assert said(desk, "--by", "session") == {"c2": 5234, "c1": 2468, "c3": 35}


def test_a_bead_of_two_convoys_counts_once_in_the_sum(spent: tuple[Desk, str, str]) -> None:
    """By convoy it stands in both lines."""
    desk, one, _ = spent
    desk.gt("convoy", "create", "Again", one)
    found = desk.gt("costs", "--by", "convoy", "--json").data
    assert sum(line["sessions"] for line in found["lines"]) > found["sum"]["sessions"] == 3
    assert found["sum"]["tokens"]["input"] == 1000 + 1000 + 5000 + 1


def test_a_part_of_the_town(spent: tuple[Desk, str, str]) -> None:
    """An agent, a bead, a convoy, a rig, some days; each with the lines that say most."""
    desk, one, two = spent
    convoy = next(c.id for c in desk.town.read().convoys() if c.title == "Both")
    assert said(desk, "mp/toast") == {one: 2468}
    assert said(desk, one) == {"c1": 2468}
    assert said(desk, convoy) == {two: 5234, one: 2468}
    assert said(desk, "mp") == {"mp/nux": 5234, "mp/toast": 2468}
    assert said(desk, "mayor") == {"(no bead)": 35}
    assert said(desk, "--since", "2026-11-24") == {"mp/toast": 1234}
    assert "no agent, bead, convoy or rig" in desk.gt("costs", "nobody", status=3).err
    assert "no day" in desk.gt("costs", "--since", "soon", status=2).err


def test_days_from_now(desk: Desk) -> None:
    """Today is one day, a week is seven with today."""
    from datetime import UTC, datetime

    from gastown.ops.costs import first_day

    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    told = {words: first_day(words, now) for words in ("today", "1d", "7d", "2w", "2026-02-01")}
    assert list(told.values()) == [
        "2026-11-23", "2026-11-23", "2026-11-17", "2026-11-10", "2026-02-01",
    ]  # fmt: skip


def test_money_only_where_a_price_is_set(spent: tuple[Desk, str, str]) -> None:
    """Without prices no column; with one for some models the others are named."""
    desk, _, _ = spent
    assert "COST" not in desk.gt("costs").out
    prices = {"input": 10, "output": 100, "cache_read": 1, "cache_write": 2}
    for kind, price in prices.items():
        desk.gt("config", "set", f"prices.claude-.{kind}", str(price))
    lines = {line["name"]: line for line in desk.gt("costs", "--json").data["lines"]}
    assert lines["mp/nux"]["money"] == pytest.approx(0.070038)
    assert lines["mp/nux"]["whole"] is True
    assert lines["mp/toast"]["whole"] is False
    shown = desk.gt("costs").out
    assert "0.07" in shown
    assert "0.03+" in shown
    assert "without a price ([prices] in hq/town.toml): gpt-y" in shown
    assert next(line for line in desk.gt("costs", "--by", "model").out.splitlines()
                if line.startswith("gpt-y")).split()[-1] == "-"  # fmt: skip


def test_a_running_conversation_is_read_now(desk: Desk, tmp_path: Path) -> None:
    """What its client has written so far counts, and it is said that it goes on."""
    bead, _ = desk.sling()
    shutil.copytree(CLAUDE, tmp_path / "t")
    running(desk, "c9", "mp/toast", bead, tmp_path / "t" / "conversation.jsonl")
    [line] = desk.gt("costs", "--json").data["lines"]
    assert (line["running"], line["tokens"]["turns"], line["tokens"]["output"]) == (True, 6, 342)
    assert "(running)" in desk.gt("costs").out
    with (tmp_path / "t" / "conversation.jsonl").open("a") as file:
        file.write(answer(55, output=1000))
    assert said(desk) == {"mp/toast": 600 + 342 + 120 + 18 + 100 + 1000 + 20 + 3}


def test_an_earlier_conversation_of_the_same_client_is_found(desk: Desk, tmp_path: Path) -> None:
    """One that was replaced without being counted is read from beside; copies count once."""
    bead, _ = desk.sling()
    shutil.copytree(CLAUDE, tmp_path / "t")
    ended(desk.town, "conversation", "mp/toast", bead)
    running(desk, "fork", "mp/toast", bead, tmp_path / "t" / "fork.jsonl")
    lines = desk.gt("costs", "--by", "session", "--json").data["lines"]
    assert {line["name"]: line["tokens"]["turns"] for line in lines} == {
        "conversation": 6, "fork": 1,
    }  # fmt: skip


def test_what_is_not_known_is_listed(desk: Desk) -> None:
    """A lost transcript, a client whose transcripts nobody reads, one that nobody counted."""
    desk.gt("config", "agent", "set", "mine", "cat --like-no-other")
    bead = desk.bead()
    desk.gt("sling", bead, "mp", "--agent", "mine", "--no-start")
    town = desk.town
    hook = town.read().hook("mp/toast")
    assert hook is not None
    with town.transaction("runs", actor="human") as tx:
        tx.put(replace(hook, runtime="mine"))
    ended(town, "c1", "mp/nux", None)
    running(desk, "c2", "mp/dag", None, Path("/nowhere/at-all.jsonl"))
    found = desk.gt("costs", "--json").data
    assert found["lines"] == []
    whys = {(one["agent"], one["why"]) for one in found["unknown"]}
    assert whys == {
        ("mp/nux", "its client told of no transcript"),
        ("mp/dag", "the transcript /nowhere/at-all.jsonl is not there"),
        ("mp/toast", "transcripts of mine are not read"),
    }
    shown = desk.gt("costs").out
    assert "no tokens were counted" in shown
    assert "not known, and not in these numbers (3)" in shown


def test_the_embedded_agent_asks_no_model(desk: Desk) -> None:
    """It is neither unknown nor a line of zeros."""
    desk.sling()
    with desk.town.transaction("runs", actor="human") as tx:
        tx.put(replace(tx.hook("mp/toast"), runtime="shell"))
    found = desk.gt("costs", "--json").data
    assert (found["tokenless"], found["unknown"]) == (["mp/toast"], [])
    assert "asked no model: mp/toast" in desk.gt("costs").out


def test_codex_is_found_by_its_worktree(desk: Desk, gitconfig: Path) -> None:
    """Its sessions count for the polecat's bead; those of an earlier bearer of the name do not."""
    bead, tree = desk.sling()
    with desk.town.transaction("runs", actor="human") as tx:
        hook = tx.hook("mp/toast")
        tx.put(replace(hook, runtime="codex", created_at="2026-11-23T00:56:28.700Z"))
    day = Path.home() / ".codex" / "sessions" / "2026" / "11" / "23"
    day.mkdir(parents=True)
    text = CODEX.read_text().replace("/town/mp/polecats/toast", str(tree))
    (day / "rollout-1.jsonl").write_text(text)
    assert said(desk, "--by", "bead") == {"(no bead)": 240, bead: 240}


def test_a_transcript_of_100_mb_is_read_as_a_stream(tmp_path: Path) -> None:
    """Its size does not show in the memory that is used."""
    import tracemalloc

    from gastown.runtime.transcripts import turns

    file = tmp_path / "t.jsonl"
    filler = json.dumps({"type": "user", "message": {"content": "x" * 1_000_000}}) + "\n"
    with file.open("w") as stream:
        for number in range(20):
            stream.write(filler + answer(number))
    tracemalloc.start()
    assert len(list(turns("claude", file))) == 20
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8_000_000


def test_names_cannot_write_on_the_terminal(desk: Desk) -> None:
    """A model's name and a title are data."""
    ended(desk.town, "c1", "mp/toast", None, {**ROW, "model": "\x1b[31mred\nline"})
    shown = desk.gt("costs", "--by", "model").out
    assert "\x1b" not in shown
    assert len(shown.splitlines()) == 2


TOKENS = st.builds(Tokens, *[st.integers(0, 10**9)] * 5)
SPENT = st.builds(
    Spent, conversation=st.sampled_from("abc"), agent=st.sampled_from(["mp/a", "mp/b"]),
    rig=st.just("mp"), bead=st.sampled_from([None, "x", "y"]),
    convoys=st.sampled_from([(), ("v",)]), day=st.sampled_from(["2026-01-01", "2026-01-02"]),
    model=st.sampled_from(["m", "n-1", "n-12"]), tokens=TOKENS,
)  # fmt: skip


@given(st.lists(SPENT, max_size=12), st.sampled_from([by for by in By if by is not By.MODEL]))
def test_the_lines_add_up(spent: list[Spent], by: By) -> None:
    """Whatever the lines are of, their sum is the sum (a bead is in at most one convoy here)."""
    prices = PriceList({"m": {"input": 1, "output": 1, "cache_read": 1, "cache_write": 1}})
    lines = lines_of(spent, by, prices, lambda _: "")
    total = line_of("all", spent, prices)
    assert sum((line.tokens for line in lines), Tokens()) == total.tokens
    assert sum(line.money or 0 for line in lines) == pytest.approx(total.money or 0)


def test_the_longest_beginning_has_the_price() -> None:
    """`n-1` is for n-1 and n-1x; n-12 has its own; a used kind without a price is no price."""
    whole = dict.fromkeys(("input", "output", "cache_read", "cache_write"), 1.0)
    prices = PriceList({"n-1": whole, "n-12": {"input": 5.0}, "": whole})
    assert prices.money("n-12", Tokens(1, input=1_000_000)) == 5.0
    assert prices.money("n-12", Tokens(1, output=1)) is None
    assert prices.money("n-13", Tokens(1, output=1_000_000)) == 1.0
    assert prices.money("other", Tokens(1, output=1)) is None
