"""The text of formulas: three notations, read strictly, each problem with its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gastown.domain.formulas.formula import Formula, Problem
from gastown.domain.formulas.reading import read_formula
from gastown.store.formula_text import MAX_BYTES, BadText, read


def problems(text: str, name: str = "f.yaml") -> list[Problem]:
    """What is wrong with a text."""
    found = read(text.encode(), name)
    return read_formula(found.values, found.lines, "f")[1]


def formula(text: str, name: str = "f.yaml") -> Formula:
    """The formula of a text with nothing wrong."""
    found = read(text.encode(), name)
    made, wrong = read_formula(found.values, found.lines, "f")
    assert wrong == []
    return made


SAME = {
    "f.yaml": """\
formula: f
version: 1.10
vars:
  port: 8080
  on: {required: yes, enum: [a, b]}
steps:
  - id: a
    title: A
    priority: P1
    needs: [b]
    gate: {type: human, timeout: 1h}
  - {id: b, title: B, command: "echo {{port}}"}
""",
    "f.toml": """\
formula = "f"
version = 1.10
[vars]
port = 8080
[vars.on]
required = true
enum = ["a", "b"]
[[steps]]
id = "a"
title = "A"
priority = 1
depends_on = ["b"]
gate = {type = "human", timeout = "1h"}
[[steps]]
id = "b"
title = "B"
metadata = {command = "echo {{port}}"}
""",
    "f.json": json.dumps(
        {
            "formula": "f", "version": "1.10",
            "vars": {"port": "8080", "on": {"required": True, "enum": ["a", "b"]}},
            "steps": [
                {"id": "a", "title": "A", "priority": 1, "needs": ["b"],
                 "gate": {"type": "human", "timeout": "1h"}},
                {"id": "b", "title": "B", "command": "echo {{port}}"},
            ],
        }
    ),
}  # fmt: skip


def test_the_three_notations_say_the_same() -> None:
    """YAML, TOML and JSON of one formula read as equal values; a version keeps its text."""
    first, *others = (formula(text, name) for name, text in SAME.items())
    assert all(other == first for other in others)
    assert first.version == "1.10"
    assert first.vars["port"].default == "8080"


@pytest.mark.parametrize(
    ("name", "text", "line", "said"),
    [
        ("f.yaml", "formula: f\nsteps:\n  - name: a\n    comand: x\n", 4, "did you mean 'command'"),
        ("f.toml", 'formula = "f"\n# c\n[[steps]]\nname = "a"\n[[steps]]\nid="b"\n  ned = ["a"]\n',
         7, "did you mean 'needs'"),
        ("f.json", '{"formula": "f",\n "steps": [\n  {"id": "a",\n\t"titel": "x"}]}', 4,
         "did you mean 'title'"),
        ("f.yaml", "formula: f\nsteps:\n  - name: a\n    gate: {type: clock}\n", 4, "no gate"),
        ("f.yaml", "formula: f\nvars:\n  a-b: 1\n", 3, "no variable's name"),
        ("f.yaml", "formula: f\nvars:\n  a: {required: true, default: x}\n", 3, "cannot be"),
        ("f.yaml", "formula: f\nvars:\n  a: {pattern: '['}\n", 3, "no regular expression"),
        ("f.yaml", "formula: g\n", 1, "its file 'f'"),
        ("f.toml", 'formula = "f"\ntype = "flow"\n', 2, "workflow, expansion"),
        ("f.yaml", "formula: f\nsteps:\n - loop: {body: [{id: a}]}\n   id: l\n", 3, "one of count"),
        ("f.yaml", "formula: f\nsteps:\n - id: a\n   waits_for: all\n", 4, "all-children"),
        ("f.yaml", "formula: f\nsteps:\n - title:\n", 3, "wants a name"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_line(name: str, text: str, line: int, said: str) -> None:
    """Unknown keys, wrong values and missing ones: each is a problem at its line."""
    [problem] = problems(text, name)
    assert said in problem.message
    assert problem.line == line


def test_all_problems_are_found_at_once() -> None:
    """One look tells everything."""
    text = "formula: f\nfoo: 1\nsteps:\n  - name: a\n    priority: 9\n    needs: {a: b}\n"
    assert [problem.line for problem in problems(text)] == [2, 5, 6]


@pytest.mark.parametrize(
    ("name", "text", "line", "said"),
    [
        ("f.yaml", "formula: f\nsteps: &a\n  - name: x\n", 2, "anchors"),
        ("f.yaml", "formula: f\na: *b\n", 2, ""),
        ("f.yaml", "formula: !!python/object/apply:os.system ['id']\n", 1, "tags"),
        ("f.yaml", "formula: f\nformula: g\n", 2, "stands twice"),
        ("f.yaml", "formula: f\n---\nformula: g\n", 2, "one file"),
        ("f.yaml", "- a\n", 1, "table of keys"), ("f.yaml", "", None, "table of keys"),
        ("f.yaml", "formula: f\n  x: [\n", 2, "no YAML"),
        ("f.yaml", "steps:\n - command: {{version}}\n", 2, "quotes"),
        ("f.yaml", "a: " + "[" * 200, 1, "nested"),
        ("f.json", '{"a": 1,\n "a": 2}', None, "stands twice"),
        ("f.json", '{"a": NaN}', None, "no number"), ("f.json", "[1]", 1, "table"),
        ("f.json", '{"a": ' + "[" * 100_000, None, "nested"),
        ("f.toml", 'a = 1\na = 2\n', 2, "no TOML"), ("f.toml", "x\n", 1, "no TOML"),
        ("f.toml", "a = " + "[" * 5000, None, "nested"),
        ("f.yaml", "a: b\0\n", 1, "NUL"), ("f.txt", "a: b", None, "ends with"),
        ("f.yaml", "x" * (MAX_BYTES + 1), None, "limit"),
    ],
)  # fmt: skip
def test_what_no_formula_needs_is_refused(
    name: str, text: str, line: int | None, said: str
) -> None:
    """Aliases, tags, duplicate keys, deep nesting, other types and huge files are refused."""
    with pytest.raises(BadText) as wrong:
        read(text.encode(), name)
    assert said in str(wrong.value)
    assert line is None or wrong.value.line == line


def test_bytes_that_are_no_text_are_refused() -> None:
    """What is not UTF-8 is told with its line."""
    with pytest.raises(BadText, match="UTF-8") as wrong:
        read(b"a: b\nc: \xff\n", "f.yaml")
    assert wrong.value.line == 2


TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)
TREES = st.recursive(
    TEXTS | st.integers(-9, 9) | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(values=st.dictionaries(TEXTS, TREES, max_size=4), indent=st.sampled_from([None, 1, "\t"]))
def test_json_lines_point_at_their_keys(values: dict[str, object], indent: object) -> None:
    """Each key's line is one on which the key stands."""
    text = json.dumps(values, indent=indent, ensure_ascii=False)  # type: ignore[arg-type]
    found = read(text.encode(), "f.json")
    rows = text.split("\n")
    assert found.values == values
    for path, line in found.lines.items():
        if path and isinstance(path[-1], str):
            assert json.dumps(path[-1], ensure_ascii=False) in rows[line - 1]


def test_toml_lines_find_their_way(tmp_path: Path) -> None:
    """Strings over several lines, comments and arrays do not mislead."""
    text = (
        'formula = "f"\na = """\n[[steps]]\nb = 1\n"""\nc = [\n  "x", # ]\n  \'[[y]]\',\n]\n'
        'd.e = 1\n[[steps]]\nid = "one"\n[steps.gate]\ntype = "human"\n[[steps]]\n"id" = "two"\n'
    )
    lines = read(text.encode(), "f.toml").lines
    assert lines["a",] == 2
    assert lines["c",] == 6
    assert lines["d", "e"] == 10
    assert lines["steps", 0, "id"] == 12
    assert lines["steps", 0, "gate", "type"] == 14
    assert lines["steps", 1, "id"] == 16
