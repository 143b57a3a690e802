"""Many processes at once: nothing fails, nothing is lost, one of ten wins a bead."""

from __future__ import annotations

import collections
import subprocess

from gastown.store.town import Town
from tests.support.children import finish, python
from tests.support.people import git
from tests.support.soundness import assert_sound, fresh_rows, history, rows
from tests.support.towns import EDGE, a_bead, a_hook, put
from tests.support.waiting import until

COUNT = """
print("ready", flush=True)
sys.stdin.readline()
for turn in range(int(sys.argv[3])):
    with town.transaction(f"{sys.argv[2]} {turn}", actor="human") as tx:
        shared = tx.bead("mp-shared")
        tx.put(shared.with_(estimated_minutes=shared.data["estimated_minutes"] + 1))
        tx.put(a_bead(f"mp-{sys.argv[2]}.{turn}"))
"""
SLING = """
from dataclasses import replace
from gastown.domain.bead import BEAD, BeadFacts, BeadState
from gastown.domain.hook import HOOK, HookFacts
agent = sys.argv[2]
BEAD.after(BeadState.OPEN, "sling", BeadFacts())  # what is imported lazily is there
print("ready", flush=True)
sys.stdin.readline()
try:
    with town.transaction(f"sling mp-abc to {agent}", actor="human") as tx:
        bead, hook = tx.bead("mp-abc"), tx.hook(agent)
        state = BEAD.after(bead.state, "sling", BeadFacts(owner=bead.assignee, owner_lives=True))
        tx.put(bead.with_(status=state.value, assignee=agent))
        tx.put(replace(hook, state=HOOK.after(hook.state, "assign", HookFacts()), bead=bead.id))
except GtError as error:
    print(error.message)
    sys.exit(error.exit_status)
"""


def start_together(children: list[subprocess.Popen[str]]) -> None:
    """Let all children go on at the same moment, when each of them is ready."""
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()


def test_thirty_writers(bare_town: Town) -> None:
    """Thirty processes with ten operations each: 300 commits, no failure, no lost write."""
    put(bare_town, a_bead("mp-shared", estimated_minutes=0))
    root = str(bare_town.layout.root)
    children = [python(COUNT, root, str(number), "10") for number in range(30)]
    start_together(children)
    for child in children:
        finish(child)
    other = Town(bare_town.layout.root, EDGE)
    assert other.read().bead("mp-shared").data["estimated_minutes"] == 300
    assert other.read().count_beads() == 301
    assert len(history(bare_town)) == 302
    assert_sound(other)
    assert rows(other._cache) == fresh_rows(other)  # type: ignore[arg-type]
    other.close()


def test_writers_beside_readers_a_person_and_packing(bare_town: Town) -> None:
    """Readers, `git pack-refs` and a person who looks into hq disturb no writer."""
    put(bare_town, a_bead("mp-shared", estimated_minutes=0))
    root = str(bare_town.layout.root)
    writers = [python(COUNT, root, str(number), "10") for number in range(6)]
    reader = python(
        """
        print("ready", flush=True)
        sys.stdin.readline()
        seen = 0
        while seen < 61:
            count = Town(town.layout.root, EDGE).read().count_beads()
            assert count >= seen
            seen = count
        """,
        root,
    )
    start_together([*writers, reader])
    while any(writer.poll() is None for writer in writers):
        git(bare_town.layout.town_git, "pack-refs", "--all")
        git(bare_town.layout.hq, "status", "--short")
    for child in [*writers, reader]:
        finish(child)
    assert len(history(bare_town)) == 62
    bare_town.read()
    assert_sound(bare_town)


def test_ten_agents_and_one_bead(bare_town: Town) -> None:
    """Ten processes sling one bead to ten hooks: one wins, nine are told whose it is."""
    agents = [f"mp/agent{number}" for number in range(10)]
    put(bare_town, a_bead(), *(a_hook(agent) for agent in agents))
    children = [python(SLING, str(bare_town.layout.root), agent) for agent in agents]
    start_together(children)
    said = {
        agent: finish(child, status=None) for agent, child in zip(agents, children, strict=True)
    }
    statuses = collections.Counter(child.returncode for child in children)
    assert statuses == {0: 1, 4: 9}
    [winner] = [agent for agent in agents if not said[agent]]
    assert bare_town.read().bead("mp-abc").assignee == winner
    held = [hook.id for hook in bare_town.read().hooks() if hook.bead]
    assert held == [winner]
    assert_sound(bare_town)


def test_a_person_commits_while_an_operation_decides(bare_town: Town) -> None:
    """An operation whose ground moved is refused as busy, and nothing of either is lost."""
    put(bare_town, a_bead(), a_bead("mp-b"))
    child = python(
        """
        try:
            with town.transaction("close", actor="human") as tx:
                tx.put(tx.bead("mp-abc").with_(status="closed"))
                print("ready", flush=True)
                sys.stdin.readline()
        except GtError as error:
            print(error.message)
            sys.exit(error.exit_status)
        """,
        str(bare_town.layout.root),
    )
    assert child.stdout is not None
    until(lambda: child.stdout.readline() == "ready\n")  # type: ignore[union-attr]
    (bare_town.layout.hq / "note.txt").write_text("mine\n")
    git(bare_town.layout.hq, "add", "note.txt")
    git(bare_town.layout.hq, "commit", "--quiet", "-m", "a note")
    assert "moved" in finish(child, status=75, stdin="go\n")
    assert bare_town.read().bead("mp-abc").state == "open"
    put(bare_town, a_bead(status="closed"))
    assert (bare_town.layout.hq / "note.txt").exists()
    assert_sound(bare_town)
