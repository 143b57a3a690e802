"""gt hooks log, gt hooks diff: what is held is listed, and can be looked at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gastown.ops.snapshots import thin_all
from gastown.store import git as door
from gastown.store.snapshot import wip_ref
from gastown.store.snapshots import thin
from gastown.views.hook_log import hook_log
from tests.snapshots.trees import captured, kinds, log, reflog
from tests.support.desk import Desk
from tests.support.people import git, make_project, write

WIP = "refs/gt/wip/toast/1"


def test_commits_snapshots_and_what_was_lost(desk: Desk) -> None:
    """After reset, amend and rebase the commits that were are listed as lost, newest first."""
    _, tree = desk.sling()
    desk.work(tree, {"one.txt": "1\n"}, "one")
    desk.work(tree, {"two.txt": "2\n"}, "two")
    git(tree, "commit", "--quiet", "--amend", "-m", "two, amended")
    desk.work(tree, {"three.txt": "3\n"}, "three")
    git(tree, "reset", "--quiet", "--hard", "HEAD~1")
    write(tree, {"half.txt": "half\n"})
    captured(desk)
    found = kinds(desk)
    assert found[0] == ("snapshot", "settled")
    assert sorted(found[1:]) == [
        ("commit", "one"), ("commit", "two, amended"), ("lost commit", "three"),
        ("lost commit", "two"),
    ]  # fmt: skip
    desk.work(tree, {"four.txt": "4\n"}, "four")
    git(tree, "-c", "sequence.editor=sed -i -e 1d", "rebase", "--quiet", "-i", "HEAD~2")
    assert ("lost commit", "four") in kinds(desk)
    assert kinds(desk).count(("commit", "four")) == 1


def test_commits_on_no_branch_are_found(desk: Desk) -> None:
    """What an agent commits with a detached HEAD is held and listed, though no branch has it."""
    _, tree = desk.sling()
    git(tree, "checkout", "--quiet", "--detach")
    loose = desk.work(tree, {"loose.txt": "l\n"}, "loose")
    assert ("lost commit", "loose") in kinds(desk)
    captured(desk)
    assert loose in reflog(desk, "refs/gt/head/toast/1")


def test_commits_of_the_target_are_not_the_hooks(desk: Desk) -> None:
    """What came by merging the target is not listed, and what was merged into it still is."""
    _, tree = desk.sling()
    desk.work(tree, {"mine.txt": "m\n"}, "mine")
    desk.hand_in("Another", {"other.txt": "o\n"})
    desk.gt("refinery", "run")
    git(tree, "merge", "--quiet", "--no-edit", "main")
    assert [kind for kind, _ in kinds(desk)] == ["commit", "commit"]
    assert kinds(desk)[1] == ("commit", "mine")
    assert [subject for _, subject in kinds(desk, agent="mp/nux")] == ["work"]


def test_sizes_and_kinds_of_changes(desk: Desk) -> None:
    """Lines of text, bytes of what is none, and files that went are counted."""
    _, tree = desk.sling()
    desk.work(tree, {"a.txt": "1\n2\n", "b.bin": b"\0" * 2500})
    (tree / "src" / "a.txt").unlink()
    write(tree, {"a.txt": "1\n2\n3\n"})
    captured(desk)
    snapshot, commit = log(desk)
    assert [commit[key] for key in ("files", "added", "removed", "size")] == [2, 2, 0, 2500]
    assert [snapshot[key] for key in ("files", "added", "removed", "size")] == [2, 1, 1, 0]
    assert snapshot["on"] == commit["commit"]
    said = desk.gt("hooks", "log", "mp/toast").out
    assert "2 files +2 -0 2.5 kB" in said
    assert "2 files +1 -1" in said


def test_generations_and_limits(desk: Desk) -> None:
    """Earlier bearers of a name are shown with --all; -n says how many entries."""
    bead, tree = desk.sling()
    desk.work(tree, {"one.txt": "1\n"}, "first life")
    write(tree, {"half.txt": "half\n"})
    desk.gt("unsling", bead)
    assert kinds(desk)[0][0] == "rescue"
    desk.gt("sling", bead, "mp/toast", "--no-start")
    assert kinds(desk) == []
    desk.work(tree, {"two.txt": "2\n"}, "second life")
    assert [one["generation"] for one in log(desk, "--all")] == [2, 1, 1]
    said = desk.gt("hooks", "log", "mp/toast", "--all", "-n", "1").out
    assert "GEN" in said
    assert "second life" in said
    assert "2 more" in said
    desk.gt("hooks", "log", "mp/toast", "-n", "0", status=2)


def test_where_one_stands_and_who_is_meant(desk: Desk) -> None:
    """Without a name it is the hook one stands in; the mayor's is `mayor`."""
    _, tree = desk.sling()
    desk.work(tree, {"one.txt": "1\n"}, "mine")
    assert "mine" in desk.gt("hooks", "log", at=tree).out
    assert "do not stand in a hook" in desk.gt("hooks", "log", status=1).err
    assert "nothing is held" in desk.gt("hooks", "log", "mayor").out
    desk.work(desk.root / "mayor", {"plan.md": "p\n"}, "a plan")
    assert "a plan" in desk.gt("hooks", "log", "mayor").out
    desk.gt("hooks", "log", "mp/crew/nobody", status=3)


def test_two_processes_tell_of_any_number(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """The cost of a log does not grow with its entries."""
    _, tree = desk.sling()
    for number in range(6):
        desk.work(tree, {"n.txt": f"{number}\n"})
        write(tree, {"half.txt": f"{number}\n"})
        captured(desk)
    town, hook = desk.town, desk.hook("mp/toast")
    town.read()
    calls = []
    once = door.Git._once

    def counted(self: door.Git, arguments: tuple[str, ...], *rest: object) -> door.Answer:
        calls.append(arguments)
        return once(self, arguments, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(door.Git, "_once", counted)
    assert len(hook_log(town, hook, limit=None, every=False).entries) == 12
    assert len(calls) == 2
    town.close()


def test_a_damaged_log_hides_nothing_else(desk: Desk) -> None:
    """Torn lines and commits that are gone are passed over."""
    _, tree = desk.sling()
    desk.work(tree, {"one.txt": "1\n"}, "one")
    write(tree, {"half.txt": "half\n"})
    captured(desk)
    path = desk.root / "mp" / "repo.git" / "logs" / WIP
    gone = "0" * 39 + "1"
    path.write_text(f"{gone} {'1' * 40} a <a> 1 +0000\tgone\n" + path.read_text() + "torn line")
    assert kinds(desk) == [("snapshot", "settled"), ("commit", "one")]


def test_diffs(desk: Desk) -> None:
    """What is not committed, what a snapshot or a commit brings; as a patch, or as numbers."""
    _, tree = desk.sling()
    commit = desk.work(tree, {"one.txt": "1\n"})
    git(tree, "rm", "--quiet", "--cached", "README.md")
    write(tree, {"half.txt": "half\n", "src/a.txt": b"a\x1b]52;evil\x07\r\n", ".env": "hunter2\n"})
    write(tree, {"l.txt": b"caf\xe9\n"})
    make_project(tree / "nested")
    said = desk.gt("hooks", "diff", "mp/toast")
    assert "+half" in said.out
    assert "\\x1b]52;evil\\x07\\r" in said.out
    assert "caf\\xe9" in said.out
    assert "README.md" not in said.out
    assert "\x1b" not in said.out
    assert "not in it: .env, nested" in said.err
    assert "hunter2" not in said.out
    assert "4 files changed" in desk.gt("hooks", "diff", "mp/toast", "--stat").out
    assert "+1" in desk.gt("hooks", "diff", "mp/toast", commit[:8]).out
    taken = str(captured(desk))
    git(tree, "reset", "--quiet", "--hard")
    git(tree, "clean", "-fdxq")
    told = desk.gt("hooks", "diff", "mp/toast", taken, "--json").data
    assert "+half" in told["text"]
    assert told["left_out"] == [".env", "nested"]
    assert "half.txt" not in desk.gt("hooks", "diff", "mp/toast").out
    desk.gt("hooks", "diff", "mp/toast", "beefbeef", status=3)


def test_a_root_commit_has_a_difference(desk: Desk) -> None:
    """A history that begins anew is shown whole."""
    _, tree = desk.sling()
    git(tree, "checkout", "--quiet", "--orphan", "fresh")
    root = desk.work(tree, {"fresh.txt": "f\n"}, "anew")
    assert "+f" in desk.gt("hooks", "diff", "mp/toast", root).out


# How long snapshots stay


def old_snapshots(desk: Desk, days: list[int]) -> list[str]:
    """Snapshots that were taken so many days ago, newest last; their ids."""
    repository = desk.root / "mp" / "repo.git"
    made = []
    for age in days:
        at = int((datetime.now(UTC) - timedelta(days=age)).timestamp())
        moment = {"GIT_COMMITTER_DATE": f"@{at} +0000", "GIT_AUTHOR_DATE": f"@{at} +0000"}
        git_ = door.Git(repository, bare=True)
        oid = git_.text("commit-tree", "-m", f"{age}", "main^{tree}", extra=moment)
        git_.run("update-ref", "--create-reflog", wip_ref("toast", 1), oid, extra=moment)
        made.append(oid)
    return made


def test_old_snapshots_leave_the_list_and_nothing_else(desk: Desk) -> None:
    """One goes only if it is neither among the newest nor young; its commit stays to be had."""
    desk.sling()
    made = old_snapshots(desk, [90, 80, 70, 20, 10, 0])
    repository = door.Git(desk.root / "mp" / "repo.git", bare=True)
    hook, now = desk.hook("mp/toast"), datetime.now(UTC)
    assert thin(repository, hook, keep=10, days=30, now=now) == 0
    assert thin(repository, hook, keep=1, days=100, now=now) == 0
    assert thin(repository, hook, keep=4, days=30, now=now) == 2
    assert reflog(desk, WIP) == made[:1:-1]
    assert thin(repository, hook, keep=1, days=1, now=now + timedelta(days=999)) == 3
    assert reflog(desk, WIP) == made[-1:]
    assert repository.oid(WIP) == made[-1]
    for oid in made:
        assert repository.oid(oid) == oid


def test_the_settings_say_how_long(desk: Desk) -> None:
    """`[snapshots]` in town.toml is what the upkeep goes by; nonsense there is refused."""
    desk.sling()
    made = old_snapshots(desk, [9, 8, 7, 0])
    assert thin_all(desk.town) == 0
    desk.gt("config", "set", "snapshots.keep", "2")
    desk.gt("config", "set", "snapshots.days", "5")
    assert thin_all(desk.town) == 2
    assert reflog(desk, WIP) == made[:1:-1]
    for value in ("0", "-1", "many", "1.5"):
        desk.gt("config", "set", "snapshots.keep", value, status=2)
    desk.gt("config", "set", "snapshots.other", "1", status=2)


def test_rescued_work_is_never_thinned(desk: Desk) -> None:
    """What a removal has kept stays, however old and many."""
    bead, tree = desk.sling()
    write(tree, {"half.txt": "half\n"})
    desk.gt("unsling", bead)
    desk.gt("config", "set", "snapshots.keep", "1")
    desk.gt("config", "set", "snapshots.days", "1")
    thin_all(desk.town)
    assert len(reflog(desk, "refs/gt/rescue/toast/1")) == 1
    assert Path(desk.root / "mp").is_dir()
