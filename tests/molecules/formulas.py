"""Formulas for the tests, put where a town finds them; recipes made by hand."""

from __future__ import annotations

from typing import Any

from gastown.domain.formulas.recipe import Recipe, Step
from tests.support.desk import Desk
from tests.support.people import git

THREE = """\
formula: three
description: Three steps in a row
steps:
  - name: one
    command: echo {{what}} >one.txt
  - name: two
    command: echo 2 >two.txt
  - name: three
    command: cat one.txt two.txt >three.txt
"""
TALK = """\
formula: talk
description: Steps for somebody who thinks
steps:
  - name: think
  - name: write
"""
FAN = """\
formula = "fan"
description = "From two sides"
type = "convoy"

[[steps]]
id = "left"
title = "Left"
command = "echo left >left.txt"

[[steps]]
id = "right"
title = "Right"
command = "echo right >right.txt"

[[steps]]
id = "sum"
title = "Sum up"
command = "cat left.txt right.txt >sum.txt"
needs = ["left", "right"]
"""


def put(desk: Desk, text: str) -> str:
    """Write a formula into the town's folder, and commit it; returns its name."""
    hq = desk.root / "hq"
    folder = hq / ".beads" / "formulas"
    folder.mkdir(parents=True, exist_ok=True)
    name = text.partition("formula")[2].splitlines()[0].strip(' :="')
    file = folder / f"{name}{'.toml' if '[[steps]]' in text else '.yaml'}"
    if not file.exists() or file.read_text() != text:
        file.write_text(text)
        git(hq, "add", ".beads")
        git(hq, "commit", "--quiet", "-m", f"formula {name}")
        desk.town.read()
    return name


def pour(desk: Desk, text: str, *words: object) -> dict[str, Any]:
    """Write a formula and pour it; returns what `bd mol pour --json` says."""
    formula = put(desk, text)
    made = desk.bd("mol", "pour", formula, "--yes", "--rig", "mp", *words, "--json").json
    return dict(made)


def recipe(*steps: Step, **keys: Any) -> Recipe:
    """A recipe as a formula would be resolved to."""
    given: dict[str, Any] = {
        "formula": "it", "description": "Do it", "type": "workflow", "version": "1",
        "phase": None, "vars": {}, "origin": "built-in", "digest": "0" * 64,
    }  # fmt: skip
    return Recipe(**{**given, **keys}, steps=steps)


def shown(desk: Desk, bead: str) -> dict[str, Any]:
    """A bead as the ledger has it."""
    found = desk.town.read().bead(bead)
    return {**found.to_json(), "parent": found.parent}
