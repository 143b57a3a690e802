"""`git revert` in hq undoes operations, and nothing automatic does them again."""

from __future__ import annotations

import pytest

from gastown.store.evidence import already_applied
from gastown.store.layout import hook_path
from tests.hq.guarded import Guarded
from tests.support.soundness import message, trailers


def revert(hq: Guarded, commit: str = "HEAD") -> None:
    """Take an operation back."""
    hq.git("revert", "--no-edit", commit)


def test_a_sling(hq: Guarded) -> None:
    """The bead is open again, its hook's record is gone, and it can be slung anew."""
    bead, _ = hq.desk.sling()
    slung = hq.tip
    revert(hq)
    assert hq.desk.shown(bead)["status"] == "open"
    assert hq.desk.hook("mp/toast") is None
    assert f"This reverts commit {slung}" in message(hq.town)
    told = hq.adopted()
    assert ("Move", f"bead {bead} hooked -> open") in told
    assert ("Move", "hook mp/toast active -> gone") in told
    assert "Illegal" not in dict(told)


def test_a_revert_of_a_revert(hq: Guarded) -> None:
    """What was taken back may be brought back, hook record and all."""
    bead, _ = hq.desk.sling()
    revert(hq)
    revert(hq)
    assert hq.desk.shown(bead)["status"] == "hooked"
    assert hq.desk.hook("mp/toast").bead == bead


def test_a_close(hq: Guarded) -> None:
    """The closed bead is on its hook again: one commit changed all three records."""
    bead, tree = hq.desk.sling()
    hq.desk.bd("close", bead)
    revert(hq)
    assert hq.desk.shown(bead)["status"] == "hooked"
    assert hq.desk.hook("mp/toast").bead == bead
    assert tree.is_dir()


@pytest.mark.parametrize("way", ["revert", "undo"])
def test_a_creation(hq: Guarded, way: str) -> None:
    """A record may vanish as it came; by hand, too, when the commit names what it undoes."""
    bead = hq.desk.bead()
    made = dict(trailers(hq.town))["Op"]
    if way == "revert":
        revert(hq)
    else:
        hq.git("rm", "--quiet", hq.bead_path(bead))
        assert "never deleted" in hq.refused("commit", "-m", "x\n\nUndo: nothing")
        hq.git("commit", "--quiet", "-m", f"it was a mistake\n\nUndo: {made}")
    hq.desk.bd("show", bead, status=3)


def test_two_at_once(hq: Guarded) -> None:
    """`git revert A B` makes two commits; neither has to wait for a gt command."""
    bead = hq.desk.bead()
    hq.desk.bd("update", bead, "-p", "0")
    hq.desk.bd("close", bead)
    hq.git("revert", "--no-edit", "HEAD", "HEAD~1")
    assert (hq.desk.shown(bead)["status"], hq.desk.shown(bead)["priority"]) == ("open", 2)


def test_documents_and_rigs(hq: Guarded) -> None:
    """What is on no hook is reverted as well: a setting, a mailbox, a rig's record."""
    hq.desk.gt("config", "set", "town.name", "other")
    revert(hq)
    assert hq.desk.gt("status", "--json").data["name"] == "gt"
    hq.desk.gt("crew", "add", "ada", "--rig", "mp")
    revert(hq)
    assert hq.desk.hook("mp/ada") is None


def test_a_revert_that_would_tear_the_town_apart(hq: Guarded) -> None:
    """The creation of a bead cannot be reverted while the bead is on a hook."""
    bead, _ = hq.desk.sling()
    path = hq.bead_path(bead)
    hq.git("revert", "--no-edit", "HEAD~1", status=1)  # it was changed since: a conflict
    hq.git("rm", "--quiet", path)
    said = hq.refused("-c", "core.editor=true", "revert", "--continue")
    assert f"{hook_path('mp/toast')}: the hook mp/toast would hold {bead}, which is not" in said
    hq.git("revert", "--abort")


def test_a_false_revert(hq: Guarded) -> None:
    """The words alone open nothing: each file has to be as it was before the named commit."""
    bead = hq.desk.bead()
    hq.desk.bd("close", bead)
    hq.edit_bead(bead, status="hooked", assignee="mp/toast")
    hq.git("add", "-A")
    said = hq.refused("commit", "-m", f"Revert\n\nThis reverts commit {hq.tip}.")
    assert "cannot go from closed to hooked" in said
    hq.drop()
    hq.git("checkout", "--quiet", "--detach")
    for status in ("hooked", "open"):
        hq.edit_bead(bead, status=status)
        hq.commit("elsewhere")
    elsewhere = hq.git("rev-parse", "HEAD").out.strip()
    hq.back()
    hq.edit_bead(bead, status="hooked")
    hq.git("add", "-A")
    said = hq.refused("commit", "-m", f"Revert\n\nThis reverts commit {elsewhere}.")
    assert "cannot go from closed to hooked" in said
    hq.drop()


def test_evidence_outlives_the_undo(hq: Guarded) -> None:
    """An automatic move that a person took back was applied: it is not made again."""
    bead = hq.desk.bead()
    path = hq.bead_path(bead)
    evidence, other = "a" * 40, "b" * 40
    town = hq.town
    assert not already_applied(town, evidence, path)
    with town.transaction("seen", actor="monitor", cause=evidence) as tx:
        tx.put(tx.bead(bead).with_(status="in_progress", assignee="human"))
    assert already_applied(town, evidence, path)
    assert not already_applied(town, evidence, "beads/mp/00/mp-other.json")
    revert(hq)
    assert hq.desk.shown(bead)["status"] == "open"
    assert already_applied(town, evidence, path)
    hq.adopted()
    assert already_applied(town, evidence, path)
    with town.transaction(f"Cause: {other}", actor="human", cause=f"of Cause: {other}") as tx:
        tx.put(tx.bead(bead).with_(priority=0))
    for almost in (other, evidence[:12], "", "Cause: x", f"{evidence}\nCause: {other}", "a.*"):
        assert not already_applied(town, almost, path)


def test_evidence_below_a_merge(hq: Guarded, broken_town: None) -> None:
    """A person's merge hides no operation from the search, even where it took the other side."""
    bead = hq.desk.bead()
    path = hq.bead_path(bead)
    hq.git("branch", "side")
    evidence = "main:" + "c" * 40
    with hq.town.transaction("seen", actor="monitor", cause=evidence) as tx:
        tx.put(tx.bead(bead).with_(priority=0))
    hq.git("switch", "--quiet", "side")
    (hq.folder / "note.txt").write_text("n\n")
    hq.commit("a note")
    hq.back()
    hq.git("merge", "--quiet", "--no-commit", "--no-ff", "side")
    hq.edit_bead(bead, priority=2)
    hq.commit("merged, and taken back")
    assert already_applied(hq.town, evidence, path)
