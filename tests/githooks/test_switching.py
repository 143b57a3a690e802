"""Git hooks of our own must not keep people from their branches."""

from __future__ import annotations

from tests.support.desk import Desk
from tests.support.people import git


def test_crew_can_switch_to_the_target_and_back(desk: Desk) -> None:
    """Found as a bug of git: a bare repository that looked like one with a worktree."""
    desk.gt("crew", "add", "ada", "--rig", "mp")
    tree = desk.root / "mp" / "crew" / "ada"
    git(tree, "switch", "--quiet", "main")
    git(tree, "switch", "--quiet", "crew/ada")
    git(tree, "branch", "extra", "main")
    git(tree, "branch", "-D", "extra")


def test_hq_can_be_looked_at_on_another_branch(desk: Desk) -> None:
    """A person may look at an older town in hq, and come back."""
    git(desk.root / "hq", "switch", "--quiet", "-c", "look", "HEAD")
    git(desk.root / "hq", "switch", "--quiet", "town")
    git(desk.root / "hq", "branch", "-D", "look")


def test_the_repository_stays_bare_for_everybody(desk: Desk) -> None:
    """`git worktree list` tells the bare repository as bare from each of its worktrees."""
    desk.gt("crew", "add", "ada", "--rig", "mp")
    for place in (desk.root / "mp" / "repo.git", desk.root / "mp" / "crew" / "ada"):
        listed = git(place, "worktree", "list", "--porcelain").split("\n\n")[0].splitlines()
        assert "bare" in listed, listed


def test_the_ledger_is_guarded_in_the_mayors_worktree_too(desk: Desk) -> None:
    """Its repository is the ledger's: there is no way around the guard through `mayor/`."""
    before = git(desk.root / "hq", "rev-parse", "town")
    said = desk.run(
        "git", "update-ref", "refs/heads/town", "refs/heads/town~1", at="mayor", status=None
    )
    assert said.status != 0
    assert "gt:" in said.err
    assert git(desk.root / "hq", "rev-parse", "town") == before
    git(desk.root / "mayor", "commit", "--quiet", "--allow-empty", "-m", "a plan")
    assert "event post-commit" in "".join(
        file.read_text() for file in (desk.root / ".gt" / "spool" / "new").iterdir()
    )
