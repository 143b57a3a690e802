"""Questions about the town: what is ready, what holds a bead back, what cannot be read."""

from __future__ import annotations

from datetime import datetime

import pytest

from gastown.domain.bead import BeadState
from gastown.domain.convoy import ConvoyState
from gastown.domain.hook import HookState
from gastown.domain.mail import MailState
from gastown.errors import NotFound, Unreadable
from gastown.store.layout import record_path
from gastown.store.reader import Reader
from gastown.store.town import Town
from tests.support.people import commit_all
from tests.support.towns import a_bead, a_convoy, a_hook, a_mail, a_merge, a_rig, put


def needs(*targets: str, kind: str = "blocks") -> list[dict[str, str]]:
    """Dependencies on other beads, as upstream writes them."""
    return [{"issue_id": "x", "depends_on_id": target, "type": kind} for target in targets]


def ids(beads: list) -> list[str]:
    """The ids of beads, without their prefix."""
    return [bead.id.removeprefix("mp-") for bead in beads]


def test_what_is_ready(bare_town: Town) -> None:
    """Open beads without open blockers, most urgent first, then newest; held ones are left out."""
    later = "2099-01-01T00:00:00Z"
    put(
        bare_town,
        a_bead("mp-low", priority=3),
        a_bead("mp-old", priority=1, created_at="2026-01-01T00:00:00Z"),
        a_bead("mp-new", priority=1, created_at="2026-01-02T00:00:00+01:00"),
        a_bead("mp-blocked", dependencies=needs("mp-low")),
        a_bead("mp-freed", priority=4, dependencies=needs("mp-done", "mp-unknown")),
        a_bead("mp-related", priority=4, dependencies=needs("mp-low", kind="related")),
        a_bead("mp-done", status="closed"),
        a_bead("mp-deferred", defer_until=later),
        a_bead("mp-pinned", pinned=True),
        a_bead("mp-wisp", ephemeral=True),
        a_bead("mp-event", issue_type="event"),
        a_bead("mp-busy", status="in_progress"),
        a_bead("mp-stuck", status="blocked"),
    )
    now = datetime.fromisoformat("2026-06-01T00:00:00Z").timestamp()
    read = bare_town.read()
    assert ids(read.ready(now)) == ["new", "old", "low", "freed", "related"]
    assert "busy" in ids(read.ready(now, in_progress=True))
    assert ids(read.ready(now, limit=1)) == ["new"]
    assert read.ready(now, rig="other") == []
    then = datetime.fromisoformat(later).timestamp()
    assert "deferred" in ids(read.ready(then))


def test_children_wait_for_what_their_parents_wait_for(bare_town: Town) -> None:
    """A blocked parent holds its children and their children back; a cycle ends nowhere."""
    put(
        bare_town,
        a_bead("mp-blocker"),
        a_bead("mp-epic", dependencies=needs("mp-blocker")),
        a_bead("mp-child", dependencies=needs("mp-epic", kind="parent-child")),
        a_bead("mp-leaf", dependencies=needs("mp-child", kind="parent-child")),
        a_bead("mp-one", dependencies=needs("mp-two", kind="parent-child")),
        a_bead("mp-two", dependencies=needs("mp-one", kind="parent-child")),
    )
    read = bare_town.read()
    assert set(ids(read.ready(0))) == {"blocker", "one", "two"}
    assert read.open_blockers(read.bead("mp-leaf")) == ("mp-blocker",)
    assert read.open_blockers(read.bead("mp-one")) == ()
    assert read.dependents("mp-epic") == [("mp-child", "parent-child")]
    put(bare_town, a_bead("mp-blocker", status="closed"))
    assert "leaf" in ids(bare_town.read().ready(0))


def test_lists_and_counts(bare_town: Town) -> None:
    """Lists answer by rig, status, assignee, id; counts agree with them."""
    put(
        bare_town,
        a_bead("mp-a", assignee="mp/toast", status="in_progress"), a_bead("mp-b"),
        a_bead("ot-c", "ot", status="closed"),
        a_hook("mp/toast"), a_hook("ot/x"), a_hook("mayor"),
        a_convoy("cv-1", created_at="2026-01-01"), a_convoy("cv-2", created_at="2026-01-02"),
        a_merge("mr-2", created_at="2026-01-02"), a_merge("mr-1", created_at="2026-01-01"),
        a_mail("m-2", sent_at="2026-01-02"), a_mail("m-1"), a_mail("m-3", to="human"),
        a_rig("mp"), a_rig("ot"),
    )  # fmt: skip
    read = bare_town.read()
    assert ids(read.beads(rig="mp")) == ["a", "b"]
    assert ids(read.beads(assignee="mp/toast")) == ["a"]
    assert ids(read.beads(statuses=("closed",))) == ["ot-c"]
    assert ids(read.beads(identifiers=["mp-b", "mp-x"])) == ["b"]
    assert read.beads(identifiers=[]) == []
    assert (read.count_beads(), read.count_beads("ot")) == (3, 1)
    assert read.status_counts() == {"open": 1, "in_progress": 1, "closed": 1}
    assert read.status_counts("ot") == {"closed": 1}
    assert read.statuses(["mp-a", "nope"]) == {"mp-a": "in_progress"}
    assert [hook.id for hook in read.hooks(rig="mp")] == ["mp/toast"]
    assert [convoy.id for convoy in read.convoys(ConvoyState.OPEN)] == ["cv-2", "cv-1"]
    assert read.convoys(ConvoyState.LANDED) == []
    assert [merge.id for merge in read.merges(rig="mp")] == ["mr-1", "mr-2"]
    assert read.merges(states=("failed",)) == []
    assert [mail.id for mail in read.mail("mp/toast")] == ["m-2", "m-1"]
    assert len(read.mail()) == 3
    assert read.mail("human")[0].state is MailState.UNREAD
    assert [rig.id for rig in read.rigs()] == ["mp", "ot"]


def test_archived_hooks_are_not_live(bare_town: Town) -> None:
    """A hook that is archived is listed only where all are asked for."""
    put(bare_town, a_hook())
    put(bare_town, a_hook(state=HookState.ARCHIVED))
    read = bare_town.read()
    assert read.hooks() == []
    assert [hook.id for hook in read.hooks(live=False)] == ["mp/toast"]
    assert read.hook("mp/toast") is not None
    assert read.hook("mp/none") is None


def test_ids_are_taken_whatever_their_case(bare_town: Town) -> None:
    """Some file systems fold case: an id that differs by case only is taken."""
    put(bare_town, a_bead("mp-Abc"))
    read = bare_town.read()
    assert read.has_bead("MP-aBC")
    assert not read.has_bead("mp-abd")
    with pytest.raises(NotFound, match="no bead 'mp-abc'") as missing:
        read.bead("mp-abc")
    assert "bd create" in str(missing.value.hint)


def test_missing_rigs_name_those_there_are(bare_town: Town) -> None:
    """The hint of the error lists the rigs, or says how to add one."""
    with pytest.raises(NotFound) as missing:
        bare_town.read().rig("x")
    assert "gt rig add" in str(missing.value.hint)
    put(bare_town, a_rig("mp"))
    with pytest.raises(NotFound) as missing:
        bare_town.read().rig("x")
    assert missing.value.hint == "rigs here: mp"


@pytest.mark.parametrize("content", [b"", b"{", b'{"id": "mp-abc", "title": 5}', b"\xff\0"])
def test_one_unreadable_record_harms_no_other(bare_town: Town, content: bytes) -> None:
    """A broken file that a person committed is named with file and commit; all else is answered."""
    put(bare_town, a_bead(), a_bead("mp-b"))
    (bare_town.layout.hq / record_path(a_bead())).write_bytes(content)
    commit = commit_all(bare_town.layout.hq, "broken")
    read: Reader = bare_town.read()
    assert ids(read.beads()) == ["b"]
    with pytest.raises(Unreadable, match=f"{record_path(a_bead())} at commit {commit[:12]}"):
        read.bead("mp-abc")
    with pytest.raises(NotFound):
        read.bead("mp-none")
    with pytest.raises(Unreadable, match="is unreadable"):
        with bare_town.transaction("close", actor="human") as tx:
            tx.bead("mp-abc")
    put(bare_town, a_bead("mp-b", status="closed"))
    with bare_town.transaction("mend", actor="human") as tx:
        tx.restore_text(record_path(a_bead()), b'{"id": "mp-abc", "title": "mended"}\n')
    assert bare_town.read().bead("mp-abc").state is BeadState.OPEN


def test_a_damaged_ref_is_said_so(bare_town: Town) -> None:
    """An empty ref is an error that tells where its last good value is, never an empty town."""
    put(bare_town, a_bead())
    (bare_town.layout.town_git / "refs/heads/town").write_bytes(b"\0" * 41)
    with pytest.raises(Unreadable, match="is damaged") as damaged:
        bare_town.read()
    log = bare_town.layout.town_git / "logs/refs/heads/town"
    assert ".gt/town.git/logs/refs/heads/town" in str(damaged.value.hint)
    assert log.read_text().splitlines()[-1].split()[1]
