"""Several slings of one bead whose work is there already: one continues it."""

from __future__ import annotations

from collections import Counter

from tests.support.desk import Desk
from tests.support.people import git
from tests.support.queue import RED
from tests.support.waiting import until


def test_several_slings_give_failed_work_back_once(desk: Desk) -> None:
    """A bead whose merge failed goes back to its agent once, however many ask at once."""
    desk.gate(RED)
    bead, _ = desk.hand_in()
    desk.gt("refinery", "run", status=1)
    answers = desk.together(*[("gt", "sling", bead, "mp", "--no-start")] * 5)
    assert Counter(said.status for said in answers) == {0: 1, 4: 4}
    assert desk.hook("mp/toast").state == "active"


def test_several_slings_take_one_dead_agent_over_once(desk: Desk) -> None:
    """The bead of a dead agent has one successor; its work is in that one's worktree."""
    desk.gt("config", "agent", "set", "fake", "sh -c 'exit 1'")
    bead = desk.bead()
    desk.gt("sling", bead, "mp", "--agent", "fake")
    until(lambda: desk.gt("agents", "--json").data[-1]["session"] == "exited 1")
    tree = desk.root / "mp" / "polecats" / "toast"
    commit = desk.work(tree)
    (tree / "half.txt").write_text("half\n")
    answers = desk.together(*[("gt", "sling", bead, "mp/toast", "--no-start", "--json")] * 5)
    assert Counter(said.status for said in answers) == {0: 1, 4: 4}
    hook = desk.hook("mp/toast")
    assert (hook.bead, hook.generation) == (bead, 2)
    assert git(tree, "rev-parse", "HEAD") == commit
    assert (tree / "half.txt").read_text() == "half\n"
