"""What a person committed is told by one operation, whether or not it was legal."""

from __future__ import annotations

import shutil

import pytest

from gastown.domain.hook import HookState
from gastown.ids import ulid, ulid_ms
from gastown.store.adoption import adopt_now, illegal_adoptions
from gastown.store.codec import encode
from gastown.store.foreign import foreign
from gastown.store.objects import Objects
from gastown.store.town import Town
from tests.hq.guarded import Guarded
from tests.support.people import commit_all, git
from tests.support.soundness import history, message, status, subjects, trailers
from tests.support.towns import a_bead, a_hook, a_mail, a_rig, put

OFF = ("-c", "core.hooksPath=/dev/null")


def unadopted(town: Town) -> bool:
    """Whether the ledger's tip is a commit that no operation made."""
    with Objects(town.ledger) as objects:
        return foreign(objects, town.commit()) is not None


def test_one_operation_for_several_commits(hq: Guarded) -> None:
    """It names the last commit, every move since the last operation, and who made what."""
    bead, other = hq.desk.bead("one"), hq.desk.bead("two")
    hq.edit_bead(bead, status="in_progress", assignee="human")
    hq.commit("claim it")
    hq.edit_bead(bead, status="closed")
    hq.edit_bead(other, title="three")
    hq.git("add", "-A")
    hq.git("commit", "--quiet", "-m", "close it", "--author", "Bob \x1b[31m <bob@example.org>")
    theirs = hq.tip
    assert unadopted(hq.town)
    assert adopt_now(hq.town) == f"adopt {theirs[:12]}: close it"
    assert not unadopted(hq.town)
    assert adopt_now(hq.town) is None
    assert status(hq.town) == ""
    assert hq.tip == hq.town.hq.synced()
    told = trailers(hq.town)
    assert told[1:] == [
        ("Actor", "human"), ("Move", f"bead {bead} open -> closed"), ("Cause", theirs)
    ]  # fmt: skip
    assert "by Bob [31m <bob@example.org>: close it" in message(hq.town)
    assert git(hq.folder, "diff", "HEAD~1", "--stat") == ""
    assert hq.events() == ["reference-transaction"] * 2  # our own commit tells nothing


def test_a_single_commit_of_the_owner(hq: Guarded) -> None:
    """The subject says it all then, and the next operation follows it at once."""
    bead = hq.desk.bead()
    hq.edit_bead(bead, priority=0)
    hq.commit("urgent")
    theirs = hq.tip
    told = hq.adopted()
    assert [key for key, _ in told] == ["Op", "Actor", "Cause"]
    assert subjects(hq.town)[-2] == f"adopt {theirs[:12]}: urgent"
    assert len(message(hq.town, history(hq.town)[-2]).splitlines()) == 5
    log = hq.desk.gt("log").out
    assert f"human: adopt {theirs[:12]}: urgent" in log
    assert "Ada Person with git: urgent" in log
    assert "Ada Person with git: urgent" in hq.desk.gt("log", bead).out


def test_what_got_past_the_guard(hq: Guarded, broken_town: None) -> None:
    """With git hooks off anything gets in; it is adopted, and says what is wrong with it."""
    bead, _ = hq.desk.sling()
    since = hq.tip
    broken = hq.desk.bead("broken")
    hq.edit_bead(bead, status="closed")
    (hq.folder / hq.bead_path(broken)).write_text("{")
    (hq.folder / "town.toml").write_text("schema = [\n")
    hq.git("add", "-A")
    hq.git(*OFF, "commit", "--quiet", "-m", "by force")
    theirs = hq.tip
    assert adopt_now(hq.town) == f"adopt {theirs[:12]}: by force"
    told = trailers(hq.town)
    assert ("Move", f"bead {bead} hooked -> closed") in told
    assert ("Move", f"bead {broken} open -> unreadable") in told
    why = [value for key, value in told if key == "Illegal"]
    assert len(why) == 3
    [(commit, reasons)] = illegal_adoptions(hq.town, since)
    assert (commit, list(reasons)) == (theirs, why)
    assert illegal_adoptions(hq.town, hq.tip) == []
    hq.git("revert", "--no-edit", theirs)  # what the monitor advises is legal
    assert "Illegal" not in dict(hq.adopted())
    assert hq.desk.shown(bead)["status"] == "hooked"


def test_many_troubles_are_counted(bare_town: Town) -> None:
    """Ten lines at most; the last says how many more there are."""
    put(bare_town, *[a_bead(f"mp-{n}") for n in range(14)])
    shutil.rmtree(bare_town.layout.hq / "beads")
    commit_all(bare_town.layout.hq, "all gone")
    adopt_now(bare_town)
    told = trailers(bare_town)
    why = [value for key, value in told if key == "Illegal"]
    assert len(why) == 10
    assert why[-1] == "and 5 more"
    assert len([value for key, value in told if key == "Move"]) == 14


def test_moves_of_every_kind(bare_town: Town) -> None:
    """Created, deleted, mended and begun anew records read as operations tell them."""
    put(bare_town, a_bead(), a_hook(), a_rig())
    put(bare_town, a_hook(state=HookState.ARCHIVED))
    hq = bare_town.layout.hq
    (hq / "rigs" / "mp.json").unlink()
    file = hq / "hooks" / "mp" / "toast.json"
    text = file.read_text()
    file.write_text(text.replace('"archived"', '"created"').replace('tion": 1', 'tion": 2'))
    (hq / "mail" / "human").mkdir(parents=True)
    (hq / "mail" / "human" / "m-9.json").write_bytes(encode(a_mail("m-9", to="human")))
    (hq / "hooks" / "mp" / "nux.json").write_text("{")
    commit_all(hq, "a lot")
    adopt_now(bare_town)
    assert [value for key, value in trailers(bare_town) if key == "Move"] == [
        "hook mp/nux none -> unreadable", "hook mp/toast none -> created",
        "mail m-9 none -> unread", "rig mp present -> gone",
    ]  # fmt: skip


def test_a_forged_trailer_is_no_operation(bare_town: Town) -> None:
    """`Op:` alone proves nothing: it may be copied, or made up."""
    put(bare_town, a_bead())
    copied = message(bare_town)
    for text in (copied, "x\n\nOp: 1", f"x\n\nOp: {ulid(1, bytes(10))}"):
        (bare_town.layout.hq / "note.txt").write_text(text)
        commit_all(bare_town.layout.hq, text)
        assert unadopted(bare_town)
        adopt_now(bare_town)
    assert sum(subject.startswith("adopt ") for subject in subjects(bare_town)) == 3


def test_a_quick_cherry_pick_is_no_operation(bare_town: Town) -> None:
    """It has the trailers of the operation and nearly its time, but another committer's line."""
    put(bare_town, a_bead())
    put(bare_town, a_bead(status="closed"))
    picked = bare_town.commit()
    git(bare_town.layout.hq, "revert", "--no-edit", "HEAD")
    adopt_now(bare_town)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_COMMITTER_DATE", "2026-01-05T10:00:03Z")
        git(bare_town.layout.hq, "cherry-pick", picked)
    assert unadopted(bare_town)
    adopt_now(bare_town)
    assert ("Move", "bead mp-abc open -> closed") in trailers(bare_town)


def test_names_of_operations_tell_their_time() -> None:
    """The time goes in and comes out; what is no such name has none."""
    assert ulid_ms(ulid(1_767_607_200_123, bytes(10))) == 1_767_607_200_123
    for text in ("", "1", "I" * 26, "0" * 25, "é" * 26):
        assert ulid_ms(text) is None
