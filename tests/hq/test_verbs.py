"""Every verb of git that can move the ledger is held to its rules, and legal ones go through."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hq.guarded import Guarded
from tests.support.people import git
from tests.support.soundness import subjects

ONLY_GROWS = "the ledger only grows"


def close(hq: Guarded, bead: str) -> None:
    """Edit a bead so that it is closed while its hook still holds it."""
    hq.edit_bead(bead, status="closed")


def test_commits_in_a_row(hq: Guarded) -> None:
    """A legal edit is committed, and so is the next one without any gt command in between."""
    bead = hq.desk.bead("Tilte")
    hq.edit_bead(bead, title="Title")
    hq.commit("a typo")
    hq.edit_bead(bead, priority=0)
    hq.commit("urgent")
    shown = hq.desk.shown(bead)
    assert (shown["title"], shown["priority"]) == ("Title", 0)


@pytest.mark.parametrize("words", [(), ("--no-verify",)], ids=["plain", "no-verify"])
def test_an_illegal_commit(hq: Guarded, words: tuple[str, ...]) -> None:
    """It is refused with file, reason and what to type instead; --no-verify changes nothing."""
    bead, _ = hq.desk.sling()
    close(hq, bead)
    said = hq.refused("commit", "-a", "-m", "close it", *words)
    assert "hooks/mp/toast.json: the hook mp/toast would hold" in said
    assert f"try: bd close {bead}" in said
    hq.drop()
    assert hq.desk.shown(bead)["status"] == "hooked"
    hq.desk.bd("close", bead)


@pytest.mark.parametrize(
    "words",
    [
        ("commit", "--amend", "--allow-empty", "-m", "other words"),
        ("reset", "--hard", "HEAD~1"),
        ("reset", "--soft", "HEAD~1"),
        ("update-ref", "refs/heads/town", "HEAD~1"),
        ("update-ref", "refs/heads/town", "HEAD~1", "HEAD"),
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_what_would_lose_commits(hq: Guarded, words: tuple[str, ...]) -> None:
    """Whatever replaces the ledger's last commits is refused and names git revert."""
    hq.desk.bead("kept")
    assert ONLY_GROWS in hq.refused(*words)
    hq.drop()


def test_what_git_itself_refuses(hq: Guarded) -> None:
    """A branch that is checked out is no target of a forced one; the guard need not be asked."""
    before = hq.tip
    hq.git("branch", "scratch", "HEAD~1")
    for words in (("branch", "-f", "town", "scratch"), ("branch", "-M", "scratch", "town")):
        assert "checked out" in hq.git(*words, status=128).err
    assert hq.tip == before


def test_the_branch_cannot_go(hq: Guarded) -> None:
    """The ledger's branch is neither deleted nor renamed, loose or packed."""
    for _ in range(2):
        for words in (
            ("update-ref", "-d", "refs/heads/town"),
            ("branch", "-m", "town", "other"),
        ):
            assert "cannot be deleted or renamed" in hq.refused(*words)
        hq.git("pack-refs", "--all")  # which looks like a deletion, and is none


def test_packing_is_let_through(hq: Guarded) -> None:
    """Found in git 2.39: it tells its git hooks of a packed ref as of one that is deleted."""
    bead = hq.desk.bead()
    hq.git("pack-refs", "--all")
    assert not (hq.town.layout.town_git / "refs" / "heads" / "town").exists()
    hq.edit_bead(bead, priority=0)
    hq.commit()
    hq.git("gc", "--quiet")
    assert hq.desk.shown(bead)["priority"] == 0


def test_a_reset_that_moves_nothing(hq: Guarded) -> None:
    """What is not committed may be dropped, as the refusals advise."""
    bead = hq.desk.bead()
    hq.edit_bead(bead, status="hooked")
    hq.git("reset", "--hard")
    assert hq.events() == []


def test_rebase(hq: Guarded) -> None:
    """A rebase that would rewrite the ledger fails at its end, and is taken back by --abort."""
    for bead in (hq.desk.bead("one"), hq.desk.bead("two")):
        hq.edit_bead(bead, priority=0)
        hq.commit(bead)
    before = hq.tip
    said = hq.git("-c", "sequence.editor=sed -i 1d", "rebase", "-i", "HEAD~2", status=None)
    assert said.status != 0
    assert ONLY_GROWS in said.err
    assert hq.tip == before
    hq.git("rebase", "--abort")
    hq.drop()


def test_a_fast_forward(hq: Guarded) -> None:
    """A branch that was prepared on the side is held to the same rules, commit by commit."""
    bead, other = hq.desk.bead("one"), hq.desk.bead("two")
    hq.git("switch", "--quiet", "-c", "side")
    hq.edit_bead(bead, status="in_progress", assignee="human")
    hq.commit("claim")
    hq.edit_bead(bead, status="closed")
    hq.commit("close")
    hq.back()
    hq.git("merge", "--quiet", "side")
    assert hq.desk.shown(bead)["status"] == "closed"
    hq.git("switch", "--quiet", "-c", "bad")
    hq.edit_bead(other, status="hooked")
    hq.commit("hook it")
    hq.back()
    assert f"{other} would be hooked, but it is on no hook" in hq.refused("merge", "bad")
    hq.drop()


def test_a_merge(hq: Guarded, broken_town: None) -> None:
    """A true merge is judged against the ledger's side; everything reads as one line afterwards."""
    bead, other = hq.desk.bead("one"), hq.desk.bead("two")
    hq.git("switch", "--quiet", "-c", "side")
    hq.edit_bead(bead, title="from the side")
    hq.commit("on the side")
    hq.back()
    hq.desk.bd("update", other, "-p", "0")
    hq.git("merge", "--quiet", "--no-edit", "side")
    hq.desk.bd("close", other)
    assert hq.desk.shown(bead)["title"] == "from the side"
    assert subjects(hq.town)[-2].startswith("adopt ")
    assert git(hq.folder, "status", "--porcelain") == ""
    hq.git("switch", "--quiet", "side")
    hq.git("merge", "--quiet", "--no-edit", "--no-ff", "town")
    hq.back()
    assert "git merge --no-ff BRANCH" in hq.refused("merge", "side")  # the wrong way round
    hq.drop()


def test_cherry_pick(hq: Guarded) -> None:
    """A pick of an operation is a person's commit, for all its copied trailers."""
    bead = hq.desk.bead()
    hq.desk.bd("update", bead, "-p", "0")
    picked = hq.tip
    hq.desk.bd("update", bead, "-p", "3")
    hq.git("revert", "--no-edit", "HEAD")
    hq.git("revert", "--no-edit", picked, env={"GIT_COMMITTER_DATE": "2031-01-01T00:00:00Z"})
    hq.git("cherry-pick", picked, env={"GIT_COMMITTER_DATE": "2031-01-01T00:00:00Z"})
    assert hq.desk.shown(bead)["priority"] == 0
    assert ("Cause", hq.tip) in hq.adopted()


def test_pull(hq: Guarded, tmp_path: Path) -> None:
    """Commits that come from a clone are judged as if they had been made here."""
    bead, other = hq.desk.bead("one"), hq.desk.bead("two")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "-b", "town", str(hq.town.layout.town_git), str(clone))
    path = clone / hq.bead_path(bead)
    path.write_text(path.read_text().replace("one", "elsewhere"))
    git(clone, "commit", "--quiet", "-am", "elsewhere")
    hq.git("pull", "--quiet", "--ff-only", str(clone), "town")
    assert hq.desk.shown(bead)["title"] == "elsewhere"
    path = clone / hq.bead_path(other)
    path.write_text(path.read_text().replace('"open"', '"hooked"'))
    git(clone, "commit", "--quiet", "-am", "bad")
    assert "it is on no hook" in hq.refused("pull", "--ff-only", str(clone), "town")
    hq.drop()


def test_push(hq: Guarded, tmp_path: Path) -> None:
    """A push into the ledger's repository is refused by git, and else held to the rules."""
    bead = hq.desk.bead("one")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "-b", "town", str(hq.town.layout.town_git), str(clone))
    path = clone / hq.bead_path(bead)
    path.write_text(path.read_text().replace('"open"', '"hooked"'))
    git(clone, "commit", "--quiet", "-am", "bad")
    before = hq.tip
    assert "refusing to update checked out" in hq.git("push", status=1, at=clone).err
    hq.git("config", "receive.denyCurrentBranch", "ignore")
    said = hq.git("push", status=None, at=clone)
    assert said.status != 0
    assert "it is on no hook" in said.err
    assert hq.tip == before
    path.write_text(path.read_text().replace('"hooked"', '"deferred"'))
    git(clone, "commit", "--quiet", "-am", "good")
    git(clone, "reset", "--quiet", "--soft", "origin/town")
    git(clone, "commit", "--quiet", "-m", "good")
    hq.git("push", at=clone)
    assert hq.desk.shown(bead)["status"] == "deferred"


def test_other_branches_are_free(hq: Guarded) -> None:
    """Only the ledger's branch is guarded: the mayor's and a person's own are theirs."""
    bead = hq.desk.bead()
    mayor = hq.desk.root / "mayor"
    (mayor / "plan.md").write_text("plan\n")
    hq.git("add", "-A", at=mayor)
    hq.git("commit", "--quiet", "-m", "plan", at=mayor)
    hq.git("commit", "--quiet", "--amend", "-m", "better", at=mayor)
    hq.git("switch", "--quiet", "-c", "scratch")
    hq.edit_bead(bead, status="hooked")
    hq.commit("only here")
    hq.back()
    hq.git("branch", "-D", "scratch")
    assert hq.events() == []
