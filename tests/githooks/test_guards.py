"""The guard of pushes, and what is told of pushes and everything else in real worktrees."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.githooks.helpers import commit, crew, kinds, lines, told, typed
from tests.support.desk import Desk
from tests.support.environment import Traps
from tests.support.people import git


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """Another repository to push to."""
    place = tmp_path / "elsewhere.git"
    git(tmp_path, "init", "--quiet", "--bare", "--template=", str(place))
    return place


PUSHES = {
    "the target": (("HEAD:refs/heads/main",), False),
    "the target by force": (("+HEAD:main",), False),
    "the target's deletion": ((":refs/heads/main",), False),
    "the target among others": (("HEAD:refs/heads/other", "HEAD:refs/heads/main"), False),
    "its own branch": (("HEAD:refs/heads/mine",), True),
    "a name that begins alike": (("HEAD:refs/heads/main2", "HEAD:refs/heads/a/main"), True),
    "a tag of that name": (("HEAD:refs/tags/main",), True),
}


@pytest.mark.parametrize("remote", ["origin", "elsewhere"])
def test_a_polecat_does_not_push_the_target(
    desk: Desk, elsewhere: Path, project: Path, remote: str
) -> None:
    """To no remote and in no way; other branches pass; the words say how to go on."""
    git(project, "config", "receive.denyCurrentBranch", "ignore")
    git(project, "config", "receive.denyDeleteCurrent", "ignore")
    _, tree = desk.sling()
    commit(tree)
    git(tree, "-c", "core.hooksPath=/dev/null", "push", "--quiet", str(elsewhere), "HEAD:main")
    commit(tree)
    where, place = ("origin", project) if remote == "origin" else (str(elsewhere), elsewhere)
    for name, (refs, allowed) in PUSHES.items():
        before = git(place, "for-each-ref")
        done = typed(tree, "push", "--quiet", where, *refs, status=None)
        assert (done.status == 0) == allowed, name
        if not allowed:
            assert git(place, "for-each-ref") == before, name
            assert "gt done" in done.err
            assert "--no-verify" in done.err
    typed(tree, "push", "--quiet", "--no-verify", where, "HEAD:refs/heads/main")


def test_a_person_pushes_the_target(desk: Desk, project: Path) -> None:
    """From a crew worktree nothing is guarded; with GT_HOOKS=0 nowhere."""
    git(project, "config", "receive.denyCurrentBranch", "ignore")
    tree = crew(desk)
    commit(tree)
    typed(tree, "push", "--quiet", "origin", "HEAD:main")
    _, polecats = desk.sling()
    commit(polecats)
    typed(polecats, "push", "--quiet", "--force", "origin", "HEAD:main", env={"GT_HOOKS": "0"})


def test_everything_in_a_worktree_is_told(desk: Desk, any_gitconfig: Traps | None) -> None:
    """Commit, checkout, merge, rewrite and moved branches, whatever the person's settings are."""
    _, tree = desk.sling()
    told(desk)
    commit(tree, "one")
    [rewritten, *_] = [event for event in told(desk) if event.kind == "post-commit"]
    assert (rewritten.hook, rewritten.generation) == ("mp/toast", 1)
    assert Path(rewritten.gitdir) == desk.root / "mp" / "repo.git" / "worktrees" / "toast"
    typed(tree, "switch", "--quiet", "-c", "side")
    assert kinds(desk) == {"post-checkout", "reference-transaction"}
    sign = ("-c", "commit.gpgsign=false")
    typed(tree, *sign, "commit", "--quiet", "--amend", "-m", "two")
    assert kinds(desk) == {"post-commit", "post-rewrite", "reference-transaction"}
    typed(tree, "switch", "--quiet", "-")
    typed(tree, *sign, "merge", "--quiet", "--no-edit", "--no-ff", "side")
    found = told(desk)
    assert {"post-merge", "reference-transaction"} <= {event.kind for event in found}
    branch = git(tree, "symbolic-ref", "HEAD")
    assert branch in {ref for event in found for ref in event.refs}
    traps = any_gitconfig.sprung() if any_gitconfig else []
    assert [trap for trap in traps if trap.startswith("hook-")] == []


def test_a_push_into_the_rig_is_told(desk: Desk, tmp_path: Path) -> None:
    """The bare repository has git hooks of its own; a person's global ones do not shadow them."""
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(desk.root / "mp" / "repo.git"), str(clone))
    told(desk)
    git(clone, "push", "--quiet", "origin", "HEAD:refs/heads/new")
    found = told(desk)
    assert {event.kind for event in found} == {"post-receive", "reference-transaction"}
    assert {(event.rig, event.hook, event.refs) for event in found} == {
        ("mp", None, ("refs/heads/new",))
    }


def test_gt_itself_is_not_told(desk: Desk) -> None:
    """What our own git calls do feeds nothing back."""
    desk.hand_in()
    told(desk)
    desk.gt("refinery", "run", "mp")
    crew(desk)
    assert told(desk) == []


def test_many_at_once_lose_nothing(desk: Desk) -> None:
    """Two hooks that commit as fast as they can: an event for each commit of each."""
    trees = [desk.sling(f"bead {n}")[1] for n in range(2)]
    told(desk)
    count = 15
    body = f'for i in $(seq {count}); do git commit -q --allow-empty -m "c $i" || exit 1; done'
    children = [subprocess.Popen(["sh", "-c", body], cwd=tree) for tree in trees]
    assert [child.wait(60) for child in children] == [0, 0]
    found = [(event.kind, event.hook) for event in told(desk)]
    for hook in ("mp/toast", desk.town.read().hooks()[-1].id):
        assert found.count(("post-commit", hook)) == count
        assert found.count(("reference-transaction", hook)) == count


def test_a_surrounding_git_hook_does_not_mislead(desk: Desk, tmp_path: Path) -> None:
    """A commit made for a hook from within another repository's git hook is that hook's."""
    bead, tree = desk.sling()
    outer = tmp_path / "outer"
    git(tmp_path, "init", "--quiet", str(outer))
    script = outer / ".git" / "hooks" / "post-commit"
    script.parent.mkdir(exist_ok=True)
    script.write_text(
        "#!/bin/sh\nunset GIT_DIR GIT_INDEX_FILE\n"
        f"git -C '{tree}' commit -q --allow-empty -m within\n"
    )
    script.chmod(0o755)
    told(desk)
    typed(outer, "commit", "--quiet", "--allow-empty", "-m", "x")
    assert git(tree, "log", "-1", "--format=%B") == f"within\n\nBead: {bead}"
    assert {event.hook for event in told(desk)} == {"mp/toast"}


def test_a_commit_where_the_spool_is_gone(desk: Desk) -> None:
    """A town that was moved away, or whose spool is missing, does not disturb git."""
    bead, tree = desk.sling()
    spool = desk.town.layout.spool
    spool.rename(spool.with_name("aside"))
    done = subprocess.run(
        ["git", "commit", "--quiet", "--allow-empty", "-m", "x"], cwd=tree, capture_output=True,
        text=True, check=False, env=os.environ,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert lines(spool) == []
    spool.with_name("aside").rename(spool)
    assert git(tree, "log", "-1", "--format=%(trailers:key=Bead,valueonly)") == bead
