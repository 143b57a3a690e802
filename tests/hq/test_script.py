"""The script that git runs: it asks the right program in a clean environment, or refuses."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from gastown.cli.hq_guard import hq_guard
from gastown.store.git import LOCAL_VARIABLES
from tests.hq.guarded import SCRIPTS, Guarded, guard
from tests.support.desk import copy_template
from tests.support.environment import Traps

SCRIPT = SCRIPTS / "reference-transaction"


def interpreter(hq: Guarded) -> Path:
    """The file that names the interpreter."""
    return hq.town.layout.git_hooks / "hq" / "python"


def test_it_drops_what_git_exports() -> None:
    """The script and the door to git drop the same variables."""
    text = SCRIPT.read_text().replace("\\\n", " ")
    [dropped] = re.findall(r"^unset (.+)$", text, re.MULTILINE)
    assert set(dropped.split()) == LOCAL_VARIABLES


@pytest.mark.parametrize("what", ["missing", "empty", "gone", "no program", "another"])
def test_without_an_interpreter(hq: Guarded, what: str, tmp_path: Path) -> None:
    """What cannot be asked refuses, says how to go on, and that way works."""
    bead = hq.desk.bead()
    other = tmp_path / "other"
    other.write_text("#!/bin/sh\nexit 1\n")
    other.chmod(0o755)
    if what == "missing":
        interpreter(hq).unlink()
    else:
        named = {"empty": "", "gone": "/nowhere/python", "no program": "/etc/passwd"}
        interpreter(hq).write_text(named.get(what, str(other)) + "\n")
    hq.edit_bead(bead, priority=0)
    said = hq.refused("commit", "-am", "urgent")
    assert "the guard of the ledger cannot be asked" in said
    assert "gt githooks install" in said
    assert "git -c core.hooksPath=/dev/null" in said
    hq.git("-c", "core.hooksPath=/dev/null", "commit", "--quiet", "-am", "urgent")
    assert hq.desk.shown(bead)["priority"] == 0


def test_odd_surroundings(hq: Guarded, hostile_gitconfig: Traps, tmp_path: Path) -> None:
    """Neither git's variables, nor a stale GT_TOWN, nor odd git settings lead it astray."""
    bead, _ = hq.desk.sling()
    admin = hq.town.layout.town_git / "worktrees" / "hq"
    env = {
        "GIT_DIR": str(admin), "GIT_WORK_TREE": str(hq.folder), "GT_TOWN": str(tmp_path),
        "GIT_INDEX_FILE": str(admin / "index"), "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "color.ui", "GIT_CONFIG_VALUE_0": "always",
        "PYTHONPATH": str(tmp_path), "LC_ALL": "C",
    }  # fmt: skip
    (hq.desk.root / "gastown").mkdir()
    (hq.desk.root / "gastown" / "__init__.py").write_text("raise SystemExit(0)\n")
    hq.edit_bead(bead, title="by hand")
    hq.git("commit", "--quiet", "-am", "a title", env=env, at=tmp_path)
    hq.edit_bead(bead, status="closed")
    said = hq.git("commit", "--quiet", "-am", "closed", env=env, at=tmp_path, status=128)
    assert f"would hold {bead}, which is closed" in said.err
    hq.git("reset", "--quiet", "--hard")
    assert hq.desk.shown(bead)["title"] == "by hand"
    assert not any(name.startswith("hook-") for name in hostile_gitconfig.sprung())
    (hq.desk.root / "gastown" / "__init__.py").unlink()


def test_a_town_with_an_odd_name(template: Path, tmp_path: Path) -> None:
    """Spaces, quotes and dollars in the town's path change nothing."""
    desk = copy_template(template, tmp_path / 'it\'s a $town "here"')
    hq = guard(desk)
    bead = desk.bead()
    hq.edit_bead(bead, priority=0)
    hq.commit("urgent")
    hq.edit_bead(bead, status="hooked")
    assert "it is on no hook" in hq.refused_commit()
    assert hq.events() == ["reference-transaction"]


def test_the_observer_never_fails_git(hq: Guarded) -> None:
    """Without a spool the commit is made all the same, and nothing is printed."""
    bead = hq.desk.bead()
    shutil.rmtree(hq.town.layout.spool)
    hq.edit_bead(bead, priority=0)
    said = hq.commit("urgent")
    assert (said.out, said.err) == ("", "")
    assert hq.desk.shown(bead)["priority"] == 0


def test_the_command_is_hidden(hq: Guarded) -> None:
    """Nobody is offered what only the script types; it checks its words all the same."""
    assert hq_guard.hidden
    assert "two commits" in hq.desk.gt("hq-guard", "town", "HEAD", status=2).err
    hq.desk.gt("hq-guard", hq.tip, hq.tip)
    assert "cannot be deleted" in hq.desk.gt("hq-guard", hq.tip, "0" * 40, status=1).err
