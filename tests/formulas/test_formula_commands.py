"""bd formula: listed, shown, checked and begun; the built-in ones."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gastown.domain.run import RUN
from gastown.ops.formula_files import validate
from gastown.ops.formulas import load_recipe, load_resolved
from gastown.store.formulas import Library, worktree_root
from tests.support.desk import Desk
from tests.support.people import git, write

BUILT_IN = {
    "release": {"version": "1.2.3"}, "bugfix": {"bug": "It hangs"},
    "feature-with-tests": {"feature": "Search"}, "code-review": {"change": "main..topic"},
    "harden": {"part": "src"},
}  # fmt: skip


@pytest.fixture
def tree(desk: Desk) -> Path:
    """A person's worktree."""
    desk.gt("crew", "add", "me", "--rig", "mp")
    return desk.root / "mp" / "crew" / "me"


def put(folder: Path, name: str, text: str) -> Path:
    """Write a file of formulas."""
    write(folder, {f".beads/formulas/{name}": text})
    return folder / ".beads" / "formulas" / name


def test_the_nearest_of_a_name_wins(desk: Desk, tree: Path) -> None:
    """A folder below the worktree's root, the root, the town, the person, the built-in ones."""
    home = Path(os.environ["HOME"])
    places = {"deep": tree / "a" / "b", "root": tree, "town": desk.root / "hq", "person": home}
    for said, folder in places.items():
        put(folder, "release.yaml", f"formula: release\ndescription: {said}\nsteps: [{{name: a}}]")
    found = desk.bd("formula", "list", "--json", at=tree / "a" / "b").json
    release = [one for one in found if one["name"] == "release"]
    assert [one["description"] for one in release[:-1]] == ["deep", "root", "town", "person"]
    assert release[-1]["source"] == "built-in"
    assert [one.get("shadowed", False) for one in release] == [False, True, True, True, True]
    assert set(release[0]) == {"name", "type", "description", "source", "steps", "vars"}
    seen = [desk.bd("formula", "show", "release", "--json", at=at).json["description"]
            for at in (tree / "a" / "b", tree / "a", "", "hq")]  # fmt: skip
    assert seen == ["deep", "root", "town", "town"]
    desk.bead("commits the formula in hq")


def test_a_rigs_project_brings_its_own(desk: Desk, tree: Path) -> None:
    """Of the rig that is named the target branch counts, after the place one stands in."""
    text = "formula: ship\ndescription: {}\nsteps: [{{name: a, command: 'echo {{{{x}}}}'}}]"
    put(tree, "ship.yaml", text.format("committed"))
    git(tree, "add", "-A")
    git(tree, "commit", "-qm", "a formula")
    git(tree, "push", "-q", ".", "HEAD:main")
    put(tree, "ship.yaml", text.format("edited"))
    desk.bd("formula", "show", "ship", status=3)
    shown = desk.bd("formula", "show", "ship", "--rig", "mp", "--json").json
    assert (shown["description"], shown["source"]) == ("committed", "mp:.beads/formulas/ship.yaml")
    edited = desk.bd("formula", "show", "ship", "--rig", "mp", "--json", at=tree).json
    assert edited["description"] == "edited"
    assert edited["source"] == "mp/crew/me/.beads/formulas/ship.yaml"
    refused = desk.gt("sling", "ship", "mp", "--var", "x=1", "--no-start", status=1)
    assert "gt config trust formula ship --rig mp" in refused.err
    desk.gt("config", "trust", "formula", "ship", "--rig", "mp")
    assert "is poured" in desk.gt("sling", "ship", "mp", "--var", "x=1", "--no-start").out
    [molecule] = desk.town.read().molecules()
    assert molecule.origin == "mp:.beads/formulas/ship.yaml"
    assert desk.bd("mol", "pour", "ship", "--var", "x=2", "--json").json["created"] == 2


def test_a_repository_around_a_town_is_none_of_its_worktrees(tmp_path: Path) -> None:
    """Nobody's home that happens to be a repository is cooked in."""
    town = tmp_path / "gt"
    (tmp_path / ".git").mkdir()
    (town / "mp").mkdir(parents=True)
    assert worktree_root(town / "mp", town) is None
    assert worktree_root(town / "mp", None) == tmp_path


def test_broken_ones_are_listed_as_such(desk: Desk, tree: Path) -> None:
    """A formula that cannot be read is in the list, with the line that is wrong."""
    put(tree, "bad.toml", 'formula = "bad"\n[[steps]]\nid = "a"\ncomand = "x"\n')
    put(tree, "worse.yaml", "formula: [\n")
    said = desk.bd("formula", "list", at=tree).out
    assert "broken: line 4: unknown key 'comand'" in said
    assert "broken: line 2: no YAML" in said
    only = desk.bd("formula", "list", "--type", "convoy", "--json", at=tree).json
    assert [one["name"] for one in only] == ["code-review", "harden"]
    desk.bd("formula", "list", "--type", "none", status=2)


def test_unknown_names_are_answered_with_alike_ones(desk: Desk) -> None:
    """A misspelt name is not found, and the one that was meant is named."""
    said = desk.bd("formula", "show", "relaese", status=3).err
    assert "did you mean release?" in said


def test_show_draws_what_it_will_be(desk: Desk, tree: Path) -> None:
    """Variables with their rules, steps with commands and needs, from everything it stands on."""
    put(tree, "mine.yaml", "formula: mine\nextends: release\nsteps:\n"
        "- {name: Announce, command: 'echo {{version}}', needs: [create-tag]}\n")  # fmt: skip
    put(tree, "evil.yaml", 'formula: evil\ndescription: "\\e[31m"\nsteps: [{name: a}]\n')
    said = desk.bd("formula", "show", "mine", at=tree).out
    assert "extends release" in said
    assert "version (required; matches" in said
    assert "announce  Announce  [after create-tag]" in said
    assert "$ make test" in said
    assert "\x1b" not in desk.bd("formula", "show", "evil", at=tree).out
    raw = desk.bd("formula", "show", "mine", "--raw", at=tree).out
    assert raw.startswith("formula: mine\nextends")


def test_validate_says_everything_with_its_line(desk: Desk, tree: Path) -> None:
    """Keys, needs, circles, clashes and unsafe commands of several files; the status tells."""
    text = (
        "formula: f\nsteps:\n- id: a\n  needs: [b, nope]\n- id: b\n  needs: [a]\n- id: b\n"
        "- name: c\n  command: sh -c 'echo {{x}}'\n  condition: perhaps\n  foo: 1\n"
    )
    bad = put(tree, "f.yaml", text)
    good = put(tree, "g.yaml", "formula: g\nsteps:\n- {name: a, command: 'echo {{x}}'}\n")
    said = desk.bd("formula", "validate", bad, good, at=tree, status=1).out
    for line, part in ((4, "'nope'"), (7, "called 'b'"), (9, "sh would read it as code"),
                       (10, "perhaps"), (11, "unknown key 'foo'")):  # fmt: skip
        assert any(row.startswith(f"{bad}:{line}:") and part in row for row in said.splitlines())
    assert f"✓ {good}: g is well-formed" in said
    assert desk.bd("formula", "validate", "g", "--json", at=tree).json[0]["valid"] is True
    circle = put(tree, "h.yaml", "formula: h\nsteps:\n- {id: a, needs: [b]}\n- {id: b, needs: [a]}")
    assert "a -> b -> a" in desk.bd("formula", "validate", circle, status=1).out
    lost = put(tree, "i.yaml", "formula: i\nextends: nowhere\n")
    assert "nowhere" in desk.bd("formula", "validate", lost, status=1).out
    desk.bd("formula", "validate", "no-such-file", status=3)


NAMES = st.sampled_from(["a", "b", "c", "a.b", "{{x}}", ""])
STEPS = st.recursive(
    st.fixed_dictionaries({}, optional={
        "id": NAMES, "title": NAMES, "command": st.sampled_from(["x", "eval {{x}}", 1]),
        "needs": st.lists(NAMES, max_size=2), "condition": NAMES, "waits_for": NAMES,
        "loop": st.sampled_from([{"count": 2, "body": [{"id": "a"}]}, {"range": "1..x"}]),
        "expand": NAMES,
    }),
    lambda inner: st.fixed_dictionaries({"id": NAMES, "children": st.lists(inner, max_size=2)}),
    max_leaves=4,
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, max_size=4), extends=st.lists(NAMES, max_size=1))
def test_whatever_is_validated_gets_an_answer(
    tmp_path: Path, steps: list[object], extends: list[str]
) -> None:
    """Any heap of steps is well-formed and resolves, or has problems; it is never our bug."""
    text = json.dumps({"formula": "f", "extends": extends, "steps": steps})
    file = put(tmp_path, "f.json", text)
    library = Library(None, tmp_path, tmp_path / "home")
    found = validate(library, file)
    if not found.problems:
        load_resolved(library, "f", {})


def test_validate_needs_no_town(tmp_path: Path) -> None:
    """A file can be checked anywhere."""
    put(tmp_path, "f.yaml", "formula: f\nsteps: [{name: a}]\n")
    desk = Desk(tmp_path)
    assert "well-formed" in desk.bd("formula", "validate", ".beads/formulas/f.yaml").out


def test_new_begins_a_formula_that_works(desk: Desk, tree: Path) -> None:
    """The file is commented and well-formed; nothing is overwritten, and names are checked."""
    made = desk.bd("formula", "new", "ship", "--json", at=tree).json
    file = Path(made["file"])
    assert file == tree.resolve() / ".beads" / "formulas" / "ship.yaml"
    assert file.read_text().startswith("# A formula")
    desk.bd("formula", "validate", "ship", at=tree)
    plan = desk.bd("cook", "ship", "--var", "version=1.2.3", "-n", "--json", at=tree).json
    assert [step["id"] for step in plan["steps"]] == ["test", "tag"]
    assert "there already" in desk.bd("formula", "new", "ship", at=tree, status=1).err
    desk.bd("formula", "new", "../ship", status=2)
    desk.bd("formula", "new", "all-ours")
    assert (desk.root / "hq" / ".beads" / "formulas" / "all-ours.yaml").is_file()
    desk.bead("commits the formula in hq")


def test_new_opens_an_editor(desk: Desk, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """--edit hands the file to $EDITOR."""
    monkeypatch.setenv("EDITOR", "sed -i s/^description:.*/description:\\ Mine/")
    desk.bd("formula", "new", "ship", "--edit", at=tree)
    assert desk.bd("formula", "show", "ship", "--json", at=tree).json["description"] == "Mine"


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_formulas_are_well_formed(desk: Desk, name: str, tmp_path: Path) -> None:
    """Each one that comes along resolves with its required variables, and validates."""
    made = load_recipe(desk.town, name, BUILT_IN[name], here=tmp_path, home=tmp_path)
    assert made.origin == "built-in"
    assert made.in_order()
    assert "{{" not in "".join(step.title + step.description for step in made.steps)
    library = Library(None, tmp_path, tmp_path)
    file = Path(str(library.find(name).file))
    assert "well-formed" in desk.bd("formula", "validate", file).out


def test_the_review_is_a_convoy(desk: Desk, tmp_path: Path) -> None:
    """Four legs that need nothing, and a synthesis that needs them all."""
    made = load_recipe(desk.town, "code-review", BUILT_IN["code-review"], here=tmp_path,
                       home=tmp_path)  # fmt: skip
    *legs, synthesis = made.steps
    assert len(legs) == 4
    assert all(leg.needs == () for leg in legs)
    assert synthesis.needs == tuple(leg.id for leg in legs)
    assert "reviews/main..topic/correctness.md" in legs[0].description


def test_the_table_of_runs() -> None:
    """Running to done or failed, and failed to running again."""
    edges = {f"{origin} -> {move.dest}" for move in RUN.moves for origin in move.origins}
    assert edges == {"running -> done", "running -> failed", "failed -> running"}
