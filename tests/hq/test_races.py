"""A person commits while operations land: nothing is undone silently, nothing fails for ever."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from gastown.store import locks
from gastown.store.guard import judge
from gastown.store.town import Town
from tests.hq.guarded import Guarded, guard, place_interpreter
from tests.support.children import finish, python
from tests.support.desk import Desk
from tests.support.living import git_holding_the_index
from tests.support.people import git
from tests.support.soundness import assert_sound, subjects
from tests.support.towns import EDGE, a_bead, put
from tests.support.waiting import until

WRITER = """
from gastown.errors import Busy
print("ready", flush=True)
sys.stdin.readline()
for turn in range(2):
    while True:
        try:
            with town.transaction(f"{sys.argv[2]} {turn}", actor="human") as tx:
                shared = tx.bead("mp-shared")
                tx.put(shared.with_(estimated_minutes=shared.data["estimated_minutes"] + 1))
            break
        except Busy as busy:
            assert "moved" in busy.message, busy.message
"""


def test_a_lagging_index(hq: Guarded) -> None:
    """A commit from an index that does not know of an operation is refused; the next one works."""
    bead = hq.desk.bead()
    with git_holding_the_index(hq.town):
        hq.desk.bd("close", bead)
    (hq.folder / "note.txt").write_text("n\n")
    hq.git("add", "note.txt")
    said = hq.refused("commit", "-m", "a note")
    assert "hq did not show the ledger's last commit" in said
    assert "try: gt status" in said
    hq.desk.gt("status")
    assert hq.git("diff", "HEAD", "--name-only").out == "note.txt\n"
    hq.git("commit", "--quiet", "-m", "a note")
    assert hq.desk.shown(bead)["status"] == "closed"


def test_a_commit_that_was_made_elsewhere(hq: Guarded) -> None:
    """The index of hq does not know it; the next commit there must not take it back."""
    bead = hq.desk.bead()
    hq.git("switch", "--quiet", "--detach")
    hq.edit_bead(bead, priority=0)
    hq.commit("urgent")
    made = hq.git("rev-parse", "HEAD").out.strip()
    hq.git("switch", "--quiet", "--detach", "HEAD~1")
    hq.git("symbolic-ref", "HEAD", "refs/heads/town")
    hq.git("update-ref", "refs/heads/town", made)
    (hq.folder / "note.txt").write_text("n\n")
    hq.git("add", "note.txt")
    assert "silently undo the last commit's change" in hq.refused("commit", "-m", "a note")
    hq.desk.gt("status")
    hq.git("commit", "--quiet", "-m", "a note")
    assert hq.desk.shown(bead)["priority"] == 0


def test_an_operation_while_the_editor_is_open(hq: Guarded, tmp_path: Path) -> None:
    """Git notices by itself that the ledger moved; the commit is made again."""
    bead, other = hq.desk.bead("one"), hq.desk.bead("two")
    hq.edit_bead(bead, title="by hand")
    hq.git("add", "-A")
    words = ["bd", "close", other]
    editor = f"sh -c 'cd {hq.desk.root} && {Path(sys.executable).parent}/{' '.join(words)};" \
             " echo by hand >$0'"  # fmt: skip
    said = hq.git("commit", status=128, env={"GIT_EDITOR": editor.replace(">$0'", '>"$0"\'')})
    assert "cannot lock ref" in said.err
    assert hq.desk.shown(other)["status"] == "closed"
    hq.git("commit", "--quiet", "-m", "by hand")
    assert hq.desk.shown(bead)["title"] == "by hand"
    assert hq.desk.shown(other)["status"] == "closed"


def test_an_operation_while_the_guard_is_asked(hq: Guarded, tmp_path: Path) -> None:
    """The operation waits for the person's git, takes its commit for the base, and succeeds."""
    bead = hq.desk.bead()
    slow = tmp_path / "python"
    os.mkfifo(tmp_path / "go")
    slow.write_text(
        f'#!/bin/sh\ntouch {tmp_path}/reached\nread -r _ <{tmp_path}/go\nexec {sys.executable} "$@"'
    )
    slow.chmod(0o755)
    place_interpreter(hq.town.layout, str(slow))
    hq.edit_bead(bead, title="by hand")
    hq.git("add", "-A")
    person = subprocess.Popen(["git", "commit", "--quiet", "-m", "by hand"], cwd=hq.folder)
    until((tmp_path / "reached").exists)
    operation = hq.desk.start("bd", "update", bead, "-p", "0")
    until(lambda: locks.is_held(hq.town.layout.locks / "town"))
    (tmp_path / "go").write_text("go\n")
    assert person.wait(20) == 0
    assert operation.wait(20) == 0, operation.communicate()
    shown = hq.desk.shown(bead)
    assert (shown["title"], shown["priority"]) == ("by hand", 0)
    assert [subject.split(" ")[0] for subject in subjects(hq.town)[-3:]] == [
        "by",
        "adopt",
        "update",
    ]


def test_thirty_writers_and_a_person(bare_town: Town) -> None:
    """Writers are told to run again at most; every write and every commit by hand is there."""
    put(bare_town, a_bead("mp-shared", estimated_minutes=0))
    root = str(bare_town.layout.root)
    hq = guard(Desk(bare_town.layout.root))
    children = [python(WRITER, root, str(number)) for number in range(30)]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    for number in range(4):
        until(lambda number=number: _noted(hq, number), 60)
    for child in children:
        finish(child)
    put(bare_town, a_bead("mp-last"))
    other = Town(bare_town.layout.root, EDGE)
    assert other.read().bead("mp-shared").data["estimated_minutes"] == 60
    assert git(hq.folder, "ls-files", "*.txt").split() == [f"note-{n}.txt" for n in range(4)]
    adopted = [subject for subject in subjects(bare_town) if subject.startswith("adopt ")]
    assert 1 <= len(adopted) <= 4
    assert_sound(other)
    other.close()


def _noted(hq: Guarded, number: int) -> bool:
    """Commit a note, as somebody does who tries again when git says that it moved."""
    (hq.folder / f"note-{number}.txt").write_text("n\n")
    added = hq.git("add", f"note-{number}.txt", status=None)
    said = hq.git("commit", "--quiet", "-m", f"note {number}", status=None)
    refusals = ("cannot lock ref", "index.lock", "gt status", "Unable to create", "unmerged")
    assert added.status == said.status == 0 or any(
        words in added.err + said.err for words in refusals
    ), (added, said)
    if said.status and "gt status" in said.err:
        hq.desk.gt("status", status=None)
    return said.status == 0


def test_a_commit_from_an_index_that_was_read_too_early(hq: Guarded) -> None:
    """Found as a bug: git reads the index before it locks it, so hq can be in step meanwhile.

    The commit would silently undo the operation that came in between.
    """
    bead = hq.desk.bead("One", "--rig", "mp")
    stale = hq.git("rev-parse", "HEAD^{tree}").out.strip()
    hq.desk.bd("update", bead, "-p", "0")
    assert hq.town.synced() == hq.town.commit()
    late = hq.git("commit-tree", "-m", "a note", "-p", "HEAD", stale).out.strip()
    before = hq.town.layout.synced.stat().st_mtime
    found = judge(hq.town, hq.town.commit(), late, begun=before - 1)
    assert "silently undo" in found[0].what
    assert judge(hq.town, hq.town.commit(), late, begun=before + 1) == []  # a person's own wish
    said = hq.git("-c", "core.editor=true", "revert", "--no-edit", "HEAD")
    assert said.status == 0  # who says so may do it
    assert hq.desk.shown(bead)["priority"] == 2
