"""Two towns' ledgers become one tree: from both sides the same, and nothing is lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gastown.domain.comment import Comment
from gastown.domain.convoy import Convoy
from gastown.domain.mail import Mail
from gastown.store.merge_ledgers import merge_ledgers
from tests.interchange.ledgers import START, Ledgers, bead, contents, files_of, hook, read

LATE = "2026-02-01T00:00:00Z"
LATER = "2026-03-01T00:00:00Z"


@pytest.fixture
def ledgers(tmp_path: Path) -> Ledgers:
    """A repository for ledgers."""
    return Ledgers(tmp_path / "ledgers.git")


def convoy(*beads: str, **more: Any) -> Convoy:
    """A convoy of beads."""
    data = {"id": "cv-1", "state": "open", "title": "c", "beads": list(beads), "owner": "human",
            "created_at": START, "updated_at": START}  # fmt: skip
    return Convoy.from_json({**data, **more})


def remark(text: str, on: str = "mp-a") -> Comment:
    """A comment."""
    return Comment({"issue_id": on, "author": "ada", "text": text, "created_at": START})


@st.composite
def towns(draw: st.DrawFn) -> dict[str, bytes]:
    """What somebody made of a town of three beads, two hooks and a convoy."""
    records: list[Any] = []
    for name in ("a", "b", "c", draw(st.sampled_from(["d", "e"]))):
        if draw(st.integers(0, 9)) == 0:
            continue
        changes: dict[str, Any] = draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "title": st.sampled_from("uv"), "priority": st.integers(0, 4),
                    "status": st.sampled_from(["open", "closed", "deferred", "tombstone"]),
                    "labels": st.lists(st.sampled_from("xyz"), unique=True),
                    "odd": st.integers(0, 2),
                    "created_by": st.sampled_from(["ada", "bob"] if name in "de" else ["ada"]),
                },
            )
        )  # fmt: skip
        if changes:
            changes["updated_at"] = draw(st.sampled_from([LATE, LATER]))
        records.append(bead(f"mp-{name}", **changes))
    known = {one.id: one for one in records}
    held = draw(st.lists(st.sampled_from(sorted(known) or ["none"]), max_size=2, unique=True))
    for agent, name in zip(("toast", "nux"), held, strict=False):
        if name in known and known[name].is_live:
            records.append(hook(agent, state="active", bead=name,
                                updated_at=draw(st.sampled_from([LATE, LATER]))))  # fmt: skip
            records.remove(known[name])
            records.append(known[name].with_(status="hooked", assignee=f"mp/{agent}"))
    records.append(convoy(*draw(st.lists(st.sampled_from(["mp-a", "mp-b"]), unique=True))))
    records += [remark(text) for text in draw(st.sets(st.sampled_from(["one", "two", "three"])))]
    files = files_of(*records)
    files["directives/mayor.md"] = draw(st.sampled_from([b"a\n", b"b\n", b"c\n"]))
    return files


BASE = {
    **files_of(bead("mp-a"), bead("mp-b"), bead("mp-c"), convoy("mp-a"), remark("one")),
    "directives/mayor.md": b"a\n",
}


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(one=towns(), other=towns())
def test_any_two_towns(ledgers: Ledgers, one: dict[str, bytes], other: dict[str, bytes]) -> None:
    """Both orders give one tree, every file of it is readable, and hooks and beads agree."""
    merged = contents(one, ledgers.merge(BASE, one, other))
    hooks = {path: json.loads(data) for path, data in merged.items() if path.startswith("hooks/")}
    beads = {json.loads(data)["id"]: json.loads(data) for path, data in merged.items()
             if path.startswith("beads/")}  # fmt: skip
    held = [one["bead"] for one in hooks.values() if one["bead"]]
    assert len(held) == len(set(held))
    for one_hook in hooks.values():
        if one_hook["bead"]:
            assert beads[one_hook["bead"]]["assignee"] == one_hook["id"]
    assert all(one["id"] in held for one in beads.values() if one["status"] == "hooked")


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(town=towns())
def test_nothing_new_changes_nothing(ledgers: Ledgers, town: dict[str, bytes]) -> None:
    """With itself a ledger is itself; with the base it is the one that went on."""
    assert contents(town, ledgers.merge(BASE, town, town)) == town
    assert contents(town, ledgers.merge(BASE, town, BASE)) == town


def test_the_earlier_sling_holds(ledgers: Ledgers) -> None:
    """A bead that both sides put on a hook is on the first one; the other hook is free."""
    a = bead("mp-a")
    one = files_of(a.with_(status="hooked", assignee="mp/toast", updated_at=LATE),
                   hook("toast", state="active", bead="mp-a", updated_at=LATE))  # fmt: skip
    other = files_of(a.with_(status="hooked", assignee="mp/nux", updated_at=LATER),
                     hook("nux", state="active", bead="mp-a", updated_at=LATER))  # fmt: skip
    merged = ledgers.merge(files_of(a), one, other)
    files = contents(one, merged)
    assert read(files, a)["assignee"] == "mp/toast"
    assert (read(files, hook("nux"))["state"], read(files, hook("nux"))["bead"]) == (
        "created",
        None,
    )
    assert any("mp-a was slung to mp/toast before" in note for note in merged.conflicts)


def test_closed_there_and_slung_here(ledgers: Ledgers) -> None:
    """A bead that one side closed leaves the other side's hook."""
    a = bead("mp-a")
    one = files_of(a.with_(status="closed", closed_at=LATE, updated_at=LATE))
    other = files_of(a.with_(status="hooked", assignee="mp/nux", updated_at=LATER),
                     hook("nux", state="active", bead="mp-a", updated_at=LATER))  # fmt: skip
    files = contents(one, ledgers.merge(files_of(a), one, other))
    assert read(files, a)["status"] == "closed"
    assert read(files, hook("nux"))["bead"] is None


def test_one_id_for_two_beads(ledgers: Ledgers) -> None:
    """The younger bead gets a longer id; its comments and what its side says of it follow."""
    older, younger = bead("mp-a"), bead("mp-a", title="z", created_at=LATE, created_by="bob")
    child = bead("mp-c", dependencies=[{"issue_id": "mp-c", "depends_on_id": "mp-a",
                                        "type": "parent-child"}])  # fmt: skip
    one = files_of(older, remark("of the older"))
    other = files_of(younger, remark("of the younger"), child, convoy("mp-a"))
    merged = ledgers.merge({}, one, other)
    files = contents(one, merged)
    [alias] = [json.loads(data) for path, data in files.items() if path.startswith("aliases/")]
    new = alias["now"]
    assert len(new) > len("mp-a")
    assert read(files, older)["title"] == "t"
    assert read(files, bead(new))["title"] == "z"
    assert read(files, child)["dependencies"][0]["depends_on_id"] == new
    assert read(files, convoy())["beads"] == [new]
    told = {json.loads(data)["text"]: json.loads(data)["issue_id"] for path, data in files.items()
            if path.startswith("comments/")}  # fmt: skip
    assert told == {"of the older": "mp-a", "of the younger": new}
    assert any("stood for two beads" in note for note in merged.conflicts)


def test_records_that_are_no_beads(ledgers: Ledgers) -> None:
    """A convoy's beads are a set, further along wins, mail and comments are a union."""
    mail = Mail.from_json({"id": "m1", "to": "human", "sender": "town", "subject": "s", "body": "b",
                           "sent_at": START, "state": "unread"})  # fmt: skip
    read_mail = Mail.from_json({**mail.to_json(), "state": "read"})
    kept = Mail.from_json({**mail.to_json(), "state": "archived"})
    base = files_of(convoy("mp-a", "mp-b"), mail, remark("gone"), bead("mp-a"))
    one = files_of(convoy("mp-a", "mp-b", "mp-c", updated_at=LATE), read_mail, remark("one"),
                   bead("mp-a"))  # fmt: skip
    other = files_of(convoy("mp-b", "mp-d", updated_at=LATER), kept, remark("gone"),
                     remark("two"), bead("mp-a"))  # fmt: skip
    files = contents(one, ledgers.merge(base, one, other))
    assert read(files, convoy())["beads"] == ["mp-b", "mp-c", "mp-d"]
    assert read(files, mail)["state"] == "archived"
    texts = {json.loads(data)["text"] for path, data in files.items() if path.startswith("comm")}
    assert texts == {"one", "two"}


def test_a_landed_convoy_with_a_reopened_bead(ledgers: Ledgers) -> None:
    """One side lands a convoy while the other reopens its bead: it is open."""
    closed = bead("mp-a", status="closed", closed_at=LATE, updated_at=LATE)
    one = files_of(closed, convoy("mp-a", state="landed", landed_at=LATE, updated_at=LATE))
    other = files_of(bead("mp-a", updated_at=LATER), convoy("mp-a"))
    files = contents(one, ledgers.merge(files_of(closed, convoy("mp-a")), one, other))
    assert read(files, convoy())["state"] == "open"


def test_documents_are_not_mixed(ledgers: Ledgers) -> None:
    """Of two changed documents the one committed later stands; the other is in the attic."""
    path = "directives/mayor.md"
    base = ledgers.commit({path: b"a\n"}, at=1)
    early, late = ledgers.commit({path: b"early\n"}, at=2), ledgers.commit({path: b"late\n"}, at=3)
    merged = merge_ledgers(ledgers.git, base, early, late)
    assert merged.tree == merge_ledgers(ledgers.git, base, late, early).tree
    assert merged.files[path] == b"late\n"
    [kept] = [json.loads(merged.files[one] or b"") for one in merged.attic]
    assert kept["value"] == "early\n"


def test_deleted_here_and_changed_there(ledgers: Ledgers) -> None:
    """A file that one side removed and the other changed stays, and that is said."""
    a, b = bead("mp-a"), bead("mp-b")
    merged = ledgers.merge(files_of(a, b), files_of(b), files_of(a.with_(title="u"), b))
    assert read(contents(files_of(b), merged), a)["title"] == "u"
    assert any("it stays" in note for note in merged.conflicts)
    gone = ledgers.merge(files_of(a, b), files_of(b), files_of(a, b))
    assert set(contents(files_of(b), gone)) == set(files_of(b))


def test_the_matrix(ledgers: Ledgers) -> None:
    """2,000 beads, changed on two clones in every combination: no marker, and losers are kept."""
    changes: list[dict[str, Any]] = [
        {}, {"title": "one"}, {"priority": 0}, {"status": "closed", "closed_at": LATE},
        {"status": "tombstone", "deleted_at": LATE}, {"labels": ["x", "y"]}, {"labels": []},
        {"notes": "a note"}, {"status": "deferred"}, {"odd": {"k": 1}},
    ]  # fmt: skip
    base, one, other = [], [], []
    for number in range(1900):
        start = bead(f"mp-{number}")
        base.append(start)
        for side, choice, when in ((one, number, LATE), (other, number // 10, LATER)):
            change = changes[choice % 10]
            if side is other and "title" in change:
                change = {"title": "other"}
            side.append(start.with_(**change, updated_at=when) if change else start)
    one += [bead(f"mp-one{number}") for number in range(50)]
    other += [bead(f"mp-other{number}") for number in range(50)]
    merged = ledgers.merge(files_of(*base), files_of(*one), files_of(*other))
    files = contents(files_of(*one), merged)
    assert sum(path.startswith("beads/") for path in files) == 2000
    kept = [json.loads(files[path]) for path in merged.attic]
    # Of ten times ten combinations, nineteen times: both titles, and whatever met a tombstone.
    assert sum(one["key"] == "title" and one["value"] == "one" for one in kept) == 19 * 2
    by_hand = {"mp-11": ("title", "other"), "mp-34": ("status", "tombstone"),
               "mp-83": ("status", "closed"), "mp-56": ("labels", ["y"])}  # fmt: skip
    for name, (key, value) in by_hand.items():
        assert read(files, bead(name)).get(key) == value, name
