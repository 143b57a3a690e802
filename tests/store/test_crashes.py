"""Writers that are killed at every point: the state is the old one or the new one, and heals."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from gastown.store import locks
from gastown.store.town import Town
from tests.support.children import REPOSITORY, fake_git, finish, python
from tests.support.soundness import assert_sound, history
from tests.support.towns import EDGE, a_bead, a_hook, put
from tests.support.waiting import until

STORE = REPOSITORY / "gastown" / "store"
SOURCES = [STORE / name for name in ("commits.py", "hq.py", "operation.py", "transaction.py")]
POINTS = sorted(
    {p for file in SOURCES for p in re.findall(r'faults\.reach\("([^"]+)"\)', file.read_text())}
)
# Whether the operation counts when its writer dies there.
COUNTS = {
    "tx:before-commit": False,
    "commit:before-import": False,
    "commit:after-import": True,
    "sync:before-restore": True,
    "sync:after-restore": True,
    "tx:before-cache": True,
}
OPERATION = """
from dataclasses import replace
from gastown.domain.hook import HookState
if len(sys.argv) > 2:
    faults.arm(sys.argv[2])
try:
    with town.transaction("sling", actor="human") as tx:
        tx.put(tx.bead("mp-abc").with_(status="hooked", assignee="mp/toast"))
        tx.put(replace(tx.hook("mp/toast"), state=HookState.ACTIVE, bead="mp-abc"))
        tx.put(a_bead("mp-new"))
        tx.delete(tx.bead("mp-old"))
except GtError as error:
    print(error.message, error.hint)
    sys.exit(error.exit_status)
"""


@pytest.fixture
def busy_town(bare_town: Town) -> Town:
    """A town with the records that the operation changes."""
    put(bare_town, a_bead(), a_bead("mp-old"), a_hook())
    return bare_town


def happened(town: Town) -> bool:
    """Whether the operation counts: all of it, or nothing of it."""
    other = Town(town.layout.root, EDGE)
    read = other.read()
    hook = read.hook("mp/toast")
    assert hook is not None
    seen = {
        read.bead("mp-abc").state == "hooked",
        hook.bead == "mp-abc",
        read.has_bead("mp-new"),
        not read.has_bead("mp-old"),
    }
    assert len(seen) == 1, "half of an operation"
    other.close()
    return seen.pop()


def assert_healed(town: Town, expected: bool | None) -> None:
    """The next reader sees old or new; after the next writer everything is in order."""
    until(lambda: not locks.is_held(town.layout.locks / "town"))
    counts = happened(town)
    assert expected is None or counts is expected
    assert_sound(town)
    assert len(history(town)) == 2 + counts
    if not counts:
        finish(python(OPERATION, str(town.layout.root)))
    put(town, a_bead("mp-next"))
    assert happened(town)
    assert_sound(town)


def test_every_point_is_known() -> None:
    """A new fault point needs a decision on what counts when a writer dies there."""
    assert set(POINTS) == set(COUNTS)


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_point(busy_town: Town, point: str) -> None:
    """A kill -9 at every named point leaves the old state or the new one, and heals."""
    finish(python(OPERATION, str(busy_town.layout.root), f"{point}:kill"), status=-9)
    assert_healed(busy_town, COUNTS[point])


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_point_and_again_while_healing(busy_town: Town, point: str) -> None:
    """The one who heals may be killed as well."""
    root = str(busy_town.layout.root)
    finish(python(OPERATION, root, f"{point}:kill"), status=-9)
    for again in ("sync:before-restore", "sync:after-restore"):
        finish(python(f"faults.arm('{again}:kill'); town.read()", root), status=None)
    assert_healed(busy_town, COUNTS[point])


# Between git's answer and ours nothing is written, so no disk can be full there.
@pytest.mark.parametrize("point", [p for p in POINTS if p != "commit:after-import"])
def test_a_full_disk_at_a_point(busy_town: Town, point: str) -> None:
    """Found as a bug: before the commit it is exit status 74 and nothing changed; after, done."""
    status = 0 if COUNTS[point] else 74
    out = finish(python(OPERATION, str(busy_town.layout.root), f"{point}:enospc"), status=status)
    assert COUNTS[point] or "nothing was changed" in out
    assert_healed(busy_town, COUNTS[point])


GIT_DEATHS = {
    "parent dies before import": ("fast-import", "kill -9 $PPID", None),
    "git dies before import": ("fast-import", "kill -9 $$", False),
    "all die before import": ("fast-import", "kill -9 0", False),
    "stream is cut": ("fast-import", 'head -c 200 | "$GIT" "$@"; exit 128', False),
    "git dies within import": (
        "fast-import",
        """
        mkfifo "$0.pipe"; "$GIT" "$@" <"$0.pipe" & victim=$!
        exec 3>"$0.pipe"; head -c 200 >&3
        kill -9 $victim; wait $victim; exit 137
        """,
        False,
    ),
    "parent dies after import": ("fast-import", '"$GIT" "$@"; kill -9 $PPID; exit 0', True),
    "all die after import": ("fast-import", '"$GIT" "$@"; kill -9 0', True),
    "parent dies before restore": ("restore", "kill -9 $PPID", True),
    "git dies before restore": ("restore", "kill -9 $$", True),
    "git dies with the index locked": (
        "restore",
        """
        : >"$(cat .git 2>/dev/null | sed 's/gitdir: //')"; for last; do :; done
        : >"$HQ_LOCK"; kill -9 0
        """,
        True,
    ),
    "restored by half": (
        "restore", 'head -z -n 1 >"$0.half"; "$GIT" "$@" <"$0.half"; kill -9 0', True
    ),
    "all die after restore": ("restore", '"$GIT" "$@"; kill -9 0', True),
}  # fmt: skip


@pytest.mark.parametrize("death", GIT_DEATHS)
def test_killed_around_a_git_child(busy_town: Town, tmp_path: Path, death: str) -> None:
    """git, its parent or both die before, within or after each git process that writes."""
    command, script, expected = GIT_DEATHS[death]
    stub = fake_git(
        tmp_path / "bin", f'case " $* " in *" {command} "*) {script};; esac\nexec "$GIT" "$@"'
    )
    lock = busy_town.layout.town_git / "worktrees" / "hq" / "index.lock"
    child = python(OPERATION, str(busy_town.layout.root), extra={**stub, "HQ_LOCK": str(lock)})
    finish(child, status=None)
    assert_healed(busy_town, expected)


def can_trace() -> bool:
    """Whether strace is there and may be used."""
    strace = shutil.which("strace")
    return (
        strace is not None and subprocess.run([strace, "true"], capture_output=True).returncode == 0
    )


CALLS = ["rename,renameat,renameat2:1", "rename,renameat,renameat2:2", "unlink,unlinkat:3",
         "unlink,unlinkat:6", "write,pwrite64:8", "mkdir,mkdirat:2", "execve:3"]  # fmt: skip


@pytest.mark.skipif(not can_trace(), reason="strace is missing or not allowed here")
@pytest.mark.parametrize("call", CALLS)
def test_killed_at_a_system_call(busy_town: Town, tmp_path: Path, call: str) -> None:
    """Whichever process makes that call dies of it: python, fast-import or restore."""
    names, _, number = call.partition(":")
    child = python(
        OPERATION, str(busy_town.layout.root),
        under=["strace", "-f", "-o", os.devnull, "-e", f"trace={names}",
               "-e", f"inject={names}:signal=KILL:when={number}"],
    )  # fmt: skip
    finish(child, status=None)
    until(lambda: not locks.is_held(busy_town.layout.locks / "town"))
    for lock in busy_town.layout.machine.rglob("*.lock"):  # as if ten seconds had passed
        os.utime(lock, (time.time() - 11, time.time() - 11))
    counts = happened(busy_town)
    put(busy_town, a_bead("mp-next"))
    assert happened(busy_town) is counts
    assert_sound(busy_town)


@pytest.mark.parametrize("name", ["refs/heads/town.lock", "HEAD.lock"])
def test_a_git_that_dies_with_the_ref_locked(busy_town: Town, name: str) -> None:
    """Found as a bug: a stale lock of the ledger's ref made every operation fail for ever."""
    lock = busy_town.layout.town_git / name
    lock.write_text("")
    then = time.time() - 11
    os.utime(lock, (then, then))
    finish(python(OPERATION, str(busy_town.layout.root)))
    assert happened(busy_town)
    assert_sound(busy_town)
    assert [p.name.partition(".lock.")[0] for p in busy_town.layout.quarantine.iterdir()] == [
        lock.stem
    ]


@pytest.mark.parametrize("name", ["refs/heads/town.lock", "HEAD.lock"])
def test_a_young_lock_of_the_ref_is_respected(busy_town: Town, name: str) -> None:
    """Somebody may be committing in hq; the message says what is in the way."""
    busy_town.ledger.run("config", "core.filesRefLockTimeout", "50")
    lock = busy_town.layout.town_git / name
    lock.write_text("")
    out = finish(python(OPERATION, str(busy_town.layout.root)), status=75)
    assert name in out
    assert not happened(busy_town)
    assert lock.exists()
    lock.unlink()
    assert_healed(busy_town, expected=False)
