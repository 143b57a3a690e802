"""What a person does in hq with plain git takes effect in reality, and nothing fights it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gastown.ops.sessions import sessions_of
from gastown.runtime.process import is_alive
from tests.monitor.test_plain_git import commit, crew, status_of
from tests.support.desk import Desk, host
from tests.support.people import git
from tests.support.waiting import until

WORK = "```sh\necho begun > begun.txt\nsleep 600\n```"


def operation(desk: Desk, subject: str) -> str:
    """The commit of the latest operation whose subject begins so."""
    found = git(desk.root / "hq", "log", "--format=%H %s", "town").splitlines()
    return next(line.split()[0] for line in found if line.split(" ", 1)[1].startswith(subject))


def edit(desk: Desk, kind: str, identifier: str, **changes: object) -> Path:
    """Change a record's file in hq by hand; returns it."""
    path = desk.town.read().path_of(kind, identifier)
    assert path is not None
    file = desk.root / "hq" / path
    data = json.loads(file.read_text()) | changes
    file.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n")
    return file


@pytest.mark.parametrize("committed", [False, True], ids=["at once", "after its first commit"])
def test_a_reverted_sling_takes_the_agent_away(monitor: Desk, committed: bool) -> None:
    """The session is stopped, the worktree archived with its work rescued, the bead open."""
    monitor.gt("config", "agent", "set", "draft", "sh -c 'echo half > draft.txt; sleep 600'")
    bead = monitor.bead()
    monitor.gt("sling", bead, "mp", "--agent", "draft")
    tree = monitor.root / "mp" / "polecats" / "toast"
    until(lambda: (tree / "draft.txt").exists(), 20)
    session = sessions_of(monitor.town, host()).get("mp/toast")
    assert session is not None
    wrong = [operation(monitor, f"sling {bead}")]
    if committed:  # git takes back one operation after the other, the latest first
        git(tree, "commit", "--quiet", "--allow-empty", "-m", "a step")
        until(lambda: status_of(monitor, bead) == "in_progress")
        wrong.insert(0, operation(monitor, "mp/toast works on"))
    git(monitor.root / "hq", "revert", "--no-edit", *wrong)
    until(lambda: not tree.exists(), 20)
    assert not is_alive(session.process)
    assert status_of(monitor, bead) == "open"
    assert monitor.hook("mp/toast") is None
    bare = monitor.root / "mp" / "repo.git"
    assert git(bare, "show", "refs/gt/rescue/toast/1:draft.txt") == "half"
    monitor.gt("sling", bead, "mp", "--no-start")  # and it can be slung again
    assert tree.exists()


def test_a_reverted_merge_record_is_not_made_again(monitor: Desk) -> None:
    """What a person took back stays so, although the target still holds the work."""
    bead, tree = monitor.sling()
    commit(tree, "work\n\nBead-Status: done")
    until(lambda: status_of(monitor, bead) == "closed", 20)
    until(lambda: not tree.exists())
    git(monitor.root / "hq", "revert", "--no-edit", operation(monitor, f"merge {bead}"))
    until(lambda: status_of(monitor, bead) == "in_progress")
    until(tree.exists, 20)  # its hook is live again, and so is its worktree
    ada = crew(monitor)
    commit(ada, "something else")
    other = monitor.bead()
    monitor.gt("sling", other, "mp/ada")
    commit(ada, "more", {"more.txt": "x\n"})
    until(lambda: status_of(monitor, other) == "in_progress")
    assert status_of(monitor, bead) == "in_progress"


def test_a_reverted_close_opens_the_bead_again(monitor: Desk) -> None:
    """And the convoy that landed by it."""
    bead = monitor.bead()
    monitor.gt("convoy", "create", "C", bead)
    monitor.bd("close", bead)
    [convoy] = monitor.town.read().convoys()
    assert convoy.state == "landed"
    git(monitor.root / "hq", "revert", "--no-edit", operation(monitor, f"close {bead}"))
    until(lambda: status_of(monitor, bead) == "open")
    assert monitor.town.read().convoys()[0].state == "open"


def test_a_reverted_close_opens_a_convoy_that_landed_later(monitor: Desk) -> None:
    """Git knows nothing of the convoy; the monitor does. It lands again when its bead is closed."""
    first, second = monitor.bead(), monitor.bead()
    monitor.gt("convoy", "create", "C", first, second)
    monitor.bd("close", first)
    monitor.bd("close", second)
    git(monitor.root / "hq", "revert", "--no-edit", operation(monitor, f"close {first}"))
    until(lambda: monitor.town.read().convoys()[0].state == "open")
    monitor.bd("close", first)
    until(lambda: monitor.town.read().convoys()[0].state == "landed")


def test_a_committed_edit_takes_effect(monitor: Desk) -> None:
    """A person's words are the ledger's, told by one more operation."""
    bead = monitor.bead()
    edit(monitor, "bead", bead, title="Better words")
    git(monitor.root / "hq", "commit", "--quiet", "-a", "-m", "better words")
    until(lambda: "adopt" in monitor.gt("log", "-n", "1").out)
    assert monitor.shown(bead)["title"] == "Better words"
    assert git(monitor.root / "hq", "status", "--porcelain") == ""


def test_an_illegal_edit_is_refused(monitor: Desk) -> None:
    """A bead cannot be put on a hook by writing so."""
    bead = monitor.bead()
    file = edit(monitor, "bead", bead, status="hooked", assignee="mp/nobody")
    before = git(monitor.root / "hq", "rev-parse", "HEAD")
    said = monitor.run(
        "git", "commit", "--quiet", "-a", "-m", "cheat", at="hq", status=None
    )  # fmt: skip
    assert said.status != 0
    assert bead in said.err
    assert git(monitor.root / "hq", "rev-parse", "HEAD") == before
    git(monitor.root / "hq", "restore", "--staged", "--worktree", str(file))


def test_a_commit_that_came_past_the_guard_is_told(monitor: Desk) -> None:
    """With git hooks off nothing keeps a person from it; also not while no monitor ran."""
    bead = monitor.bead()
    told = lambda: [  # noqa: E731
        mail for mail in monitor.town.read().mail("human") if "breaks the rules" in mail.subject
    ]
    hq = monitor.root / "hq"
    edit(monitor, "bead", bead, status="hooked", assignee="mp/nobody")
    git(hq, "-c", "core.hooksPath=/dev/null", "commit", "--quiet", "-a", "-m", "cheat")
    until(told)
    git(hq, "revert", "--no-edit", "HEAD~2")
    until(lambda: status_of(monitor, bead) == "open")
    monitor.run("gt", "daemon", "stop")
    edit(monitor, "bead", bead, status="in_progress", assignee="mp/nobody")
    git(hq, "-c", "core.hooksPath=/dev/null", "commit", "--quiet", "-a", "-m", "again")
    monitor.bead("Adopts it on the way")
    monitor.run("gt", "daemon", "start")
    until(lambda: len(told()) == 2)
    git(hq, "-c", "core.hooksPath=/dev/null", "revert", "--no-edit", operation(monitor, "again"))
    until(lambda: status_of(monitor, bead) == "open")


def test_an_edit_that_is_not_committed_parks_only_its_record(monitor: Desk) -> None:
    """The person is told once; other beads go on; once it is dropped it goes on, too."""
    bead, tree = monitor.sling()
    other, second = monitor.sling()
    file = edit(monitor, "bead", bead, title="Half a thought")
    commit(tree, "work")
    commit(second, "work")
    until(lambda: status_of(monitor, other) == "in_progress")
    told = lambda: [  # noqa: E731
        mail for mail in monitor.town.read().mail("human") if mail.subject == "waiting: mp/toast"
    ]
    until(told, 20)
    assert status_of(monitor, bead) == "hooked"
    until(lambda: "waits: mp/toast" in monitor.gt("daemon", "status").out)
    git(monitor.root / "hq", "restore", str(file))
    until(lambda: status_of(monitor, bead) == "in_progress", 20)
    assert len(told()) == 1


def test_sessions_of_nobody_are_stopped(monitor: Desk) -> None:
    """A killed unsling left an agent running: the monitor ends it."""
    bead = monitor.bead("A bead", "-d", WORK)
    monitor.gt("sling", bead, "mp")
    tree = monitor.root / "mp" / "polecats" / "toast"
    until(lambda: (tree / "begun.txt").exists(), 20)
    said = monitor.run("gt", "unsling", bead, env={"GT_FAULT": "tx:before-cache:kill"}, status=None)
    assert said.status == -9
    until(lambda: not tree.exists(), 20)
    assert sessions_of(monitor.town, host()).get("mp/toast") is None
