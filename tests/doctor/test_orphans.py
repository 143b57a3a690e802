"""One town with all that can be left lying about: each is named, mended, and nothing is lost."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gastown.domain.dispatch import Dispatch
from gastown.domain.hook import HookState
from gastown.ops.sessions import sessions_of
from gastown.runtime.process import ProcessId, identify, is_alive
from gastown.runtime.records import Runner, Session, write_session
from tests.support.desk import Desk, host
from tests.support.people import commit_all, git, write
from tests.support.towns import NOW, a_bead
from tests.support.waiting import until

_LONG_AGO = (1_000_000_000, 1_000_000_000)
_GHOST = "mp/ghost"


class Damage:
    """What was broken, by hand, in a town that was well."""

    def __init__(self, desk: Desk, outside: Path) -> None:
        self.desk, self.outside = desk, outside
        self.repository = desk.root / "mp" / "repo.git"
        self.processes: list[subprocess.Popen[bytes]] = []
        outside.mkdir()

    def all_of_it(self) -> set[tuple[str, str]]:
        """Break everything; what should be found: check and subject."""
        return {
            self.worktree_gone(), self.registration_gone(), self.branch_gone(),
            self.worktree_of_an_archived_hook(), self.half_written_file(),
            self.session_of_nobody(), self.process_of_nobody(), self.bead_of_nobody(),
            self.request_without_branch(), self.closed_bead_in_the_queue(), self.slot_gone(),
            self.lock_of_a_killed_git(),
        }  # fmt: skip

    def worktree_gone(self) -> tuple[str, str]:
        """A worktree is moved away."""
        _, tree = self.desk.sling("gone")
        self.desk.work(tree)
        tree.rename(self.outside / "worktree")
        return "hooks", f"mp/{tree.name}"

    def registration_gone(self) -> tuple[str, str]:
        """The repository does not know a worktree any more."""
        _, tree = self.desk.sling("unregistered")
        self.desk.work(tree)
        admin = Path(git(tree, "rev-parse", "--absolute-git-dir"))
        (admin / "gitdir").rename(self.outside / "gitdir")
        return "hooks", f"mp/{tree.name}"

    def branch_gone(self) -> tuple[str, str]:
        """The branch of a worktree is deleted."""
        _, tree = self.desk.sling("branchless")
        self.lost = self.desk.work(tree)
        git(self.repository, "update-ref", "-d", git(tree, "symbolic-ref", "HEAD"))
        return "hooks", f"mp/{tree.name}"

    def worktree_of_an_archived_hook(self) -> tuple[str, str]:
        """Whoever archived a hook was killed before its worktree went."""
        bead, tree = self.desk.sling("archived")
        write(tree, {"not-committed.txt": "precious\n"})
        self.rescue = f"refs/gt/rescue/{tree.name}"
        with self.desk.town.transaction("withdraw", actor="human") as tx:
            hook = replace(tx.hook(f"mp/{tree.name}"), state=HookState.CREATED, bead=None)
            tx.put(hook)
            tx.put(tx.bead(bead).with_(status="open", assignee=None))
        with self.desk.town.transaction("archive", actor="human") as tx:
            tx.put(replace(hook, state=HookState.ARCHIVED))
        return "wanted", f"mp/{tree.name}"

    def lock_of_a_killed_git(self) -> tuple[str, str]:
        """A git was killed while it wrote refs."""
        lock = self.repository / "packed-refs.lock"
        lock.write_bytes(b"half")
        os.utime(lock, _LONG_AGO)
        return "locks", "mp/repo.git/packed-refs.lock"

    def half_written_file(self) -> tuple[str, str]:
        """A writer was killed before its file took its place."""
        file = self.desk.root / ".gt" / "run" / f".monitor.json.{2**22 + 1}-7.tmp"
        file.write_bytes(b"half")
        return "left over", str(file.relative_to(self.desk.root))

    def session_of_nobody(self) -> tuple[str, str]:
        """The record of a session that ended, of a hook that is gone."""
        folder = self.desk.root / ".gt" / "run" / "sessions"
        folder.mkdir(parents=True, exist_ok=True)
        session = Session(_GHOST, 1, "shell", Runner.PROCESS, ProcessId(2**22 + 1, "never"), None,
                          "mp--ghost.log", "mp--ghost.exit", NOW, ("sh",))  # fmt: skip
        write_session(folder / "mp--ghost.json", session)
        return "sessions", _GHOST

    def process_of_nobody(self) -> tuple[str, str]:
        """What an agent has started, and what outlived it."""
        child = self._process({"GT_ROLE": _GHOST, "GT_TOWN": str(self.desk.root)})
        return "processes", f"process {child.pid}"

    def process_that_gt_looks_after(self) -> subprocess.Popen[bytes]:
        """A question that a gt asks of a former agent's client."""
        script = self.outside / "gt"
        script.write_text("#!/bin/sh\nsleep 300 & wait\n")
        script.chmod(0o755)
        child = subprocess.Popen(
            [str(script)], cwd=self.desk.root / "mp", start_new_session=True,
            env={"PATH": os.environ["PATH"], "GT_ROLE": _GHOST, "GT_TOWN": str(self.desk.root)},
        )  # fmt: skip
        self.processes.append(child)
        return child

    def process_of_a_person(self) -> subprocess.Popen[bytes]:
        """Somebody at work in the same folder, whom nobody may end."""
        return self._process({})

    def _process(self, env: dict[str, str]) -> subprocess.Popen[bytes]:
        child = subprocess.Popen(
            ["sleep", "300"], cwd=self.desk.root / "mp", env={"PATH": os.environ["PATH"], **env},
            start_new_session=True,
        )  # fmt: skip
        self.processes.append(child)
        return child

    def bead_of_nobody(self) -> tuple[str, str]:
        """A bead is on a hook that is not there."""
        for status in ("open", "hooked"):
            with self.desk.town.transaction(status, actor="human") as tx:
                tx.put(a_bead("mp-lost", status=status, assignee="mp/nobody"))
        path = next((self.desk.root / "hq" / "beads").rglob("mp-lost.json"))
        return "fits", str(path.relative_to(self.desk.root / "hq"))

    def request_without_branch(self) -> tuple[str, str]:
        """The branch of a merge request is deleted."""
        clone = self.outside / "clone"
        git(self.outside, "clone", "-q", str(self.repository), str(clone))
        git(clone, "switch", "-q", "-c", "feature")
        write(clone, {"feature.txt": "feature\n"})
        self.feature = commit_all(clone)
        git(self.repository, "fetch", "-q", str(clone), "feature:feature")
        self.desk.gt("mq", "submit", "feature", "--rig", "mp")
        git(self.repository, "update-ref", "-d", "refs/heads/feature")
        [request] = self.desk.town.read().merges()
        return "requests", request.id

    def closed_bead_in_the_queue(self) -> tuple[str, str]:
        """A bead was closed while it waited for a place."""
        bead = self.desk.bead("closed", "--rig", "mp")
        self.desk.bd("close", bead)
        with self.desk.town.transaction("queue", actor="human") as tx:
            tx.put(Dispatch(id=bead, rig="mp", by="human", created_at=NOW, updated_at=NOW))
        return "queue", bead

    def slot_gone(self) -> tuple[str, str]:
        """The folder of a warm worktree was deleted by somebody."""
        slot = self.desk.root / "mp" / "refinery" / "slot-9"
        git(self.repository, "worktree", "add", "-q", "--detach", str(slot), "main")
        slot.rename(self.outside / "slot")
        return "slots", "mp/refinery/slot-9"


@pytest.fixture
def damage(desk: Desk, tmp_path: Path) -> Iterator[Damage]:
    """A hand that breaks things; the processes that it started end with the test."""
    made = Damage(desk, tmp_path / "outside")
    yield made
    for child in made.processes:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def doctor(desk: Desk, *words: str, status: int | None = None) -> Any:
    """What `gt doctor` finds."""
    return desk.gt("doctor", *words, "--json", status=status).data


def named(found: Any, *outcomes: str) -> set[tuple[str, str]]:
    """Check and subject of what was found, but for notes, and that no monitor runs."""
    return {
        (one["check"], one["subject"]) for one in found["findings"]
        if one["grade"] != "note" and one["check"] != "monitor"
        and (not outcomes or one["outcome"] in outcomes)
    }  # fmt: skip


def commits(repository: Path) -> set[str]:
    """Every commit that a ref holds."""
    return set(git(repository, "rev-list", "--all").split())


def test_everything_is_named_mended_and_kept(desk: Desk, damage: Damage) -> None:
    broken = damage.all_of_it()
    others = [damage.process_of_a_person(), damage.process_that_gt_looks_after()]
    before = commits(damage.repository)
    until(lambda: broken <= named(doctor(desk)))
    assert named(doctor(desk, status=1)) == broken

    mended = doctor(desk, "--fix", status=0)
    assert named(mended, "repaired") == broken, mended
    assert [other.poll() for other in others] == [None, None]
    again = doctor(desk, "--fix", status=0)
    assert (named(again), again["repaired"], again["left"]) == (set(), 0, 0)

    assert before <= commits(damage.repository)
    assert {damage.lost, damage.feature} <= commits(damage.repository)
    [rescue] = git(damage.repository, "for-each-ref", "--format=%(refname)", damage.rescue).split()
    assert git(damage.repository, "show", f"{rescue}:not-committed.txt") == "precious"


def test_a_strangers_folder_is_only_named(desk: Desk) -> None:
    folder = desk.root / "mp" / "polecats" / "stranger"
    write(folder, {"thesis.txt": "all there is\n"})
    for words in ((), ("--fix",)):
        assert named(doctor(desk, *words, status=0)) == {("strangers", "mp/polecats/stranger")}
    assert (folder / "thesis.txt").read_text() == "all there is\n"


def test_commits_that_nobody_merges_are_named(desk: Desk) -> None:
    bead, tree = desk.sling("stranded")
    tip = desk.work(tree)
    desk.gt("unsling", bead)
    [one] = [one for one in doctor(desk, status=0)["findings"] if one["check"] == "stranded"]
    assert tip[:10] in one["what"]
    words = one["how"].partition(";")[0].split()
    desk.gt(*words[1:])
    assert not [f for f in doctor(desk)["findings"] if f["check"] == "stranded"]


@pytest.mark.parametrize("proven", [True, False])
def test_a_tmux_session_that_nobody_wrote_down(desk: Desk, proven: bool) -> None:
    server = sessions_of(desk.town, host()).tmux
    assert server is not None
    env = [f"GT_ROLE={_GHOST}", f"GT_TOWN={desk.root}"] if proven else ["A=b"]
    pane = server.start("ghost", ["env", *env, "sleep", "300"], cwd=desk.root / "mp",
                        log=desk.root / "ghost.log", width=80, height=24)  # fmt: skip
    process = identify(pane.pid)
    assert process is not None
    until(lambda: ("panes", "ghost") in named(doctor(desk)))
    found = doctor(desk, "--fix")
    assert named(found, "repaired" if proven else "found") == {("panes", "ghost")}
    assert is_alive(process) is not proven
