"""What can be started, what cannot, and why."""

from __future__ import annotations

from typing import Any

import pytest

from gastown.domain.molecule import Molecule
from gastown.store.picture import Picture
from tests.bd_reading.beads import edge, put
from tests.support.desk import Desk
from tests.support.towns import NOW

FUTURE = "2999-01-01T00:00:00Z"


def ready(desk: Desk, *words: str) -> list[str]:
    """Ids of what can be started, in order, without the prefix."""
    found = desk.bd("ready", *words, "--json").json
    return [bead["id"].removeprefix("mp-") for bead in found]


def test_what_waits_is_not_ready(desk: Desk) -> None:
    """A bead waits until every blocker is closed; closing the last one says what can start."""
    a, b = desk.bead("a", "--id", "mp-a"), desk.bead("b", "--id", "mp-b")
    desk.bead("c", "--deps", f"{a},blocks:{b}", "--id", "mp-c")
    assert set(ready(desk)) == {"a", "b"}
    assert "can start" not in desk.bd("close", a).out
    assert "mp-c can start now" in desk.bd("close", b).out
    assert ready(desk) == ["c"]


def test_a_diamond_and_a_chain(desk: Desk) -> None:
    """Only when all of its blockers are closed is a bead ready, one layer after the other."""
    put(desk.town, top={}, left={"deps": ("blocks:top",)}, right={"deps": ("blocks:top",)},
        end={"deps": ("blocks:left", "blocks:right")}, last={"deps": ("blocks:end",)})  # fmt: skip
    for close, then in (
        ("top", {"left", "right"}), ("left", {"right"}), ("right", {"end"}), ("end", {"last"}),
    ):  # fmt: skip
        desk.bd("close", f"mp-{close}")
        assert set(ready(desk)) == then
    desk.bd("reopen", "mp-end")
    assert set(ready(desk)) == {"end"}


def test_a_blocked_parent_holds_its_children(desk: Desk) -> None:
    """Descendants of a blocked bead wait with it; an open parent holds nobody back."""
    put(desk.town, blocker={}, parent={}, child={"deps": ("parent-child:parent",)},
        grandchild={"deps": ("parent-child:child",)})  # fmt: skip
    assert {"child", "grandchild"} <= set(ready(desk))
    desk.bd("dep", "add", "mp-parent", "mp-blocker")
    assert ready(desk) == ["blocker"]
    desk.bd("close", "mp-blocker")
    assert set(ready(desk)) == {"parent", "child", "grandchild"}


@pytest.mark.parametrize("reason", ["failed", "all is well"])
def test_a_conditional_blocker_is_a_plain_one(desk: Desk, reason: str) -> None:
    """As upstream since 1.0: closed is closed, whatever the reason says."""
    put(desk.town, a={}, b={"deps": ("conditional-blocks:a",)})
    assert ready(desk) == ["a"]
    desk.bd("close", "mp-a", "-r", reason)
    assert ready(desk) == ["b"]


def waiting(gate: str, spawner: str | None = None) -> dict[str, Any]:
    """A bead that waits for the children of `s`, named by the target or by the metadata."""
    told = f'{{"gate":"{gate}"' + (f',"spawner_id":"mp-{spawner}"}}' if spawner else "}")
    return {"deps": (edge("w", f"waits-for:{'other' if spawner else 's'}", told),)}


@pytest.mark.parametrize("spawner", [None, "s"])
def test_waiting_for_all_children(desk: Desk, spawner: str | None) -> None:
    """`all-children` ends when no child is open; an open spawner alone holds nobody."""
    put(desk.town, s={"status": "in_progress"}, w=waiting("all-children", spawner))
    assert "w" in ready(desk)
    put(desk.town, x={"deps": ("parent-child:s",)}, y={"deps": ("parent-child:s",)})
    assert "w" not in ready(desk)
    [told] = [b for b in desk.bd("blocked", "--json").json if b["id"] == "mp-w"]
    assert told["blocked_by"] == ["mp-x", "mp-y"]
    desk.bd("close", "mp-x")
    assert "w" not in ready(desk)
    desk.bd("close", "mp-y")
    assert "w" in ready(desk)


def test_waiting_for_any_child(desk: Desk) -> None:
    """`any-children` ends when one is closed, and waits for a spawner that has none yet."""
    put(desk.town, s={}, w=waiting("any-children"))
    assert "w" not in ready(desk)
    put(desk.town, x={"deps": ("parent-child:s",)}, y={"deps": ("parent-child:s",)})
    assert "w" not in ready(desk)
    desk.bd("close", "mp-x")
    assert "w" in ready(desk)
    desk.bd("reopen", "mp-x")
    assert "w" not in ready(desk)


def test_a_child_of_what_it_waits_for_does_not_wait_for_itself(desk: Desk) -> None:
    """A step that gathers its siblings waits for them, not for its own end."""
    gather = {"deps": ("parent-child:s", *waiting("all-children")["deps"])}
    put(desk.town, s={}, x={"deps": ("parent-child:s",)}, w=gather)
    assert "w" not in ready(desk)
    desk.bd("close", "mp-x")
    assert "w" in ready(desk)


def test_other_types_hold_nobody(desk: Desk) -> None:
    """Only blocking dependencies hold a bead back."""
    kinds = ("related", "discovered-from", "tracks", "parent-child")
    put(desk.town, a={}, b={"deps": tuple(f"{kind}:a" for kind in kinds)})
    assert set(ready(desk)) == {"a", "b"}


def test_what_holds_nobody(desk: Desk) -> None:
    """A blocker that is closed, deleted or pinned is no blocker."""
    over = ("closed", "tombstone", "pinned")
    put(desk.town, b={"deps": tuple(f"blocks:{status}" for status in over)},
        **{status: {"status": status} for status in over})  # fmt: skip
    assert ready(desk) == ["b"]


def test_what_is_no_work_is_left_out(desk: Desk) -> None:
    """Gates, messages, wisps, pinned and deferred beads are not ready; -t names a type again."""
    put(
        desk.town, work={}, gate={"issue_type": "gate"}, mol={"issue_type": "molecule"},
        mail={"issue_type": "message"}, agent={"issue_type": "agent"}, role={"issue_type": "role"},
        rig={"issue_type": "rig"}, mr={"issue_type": "merge-request"}, pin={"pinned": True},
        wisp={"ephemeral": True}, later={"defer_until": FUTURE}, past={"defer_until": NOW},
        plan={"is_template": True}, **{"wisp-1": {}, "x-wisp-y": {}},
    )  # fmt: skip
    assert set(ready(desk)) == {"work", "past"}
    assert ready(desk, "-t", "gate") == ["gate"]
    assert set(ready(desk, "--include-deferred")) == {"work", "past", "later"}
    assert set(ready(desk, "--exclude-type", "task")) == set()


def test_children_of_what_is_put_off_are_put_off(desk: Desk) -> None:
    """At any depth, whether the parent's status or its moment says so."""
    put(
        desk.town, a={"defer_until": FUTURE}, b={"deps": ("parent-child:a",)},
        c={"deps": ("parent-child:b",)}, d={"status": "deferred"}, e={"deps": ("parent-child:d",)},
        f={"status": "closed", "defer_until": FUTURE}, g={"deps": ("parent-child:f",)},
    )  # fmt: skip
    assert ready(desk) == ["g"]
    assert set(ready(desk, "--include-deferred")) == {"a", "b", "c", "d", "e", "g"}


def test_started_beads_are_shown_on_demand(desk: Desk) -> None:
    """Ready is open; what is being worked on comes with --include-in-progress."""
    put(desk.town, open={}, stuck={"status": "blocked"}, mine={"status": "in_progress"})
    assert ready(desk) == ["open"]
    assert set(ready(desk, "--include-in-progress")) == {"open", "mine"}


def test_the_order(desk: Desk) -> None:
    """By priority, then the newest first; the oldest, or the urgent of two days, on demand."""
    put(
        desk.town, low={"priority": 4, "created_at": "2020-01-01T00:00:00Z"},
        old={"created_at": "2021-01-01T00:00:00Z"}, new={"created_at": "2022-01-01T00:00:00Z"},
        top={"priority": 0, "created_at": "2021-06-01T00:00:00Z"},
        odd={"priority": 0, "created_at": "no moment"},
    )  # fmt: skip
    assert ready(desk) == ["top", "odd", "new", "old", "low"]
    assert ready(desk, "--sort", "oldest")[1:] == ["low", "old", "top", "new"]
    assert ready(desk, "-n", "2") == ["top", "odd"]
    assert "and more" in desk.bd("ready", "-n", "2").out
    assert len(ready(desk, "-n", "0")) == 5
    recent = desk.bead("recent", "-p", "4")
    assert ready(desk, "--sort", "hybrid")[:1] == [recent.removeprefix("mp-")]


def test_the_conditions(desk: Desk) -> None:
    """By priority, assignee, labels, type, ancestors, mol_type, and what is nobody's."""
    put(
        desk.town, a={"priority": 1, "labels": ["x", "y"]}, b={"assignee": "ada", "labels": ["x"]},
        c={"issue_type": "bug", "deps": ("parent-child:a",)}, d={"deps": ("parent-child:c",)},
        e={"mol_type": "swarm"},
    )  # fmt: skip
    for words, found in {
        "-p 1": "a", "-p P1,2": "abcde", "-a ada": "b", "-u": "acde", "-l x": "ab",
        "-l x -l y": "a", "-l x,y": "a", "--label-any y": "a", "-t bug": "c", "--parent mp-a": "cd",
        "--mol-type swarm": "e", "--rig mp": "abcde", "--rig hq": "", "--rig all": "abcde",
    }.items():  # fmt: skip
        assert set(ready(desk, *words.split())) == set(found), words


def pour(desk: Desk, **changes: Any) -> None:
    """A molecule `mp-root` with the steps `mp-one` and `mp-two`, and a bead `mp-free`."""
    below = "parent-child:root"
    root = {"issue_type": "molecule", **changes}
    put(desk.town, root=root, free={}, one={"deps": (below,)}, two={"deps": (below, "blocks:one")})
    steps = ({"id": "1", "bead": "mp-one", "needs": []}, {"id": "2", "bead": "mp-two"})
    made = Molecule(
        id="mp-root", rig="mp", formula="f", origin="o", digest="d", vars={}, steps=steps,
        created_at=NOW, created_by="human",
    )  # fmt: skip
    with desk.town.transaction("pour", actor="human") as tx:
        tx.put(made)


def test_steps_of_a_molecule(desk: Desk) -> None:
    """Steps are ready like others, until their molecule is on somebody's hook; --mol names it."""
    pour(desk)
    assert set(ready(desk)) == {"free", "one"}
    bead, _ = desk.sling("another")
    assert bead not in ready(desk)
    desk.gt("sling", "mp-root", "mp", "--no-start")
    assert ready(desk) == ["free"]
    assert ready(desk, "--mol", "mp-root") == ["one"]
    desk.bd("close", "mp-one")
    assert ready(desk, "--mol", "mp-root") == ["two"]


def test_what_a_gate_has_freed(desk: Desk) -> None:
    """--gated is what waited for a gate that is open now."""
    put(desk.town, g={"issue_type": "gate"}, a={"deps": ("blocks:g",)}, b={})
    assert ready(desk, "--gated") == []
    put(desk.town, g={"issue_type": "gate", "status": "closed", "closed_at": NOW})
    assert ready(desk, "--gated") == ["a"]
    assert set(ready(desk)) == {"a", "b"}


def test_the_rig_where_one_stands(desk: Desk) -> None:
    """Inside of a rig its own beads are meant, at the town's root all of them."""
    desk.bead("town's", "--rig", "hq", "--id", "hq-1")
    put(desk.town, a={})
    desk.gt("crew", "add", "me")
    assert set(ready(desk)) == {"a", "hq-1"}
    for words in (("ready",), ("list",), ("search", "1"), ("query", "status=open")):
        told = desk.bd(*words, "--json", at="mp/crew/me").json
        assert all(bead["id"].startswith("mp-") for bead in told), words
    everywhere = desk.bd("ready", "--rig", "all", "--json", at="mp/crew/me").json
    assert len(everywhere) == 2


def test_why(desk: Desk) -> None:
    """--explain says of every live bead why it is ready or not, and names circles."""
    put(
        desk.town, a={}, b={"deps": ("blocks:a",)}, c={"deps": ("parent-child:b",)},
        d={"defer_until": FUTURE}, e={"status": "in_progress", "assignee": "ada"},
        f={"issue_type": "gate"}, done={"status": "closed", "closed_at": NOW},
        g={"deps": ("blocks:done", "blocks:gone")}, x={"deps": ("blocks:y",)},
        y={"deps": ("blocks:x",)}, off={"status": "deferred"}, h={"deps": ("parent-child:off",)},
    )  # fmt: skip
    told = desk.bd("ready", "--explain", "--json").json
    assert {b["id"]: b["resolved_blockers"] for b in told["ready"]} == {
        "mp-a": [], "mp-g": ["mp-done"],
    }  # fmt: skip
    held = {b["id"]: [one["id"] for one in b["blocked_by"]] for b in told["blocked"]}
    assert held == {"mp-b": ["mp-a"], "mp-c": ["mp-a"], "mp-x": ["mp-y"], "mp-y": ["mp-x"]}
    reasons = {b["id"]: b["reason"] for b in told["not_ready"]}
    assert "2999" in reasons["mp-d"]
    assert "ada" in reasons["mp-e"]
    assert "gate" in reasons["mp-f"]
    assert "mp-off" in reasons["mp-h"]
    assert told["cycles"] == [["mp-x", "mp-y"]]
    assert told["summary"]["total_ready"] == 2
    said = desk.bd("ready", "--explain").out
    assert "not in this town" in said
    assert "mp-x → mp-y → mp-x" in said


def test_a_hand_edit_is_judged_by_the_same_rules(desk: Desk) -> None:
    """What waits for children is seen to wait by the guard of hq, too, with the edit laid over."""
    put(desk.town, s={}, w=waiting("all-children"), x={"deps": ("parent-child:s",)})
    reader = desk.town.read()
    closed = reader.bead("mp-x").with_(status="closed")
    for over, blockers in (({}, ("mp-x",)), ({("bead", "mp-x"): closed}, ())):
        assert Picture(reader, over).open_blockers(reader.bead("mp-w")) == blockers
    assert reader.open_blockers(reader.bead("mp-w")) == ("mp-x",)
