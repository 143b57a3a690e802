"""Numbers and reports: count, stats, stale, epics, lint, orphans; prime and onboard."""

from __future__ import annotations

from pathlib import Path

from tests.bd_reading.beads import put
from tests.support.desk import Desk
from tests.support.people import commit_all, write
from tests.support.soundness import history

OLD = "2020-01-01T00:00:00Z"


def test_counts(desk: Desk) -> None:
    """In all, or by status, priority, type, assignee or label; deleted beads do not count."""
    put(
        desk.town, a={"labels": ["x", "y"], "assignee": "ada"}, b={"labels": ["x"], "priority": 0},
        c={"status": "closed"}, d={"status": "tombstone"},
    )  # fmt: skip
    assert desk.bd("count").out == "3\n"
    assert desk.bd("count", "-s", "open", "--json").json == {"count": 2}
    by = {
        name: {group["group"]: group["count"] for group in told["groups"]}
        for name in ("status", "priority", "type", "assignee", "label")
        for told in [desk.bd("count", "--by", name, "--json").json]
    }
    assert by["status"] == {"open": 2, "closed": 1}
    assert by["priority"] == {"P0": 1, "P2": 2}
    assert by["assignee"] == {"ada": 1, "(unassigned)": 2}
    assert by["label"] == {"x": 2, "y": 1, "(no labels)": 1}
    assert desk.bd("count", "--by-type").out == "Total: 3\n  task: 3\n"


def test_stats(desk: Desk) -> None:
    """The numbers agree with the commands that list what they count."""
    put(
        desk.town, a={}, b={"deps": ("blocks:a",)}, c={"status": "closed", "closed_at": OLD},
        later={"defer_until": "2999-01-01T00:00:00Z"}, gone={"status": "tombstone"},
        epic={"issue_type": "epic"}, kid={"status": "closed", "deps": ("parent-child:epic",)},
    )  # fmt: skip
    told = desk.bd("stats", "--json").json["summary"]
    assert told["ready_issues"] == len(desk.bd("ready", "--json").json) == 2
    assert told["blocked_issues"] == len(desk.bd("blocked", "--json").json) == 1
    assert (told["total_issues"], told["closed_issues"], told["tombstone_issues"]) == (6, 2, 1)
    assert told["epics_eligible_for_closure"] == 1
    assert desk.bd("status", "--json").json["summary"] == told
    assert "6 beads: 2 ready, 1 blocked" in desk.bd("stats").out


def test_stale(desk: Desk) -> None:
    """What nobody has changed for long, the most forgotten first."""
    put(desk.town, old={"updated_at": OLD}, older={"updated_at": "2019-01-01T00:00:00Z"},
        done={"updated_at": OLD, "status": "closed"})  # fmt: skip
    desk.bead("new")
    assert [b["id"] for b in desk.bd("stale", "--json").json] == ["mp-older", "mp-old"]
    assert [b["id"] for b in desk.bd("stale", "-s", "closed", "--json").json] == ["mp-done"]
    assert desk.bd("stale", "-d", "36500", "--json").json == []
    assert "mp-older" in desk.bd("stale").out


def test_epics(desk: Desk) -> None:
    """Finished epics are closed in one commit, those that become finished by it, too."""
    put(
        desk.town, top={"issue_type": "epic"}, empty={"issue_type": "epic"},
        sub={"issue_type": "epic", "deps": ("parent-child:top",)},
        done={"status": "closed", "deps": ("parent-child:sub",)},
        gone={"status": "tombstone", "deps": ("parent-child:sub",)},
    )  # fmt: skip
    told = {e["epic"]["id"]: e for e in desk.bd("epic", "status", "--json").json}
    assert [told["mp-sub"][key] for key in ("total_children", "closed_children")] == [1, 1]
    assert told["mp-sub"]["eligible_for_close"]
    assert not told["mp-top"]["eligible_for_close"]
    assert not told["mp-empty"]["eligible_for_close"]
    dry = desk.bd("epic", "close-eligible", "--dry-run", "--json").json
    assert [epic["epic"]["id"] for epic in dry] == ["mp-sub", "mp-top"]
    commits = len(history(desk.town))
    closed = desk.bd("epic", "close-eligible", "--json").json
    assert closed == {"closed": ["mp-sub", "mp-top"], "count": 2}
    assert len(history(desk.town)) == commits + 1
    assert desk.bd("epic", "close-eligible", "--json").json == {"closed": [], "count": 0}
    assert len(history(desk.town)) == commits + 1


def test_lint(desk: Desk) -> None:
    """Missing sections and what does not fit together are told, with status 1."""
    whole = {"description": "Steps to reproduce: x", "acceptance_criteria": "y"}
    put(
        desk.town, good={"issue_type": "bug", **whole}, chore={"issue_type": "chore"},
        bare={"issue_type": "bug"}, heads={"description": "## Acceptance Criteria\nx"},
        loose={**whole, "deps": ("blocks:nope", "blocks:external:x:y", "blocks:gone")},
        gone={"status": "tombstone"}, closed={"status": "closed", **whole},
        kid={"deps": ("parent-child:closed",), **whole}, TWIN={**whole}, twin={**whole},
        x={"deps": ("blocks:y",), **whole}, y={"deps": ("blocks:x",), **whole},
    )  # fmt: skip
    told = desk.bd("lint", "--json", status=1).json
    found = {one["id"][3:]: one for one in told["results"]}
    assert set(found) == {"bare", "loose", "kid", "TWIN", "twin", "x", "y"}
    assert found["bare"]["missing"] == ["Description", "Steps to Reproduce", "Acceptance Criteria"]
    assert found["loose"]["problems"] == [
        "depends on mp-gone, which is deleted", "depends on mp-nope, which is not in this town",
    ]  # fmt: skip
    assert "is closed" in found["kid"]["problems"][0]
    assert "mp-twin" in found["TWIN"]["problems"][0]
    assert "mp-x → mp-y → mp-x" in found["y"]["problems"][0]
    assert told["total"] == sum(one["warnings"] for one in told["results"])
    assert "nothing is missing" in desk.bd("lint", "mp-good").out
    desk.bd("lint", "-t", "bug", status=1)


def test_orphans(desk: Desk, project: Path) -> None:
    """Open beads that the target's commits name, by the newest one; closed ones are no orphans."""
    put(desk.town, named={}, trailer={}, done={"status": "closed"}, other={})
    for number, said in enumerate(("fix mp-named.", "x\n\nBead: mp-trailer", "mp-done, mp-nam")):
        write(project, {f"f{number}": "x"})
        commit_all(project, said)
    desk.gt("rig", "refresh", "mp", status=None)
    desk.run("git", "--git-dir", "mp/repo.git", "fetch", "-q", "origin", "+main:main")
    told = {one["issue_id"]: one for one in desk.bd("orphans", "--json").json}
    assert set(told) == {"mp-named", "mp-trailer"}
    assert told["mp-named"]["latest_commit_message"] == "fix mp-named."
    assert "fix mp-named." in desk.bd("orphans", "--details").out


def test_prime_is_short(desk: Desk) -> None:
    """At most 6,000 bytes with whatever is ready, and no control characters."""
    put(desk.town, **{f"n{number}": {"title": "日本\x1b " * 60} for number in range(20)})
    for words in ((), ("--full",), ("--mcp",), ("--stealth",), ("--full", "--stealth")):
        told = desk.bd("prime", *words).out
        assert 100 < len(told.encode()) <= 6000
        assert "\x1b" not in told
        assert "bd ready" in told
        assert ("git status" in told) == (not {"--mcp", "--stealth"}.intersection(words))


def test_prime_knows_who_asks(desk: Desk) -> None:
    """In a worktree: what is one's own, and what is ready in its rig."""
    bead, tree = desk.sling("My work")
    told = desk.bd("prime", at=tree).out
    assert f"- {bead} (P2) My work" in told
    assert "Nothing is ready in mp" in told


def test_prime_can_be_replaced(desk: Desk) -> None:
    """.beads/PRIME.md of hq, and before it that of the worktree, takes the place of the text."""
    _, tree = desk.sling()
    write(desk.root / "hq", {".beads/PRIME.md": "of the town\n" + "x" * 9000})
    told = desk.bd("prime", at=tree).out
    assert told.startswith("of the town\n")
    assert len(told.encode()) <= 6000
    assert "PRIME.md holds the rest" in told
    write(tree, {".beads/PRIME.md": "of the \x1bproject\n", "sub/x": ""})
    assert desk.bd("prime", at=tree / "sub").out == "of the \\x1bproject\n"
    assert "Beads" in desk.bd("prime", "--export", at=tree).out
    desk.bd("prime", "--full", "--mcp", status=2)
    (desk.root / "hq/.beads/PRIME.md").unlink()


def test_onboard(desk: Desk) -> None:
    """The text for AGENTS.md names the commands to begin with."""
    assert "bd prime" in desk.bd("onboard").out
    assert "bd ready" in desk.bd("onboard", "--json").json["text"]
