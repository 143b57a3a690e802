"""gt hook, prime, done: what an agent types in its own hook, and nowhere else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.desk import Desk
from tests.support.people import commit_all, git, write
from tests.support.queue import RED
from tests.support.soundness import history, trailers


def damage(desk: Desk, path: str, *, text: str = "{ not json") -> None:
    """Commit a damaged file in hq with plain git."""
    [file] = (desk.root / "hq").glob(path)
    file.write_text(text)
    commit_all(desk.root / "hq", "oops")


# gt hook: three answers


def test_work_is_status_0(desk: Desk) -> None:
    """A hook that holds a bead: what it is, where, for which branch."""
    bead, tree = desk.sling("Do it", "-d", "line one\nline two")
    for at in (tree, tree / "src"):
        said = desk.gt("hook", at=at)
        assert f"{bead}: Do it" in said.out
        assert "line one\nline two" in said.out
        assert "for main" in said.out
    told = desk.gt("hook", "--json", at=tree).data
    assert (told["answer"], told["bead"]["id"], told["hook"]["id"]) == ("work", bead, "mp/toast")
    assert told == desk.gt("hook", "mp/toast", "--json").data


def test_nothing_is_status_1(desk: Desk) -> None:
    """A hook without a bead says so; it is not an error."""
    desk.gt("crew", "add", "me")
    said = desk.gt("hook", at="mp/crew/me", status=1)
    assert "nothing is on the hook of mp/me" in said.out
    assert desk.gt("hook", "--json", at="mayor", status=1).data["answer"] == "nothing"


@pytest.mark.parametrize("path", ["hooks/mp/toast.json", "beads/mp/*/{}.json"])
@pytest.mark.parametrize("how", ["damaged", "emptied", "other"])
def test_unreadable_is_status_5(desk: Desk, broken_town: None, path: str, how: str) -> None:
    """A hook or bead that cannot be read is neither work nor nothing, from inside and outside."""
    bead, tree = desk.sling()
    text = {"damaged": "{ not json", "emptied": "", "other": '{"schema": "convoy/1"}\n'}[how]
    damage(desk, path.format(bead), text=text)
    for words, at in (((), tree), (("mp/toast",), "")):
        said = desk.gt("hook", *words, at=at, status=5)
        assert "cannot be read" in said.out
        assert desk.gt("hook", *words, "--json", at=at, status=5).data["answer"] == "unreadable"
    primed = desk.gt("prime", at=tree, status=5).out
    assert "CANNOT BE READ" in primed
    assert "gt done" not in primed
    desk.gt("done", at=tree, status=1)
    desk.gt("done", "--no-code", at=tree, status=1)


def test_a_bead_that_is_gone_is_unreadable(desk: Desk, broken_town: None) -> None:
    """A hook whose bead was deleted from hq does not count as empty."""
    bead, tree = desk.sling()
    [file] = (desk.root / "hq").glob(f"beads/mp/*/{bead}.json")
    file.unlink()
    commit_all(desk.root / "hq", "oops")
    desk.gt("hook", at=tree, status=5)


def test_what_is_not_committed_is_not_state(desk: Desk) -> None:
    """A damaged file that nobody committed changes no answer."""
    bead, tree = desk.sling()
    file = desk.root / "hq" / "hooks" / "mp" / "toast.json"
    good = file.read_text()
    file.write_text("{")
    assert bead in desk.gt("hook", at=tree).out
    file.write_text(good)


def test_a_damaged_ledger_is_not_nothing(desk: Desk, broken_town: None) -> None:
    """Where the ledger itself cannot be read the answer is 5, too."""
    _, tree = desk.sling()
    (desk.root / ".gt" / "town.git" / "refs" / "heads" / "town").write_bytes(b"\0" * 41)
    desk.gt("hook", at=tree, status=5)
    desk.gt("hook", "mp/toast", status=5)


def test_nobody_is_status_3(desk: Desk) -> None:
    """An agent that never was is not found, which is none of the three answers."""
    desk.gt("hook", "mp/nobody", status=3)
    desk.gt("hook", "nonsense", status=2)


def test_outside_of_hooks_there_is_none(desk: Desk) -> None:
    """At the town's root, in hq, in a rig's folder and in an unregistered worktree: refused."""
    tree = desk.root / "mp" / "polecats" / "stranger"
    git(desk.root / "mp" / "repo.git", "worktree", "add", "--quiet", "--detach", str(tree))
    for at in ("", "hq", "mp", tree, "mp/polecats"):
        for words, status in ((("hook",), 3), (("done",), 1), (("done", "--no-code"), 1)):
            said = desk.gt(*words, at=at, status=status)
            assert "you do not stand in a hook" in said.err
            assert said.out == ""


# gt prime


def test_prime_is_short_whatever_the_bead_holds(desk: Desk) -> None:
    """6,000 bytes at most, with a description, notes and design of 100 kB of wide characters."""
    long = "wörk 日本 👩‍👩‍👧 " * 4000
    bead = desk.bd("create", "Long", "-d", "-", "--silent", stdin=long).out.strip()
    desk.bd("update", bead, "--notes", long[:30000], "--design", long[:30000], "--acceptance",
            long[:30000])  # fmt: skip
    [slung] = desk.gt("sling", bead, "mp", "--no-start", "--json").data
    tree = Path(slung["path"])
    for number in range(30):
        desk.work(tree, {f"{number}": "x"}, f"step {number} " + "x" * 300)
    primed = desk.gt("prime", at=tree).out
    assert len(primed.encode()) <= 6000
    for word in ("mp/toast", bead, "Long", "gt done", f"bd show {bead}", str(tree)):
        assert word in primed


def test_prime_tells_what_came_before(desk: Desk) -> None:
    """Commits so far, the gate that was red, unread mail and the standing orders are in it."""
    desk.gate(f"echo the-gate-said-no; {RED}")
    bead, tree = desk.hand_in()
    desk.gt("refinery", "run", status=1)
    desk.gt("sling", bead, "mp", "--no-start")
    primed = desk.gt("prime", at=tree).out
    assert "the-gate-said-no" in primed
    assert "Your last attempt did not merge" in primed
    assert "work" in primed
    assert "merge failed" in primed
    assert "Standing orders" in primed


def test_prime_without_work_sends_nobody_to_work(desk: Desk) -> None:
    """An idle hook is told to do nothing; finishing is not mentioned."""
    desk.gt("crew", "add", "me")
    primed = desk.gt("prime", at="mp/crew/me").out
    assert "Nothing is on your hook" in primed
    assert "gt done" not in primed.partition("## Standing orders")[0]


def test_prime_at_the_root_is_the_mayors(desk: Desk) -> None:
    """At the town's root and in its own hook the mayor gets rigs, convoys, agents, ready beads."""
    ready = desk.bead("Something ready")
    desk.sling()
    for at in ("", "mayor", "mp"):
        primed = desk.gt("prime", at=at).out
        assert "You are the mayor" in primed
        assert ready in primed
        assert "mp/toast" in primed
        assert len(primed.encode()) <= 6000


def test_prime_of_a_hundred_of_everything_is_short(desk: Desk) -> None:
    """Also the mayor's context is bounded, however much there is."""
    title = "日本語 " * 60
    beads = [desk.bead(f"{title} {number}") for number in range(12)]
    for bead in beads[:9]:
        desk.gt("convoy", "create", f"{title} {bead}", bead)
    assert len(desk.gt("prime").out.encode()) <= 6000


# gt done


def test_done_queues_the_work_and_makes_the_missing_moves(desk: Desk) -> None:
    """One commit: bead started, hook completed, request queued; the bead is not closed yet."""
    bead, tree = desk.sling()
    head = desk.work(tree)
    said = desk.gt("done", at=tree)
    assert "1 commit queued as mr-" in said.out
    moves = [value for key, value in trailers(desk.town) if key == "Move"]
    assert moves == [
        f"bead {bead} hooked -> in_progress", "hook mp/toast active -> completed",
        f"merge mr-{bead}-1 none -> queued",
    ]  # fmt: skip
    [merge] = desk.gt("mq", "list", "--json").data
    assert (merge["head"], merge["target"], merge["hook"]) == (head, "main", "mp/toast")
    assert desk.shown(bead)["status"] == "in_progress"
    assert tree.is_dir()


def test_done_twice_is_as_once(desk: Desk) -> None:
    """An agent that is not sure may say it again: same request, no commit, status 0."""
    bead, tree = desk.hand_in()
    commit = desk.town.commit()
    said = desk.gt("done", at=tree)
    assert f"mr-{bead}-1" in said.out
    assert desk.town.commit() == commit


def test_done_again_after_more_work_hands_in_all_of_it(desk: Desk) -> None:
    """Commits that came after the first `gt done` are in the request after the second."""
    bead, tree = desk.hand_in()
    head = desk.work(tree, {"more.txt": "more\n"})
    desk.gt("done", at=tree)
    [merge] = desk.gt("mq", "list", "--all", "--json").data
    assert merge["head"] == head
    desk.gt("refinery", "run")
    assert desk.on_target("more.txt") == "more"
    assert desk.shown(bead)["status"] == "closed"


@pytest.mark.parametrize("how", ["changed", "new", "staged"])
def test_done_refuses_a_dirty_tree(desk: Desk, how: str) -> None:
    """What is not committed is named and nothing is handed in or committed for the agent."""
    bead, tree = desk.sling()
    head = desk.work(tree)
    write(tree, {"README.md" if how == "changed" else "extra.txt": "x\n"})
    if how == "staged":
        git(tree, "add", "extra.txt")
    said = desk.gt("done", at=tree, status=1)
    assert ("README.md" if how == "changed" else "extra.txt") in said.err
    assert git(tree, "rev-parse", "HEAD") == head
    assert desk.shown(bead)["status"] == "hooked"
    assert desk.gt("mq", "list", "--json").data == []


def test_done_without_a_commit_needs_a_word(desk: Desk) -> None:
    """Zero commits are refused; with --no-code the bead is closed and the polecat archived."""
    bead, tree = desk.sling()
    said = desk.gt("done", at=tree, status=1)
    assert "--no-code" in said.err
    assert desk.shown(bead)["status"] == "hooked"
    desk.gt("done", "--no-code", at=tree)
    assert desk.shown(bead)["close_reason"] == "done without code"
    assert desk.hook("mp/toast").state == "archived"
    assert desk.gt("convoy", "list", "--all", "--json").data[0]["convoy"]["state"] == "landed"


def test_the_next_polecat_takes_the_place_of_one_without_code(desk: Desk) -> None:
    """The worktree that `--no-code` left is cleared, its changes rescued, for the same name."""
    _, tree = desk.sling()
    desk.gt("done", "--no-code", at=tree)
    write(tree, {"late.txt": "late\n"})
    bead, again = desk.sling()
    assert again == tree
    assert git(tree, "symbolic-ref", "HEAD") == f"refs/heads/polecat/toast/{bead}@2"
    assert git(tree, "status", "--porcelain") == ""
    rescued = git(desk.root / "mp" / "repo.git", "show", "refs/gt/rescue/toast/1:late.txt")
    assert rescued == "late"


def test_with_commits_no_code_is_no_way_out(desk: Desk) -> None:
    """--no-code does not close a bead whose hook holds commits: they are merged first."""
    bead, tree = desk.sling()
    desk.work(tree)
    desk.gt("done", "--no-code", at=tree)
    assert desk.shown(bead)["status"] == "in_progress"
    assert len(desk.gt("mq", "list", "--json").data) == 1


@pytest.mark.parametrize("how", ["branch", "detached", "target"])
def test_done_refuses_another_branch(desk: Desk, how: str) -> None:
    """Only the hook's own branch is handed in."""
    bead, tree = desk.sling()
    desk.work(tree)
    switch = {"branch": ["-c", "mine"], "detached": ["--detach"], "target": ["main"]}[how]
    git(tree, "switch", "--quiet", *switch)
    said = desk.gt("done", at=tree, status=1)
    assert "another branch" in said.err
    assert desk.hook("mp/toast").state == "active"
    git(tree, "switch", "--quiet", f"polecat/toast/{bead}@1")
    desk.gt("done", at=tree)


def test_done_refuses_a_broken_worktree(desk: Desk) -> None:
    """Where git cannot see the worktree nothing is guessed; repair is named."""
    _, tree = desk.sling()
    desk.work(tree)
    (tree / ".git").unlink()
    assert "gt hooks repair" in desk.gt("done", at=tree, status=1).err
    desk.gt("hooks", "repair")
    desk.gt("done", at=tree)


def test_done_refuses_after_the_bead_was_taken(desk: Desk) -> None:
    """An agent whose bead was taken away hands nothing in."""
    bead, tree = desk.sling()
    desk.work(tree)
    kept = desk.root.parent / "kept"
    shutil.copytree(tree, kept)
    desk.gt("unsling", bead)
    kept.rename(tree)
    desk.gt("done", at=tree, status=1)
    desk.gt("hook", at=tree, status=3)
    shutil.rmtree(tree)
    assert desk.shown(bead)["status"] == "open"


def test_done_with_nothing_on_the_hook_is_refused(desk: Desk) -> None:
    """A hook that holds no bead hands nothing in."""
    desk.gt("crew", "add", "me")
    for at in ("mp/crew/me", "mayor"):
        said = desk.gt("done", at=at, status=1)
        assert "holds no bead" in said.err


def test_stale_variables_mislead_nobody(desk: Desk) -> None:
    """GIT_* and GT_* of other places and of agents that are gone change neither actor nor tree."""
    gone, _ = desk.sling()
    desk.gt("unsling", gone)
    bead, tree = desk.sling()
    desk.work(tree)
    stale = {
        "GIT_DIR": str(desk.root / "hq" / ".git"), "GIT_WORK_TREE": str(desk.root / "hq"),
        "GIT_INDEX_FILE": "/nonexistent", "GT_ROLE": "mp/ghost", "GT_RIG": "ghost",
        "GT_BRANCH": "main", "GT_TOWN": "/nonexistent", "BD_ACTOR": "mp/ghost",
        "GIT_COMMON_DIR": "/nonexistent", "GIT_CONFIG_PARAMETERS": "'core.bare=true'",
    }  # fmt: skip
    desk.run("gt", "hook", at=tree, env=stale)
    desk.run("bd", "update", bead, "--append-notes", "n", at=tree, env=stale)
    assert ("Actor", "mp/toast") in trailers(desk.town)
    desk.run("gt", "done", at=tree, env=stale)
    desk.run("gt", "refinery", "run", env=stale)
    assert desk.shown(bead)["status"] == "closed"


def test_gt_town_names_a_town_from_elsewhere_only(desk: Desk, tmp_path: Path) -> None:
    """GT_TOWN counts outside of towns; inside one the place one stands in counts."""
    other = tmp_path / "second"
    desk.gt("install", other)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    named = {"GT_TOWN": str(other)}
    assert "second  " in desk.run("gt", "status", at=elsewhere, env=named).out
    assert "gt  " in desk.run("gt", "status", env=named).out
    assert "this is no town" in desk.run("gt", "status", at=elsewhere, status=3).err


def test_an_agent_hands_in_its_own_work_only(desk: Desk) -> None:
    """A living agent that strayed into another's hook is refused there; nothing is committed."""
    desk.gt("config", "agent", "set", "fake", "sh -c 'exec sleep 300'")
    mine = desk.bead("mine")
    desk.gt("sling", mine, "mp/walker", "--agent", "fake")
    _, tree = desk.sling()
    desk.work(tree)
    before = history(desk.town)
    said = desk.run("gt", "done", at=tree, env={"GT_ROLE": "mp/walker"}, status=1)
    assert "mp/walker" in said.err
    assert history(desk.town) == before


def test_an_agent_cannot_close_what_its_merge_will_close(desk: Desk) -> None:
    """`bd close` of one's own slung bead is refused for an agent, with --force too."""
    bead, tree = desk.sling()
    for words in ((), ("--force",)):
        assert "gt done" in desk.bd("close", bead, *words, at=tree, status=4).err
    assert desk.shown(bead)["status"] == "hooked"


def test_agents_and_status_tell_of_the_hook(desk: Desk) -> None:
    """The lists show state, bead and title; agents that are gone with --all."""
    bead, _ = desk.sling("Title of it")
    [agent] = [a for a in desk.gt("agents", "--json").data if a["role"] == "polecat"]
    assert (agent["id"], agent["bead"], agent["title"], agent["session"]) == (
        "mp/toast", bead, "Title of it", "none",
    )  # fmt: skip
    desk.gt("unsling", bead)
    assert "mp/toast" not in desk.gt("agents").out
    assert "mp/toast" in desk.gt("agents", "--all").out
    assert desk.gt("agents", "--rig", "mp", "--json").data == []
    status = desk.gt("status", "--json").data
    assert (status["name"], [rig["name"] for rig in status["rigs"]]) == ("gt", ["mp"])
    assert status["broken"] == []


def test_log_tells_who_did_what(desk: Desk) -> None:
    """`gt log` is the ledger: by subject, by actor, by number; an unknown subject is said."""
    bead, _ = desk.hand_in()
    told = desk.gt("log", bead, "--json").data
    assert [entry["actor"] for entry in told] == ["mp/toast", "human", "human"]
    assert told[0]["moves"][0] == f"bead {bead} hooked -> in_progress"
    assert len(desk.gt("log", "-n", "1", "--json").data) == 1
    mine = desk.gt("log", "--actor", "mp/toast", "--json").data
    assert [entry["subject"] for entry in mine] == [f"mp/toast is done with {bead}"]
    assert desk.gt("log", "mp/toast", "--json").data[0]["commit"] == told[0]["commit"]
    assert desk.gt("log", "--since", "2099-01-01").out == "no operations\n"
    desk.gt("log", "nope", status=3)
