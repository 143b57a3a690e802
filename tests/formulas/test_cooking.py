"""Resolving formulas: the ids and needs that others' formulas give, and the rules of ours."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gastown.domain.formulas.formula import BadFormula
from gastown.domain.formulas.variables import BadValues
from gastown.errors import GtError, Refused, Unreadable
from tests.formulas.kitchen import cooked, needs

CALM = """
formula = "calm"
version = 1
[vars.feature]
required = true
[[steps]]
id = "design"
title = "Design {{feature}}"
[[steps]]
id = "implement"
title = "Implement {{feature}}"
description = "Write it."
needs = ["design"]
[[steps]]
id = "submit"
title = "Submit"
needs = ["implement"]
"""
THRICE = """
formula = "thrice"
type = "expansion"
[vars.focus]
default = "clarity"
[[template]]
id = "{target}.draft"
title = "Draft: {target.title}"
description = "First go at: {target.description}"
[[template]]
id = "{target}.refine-1"
title = "Refine for {focus}"
needs = ["{target}.draft"]
[[template]]
id = "{target}.refine-2"
title = "Refine again"
needs = ["{target}.refine-1"]
"""
CALM_COMPANY = """
formula = "calm-company"
extends = ["calm"]
[compose]
[[compose.expand]]
target = "implement"
with = "thrice"
vars = {focus = "speed"}
"""
AUDIT = """
formula = "audit"
type = "aspect"
[[advice]]
target = "implement"
[[advice.around.before]]
id = "{step.id}-prescan"
title = "Prescan of {step.title}"
[[advice.around.after]]
id = "{step.id}-postscan"
[[pointcuts]]
glob = "implement"
"""
BOOKS = {"calm.formula.toml": CALM, "thrice.toml": THRICE, "calm-company.toml": CALM_COMPANY,
         "audit.formula.toml": AUDIT}  # fmt: skip


def test_extends_and_expand(tmp_path: Path) -> None:
    """A step is replaced by a template's; its needs and its dependents are moved."""
    made = cooked(tmp_path, "calm-company", BOOKS, feature="search")
    assert needs(made) == {
        "design": (), "implement.draft": ("design",),
        "implement.refine-1": ("implement.draft",), "implement.refine-2": ("implement.refine-1",),
        "submit": ("implement.refine-2",),
    }  # fmt: skip
    titles = {step.id: step.title for step in made.steps}
    assert titles["implement.draft"] == "Draft: Implement search"
    assert titles["implement.refine-1"] == "Refine for speed"
    assert made.steps[1].description == "First go at: Write it."


def test_map_and_inline_expansion(tmp_path: Path) -> None:
    """A glob expands all it matches, a step may name its expansion itself; values override."""
    texts = {
        **BOOKS,
        "m.toml": 'formula="m"\nextends=["calm"]\n[[compose.map]]\nselect="*i*"\nwith="thrice"',
        "i.yaml": "formula: i\nsteps:\n- {id: a, expand: thrice, expand_vars: {focus: x}}\n"
        "- {id: b, title: B, needs: [a]}\n",
    }
    made = cooked(tmp_path, "m", texts, feature="f")
    assert [step.id.partition(".")[0] for step in made.steps[::3]] == ["design", "implement",
                                                                       "submit"]  # fmt: skip
    assert needs(made)["submit.draft"] == ("implement.refine-2",)
    inline = cooked(tmp_path, "i", texts)
    assert needs(inline)["b"] == ("a.refine-2",)
    assert inline.steps[1].title == "Refine for x"


def test_aspects_put_steps_around(tmp_path: Path) -> None:
    """Around advice chains before and after its target, and only where a pointcut lets it."""
    texts = {**BOOKS, "s.toml": 'formula="s"\nextends=["calm"]\n[compose]\naspects=["audit"]'}
    made = cooked(tmp_path, "s", texts, feature="f")
    assert needs(made) == {
        "design": (), "implement-prescan": (), "implement": ("design", "implement-prescan"),
        "implement-postscan": ("implement",), "submit": ("implement",),
    }  # fmt: skip
    assert made.steps[1].title == "Prescan of Implement f"


def test_extends_keeps_everything(tmp_path: Path) -> None:
    """Advice, templates, phase, pour and all composition of a parent are the child's, too."""
    base = """
formula: base
phase: vapor
pour: true
vars: {x: one}
steps:
  - {id: a, title: A}
  - {id: b, title: B, needs: [a]}
  - {id: c, title: C, needs: [a]}
advice:
  - {target: a, after: {id: '{step.id}-log'}}
compose:
  branch: [{from: a, steps: [b], join: c}]
  gate: [{before: c, condition: "b.status == 'complete'"}]
"""
    child = "formula: child\nextends: base\nsteps:\n- {id: b, title: New B, needs: [a]}\n"
    made = cooked(tmp_path, "child", {"base.yaml": base, "child.yaml": child})
    assert needs(made) == {"a": (), "a-log": ("a",), "b": ("a",), "c": ("a", "b")}
    assert [step.title for step in made.steps] == ["A", "a-log", "New B", "C"]
    assert made.phase == "vapor"
    assert made.steps[3].labels == ('gate:{"condition":"b.status == \'complete\'"}',)
    assert made.vars == {"x": "one"}


def test_loops_unroll(tmp_path: Path) -> None:
    """Iterations follow each other, keep what their steps say, and know the loop's variable."""
    text = """
formula: l
vars: {n: 2}
steps:
  - {id: start, title: S}
  - id: move
    title: M
    needs: [start]
    loop:
      range: "1..2^{n}-1"
      var: i
      body:
        - {id: take, title: "Take {i}", notes: kept, metadata: {disk: "{i}"}, command: "echo {i} ${i}"}
        - {id: put, title: Put, needs: [take]}
  - {id: end, title: E, needs: [move]}
"""  # noqa: E501
    made = cooked(tmp_path, "l", {"l.yaml": text})
    assert needs(made) == {
        "start": (), "move.iter1.take": ("start",), "move.iter1.put": ("move.iter1.take",),
        "move.iter2.take": ("move.iter1.put",), "move.iter2.put": ("move.iter2.take",),
        "move.iter3.take": ("move.iter2.put",), "move.iter3.put": ("move.iter3.take",),
        "end": ("move.iter3.put",),
    }  # fmt: skip
    third = made.steps[5]
    assert (third.title, third.notes, third.metadata, third.command) == (
        "Take 3", "kept", {"disk": "3"}, "echo 3 ${i}",
    )  # fmt: skip
    assert made.steps[3].source == "steps[1].loop.body[0].iter2"


def test_loops_in_loops_and_until(tmp_path: Path) -> None:
    """Ids of inner loops hold those of outer ones; an open-ended loop is left to who works it."""
    text = """
formula: l
steps:
  - id: o
    title: O
    loop: {count: 2, body: [{id: i, title: I, loop: {count: 2, body: [{id: x, title: X}]}}]}
  - id: w
    title: W
    loop: {until: "step.status == 'complete'", max: 3, body: [{id: y, title: Y}]}
"""
    made = cooked(tmp_path, "l", {"l.yaml": text})
    assert list(needs(made)) == [
        "o.iter1.i.iter1.x", "o.iter1.i.iter2.x", "o.iter2.i.iter1.x", "o.iter2.i.iter2.x",
        "w.iter1.y",
    ]  # fmt: skip
    assert made.steps[2].needs == ("o.iter1.i.iter2.x",)
    assert made.steps[4].labels == ('loop:{"max":3,"until":"step.status == \'complete\'"}',)


CONVOY = """
formula: c
type: convoy
inputs:
  pr: {required: true}
  note: {description: optional}
prompts:
  base: "Look at {{.pr}} for {{.leg.focus}}.{{if .note}} Note: {{.note}}{{end}} To {{.output_path}}"
output: {directory: "r/{{.pr}}", leg_pattern: "{{.leg.id}}.md", synthesis: all.md}
legs:
  - {id: a, title: A, focus: speed}
  - {id: b, title: B, focus: safety, description: Be careful.}
synthesis:
  title: All of {{.pr}}
  description: "Read {{.output.directory}}"
  depends_on: [a, b]
"""


def test_convoys_have_legs_and_a_synthesis(tmp_path: Path) -> None:
    """Legs need nothing, the synthesis needs them; prompts are filled in."""
    made = cooked(tmp_path, "c", {"c.yaml": CONVOY}, pr="42")
    assert needs(made) == {"a": (), "b": (), "synthesis": ("a", "b")}
    assert made.steps[0].description == "Look at 42 for speed. To r/42/a.md"
    assert made.steps[1].description.endswith("To r/42/b.md\n\nBe careful.")
    assert made.steps[2].description == "Read r/42"
    assert made.type == "convoy"
    noted = cooked(tmp_path, "c", {"c.yaml": CONVOY}, pr="42", note="slow")
    assert " Note: slow To" in noted.steps[0].description


def test_steps_without_needs_run_in_order(tmp_path: Path) -> None:
    """The order of the text holds where nobody says needs; parallel neighbours run side by side."""
    text = "formula: f\nsteps:\n" + "".join(
        f"- {{name: {name}, parallel: {flag}}}\n"
        for name, flag in (("a", "no"), ("b", "yes"), ("c", "yes"), ("d", "no"))
    )
    made = cooked(tmp_path, "f", {"f.yaml": text})
    assert needs(made) == {"a": (), "b": ("a",), "c": ("a",), "d": ("b", "c")}


def test_conditions_leave_steps_out(tmp_path: Path) -> None:
    """A step goes with its children; who needed it needs what it needed."""
    text = """
formula: f
vars: {docs: "no", env: test}
steps:
  - {id: a, title: A}
  - {id: b, title: B, needs: [a], condition: "{{docs}}", children: [{id: b1, title: B1}]}
  - {id: c, title: C, needs: [b], condition: "!{{docs}} && {{env}} != prod"}
"""
    texts = {"f.yaml": text}
    assert needs(cooked(tmp_path, "f", texts)) == {"a": (), "c": ("a",)}
    assert list(needs(cooked(tmp_path, "f", texts, docs="yes"))) == ["a", "b", "b1"]
    assert list(needs(cooked(tmp_path, "f", texts, env="prod"))) == ["a"]


def test_a_parent_comes_after_its_children(tmp_path: Path) -> None:
    """Who works alone does the children first, after what their parent needs."""
    text = """
formula: f
steps:
  - {id: a, title: A}
  - {id: p, title: P, needs: [a], children: [{id: p1, title: 1}, {id: p2, title: 2}]}
  - {id: z, title: Z, needs: [p]}
"""
    made = cooked(tmp_path, "f", {"f.yaml": text})
    assert [step.id for step in made.to_run()] == ["a", "p1", "p2", "p", "z"]
    assert [step.parent for step in made.steps] == [None, None, "p", "p", None]
    assert made.steps[1].type == "epic"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("steps: [{id: a, needs: [q]}]", "needs 'q'"),
        ("steps: [{id: a}, {id: a}]", "called 'a'"),
        ("steps: [{id: a, needs: [b]}, {id: b, needs: [a]}]", "need each other"),
        ("steps: [{id: a, needs: [b]}, {id: b, children: [{id: c, needs: [a]}]}]", "each other"),
        ("extends: f", "f -> f"), ("compose: {aspects: [f]}", "no aspect"),
        ("steps: [{id: a, expand: f}]", "no expansion"),
        ("compose: {expand: [{target: q, with: f}]}", "'q'"),
        ("compose: {branch: [{from: q, steps: [r], join: s}]}", "'q'"),
        ("steps: [{id: a, loop: {range: 3..1, body: [{id: b}]}}]", "ends before"),
        ("steps: [{id: a, loop: {range: 1..x, body: [{id: b}]}}]", "cannot compute"),
        ("steps: [{id: a, loop: {count: 999999, body: [{id: b}, {id: c}]}}]", "more than 1000"),
        ("steps: [{id: a, loop: {range: 1..9^99999, body: [{id: b}]}}]", "cannot compute"),
        ("steps: [{id: a, condition: maybe}]", "is none of"),
        ("steps: [{id: a, waits_for: children-of(q)}]", "'q'"), ("steps: []", "no steps"),
    ],
)  # fmt: skip
def test_what_cannot_be_resolved_is_refused(tmp_path: Path, text: str, said: str) -> None:
    """Circles, missing names, clashes and what grows without end: a sentence each."""
    with pytest.raises((Refused, BadFormula), match=said):
        cooked(tmp_path, "f", {"f.yaml": f"formula: f\n{text}\n"})


VARS = """
formula: f
vars:
  version: {required: true, pattern: '^[0-9]+$', description: Which one}
  env: {enum: [test, prod], default: test}
  count: {type: int, default: 1}
steps:
  - {id: a, title: "{{version}} {{who}}", description: "{{free}} {{env}}", command: "echo {{env}}"}
"""


def test_variables_are_checked(tmp_path: Path) -> None:
    """Missing, unknown and unfitting values are all told; an unknown name in prose stays."""
    texts = {"f.yaml": VARS}
    with pytest.raises(BadValues) as wrong:
        cooked(tmp_path, "f", texts, env="live", count="x", vresion="1")
    said = str(wrong.value)
    for part in ("version is missing (Which one)", "who is missing", "none of test, prod",
                 "no whole number", "did you mean 'version'"):  # fmt: skip
        assert part in said
    made = cooked(tmp_path, "f", texts, version="7", who="me")
    assert made.vars == {"version": "7", "who": "me", "env": "test", "count": "1"}
    assert (made.steps[0].title, made.steps[0].description) == ("7 me", "{{free}} test")
    assert made.steps[0].command == "echo {{env}}"


@given(value=st.text(max_size=12))
def test_a_pattern_ends_where_the_value_ends(value: str) -> None:
    """No line break slips through behind `$`."""
    from gastown.domain.formulas.variables import _fits

    fits = value != "" and all(char in "0123456789" for char in value)
    assert _fits("^[0-9]+$", value) is fits
    assert not _fits("^[0-9]+$", "1\n")


def test_a_broken_text_names_file_and_line(tmp_path: Path) -> None:
    """A formula that stands on a broken one says where that is broken."""
    texts = {"f.yaml": "formula: f\nextends: g\n", "g.yaml": "formula: g\nstep: []\n"}
    with pytest.raises(Unreadable, match=r"g\.yaml:2: step: unknown key 'step'"):
        cooked(tmp_path, "f", texts)


def test_unsafe_commands_are_refused_before_anything_runs(tmp_path: Path) -> None:
    """A variable where it would be code is told with its step."""
    texts = {"f.yaml": "formula: f\nsteps:\n- {name: a, command: \"sh -c 'echo {{x}}'\"}\n"}
    with pytest.raises(GtError, match=r"step a: .*sh would read it as code"):
        cooked(tmp_path, "f", texts, x="1")


def test_the_digest_is_over_all_texts(tmp_path: Path) -> None:
    """A change of what a formula stands on is a change of the formula."""
    before = cooked(tmp_path, "calm-company", BOOKS, feature="f").digest
    assert cooked(tmp_path, "calm-company", BOOKS, feature="g").digest == before
    changed = {**BOOKS, "thrice.toml": THRICE + "\n# changed\n"}
    assert cooked(tmp_path, "calm-company", changed, feature="f").digest != before
