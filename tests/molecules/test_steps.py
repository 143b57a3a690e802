"""Steps of molecules: where they stand is what their beads say, whoever moved them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gastown.domain.bead import BEAD, Bead, BeadState
from gastown.domain.step import OUTCOME, STEP, StepState, step_state
from tests.molecules.formulas import TALK, THREE, pour, shown
from tests.support.desk import Desk
from tests.support.people import git


def bead(state: BeadState, outcome: str | None = None) -> Bead:
    """A step's bead."""
    metadata = {OUTCOME: outcome} if outcome else None
    return Bead({"id": "mp-a.1", "title": "x"}, "mp").with_(status=state.value, metadata=metadata)


@given(st.sampled_from(BEAD.moves), st.data())
def test_the_steps_table_knows_every_move_of_a_bead(move: object, data: st.DataObject) -> None:
    """Wherever a bead may go, its step stays where it is or moves as its own table says."""
    origin = data.draw(st.sampled_from(move.origins))  # type: ignore[attr-defined]
    before = step_state(bead(origin))
    skipped = data.draw(st.sampled_from([None, "skipped"]))
    after = step_state(bead(move.dest, skipped))  # type: ignore[attr-defined]
    deleted = move.dest is BeadState.TOMBSTONE  # type: ignore[attr-defined]
    assert deleted or before is after or STEP.allows(before, after)


def states(desk: Desk, root: str) -> list[str]:
    """Upstream's word for each step."""
    [found] = desk.bd("mol", "current", root, "--json").json
    return [step["status"] for step in found["steps"]]


def test_a_step_goes_through_its_life(desk: Desk) -> None:
    """Started, failed, tried again, skipped: in the ledger each is one commit with its move."""
    root = pour(desk, TALK)["new_epic_id"]
    first, second = f"{root}.1", f"{root}.2"
    assert states(desk, root) == ["ready", "pending"]
    desk.bd("mol", "step", "start", first)
    assert states(desk, root) == ["current", "pending"]
    desk.bd("mol", "step", "fail", first, "-r", "no idea")
    assert "no idea" in shown(desk, first)["notes"]
    assert states(desk, root) == ["blocked", "pending"]
    assert "failed at think" in desk.bd("mol", "list").out
    desk.bd("mol", "step", "retry", first)
    said = desk.bd("mol", "step", "skip", first, "-r", "not needed", "--json").json
    assert (said[0]["from"], said[0]["to"]) == ("pending", "skipped")
    assert states(desk, root) == ["done", "ready"]
    desk.bd("mol", "step", "done", second)
    log = git(desk.root / "hq", "log", "-1", "--format=%s|%(trailers:key=Move,valueonly)")
    assert log.strip() == f"done step write of {root}|bead {second} open -> closed"
    assert desk.bd("mol", "stale", "--json").json["total_count"] == 1


def test_the_usual_commands_move_steps(desk: Desk) -> None:
    """`bd update --claim` starts a step, `bd close` does it, `bd reopen` gives it back."""
    root = pour(desk, TALK)["new_epic_id"]
    first = f"{root}.1"
    desk.bd("update", first, "--claim")
    assert states(desk, root) == ["current", "pending"]
    desk.bd("close", first)
    assert states(desk, root) == ["done", "ready"]
    desk.bd("reopen", first)
    assert states(desk, root) == ["ready", "pending"]


def test_a_skipped_step_that_is_reopened_and_closed_is_done(desk: Desk) -> None:
    """That it was skipped once is forgotten when it is opened again."""
    root = pour(desk, TALK)["new_epic_id"]
    first = f"{root}.1"
    desk.bd("mol", "step", "skip", first)
    desk.bd("reopen", first)
    desk.bd("close", first)
    view = desk.bd("mol", "progress", root, "--json").json
    assert (view["completed"], view["skipped"]) == (1, 0)


def test_a_revert_moves_a_step_back(desk: Desk) -> None:
    """Where a step stands is nowhere but in its bead: `git revert` is enough."""
    root = pour(desk, TALK)["new_epic_id"]
    desk.bd("close", f"{root}.1")
    git(desk.root / "hq", "revert", "--no-edit", "HEAD")
    assert states(desk, root) == ["ready", "pending"]


def test_a_step_waits_its_turn(desk: Desk) -> None:
    """A step whose needs are not done is not started, and the refusal names them."""
    root = pour(desk, TALK)["new_epic_id"]
    said = desk.bd("mol", "step", "start", f"{root}.2", status=4)
    assert f"it waits for {root}.1" in said.err
    desk.bd("close", f"{root}.2", status=1)


@pytest.mark.parametrize("word", ["start", "done", "fail", "skip", "retry"])
def test_what_is_no_step_is_refused(desk: Desk, word: str) -> None:
    """A bead of its own, and the root, are not moved as steps."""
    root = pour(desk, TALK)["new_epic_id"]
    plain = desk.bead("Plain")
    for name in (plain, root):
        assert "no step of a molecule" in desk.bd("mol", "step", word, name, status=1).err


def test_several_steps_at_once_and_one_refused(desk: Desk) -> None:
    """What can be moved is moved; the others are told."""
    root = pour(desk, THREE, "--var", "what=1")["new_epic_id"]
    said = desk.bd("mol", "step", "skip", f"{root}.1", f"{root}.2", "mp-none", status=3)
    assert said.out.count("skipped") == 2
    assert "mp-none" in said.err


def test_every_state_has_a_bead() -> None:
    """No state of a step is out of reach of beads."""
    reached = {step_state(bead(state)) for state in BeadState}
    assert reached | {step_state(bead(BeadState.CLOSED, "skipped"))} == set(StepState)
