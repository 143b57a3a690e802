"""Records round-trip, keep what they do not know, and name the key that is wrong."""

from __future__ import annotations

import dataclasses
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gastown.domain.bead import KEY_ORDER, Bead, BeadState
from gastown.domain.conversation import Conversation, ConversationState
from gastown.domain.convoy import Convoy, ConvoyState
from gastown.domain.hook import Hook, HookState, Role
from gastown.domain.integration import Integration, IntegrationState
from gastown.domain.mail import Mail, MailKind, MailState
from gastown.domain.merge import Merge, MergeState
from gastown.domain.queue import Queue, QueueState
from gastown.domain.record import BadRecord, Record
from gastown.domain.rig import Rig
from tests.support.towns import a_bead, a_convoy, a_hook, a_mail, a_merge, a_rig

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
LEAF = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | TEXT
JSON = st.recursive(
    LEAF,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=6,
)
A_CONVERSATION = Conversation(
    id="11aa-22bb", state=ConversationState.RUNNING, agent="mp/toast", generation=1,
    runtime="claude", started_at="2026-11-22T10:00:00Z", updated_at="2026-11-22T10:00:00Z",
)  # fmt: skip
AN_INTEGRATION = Integration(
    id="mp-1", state=IntegrationState.OPEN, rig="mp", branch="integration/mp-1", target="main",
    base="0" * 40, created_at="2026-11-22T10:00:00Z", updated_at="2026-11-22T10:00:00Z",
)  # fmt: skip
RECORDS: list[Record] = [
    a_hook(), a_convoy(), a_merge(), a_mail(), A_CONVERSATION, AN_INTEGRATION, Queue(id="mp"),
    a_rig(),
]  # fmt: skip
every = pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.KIND)


def values_of(cls: type[Record]) -> dict[str, st.SearchStrategy[Any]]:
    """For each field of a record class, values that its JSON may hold."""
    simple = {
        "str": TEXT,
        "int": st.integers(0, 10**6),
        "bool": st.booleans(),
        "int | None": st.none() | st.integers(0, 10**6),
        "str | None": st.none() | TEXT,
        "tuple[str, ...]": st.lists(TEXT, max_size=3),
        "tuple[Mapping[str, Json], ...]": st.lists(st.dictionaries(TEXT, LEAF), max_size=2),
    }
    known: list[type[StrEnum]] = [
        HookState, Role, MergeState, ConvoyState, MailState, MailKind, ConversationState,
        IntegrationState, QueueState,
    ]  # fmt: skip
    enums = {enum.__name__: enum for enum in known}
    found = {}
    for item in dataclasses.fields(cls):
        if item.name != "extra":
            name = str(item.type)
            found[item.name] = (
                simple[name] if name in simple else st.sampled_from([*map(str, enums[name])])
            )
    return found


@every
@given(data=st.data())
def test_any_record_round_trips(record: Record, data: st.DataObject) -> None:
    """What was read is written back, unknown keys included and unchanged."""
    known = data.draw(st.fixed_dictionaries(values_of(type(record))))
    extra = data.draw(st.dictionaries(TEXT.filter(lambda k: k not in known), JSON, max_size=3))
    extra.pop("schema", None)
    written = type(record).from_json({**known, **extra}).to_json()
    assert written == {**known, **extra}
    assert list(written)[: len(known)] == [f.name for f in dataclasses.fields(record)
                                           if f.name != "extra"]  # fmt: skip


@every
def test_a_missing_key_is_named(record: Record) -> None:
    """Every key without a default must be there; the error says which one is not."""
    whole = record.to_json()
    for item in dataclasses.fields(record):
        if item.name == "extra" or item.default is not dataclasses.MISSING:
            continue
        with pytest.raises(BadRecord, match=rf"^{item.name} is missing$"):
            type(record).from_json({k: v for k, v in whole.items() if k != item.name})


@every
def test_a_key_of_another_kind_is_named(record: Record) -> None:
    """A value that the class does not announce is refused with the key's name."""
    for item in dataclasses.fields(record):
        if item.name == "extra":
            continue
        for wrong in ({"a": 1}, 1.5, [1], *([True] if item.type != "bool" else [])):
            with pytest.raises(BadRecord, match=rf"^{item.name}: "):
                type(record).from_json({**record.to_json(), item.name: wrong})


@pytest.mark.parametrize("record", RECORDS[:-1], ids=lambda record: record.KIND)
def test_an_unknown_state_names_the_known_ones(record: Record) -> None:
    """A misspelt state is no state; the error lists those there are (a rig has none)."""
    with pytest.raises(BadRecord, match=rf"state: 'opn' is none of .*{record.stage}"):
        type(record).from_json({**record.to_json(), "state": "opn"})


def test_defaults_are_written() -> None:
    """A record read without its optional keys writes them, so that files show what there is."""
    assert Rig.from_json(a_rig().to_json()) == a_rig()
    data = {k: v for k, v in a_hook().to_json().items() if k not in ("generation", "bead")}
    assert Hook.from_json(data).to_json()["generation"] == 1


def test_records_are_frozen() -> None:
    """Nobody changes a record in place."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        a_hook().state = HookState.ACTIVE  # type: ignore[misc]


def test_what_a_hook_knows_of_itself() -> None:
    """Agent, branch and liveness follow from the record; re-use counts as an incarnation."""
    hook = a_hook("mp/toast", generation=3)
    assert (hook.agent, hook.full_branch, hook.incarnation) == (
        "toast", "refs/heads/polecat/toast/1", 3,
    )  # fmt: skip
    assert hook.is_live
    assert not dataclasses.replace(hook, state=HookState.ARCHIVED).is_live
    assert a_hook("mayor").agent == "mayor"


def test_what_other_records_know_of_themselves() -> None:
    """A rig knows its target ref; a merge request whether it still wants something."""
    assert a_rig().target == "refs/heads/main"
    pending = {state for state in MergeState if a_merge(state=state).is_pending}
    assert pending == set(MergeState) - {MergeState.MERGED, MergeState.WITHDRAWN}
    assert (Convoy.KIND, Mail.KIND, Merge.KIND) == ("convoy", "mail", "merge")


@given(extra=st.dictionaries(TEXT, JSON, max_size=4))
def test_beads_keep_every_key(extra: dict[str, Any]) -> None:
    """Upstream's keys come and go; a bead writes back all that it has read."""
    unknown = {key: value for key, value in extra.items() if key not in {"schema", *KEY_ORDER}}
    data = {**unknown, "id": "mp-a", "title": "t", "status": "open"}
    assert Bead.from_json(data, "mp").to_json() == data


def test_bead_keys_are_written_in_upstreams_order() -> None:
    """The known keys come first, in upstream's order; unknown ones follow as they were read."""
    data = {"zz": 1, "priority": 1, "title": "t", "aa": 2, "status": "open", "id": "mp-a"}
    written = list(Bead.from_json(data, "mp").to_json())
    assert written == ["id", "title", "status", "priority", "zz", "aa"]
    assert len(KEY_ORDER) == len(set(KEY_ORDER))


def test_none_removes_a_key() -> None:
    """Upstream omits empty values, and so does a change to None."""
    bead = a_bead(assignee="mp/toast").with_(assignee=None, notes=None, priority=2)
    assert "assignee" not in bead.to_json()
    assert "notes" not in bead.to_json()
    assert bead.assignee is None
    assert (bead.rig, bead.priority) == ("mp", 2)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("id", None), ("id", 5), ("title", None), ("title", ["x"]), ("status", "opn"),
        ("status", 1), ("status", ["open"]), ("assignee", ["mp/toast"]), ("labels", 5),
        ("labels", "urgent"), ("labels", [1]), ("dependencies", {"a": 1}), ("dependencies", [1]),
        ("dependencies", [{"type": "blocks"}]), ("priority", "high"), ("priority", 10**30),
        ("description", 7), ("priority", True), ("created_at", 5), ("issue_type", ["bug"]),
    ],
)  # fmt: skip
def test_a_wrong_bead_names_its_key(key: str, value: object) -> None:
    """Found as a bug: such a bead passed the reader and made the whole town unreadable."""
    with pytest.raises(BadRecord, match=key):
        Bead.from_json({"id": "mp-a", "title": "t", key: value}, "mp")


def test_absent_and_empty_bead_values() -> None:
    """Absent and null mean upstream's defaults."""
    bead = Bead.from_json(
        {"id": "mp-a", "title": "t", "labels": None, "dependencies": None, "assignee": ""}, "mp"
    )
    assert (bead.state, bead.priority, bead.issue_type) == (BeadState.OPEN, 0, "task")
    assert (bead.labels, bead.dependencies, bead.assignee) == ((), (), None)
    assert (bead.description, bead.parent, bead.is_live) == ("", None, True)


def test_dependencies_are_told_apart() -> None:
    """Blocking types count as such; the parent is a dependency of its own type."""
    edges = [
        {"issue_id": "mp-a", "depends_on_id": "mp-b", "type": "blocks"},
        {"issue_id": "mp-a", "depends_on_id": "mp-c", "type": "parent-child"},
        {"issue_id": "mp-a", "depends_on_id": "mp-d", "type": "related"},
        {"issue_id": "mp-a", "depends_on_id": "mp-e"},
    ]
    bead = a_bead("mp-a", dependencies=edges, labels=["z", "a"])
    assert bead.depends_on() == ("mp-b", "mp-e")
    assert bead.parent == "mp-c"
    assert bead.labels == ("a", "z")
