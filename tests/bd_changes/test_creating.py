"""bd create, q: what is made, which id it gets, what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.desk import Desk
from tests.support.soundness import history, subjects


def test_create_answers_with_the_object(desk: Desk) -> None:
    """`bd create --json` is one object with upstream's keys, in upstream's order."""
    words = ("-d", "Text", "-p", "1", "-t", "bug", "-l", "b,a", "-a", "ada", "--acceptance", "ok")
    made = desk.bd("create", "Title", *words, "--json").json
    assert list(made) == [
        "id", "title", "description", "acceptance_criteria", "status", "priority", "issue_type",
        "assignee", "created_at", "created_by", "updated_at", "labels",
    ]  # fmt: skip
    assert made["status"] == "open"
    assert made["priority"] == 1
    assert made["labels"] == ["a", "b"]
    assert made["created_by"] == "human"
    assert made["id"].startswith("mp-")


def test_silent_prints_the_id_only(desk: Desk) -> None:
    """For scripts: `--silent` is the id and nothing else."""
    said = desk.bd("create", "x", "--silent")
    assert said.out.strip() == desk.bd("list", "--json").json[0]["id"]


@pytest.mark.parametrize("identifier", ["issue-123", "mp-1", "A", "x.y", "bug_7", "9", "x" * 80])
def test_an_id_of_choice(desk: Desk, identifier: str) -> None:
    """Any id that passes the validator can be chosen."""
    assert desk.bead("x", "--id", identifier) == identifier
    assert desk.shown(identifier)["title"] == "x"


@pytest.mark.parametrize(
    "identifier", ["", "-x", ".x", "a..b", "a/b", "../x", "x.lock", "a b", "a\x1b", "x" * 81, "ü",
                   "x.", "con\n"],
)  # fmt: skip
def test_an_impossible_id_is_a_usage_error(desk: Desk, identifier: str) -> None:
    """What cannot be a path or a ref is refused, and nothing is written."""
    commit = desk.town.commit()
    desk.bd("create", "x", f"--id={identifier}", status=2)
    assert desk.town.commit() == commit


def test_ids_are_one_whatever_their_case(desk: Desk) -> None:
    """Two ids that differ by case alone would be one file on some disks."""
    desk.bead("x", "--id", "Issue-1")
    assert "is there already" in desk.bd("create", "y", "--id", "issue-1", status=1).err
    desk.bd("create", "y", "--id", "Issue-1", status=1)


def test_children_are_numbered(desk: Desk) -> None:
    """`--parent P` makes P.1, P.2, …, at most three levels deep, never twice the same."""
    parent = desk.bead("x", "--id", "epic")
    assert desk.bead("a", "--parent", parent) == "epic.1"
    desk.bead("b", "--id", "epic.2")
    assert desk.bead("c", "--parent", parent) == "epic.3"
    assert desk.bead("d", "--parent", "epic.1") == "epic.1.1"
    assert desk.bead("e", "--parent", "epic.1.1") == "epic.1.1.1"
    desk.bd("create", "f", "--parent", "epic.1.1.1", status=1)
    desk.bd("create", "f", "--parent", "nope", status=3)


def test_the_rig_is_found(desk: Desk, project: Path) -> None:
    """By --rig, by the id's prefix, by the parent, by the directory; else it is a question."""
    desk.gt("rig", "add", "second", project)
    prefix = desk.gt("rig", "list", "--json").data[1]["prefix"]
    assert "rigs here: mp, second" in desk.bd("create", "x", status=2).err
    assert desk.bead("x", "--rig", "second").startswith(f"{prefix}-")
    desk.bead("x", "--id", f"{prefix}-mine")
    desk.bead("x", "--id", "issue-1", "--rig", "second")
    desk.bead("child", "--parent", "issue-1")
    desk.bd("create", "here", at="second")
    assert desk.bead("x", "--rig", "hq").startswith("hq-")
    of_second = {bead["id"] for bead in desk.bd("list", "--rig", "second", "--json").json}
    assert {f"{prefix}-mine", "issue-1", "issue-1.1"} <= of_second
    assert len(of_second) == 5
    assert len(desk.bd("list", "--rig", "hq", "--json").json) == 1
    desk.bd("create", "x", "--rig", "nope", status=3)
    desk.bd("list", "--rig", "nope", status=3)


def test_unknown_dependencies_are_said(desk: Desk) -> None:
    """A bead that would wait for nobody is not made."""
    said = desk.bd("create", "x", "--deps", "nope", status=3)
    assert "--id nope" in said.err
    assert desk.bd("list", "--json").json == []


def test_bytes_that_are_no_text_are_refused(desk: Desk) -> None:
    """A title with half a character cannot be kept, and that is said without a trace."""
    said = desk.bd("create", "x\udcff", status=1)
    assert "bug" not in said.err
    desk.bd("create", "x\udcff", "--json", status=1)


def test_a_title_is_one_line_of_bounded_length(desk: Desk) -> None:
    """Line breaks become spaces; more than 500 characters are refused."""
    assert desk.shown(desk.bead("a\nb\r\n c"))["title"] == "a b c"
    desk.bd("create", "x" * 500)
    desk.bd("create", "x" * 501, status=2)
    desk.bd("create", " \n ", status=2)


def test_too_large_a_bead_is_refused(desk: Desk) -> None:
    """More than a megabyte of text is refused with what to do instead."""
    commit = desk.town.commit()
    said = desk.bd("create", "x", "-d", "-", stdin="x" * 1_100_000, status=1)
    assert "limit" in said.err
    assert "file of the project" in said.err
    assert desk.town.commit() == commit


def test_a_hole_is_not_filled(desk: Desk) -> None:
    """The next child is one more than the highest number, whatever is missing or deleted."""
    desk.bead("x", "--id", "epic")
    desk.bead("late", "--id", "epic.7")
    desk.bead("odd", "--id", "epic.x9")
    assert desk.bead("a", "--parent", "epic") == "epic.8"
    desk.bd("delete", "epic.8", "--force")
    assert desk.bead("b", "--parent", "epic") == "epic.9"
    desk.bead("other case", "--id", "EPIC.12")
    assert desk.bead("c", "--parent", "epic") == "epic.13"


def test_the_depth_counts_numbers_alone(desk: Desk) -> None:
    """Dots in a chosen id are no levels; how deep they may go is a setting."""
    desk.bead("x", "--id", "v1.x.y.z")
    assert desk.bead("a", "--parent", "v1.x.y.z") == "v1.x.y.z.1"
    desk.bd("config", "set", "hierarchy.max-depth", "1")
    assert "max-depth" in desk.bd("create", "b", "--parent", "v1.x.y.z.1", status=1).err


def test_the_direction_of_deps_is_said(desk: Desk) -> None:
    """`--deps blocks:X` means that the new bead waits for X, and the answer says so."""
    first = desk.bead("first")
    said = desk.bd("create", "second", "--deps", f"blocks:{first}", "--deps", "external:a:b")
    second = said.out.split(":")[0].removeprefix("✓ ")
    assert f"{second} is blocked by {first}" in said.out
    links = [(d["id"], d["dependency_type"]) for d in desk.shown(second)["dependencies"]]
    assert (first, "blocks") in links


def test_every_option_has_its_key(desk: Desk) -> None:
    """What `bd create` is told stands under upstream's keys."""
    spawner = desk.bead("spawner")
    words = (
        "--design", "d", "--notes", "n", "--external-ref", "gh-9", "--spec-id", "s-1",
        "--estimate", "30", "--metadata", '{"a": [1]}', "--mol-type", "swarm", "--due",
        "2030-01-02T03:04:05+11:00", "--defer", "+2d", "--waits-for", spawner,
        "--waits-for-gate", "any-children", "-p", "high", "-t", "feat",
    )  # fmt: skip
    made = desk.bd("create", "x", *words, "--json").json
    wanted = {
        "design": "d", "notes": "n", "external_ref": "gh-9", "spec_id": "s-1",
        "estimated_minutes": 30, "metadata": {"a": [1]}, "mol_type": "swarm",
        "due_at": "2030-01-02T03:04:05+11:00", "priority": 1, "issue_type": "feature",
    }  # fmt: skip
    assert {key: made[key] for key in wanted} == wanted
    assert made["defer_until"] > made["created_at"]
    [link] = made["dependencies"]
    assert (link["type"], link["depends_on_id"]) == ("waits-for", spawner)
    assert json.loads(link["metadata"]) == {"gate": "any-children", "spawner_id": spawner}


@pytest.mark.parametrize(
    "words",
    [
        ("x", "-t", "tsak"), ("x", "-p", "5"), ("x", "--due", "someday"), ("x", "-l", "a\nb"),
        ("x", "--metadata", "{"), ("x", "--metadata", '{"a": NaN}'), ("x", "--deps", "blokcs:y"),
        ("x", "--deps", "blocks:"), (), ("x", "-d", "a", "--stdin"), ("x", "--file", "y.md"),
        ("x", "--title", "y"),
    ],
)  # fmt: skip
def test_odd_words_are_usage_errors(desk: Desk, words: tuple[str, ...]) -> None:
    """A value that cannot be meant is refused before anything is written."""
    commit = desk.town.commit()
    desk.bd("create", *words, status=2)
    assert desk.town.commit() == commit


def test_types_of_ones_own(desk: Desk) -> None:
    """A type that is in types.custom can be used; the error says how to add one."""
    assert "types.custom" in desk.bd("create", "x", "-t", "session", status=2).err
    desk.bd("config", "set", "types.custom", "spec, session")
    assert desk.shown(desk.bead("x", "-t", "session"))["issue_type"] == "session"


def test_a_description_can_be_asked_for(desk: Desk) -> None:
    """With create.require-description a bead without one is refused."""
    desk.bd("config", "set", "create.require-description", "true")
    assert "description" in desk.bd("create", "x", status=1).err
    desk.bead("x", "-d", "text")


def test_texts_come_from_files(desk: Desk, tmp_path: Path) -> None:
    """--body-file is read from where one stands, `-` and --stdin from standard input."""
    (desk.root / "mp" / "text.md").write_text("from a file\n")
    made = desk.bd("create", "x", "--body-file", "text.md", "--json", at="mp").json
    assert made["description"] == "from a file\n"
    for words in (("--body-file", "-"), ("--stdin",), ("-d", "-")):
        assert desk.bd("create", "x", *words, "--json", stdin="in").json["description"] == "in"
    desk.bd("create", "x", "--body-file", "nope.md", status=3)
    (tmp_path / "bad.md").write_bytes(b"\xff")
    assert "UTF-8" in desk.bd("create", "x", "--body-file", tmp_path / "bad.md", status=1).err


def test_quickly(desk: Desk) -> None:
    """`bd q` takes the words as they come and prints the id alone."""
    bead = desk.bd("q", "fix", "the", "page", "-p", "0").out.strip()
    assert (desk.shown(bead)["title"], desk.shown(bead)["priority"]) == ("fix the page", 0)


def test_a_dry_run_makes_nothing(desk: Desk) -> None:
    """--dry-run shows the bead, says so, and writes nothing; its errors are the real ones."""
    commit = desk.town.commit()
    assert "nothing was made" in desk.bd("create", "x", "--dry-run").out
    assert desk.bd("create", "x", "--dry-run", "--json").json["title"] == "x"
    desk.bd("create", "x", "--deps", "nope", "--dry-run", status=3)
    assert desk.town.commit() == commit


# Plans

PLAN = """\
# A plan

## Login page ##
Two
lines.

```
## no bead
```

### Priority
high
### Type
feature
### Labels
- ui
- web

## Sessions
### Dependencies
- login-page
- related:{other}
### Acceptance Criteria
it works
"""


def test_a_plan_in_markdown(desk: Desk, tmp_path: Path) -> None:
    """Every `## Title` is a bead, with what its sections say, all of them in one commit."""
    other = desk.bead("other")
    (tmp_path / "plan.md").write_text(PLAN.format(other=other))
    before = len(history(desk.town))
    first, second = desk.bd("create", "-f", tmp_path / "plan.md", "--json").json
    assert len(history(desk.town)) == before + 1
    assert subjects(desk.town)[-1] == f"create {first['id']}, {second['id']}"
    assert first["description"] == "Two\nlines.\n\n```\n## no bead\n```"
    assert (first["priority"], first["issue_type"], first["labels"]) == (
        1,
        "feature",
        ["ui", "web"],
    )
    assert second["acceptance_criteria"] == "it works"
    assert [(d["depends_on_id"], d["type"]) for d in second["dependencies"]] == [
        (first["id"], "blocks"), (other, "related"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no beads", "no bead in this file"), ("## x\n### Prority\n1\n", "did you mean priority"),
        ("## x\n### Priority\nsoon\n", "priority 'soon'"), ("## x\n### Deps\nnope\n", "'nope'"),
        ("## x\n\n## y\n### Type\ntsak\n", "no type 'tsak'"),
    ],
)  # fmt: skip
def test_a_bad_plan_makes_nothing(desk: Desk, tmp_path: Path, text: str, said: str) -> None:
    """One mistake in a plan and none of its beads is made."""
    (tmp_path / "plan.md").write_text(text)
    answer = desk.bd("create", "-f", tmp_path / "plan.md", status=None)
    assert answer.status in (2, 3)
    assert said in answer.err
    assert desk.bd("list", "--json").json == []


def graph(desk: Desk, tmp_path: Path, plan: object, *words: str, status: int = 0) -> object:
    """Carry out a graph plan; its answer, or what it said of an error."""
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    said = desk.bd("create", "--graph", tmp_path / "plan.json", "--json", *words, status=status)
    return said.json if status == 0 else json.loads(said.err)


def test_a_plan_as_a_graph(desk: Desk, tmp_path: Path) -> None:
    """Nodes refer to each other by key, whatever their order; the answer says which id is whose."""
    there = desk.bead("there")
    plan = {
        "commit_message": "the login",
        "nodes": [
            {"key": "b", "title": "B", "parent_key": "root"},
            {"key": "root", "title": "Root", "type": "epic", "priority": 0},
            {"key": "a", "title": "A", "parent_key": "root", "metadata": {"k": "v"},
             "metadata_refs": {"peer": "b"}, "labels": ["x"]},
        ],
        "edges": [{"from_key": "a", "to_key": "b"},
                  {"from_key": "a", "to_id": there, "type": "related"}],
    }  # fmt: skip
    dry = graph(desk, tmp_path, plan, "--dry-run")
    assert isinstance(dry, dict)
    assert (dry["node_count"], dry["edge_count"], dry["parent_deps"]) == (3, 2, 2)
    made = graph(desk, tmp_path, plan)
    assert isinstance(made, dict)
    ids = made["ids"]
    assert ids["b"].startswith(f"{ids['root']}.")
    shown = desk.shown(ids["a"])
    assert shown["metadata"] == {"k": "v", "peer": ids["b"]}
    assert {(d["id"], d["dependency_type"]) for d in shown["dependencies"]} == {
        (ids["root"], "parent-child"), (ids["b"], "blocks"), (there, "related"),
    }  # fmt: skip
    assert subjects(desk.town)[-1] == "create the login"


@pytest.mark.parametrize(
    ("nodes", "edges", "said"),
    [
        ([], [], "no nodes"),
        ([{"title": "x"}], [], "no key"),
        ([{"key": "a", "title": "x", "parent": "b"}], [], "'parent'"),
        ([{"key": "a", "title": "x"}] * 2, [], "several nodes"),
        ([{"key": "a", "title": "x", "priority": True}], [], "priority"),
        ([{"key": "a", "title": "x"}], [{"from_key": "a"}], "edge 1"),
        ([{"key": "a", "title": "x"}], [{"from_key": "z", "to_key": "a"}], "'z'"),
        ([{"key": "a", "title": "x", "depends_on": ["b"]},
          {"key": "b", "title": "x", "depends_on": ["a"]}], [], "circle"),
        ([{"key": "a", "title": "x", "parent_key": "b"},
          {"key": "b", "title": "x", "parent_key": "a"}], [], "circle"),
    ],
)  # fmt: skip
def test_a_bad_graph_makes_nothing(
    desk: Desk, tmp_path: Path, nodes: object, edges: object, said: str
) -> None:
    """Keys that are unknown, missing or twice, and circles, are named; nothing is made."""
    (tmp_path / "plan.json").write_text(json.dumps({"nodes": nodes, "edges": edges}))
    answer = desk.bd("create", "--graph", tmp_path / "plan.json", status=None)
    assert answer.status in (1, 2)
    assert said in answer.err
    assert desk.bd("list", "--json").json == []


def test_a_deep_graph_has_ids_of_its_own(desk: Desk, tmp_path: Path) -> None:
    """A plan may nest deeper than ids can; such children get a short hash."""
    nodes = [{"key": "0", "title": "0"}]
    nodes += [{"key": str(n), "title": str(n), "parent_key": str(n - 1)} for n in range(1, 6)]
    made = graph(desk, tmp_path, {"nodes": nodes})
    assert isinstance(made, dict)
    assert made["ids"]["3"] == f"{made['ids']['0']}.1.1.1"
    assert "." not in made["ids"]["4"]
    assert desk.shown(made["ids"]["4"])["parent"] == made["ids"]["3"]
