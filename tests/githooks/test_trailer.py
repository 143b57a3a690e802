"""A commit for a bead says so: `Bead: <id>`, exactly once, and never instead of a message."""

from pathlib import Path

import pytest

from tests.githooks.helpers import commit, crew, put_script, typed
from tests.support.desk import Desk
from tests.support.environment import Traps
from tests.support.people import git, write


def _beads(tree: Path, revision: str = "HEAD") -> list[str]:
    """The beads that the trailers of a commit name."""
    said = git(tree, "log", "-1", "--format=%(trailers:key=Bead,valueonly)", revision)
    return said.splitlines()


def _message(tree: Path) -> str:
    return git(tree, "log", "-1", "--format=%B")


@pytest.fixture
def bead_and_tree(desk: Desk) -> tuple[str, Path]:
    """A bead and the polecat's worktree that holds it."""
    return desk.sling()


MESSAGES = {
    "a subject": "fix: a thing",
    "a body": "fix\n\nWhy it was: wrong.",
    "a body without colons": "fix\n\nWhy it was wrong\nand is right now",
    "a trailer": "fix\n\nWhy.\n\nSigned-off-by: A <a@b.c>",
    "picked": "fix\n\n(cherry picked from commit 0123456789012345678901234567890123456789)",
    "a divider": "fix\n\nabove\n---\nbelow",
    "a number": "#123 is fixed\n\nindeed",
    "the trailer": "fix\n\nBead: {bead}",
    "blanks": "  fix  \n\n\n",
}


def test_every_message_gets_its_trailer_once(bead_and_tree: tuple[str, Path]) -> None:
    """Whatever the message is like, git reads one `Bead:` trailer, and the words stay."""
    bead, tree = bead_and_tree
    for name, message in MESSAGES.items():
        text = message.format(bead=bead)
        commit(tree, text)
        assert _beads(tree) == [bead], name
        assert _message(tree).startswith(text.rstrip()), name
        assert _message(tree).count("Bead:") == 1, name


def test_a_person_may_name_another_bead(bead_and_tree: tuple[str, Path]) -> None:
    """A trailer that is there already is left as it is."""
    _, tree = bead_and_tree
    commit(tree, "fix\n\nBead: other-1")
    assert _beads(tree) == ["other-1"]


def test_amend_rebase_pick_and_merge_keep_one_trailer(bead_and_tree: tuple[str, Path]) -> None:
    """What rewrites a commit does not add a second trailer, and merges have one, too."""
    bead, tree = bead_and_tree
    commit(tree, "one")
    commit(tree, "two\n\nSigned-off-by: A <a@b.c>")
    typed(tree, "commit", "--quiet", "--amend", "--no-edit")
    typed(tree, "commit", "--quiet", "--amend", "-m", "two again")
    typed(tree, "switch", "--quiet", "-c", "side", "HEAD~1")
    commit(tree, "aside")
    typed(tree, "switch", "--quiet", "-")
    picked = git(tree, "rev-parse", "HEAD")
    typed(tree, "rebase", "--quiet", "--force-rebase", "HEAD~2")
    assert [_beads(tree, rev) for rev in ("HEAD", "HEAD~1")] == [[bead], [bead]]
    typed(tree, "reset", "--quiet", "--hard", "HEAD~1")
    typed(tree, "cherry-pick", picked)
    assert _beads(tree) == [bead]
    typed(tree, "merge", "--quiet", "--no-edit", "side")
    assert git(tree, "log", "-1", "--format=%P").count(" ") == 1
    assert _beads(tree) == [bead]


def test_an_empty_message_still_calls_a_commit_off(
    bead_and_tree: tuple[str, Path], tmp_path: Path
) -> None:
    """Who leaves the editor without a word does not commit: a trailer alone is no message."""
    _, tree = bead_and_tree
    before = git(tree, "rev-parse", "HEAD")
    (tree / "x").write_text("x")
    typed(tree, "add", "x")
    text = tmp_path / "text"
    for said in ("", "# only a comment", "\n   \n"):
        for option in ((), ("-v",), ("-s",)):
            text.write_text(said)
            done = typed(tree, "commit", *option, status=None, editor=f"cp '{text}'")
            assert done.status == 1
            assert "empty commit message" in done.err
            assert git(tree, "rev-parse", "HEAD") == before


def test_an_empty_message_on_the_command_line_is_refused(
    bead_and_tree: tuple[str, Path],
) -> None:
    """`-m ""` means nothing, with and without our git hooks."""
    _, tree = bead_and_tree
    done = typed(tree, "commit", "--allow-empty", "-m", "", status=None)
    assert done.status == 1


def test_an_edited_message_gets_the_trailer(
    bead_and_tree: tuple[str, Path], tmp_path: Path
) -> None:
    """What a person writes in the editor is a message, above git's comments and the diff."""
    bead, tree = bead_and_tree
    editor = put_script(
        tmp_path / "editor", '#!/bin/sh\n{ echo typed; cat "$1"; } >"$1.n" && mv "$1.n" "$1"\n'
    )
    for comment in ("#", ";", "auto"):
        git(tree, "config", "core.commentChar", comment)
        for option in ((), ("-v",)):
            (tree / "x").write_text(f"{comment}{option}")
            typed(tree, "add", "x")
            typed(tree, "commit", "--quiet", *option, editor=str(editor))
            assert _message(tree).strip() == f"typed\n\nBead: {bead}", (comment, option)
        done = typed(tree, "commit", "--allow-empty", "-v", status=None, editor="true")
        assert done.status == 1
        assert "empty commit message" in done.err


def test_an_untouched_template_calls_a_commit_off(
    bead_and_tree: tuple[str, Path], tmp_path: Path
) -> None:
    """A template that nobody has edited is no message; an edited one is."""
    bead, tree = bead_and_tree
    template = tmp_path / "template"
    template.write_text("What:\nWhy:\n")
    options = ("commit", "--allow-empty", "-t", str(template))
    done = typed(tree, *options, status=None, editor="true")
    assert done.status == 1
    assert "did not edit" in done.err
    typed(tree, *options, editor="sed -i 's/What:/What: much/'")
    assert _beads(tree) == [bead]


def test_a_crew_without_a_bead_gets_none(desk: Desk) -> None:
    """Where no bead is on the hook, messages are the person's own."""
    tree = crew(desk)
    commit(tree, "mine")
    assert _message(tree) == "mine"


def test_it_can_be_switched_off(bead_and_tree: tuple[str, Path]) -> None:
    """With GT_HOOKS=0 the message stays as it is."""
    _, tree = bead_and_tree
    commit(tree, "mine", GT_HOOKS="0")
    assert _message(tree) == "mine"


def test_in_a_subfolder_and_from_elsewhere(
    bead_and_tree: tuple[str, Path], any_gitconfig: Traps | None, tmp_path: Path
) -> None:
    """It does not matter where git is typed, nor how odd the person's settings are."""
    bead, tree = bead_and_tree
    write(tree, {"deep/er/x": "x"})
    typed(tree, "add", "--force", ".")
    plain = ("-c", "commit.gpgsign=false", "commit", "--quiet", "-m")
    typed(tree / "deep" / "er", *plain, "deep")
    assert _beads(tree) == [bead]
    typed(tmp_path, "-C", str(tree), *plain, "far", "--allow-empty")
    assert _beads(tree) == [bead]
    traps = any_gitconfig.sprung() if any_gitconfig else []
    assert [trap for trap in traps if trap.startswith("hook-")] == []
