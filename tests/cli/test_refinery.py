"""gt refinery run, gt mq: only tested commits reach the target, and nobody's checkout is harmed."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from tests.support.desk import Desk
from tests.support.people import commit_all, git, write
from tests.support.queue import RED, assert_no_gate_trees
from tests.support.soundness import assert_sound, history, subjects, trailers
from tests.support.trees import listing
from tests.support.waiting import until


def merges(desk: Desk) -> dict[str, dict[str, object]]:
    """Every merge request by its bead."""
    return {m["bead"]: m for m in desk.gt("mq", "list", "--all", "--json").data}


def inbox(desk: Desk, at: Path | str = "") -> list[str]:
    """Subjects of unread mail."""
    return [mail["subject"] for mail in desk.gt("mail", "inbox", "--json", at=at).data]


def bare(desk: Desk) -> Path:
    """The rig's bare clone."""
    return desk.root / "mp" / "repo.git"


# Green


def test_green_merges_closes_archives_lands_and_tells(desk: Desk) -> None:
    """The whole of a landing is one commit of the ledger, and comes once."""
    desk.gate("test -f one.txt && git log -1 --format=%s >&2")
    bead, tree = desk.hand_in("The work", {"one.txt": "1\n"})
    desk.gt("convoy", "add-issue", bead)
    convoy = desk.gt("convoy", "create", "X", bead, "--notify", "--json").data["id"]
    work = git(tree, "rev-parse", "HEAD")
    base = desk.target()
    said = desk.gt("refinery", "run")
    assert f"{bead} is merged into main" in said.out
    assert f"convoy {convoy} landed" in said.out
    assert git(bare(desk), "rev-list", "--parents", "-1", "main").split()[1:] == [base, work]
    merged = git(bare(desk), "log", "-1", "--format=%an%n%s%n%(trailers)", "main")
    assert merged.splitlines()[:2] == ["mp/toast", f"Merge {bead}: The work"]
    assert f"Merge-Request: mr-{bead}-1" in merged
    moves = [value.rsplit(" ", 3)[0] for key, value in trailers(desk.town) if key == "Move"]
    assert {f"merge mr-{bead}-1", f"bead {bead}", f"convoy {convoy}", "hook mp/toast"} <= set(moves)
    shown = desk.shown(bead)
    assert (shown["status"], shown["close_reason"]) == (
        "closed", f"merged as {desk.target()[:12]}",
    )  # fmt: skip
    assert inbox(desk) == ["convoy landed: X"]
    assert desk.hook("mp/toast").state == "archived"
    assert not tree.exists()
    assert git(bare(desk), "rev-parse", f"polecat/toast/{bead}@1") == work
    assert "Merge" in desk.gt("mq", "log", bead).out
    before = history(desk.town)
    assert "empty" in desk.gt("refinery", "run").out
    assert history(desk.town) == before


def test_urgent_work_goes_first(desk: Desk) -> None:
    """The most urgent bead is tried first, then the oldest request."""
    a, b = desk.hand_in("a", {"a": "a"})[0], desk.hand_in("b", {"b": "b"})[0]
    c, _ = desk.hand_in("c", {"c": "c"})
    desk.bd("update", c, "-p", "0")
    told = desk.gt("refinery", "run", "--json").data["verdicts"]
    assert [verdict["merge"]["bead"] for verdict in told] == [c, a, b]


def test_four_of_which_the_third_is_red(desk: Desk) -> None:
    """1, 2 and 4 land, 3 is rejected with its log, and every commit on the target is green."""
    desk.gate("! grep -r BROKEN . --exclude-dir=.git")
    files = [{"1": "ok"}, {"2": "ok"}, {"3": "BROKEN"}, {"4": "ok"}]
    beads = [desk.hand_in(str(n), content)[0] for n, content in enumerate(files, 1)]
    desk.gt("refinery", "run", status=1)
    assert [merges(desk)[bead]["state"] for bead in beads] == [
        "merged", "merged", "failed", "merged",
    ]  # fmt: skip
    for commit in git(bare(desk), "rev-list", "main").splitlines():
        found = git(bare(desk), "grep", "-l", "BROKEN", commit, check=False)
        assert found == ""
    assert "BROKEN" in desk.gt("mq", "log", beads[2]).out


def test_gates_run_in_a_clean_place_of_their_own(desk: Desk, tmp_path: Path) -> None:
    """A gate sees the merged files, no stale variables, no terminal, and nothing of it is left."""
    desk.gate(
        f"pwd >{tmp_path}/place; env >{tmp_path}/env; git status --porcelain >{tmp_path}/st;"
        f" git rev-parse HEAD >{tmp_path}/head; touch rubbish; ! read -r line"
    )
    bead, _ = desk.hand_in()
    desk.run("gt", "refinery", "run", env={"GT_ROLE": "x", "GIT_DIR": "/nonexistent"})
    assert (tmp_path / "head").read_text().strip() == desk.target()
    assert (tmp_path / "st").read_text() == ""
    env = (tmp_path / "env").read_text().splitlines()
    assert "GT_RIG=mp" in env
    assert "GT_GATE=test" in env
    assert not [line for line in env if line.startswith(("GIT_DIR", "GT_ROLE"))]
    place = Path((tmp_path / "place").read_text().strip())
    assert place == (desk.root / "mp" / "refinery" / "slot-0").resolve()
    assert_no_gate_trees(desk)
    assert desk.shown(bead)["status"] == "closed"


def test_several_gates_stop_at_the_first_red_one(desk: Desk, tmp_path: Path) -> None:
    """Gates run in the order of the settings; what comes after a red one is not run."""
    desk.gate(f"echo 1 >>{tmp_path}/ran", "one")
    desk.gate(f"echo 2 >>{tmp_path}/ran; {RED}", "two")
    desk.gate(f"echo 3 >>{tmp_path}/ran", "three")
    bead, _ = desk.hand_in()
    desk.gt("refinery", "run", status=1)
    # Twice on the work, of which what is green counts, and once on the target itself.
    assert (tmp_path / "ran").read_text() == "1\n2\n2\n1\n2\n3\n"
    assert merges(desk)[bead]["gate"] == "two"


# Red, and again


def test_red_leaves_the_target_and_says_why(desk: Desk) -> None:
    """The target is untouched; log, mail and the agent's next prime quote the output."""
    desk.gate(f"echo said-by-the-gate; {RED} || exit 3")
    bead, tree = desk.hand_in()
    before = desk.target()
    said = desk.gt("refinery", "run", status=1)
    assert "gate test ended with status 3" in said.out
    assert f"gt sling {bead} mp/toast" in said.out
    assert desk.target() == before
    assert "said-by-the-gate" in desk.gt("mq", "log", f"mr-{bead}-1").out
    assert desk.shown(bead)["status"] == "in_progress"
    assert desk.hook("mp/toast").state == "completed"
    for at in ("", tree):
        [mail] = desk.gt("mail", "inbox", "--json", at=at).data
        assert mail["subject"] == f"merge failed: {bead}"
        assert "said-by-the-gate" in desk.gt("mail", "read", mail["id"], at=at).out


def test_rework_on_the_same_hook_lands(desk: Desk) -> None:
    """`gt sling` gives a failed bead back to its agent; the next `gt done` queues it again."""
    desk.gate(f"test -f fixed || {RED}")
    bead, tree = desk.hand_in()
    desk.gt("refinery", "run", status=1)
    [slung] = desk.gt("sling", bead, "mp", "--no-start", "--json").data
    assert (slung["rework"], slung["path"]) == (True, str(tree))
    assert desk.hook("mp/toast").state == "active"
    desk.gt("sling", bead, "mp", "--no-start", status=4)
    desk.work(tree, {"fixed": "yes\n"})
    desk.gt("done", at=tree)
    desk.gt("refinery", "run")
    assert desk.shown(bead)["status"] == "closed"
    assert merges(desk)[bead]["attempts"] == 2
    assert len(merges(desk)) == 1


def test_failed_work_is_its_agents(desk: Desk) -> None:
    """A failed bead goes back to its own agent only, or is freed first."""
    desk.gate(RED)
    bead, _ = desk.hand_in()
    said = desk.gt("sling", bead, "mp", "--no-start", status=4)
    assert "waits in the merge queue" in said.err
    desk.gt("refinery", "run", status=1)
    assert "gt unsling" in desk.gt("sling", bead, "mp/other", "--no-start", status=4).err
    desk.gt("unsling", bead)
    desk.gt("sling", bead, "mp/other", "--no-start")


def test_the_agent_itself_may_hand_in_again(desk: Desk) -> None:
    """After a red gate a new commit and `gt done` queue the same request once more."""
    desk.gate(f"test -f fixed || {RED}")
    bead, tree = desk.hand_in()
    desk.gt("refinery", "run", status=1)
    desk.work(tree, {"fixed": "yes\n"})
    desk.gt("done", at=tree)
    desk.gt("refinery", "run")
    assert desk.shown(bead)["status"] == "closed"
    assert len(merges(desk)) == 1


def test_what_was_mended_elsewhere_is_tried_again(desk: Desk, tmp_path: Path) -> None:
    """`gt mq retry` queues a failed request as it is; it lands, and the tries are counted."""
    desk.gate(f"test -e {tmp_path}/mended || {RED}")
    bead, _ = desk.hand_in()
    desk.gt("refinery", "run", status=1)
    (tmp_path / "mended").touch()
    desk.gt("mq", "retry", f"mr-{bead}-1")
    desk.gt("refinery", "run")
    assert desk.shown(bead)["status"] == "closed"
    assert merges(desk)[bead]["attempts"] == 2
    desk.gt("mq", "retry", f"mr-{bead}-1", status=4)
    desk.gt("mq", "retry", "nope", status=3)


def test_a_gate_that_prints_without_end_is_quoted_in_short(desk: Desk) -> None:
    """Megabytes on one line fail the request like any output; the mail stays small."""
    desk.gate(f"head -c 3000000 /dev/zero | tr '\\0' x; {RED}")
    bead, _ = desk.hand_in()
    desk.gt("refinery", "run", status=1)
    assert merges(desk)[bead]["state"] == "failed"
    [mail] = desk.gt("mail", "inbox", "--json").data
    assert len(mail["body"]) < 6000


def test_output_that_is_no_text_is_shown_safe(desk: Desk) -> None:
    """Bytes and escape sequences of a gate neither break the town nor reach the terminal."""
    desk.gate(f"printf '\\033]52;c;x\\007\\377\\000end\\n'; {RED}")
    bead, tree = desk.hand_in()
    said = [desk.gt("refinery", "run", status=1), desk.gt("mq", "log", bead)]
    [mail] = desk.gt("mail", "inbox", "--json").data
    said += [desk.gt("mail", "read", mail["id"]), desk.gt("prime", at=tree)]
    assert not any(char in one.out + one.err for one in said for char in "\x1b\x07\0")
    assert "end" in said[1].out


# Conflicts


def test_a_conflict_names_files_and_touches_nothing(desk: Desk) -> None:
    """Both branches stay; the request names the paths, and the worker is told how to go on."""
    a, _ = desk.hand_in("a", {"src/a.txt": "from a\n"})
    b, tree = desk.hand_in("b", {"src/a.txt": "from b\n", "other": "b\n"})
    head = git(tree, "rev-parse", "HEAD")
    desk.gt("refinery", "run", status=1)
    after_a = desk.target()
    assert merges(desk)[a]["state"] == "merged"
    assert merges(desk)[b]["state"] == "conflicted"
    assert merges(desk)[b]["conflicts"] == ["src/a.txt"]
    assert "src/a.txt" in desk.gt("mq", "show", b).out
    assert git(tree, "rev-parse", "HEAD") == head
    assert git(tree, "status", "--porcelain") == ""
    assert inbox(desk, tree) == [f"merge conflict: {b}"]
    desk.gt("refinery", "run")
    assert desk.target() == after_a
    desk.gt("sling", b, "mp", "--no-start")
    git(tree, "merge", "main", check=False)
    write(tree, {"src/a.txt": "from both\n"})
    commit_all(tree)
    desk.gt("done", at=tree)
    desk.gt("refinery", "run")
    assert desk.on_target("src/a.txt") == "from both"
    assert desk.shown(b)["status"] == "closed"


def test_a_conflict_in_a_file_with_an_odd_name(desk: Desk) -> None:
    """A path whose bytes are no text does not stop the queue."""
    name = os.fsdecode(b"caf\xe9 \x1b[31m")
    a, _ = desk.hand_in("a", {name: "from a\n"})
    b, _ = desk.hand_in("b", {name: "from b\n"})
    said = desk.gt("refinery", "run", status=1)
    assert merges(desk)[a]["state"] == "merged"
    assert merges(desk)[b]["conflicts"] == ["caf\\udce9 \x1b[31m"]
    assert "\x1b" not in said.out


# The target in use


def test_a_target_that_moves_during_the_gate_is_tested_again(desk: Desk) -> None:
    """The merge is made and tested anew on the moved target; the other commit is kept."""
    repository = bare(desk)
    desk.gate(
        f"test -f moved || {{ git clone -q -b main {repository} clone && cd clone &&"
        " git config user.name x && git config user.email x@y && echo x >moved &&"
        " git add moved && git commit -qm moved && git push -q origin main; cd ..; rm -rf clone; }"
    )
    bead, _ = desk.hand_in()
    said = desk.gt("refinery", "run")
    assert "moved meanwhile" in said.err
    assert desk.on_target("moved") == "x"
    assert desk.on_target("toast.txt") == "work"
    assert desk.shown(bead)["status"] == "closed"
    assert merges(desk)[bead]["attempts"] == 2
    parents = git(repository, "log", "-1", "--format=%P", "main").split()[0]
    assert git(repository, "log", "-1", "--format=%s", parents) == "moved"


def crew_on_target(desk: Desk) -> Path:
    """A crew worktree that has the target itself checked out."""
    desk.gt("crew", "add", "me")
    tree = desk.root / "mp" / "crew" / "me"
    git(tree, "switch", "--quiet", "main")
    return tree


def test_a_clean_checkout_of_the_target_follows(desk: Desk) -> None:
    """A person who stands on the target sees the merge, and their next commit undoes nothing."""
    tree = crew_on_target(desk)
    write(tree, {"untracked.txt": "mine\n"})
    bead, _ = desk.hand_in("x", {"new.txt": "new\n"})
    desk.gt("refinery", "run")
    assert (tree / "new.txt").read_text() == "new\n"
    assert git(tree, "status", "--porcelain") == "?? untracked.txt"
    assert desk.shown(bead)["status"] == "closed"
    commit_all(tree)
    assert desk.on_target("new.txt") == "new"


@pytest.mark.parametrize("how", ["changed", "staged", "in the way"])
def test_a_checkout_with_changes_holds_the_merge(desk: Desk, how: str) -> None:
    """Changes of a person on the target, or their file where the merge puts one, are untouched."""
    tree = crew_on_target(desk)
    bead, _ = desk.hand_in("x", {"new.txt": "new\n"})
    write(tree, {"new.txt" if how == "in the way" else "README.md": "mine\n"})
    if how == "staged":
        git(tree, "add", "README.md")
    before, target = git(tree, "status", "--porcelain"), desk.target()
    said = desk.gt("refinery", "run", status=1)
    assert "crew/me" in said.out
    assert "waits" in said.out
    assert (git(tree, "status", "--porcelain"), desk.target()) == (before, target)
    assert merges(desk)[bead]["state"] == "queued"
    git(tree, "switch", "--quiet", "crew/me")
    desk.gt("refinery", "run")
    assert desk.shown(bead)["status"] == "closed"


def test_whoever_holds_a_merge_is_told_once(desk: Desk) -> None:
    """The owner of the worktree in the way gets one message, and the request says why it waits."""
    tree = crew_on_target(desk)
    bead, _ = desk.hand_in("x", {"new.txt": "new\n"})
    write(tree, {"README.md": "mine\n"})
    desk.gt("refinery", "run", status=1)
    desk.gt("refinery", "run", status=1)
    inbox = desk.gt("mail", "inbox", "--json", at="mp/crew/me").data
    assert [mail["subject"] for mail in inbox] == ["your worktree holds up main"]
    assert "checked out with changes" in inbox[0]["body"]
    assert "checked out with changes" in merges(desk)[bead]["reason"]


def test_one_that_cannot_be_tried_does_not_hold_the_others(desk: Desk) -> None:
    """A request whose work is missing waits and says why; the rest of the queue lands."""
    a, tree = desk.hand_in("a", {"a": "a"})
    b, _ = desk.hand_in("b", {"b": "b"})
    file = desk.root / "hq" / "merges" / "mp" / f"mr-{a}-1.json"
    file.write_text(file.read_text().replace(git(tree, "rev-parse", "HEAD"), "1" * 40))
    commit_all(desk.root / "hq", "oops")
    said = desk.gt("refinery", "run", status=1)
    assert f"mr-{a}-1" in said.out
    assert "missing" in said.out
    assert merges(desk)[b]["state"] == "merged"


def test_a_broken_bead_does_not_hold_the_others(desk: Desk, broken_town: None) -> None:
    """A request whose bead cannot be read waits; the rest of the queue lands."""
    a, _ = desk.hand_in("a", {"a": "a"})
    b, _ = desk.hand_in("b", {"b": "b"})
    [file] = (desk.root / "hq").glob(f"beads/mp/*/{a}.json")
    file.write_text("{")
    commit_all(desk.root / "hq", "oops")
    said = desk.gt("refinery", "run", status=1)
    assert "unreadable" in said.out
    assert desk.shown(b)["status"] == "closed"
    assert merges(desk)[a]["state"] == "queued"


# Gates as commands


def test_a_hanging_gate_is_ended_with_all_it_started(desk: Desk, tmp_path: Path) -> None:
    """After its time the gate, its children and grandchildren are gone, and the log says so."""
    desk.gt("config", "set", "rigs.mp.gates.slow.command",
            f"{RED} || {{ (trap '' TERM HUP; sleep 300 & echo $! >{tmp_path}/pid; wait) & wait;"
            " }")  # fmt: skip
    desk.gt("config", "set", "rigs.mp.gates.slow.timeout_s", "1")
    desk.gt("config", "set", "rigs.mp.merge.retry_flaky", "false")
    bead, _ = desk.hand_in()
    start = time.monotonic()
    said = desk.gt("refinery", "run", status=1)
    assert time.monotonic() - start < 20
    assert "took longer than 1 s" in said.out
    assert merges(desk)[bead]["state"] == "failed"
    pid = int((tmp_path / "pid").read_text())
    until(lambda: not Path(f"/proc/{pid}").exists() or "(zombie)" in
          Path(f"/proc/{pid}/status").read_text())  # fmt: skip


def test_a_hand_written_gate_waits_for_acceptance(desk: Desk, tmp_path: Path) -> None:
    """A gate that somebody wrote into town.toml does not run before `gt config accept`."""
    bead, tree = desk.hand_in()
    settings = desk.root / "hq" / "town.toml"
    with settings.open("a") as file:
        file.write(f'\n[rigs.mp.gates]\nhand = "touch {tmp_path}/ran"\n')
    before = desk.target()
    said = desk.gt("refinery", "run", status=1)
    assert "gt config accept" in said.out + said.err
    assert not (tmp_path / "ran").exists()
    assert desk.target() == before
    assert "only a person" in desk.gt("config", "accept", at=tree, status=1).err
    assert f"touch {tmp_path}/ran" in desk.gt("config", "show").out
    assert f"touch {tmp_path}/ran" in desk.gt("config", "accept").out
    desk.gt("refinery", "run")
    assert (tmp_path / "ran").exists()
    assert desk.shown(bead)["status"] == "closed"


# Crashes and crowds


@pytest.mark.parametrize(
    "point", ["refinery:taken", "refinery:tested", "target:moved", "refinery:moved",
              "tx:before-commit", "commit:after-import", "sync:before-restore"],
)  # fmt: skip
def test_a_killed_refinery_goes_on_where_it_was(desk: Desk, tmp_path: Path, point: str) -> None:
    """After kill -9 anywhere the next run ends in the one right state, with a clean checkout."""
    tree = crew_on_target(desk)
    desk.gate(f"git rev-parse HEAD^{{tree}} >>{tmp_path}/tested")
    bead, polecat = desk.hand_in("x", {"new.txt": "new\n"})
    base = desk.target()
    desk.run("gt", "refinery", "run", env={"GT_FAULT": f"{point}:kill"}, status=-signal.SIGKILL)
    desk.gt("refinery", "run")
    assert desk.shown(bead)["status"] == "closed"
    assert desk.hook("mp/toast").state == "archived"
    assert not polecat.exists()
    assert_no_gate_trees(desk)
    tested = (tmp_path / "tested").read_text().split()
    assert git(bare(desk), "rev-parse", "main^{tree}") in tested
    assert git(bare(desk), "rev-list", "--first-parent", f"{base}..main").split() == [desk.target()]
    assert git(tree, "status", "--porcelain") == ""
    assert (tree / "new.txt").read_text() == "new\n"
    assert sum("merge mr-" in line or line.startswith(f"merge {bead}") for line in
               subjects(desk.town)) == 1  # fmt: skip


def test_a_killed_one_after_its_last_commit_leaves_nothing(desk: Desk, project: Path) -> None:
    """Killed between recording and tidying up: the next run takes the worktree away."""
    bead, tree = desk.hand_in()
    git(project, "fetch", "--quiet", str(bare(desk)), f"polecat/toast/{bead}@1")
    git(project, "merge", "--quiet", "FETCH_HEAD")
    desk.gt("sling", desk.bead(), "mp", "--no-start")
    desk.run("gt", "refinery", "run", env={"GT_FAULT": "commit:after-import:kill"},
             status=-signal.SIGKILL)  # fmt: skip
    assert tree.exists()
    desk.gt("refinery", "run")
    assert not tree.exists()
    assert desk.shown(bead)["status"] == "closed"


def test_two_refineries_do_not_work_one_rig(desk: Desk, tmp_path: Path) -> None:
    """The second is told who is at work, with status 75; the first is not disturbed."""
    os.mkfifo(tmp_path / "gate")
    desk.gate(f"echo began >{tmp_path}/began; cat {tmp_path}/gate")
    bead, _ = desk.hand_in()
    first = desk.start("gt", "refinery", "run")
    until((tmp_path / "began").exists)
    said = desk.gt("refinery", "run", status=75)
    assert f"pid {first.pid}" in said.err
    (tmp_path / "gate").write_text("")
    assert first.wait(30) == 0
    assert desk.shown(bead)["status"] == "closed"


def test_ctrl_c_stops_gate_and_refinery(desk: Desk, tmp_path: Path) -> None:
    """Interrupted with status 130: the gate is gone, the target untouched, the next run lands."""
    desk.gate(f"test -e {tmp_path}/pid || {{ echo $$ >{tmp_path}/pid; exec sleep 300; }}")
    bead, _ = desk.hand_in()
    before = desk.target()
    child = desk.start("gt", "refinery", "run")
    until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=30)
    assert child.returncode == 130, (out, err)
    assert "interrupted" in err
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}").exists()
    assert desk.target() == before
    desk.gt("refinery", "run")
    assert desk.shown(bead)["status"] == "closed"
    assert_sound(desk.town)


def test_merging_touches_no_checkout(desk: Desk) -> None:
    """A person's worktree on a branch of their own is the same, byte for byte, after a merge."""
    desk.gt("crew", "add", "me")
    tree = desk.root / "mp" / "crew" / "me"
    write(tree, {"half.txt": "half\n", "README.md": "changed\n"})
    before = listing(tree)
    desk.hand_in()
    desk.gt("refinery", "run")
    assert listing(tree) == before


def test_the_queue_is_shown(desk: Desk) -> None:
    """List and show tell state, tries and reason; an unknown request is said; a log needs a run."""
    bead, _ = desk.hand_in()
    assert f"mr-{bead}-1" in desk.gt("mq", "list").out
    assert desk.gt("mq", "show", f"mr-{bead}-1", "--json").data["bead"] == bead
    assert desk.gt("mr", "show", bead, "--json").data["id"] == f"mr-{bead}-1"
    desk.gt("mq", "show", "nope", status=3)
    desk.gt("mq", "log", bead, status=3)
    assert desk.gt("mq", "list", "--rig", "nope", "--json", status=3).error["code"] == "not-found"
    desk.gt("refinery", "run", "nope", status=3)
