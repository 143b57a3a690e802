"""Pouring: a recipe becomes a root, a bead a step, gates, and dependencies, in one commit."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gastown.domain.formulas.recipe import Gate, Step
from gastown.domain.pouring import Stamp, draft, names_for, title_of
from gastown.errors import UsageTrouble
from gastown.store.codec import decode, encode
from tests.molecules.formulas import TALK, THREE, pour, put, recipe, shown
from tests.support.desk import Desk
from tests.support.people import git

STAMP = Stamp("mp", "2026-01-01T00:00:00Z", "human")


def made(*steps: Step, **keys: object) -> dict[str, dict[str, object]]:
    """The beads of a recipe by what they are called in it."""
    it = recipe(*steps, **keys)
    names = names_for(it, "mp-mol-r", number=1, max_depth=3, free=str)
    found = draft(it, names, STAMP)
    by_id = {bead.id: bead.to_json() for bead in found.beads}
    return {name: by_id[bead] for name, bead in found.mapping.items() if bead in by_id}


def links(bead: dict[str, object]) -> list[tuple[str, str]]:
    """Type and target of each dependency."""
    found: list[dict[str, str]] = bead["dependencies"]  # type: ignore[assignment]
    return [(item["type"], item["depends_on_id"]) for item in found]


def test_needs_and_parents_are_dependencies() -> None:
    """A child stands under its parent, which is an epic; needs block."""
    beads = made(
        Step("a", "A"), Step("b", "B", needs=("a",)), Step("b.x", "X", parent="b"),
        Step("b.y", "Y", parent="b", needs=("b.x",)),
    )  # fmt: skip
    assert links(beads["b"]) == [("parent-child", "mp-mol-r"), ("blocks", "mp-mol-r.1")]
    assert (beads["b"]["issue_type"], beads["a"]["issue_type"]) == ("epic", "task")
    assert links(beads["b.y"]) == [("parent-child", "mp-mol-r.2"), ("blocks", "mp-mol-r.2.1")]


def test_a_gate_stands_between_a_step_and_what_it_needs() -> None:
    """The gate waits for what the step waits for, and the step for the gate."""
    beads = made(
        Step("a", "A"), Step("b", "B", needs=("a",), gate=Gate("gh:run", "ci.yml", "1h30m"))
    )
    gate = beads["gate-b"]
    assert (gate["issue_type"], gate["await_type"], gate["await_id"]) == (
        "gate", "gh:run", "ci.yml",
    )  # fmt: skip
    assert gate["timeout"] == 5400 * 10**9
    assert links(gate) == [("parent-child", "mp-mol-r"), ("blocks", "mp-mol-r.1")]
    assert ("blocks", gate["id"]) in links(beads["b"])


@pytest.mark.parametrize(
    ("text", "target", "gate"),
    [("all-children", "mp-mol-r.1", "all-children"), ("any-children", "mp-mol-r.1", "any-children"),
     ("children-of(a)", "mp-mol-r.1", "all-children")],
)  # fmt: skip
def test_waits_for_is_upstreams_dependency(text: str, target: str, gate: str) -> None:
    """Its metadata is JSON in a string, and names the spawner."""
    beads = made(Step("a", "A"), Step("b", "B", needs=("a",), waits_for=text))
    [found] = [d for d in beads["b"]["dependencies"] if d["type"] == "waits-for"]  # type: ignore[attr-defined]
    assert found["depends_on_id"] == target
    assert json.loads(found["metadata"]) == {"gate": gate, "spawner_id": target}


def test_what_cannot_be_understood_is_refused() -> None:
    """Not silently left out."""
    with pytest.raises(UsageTrouble, match="names no step"):
        made(Step("b", "B", waits_for="children-of(nobody)"))
    with pytest.raises(UsageTrouble, match="no gate of type"):
        made(Step("b", "B", gate=Gate("moon")))
    with pytest.raises(UsageTrouble, match="no time"):
        made(Step("b", "B", gate=Gate("timer")))


def test_the_title_is_the_variable_then_the_description_then_the_name() -> None:
    """The first line, in one line."""
    assert title_of(recipe(vars={"title": "T"})) == "T"
    assert title_of(recipe(description=" First\nsecond")) == "First"
    assert title_of(recipe(description=" ")) == "it"


TEXTS = st.text(max_size=30)


@given(
    st.lists(st.tuples(TEXTS, TEXTS, st.integers(0, 3)), min_size=1, max_size=8), st.integers(0, 6)
)
def test_any_recipe_makes_records_that_can_be_stored(
    steps: list[tuple[str, str, int]], depth: int
) -> None:
    """Ids are unique and within the depth, and every record is read back as it was."""
    chain = [f"s{number}" for number in range(len(steps))]
    it = recipe(
        *(
            Step(
                chain[number], title, description=text, command=text or None,
                parent=chain[number - 1] if 0 < number <= depth else None,
                needs=(chain[number - back],) if depth < number - back < number else (),
            )
            for number, (title, text, back) in enumerate(steps)
        )
    )  # fmt: skip
    names = names_for(it, "mp-mol-r", number=1, max_depth=3, free=str)
    found = draft(it, names, STAMP)
    ids = [bead.id for bead in found.beads]
    assert len(set(ids)) == len(ids) == len(steps)
    assert max(one.count(".") for one in ids) <= 3
    for record in [*found.beads, found.root, found.molecule]:
        assert record is not None
        text = encode(record)
        assert decode(record.KIND, text, rig="mp") == record


def test_a_pour_is_one_commit_and_upstreams_json(desk: Desk) -> None:
    """Root, steps and molecule at once; the ids of the steps are the root's children."""
    put(desk, TALK)
    said = desk.bd("mol", "pour", "talk", "-a", "ada", "--json").json
    root = said["new_epic_id"]
    assert root.startswith("mp-mol-")
    assert said == {
        "new_epic_id": root, "created": 3, "attached": 0, "phase": "liquid",
        "id_mapping": {"talk": root, "think": f"{root}.1", "write": f"{root}.2"},
    }  # fmt: skip
    touched = git(desk.root / "hq", "show", "--name-only", "--format=%s", "HEAD").split()
    assert f"molecules/{root}.json" in touched
    assert sum(path.startswith("beads/mp/") for path in touched) == 3
    head = shown(desk, root)
    assert (head["issue_type"], head["assignee"]) == ("molecule", "ada")
    step = shown(desk, f"{root}.1")
    assert step["source_formula"] == "talk"
    assert step["metadata"] == {"step": "think"}
    git(desk.root / "hq", "revert", "--no-edit", "HEAD")
    assert desk.bd("mol", "list", "--json").json == []


def test_a_dry_run_writes_nothing_and_asks_for_no_trust(desk: Desk) -> None:
    """What would be made is told, as JSON too."""
    put(desk, THREE)
    said = desk.bd("mol", "pour", "three", "--var", "what=1", "--dry-run").out
    assert "would be poured" in said
    assert "after one" in said
    assert desk.bd("mol", "list", "--all", "--json").json == []
    assert "pour" not in git(desk.root / "hq", "log", "--format=%s")


def test_commands_want_trust(desk: Desk) -> None:
    """Without it nothing is poured; a changed text wants it anew."""
    put(desk, THREE)
    said = desk.bd("mol", "pour", "three", "--var", "what=1", status=1)
    assert "--yes" in said.err
    assert desk.bd("mol", "list", "--json").json == []
    desk.bd("mol", "pour", "three", "--var", "what=1", "--yes")
    desk.bd("mol", "pour", "three", "--var", "what=2")
    put(desk, THREE.replace("echo 2", "echo two"))
    desk.bd("mol", "pour", "three", "--var", "what=1", status=1)


def test_attached_the_steps_are_children_of_a_bead(desk: Desk) -> None:
    """Numbers go on after the children it has; sequential steps wait for those."""
    epic = desk.bead("Epic", "-t", "epic")
    child = desk.bead("Child", "--parent", epic)
    assert child == f"{epic}.1"
    said = pour(desk, TALK, "--attach", epic, "--attach-type", "sequential")
    assert (said["new_epic_id"], said["attached"], said["created"]) == (epic, 1, 2)
    assert said["id_mapping"]["think"] == f"{epic}.2"
    waits = desk.bd("mol", "show", epic).out
    assert f"waits for {child}" in waits
    assert "already" in desk.bd("mol", "pour", "talk", "--attach", epic, status=1).err


def test_a_root_that_lies_deep_has_steps_with_ids_of_their_own(desk: Desk) -> None:
    """Numbers are nested three deep at most."""
    line = desk.bead("A")
    for _ in range(3):
        line = desk.bead("B", "--parent", line)
    said = pour(desk, TALK, "--attach", line)
    assert said["id_mapping"]["think"].startswith("mp-mol-")
    assert shown(desk, said["id_mapping"]["think"])["parent"] == line


def test_a_closed_bead_is_no_root(desk: Desk) -> None:
    """It would never be worked."""
    bead = desk.bead("Done")
    desk.bd("close", bead)
    put(desk, TALK)
    assert "closed" in desk.bd("mol", "pour", "talk", "--attach", bead, status=1).err


def test_two_values_for_one_variable_are_a_slip(desk: Desk) -> None:
    """Neither wins silently; a word without = is told as well."""
    put(desk, THREE)
    for words in (["--var", "what=1", "--var", "what=2"], ["--var", "what"]):
        assert "--var what" in desk.bd("mol", "pour", "three", *words, status=2).err
