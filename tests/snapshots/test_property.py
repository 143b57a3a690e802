"""Whatever is done in a worktree, in any order: every captured state and every commit is held."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gastown.ops.repair import mend_held
from gastown.ops.restore import restore_to
from gastown.ops.retire import place_held
from gastown.ops.snapshots import capture
from gastown.views.hook_log import held
from tests.snapshots.trees import Files, files
from tests.support.desk import Desk, copy_template
from tests.support.people import commit_all, git, write

NAMES = ("a.txt", "dir/b.txt", "dir/deep/c", "README.md", "with space", "-dash", "new\nline")
EDITS = st.tuples(st.just("edit"), st.sampled_from(NAMES), st.binary(min_size=0, max_size=12))
STEPS = st.one_of(
    EDITS, EDITS, EDITS,
    st.tuples(st.sampled_from(["add", "commit", "amend", "reset", "back", "clean", "remove",
                               "stash", "delete", "chmod", "detach"]),
              st.sampled_from(NAMES), st.just(b"")),
)  # fmt: skip


def lose(desk: Desk, tree: Path) -> None:
    """The worktree is removed by mistake, and mended by the monitor."""
    shutil.rmtree(tree)
    with place_held(desk.town, desk.hook("mp/toast")):
        mend_held(desk.town, desk.hook("mp/toast"))


def chmod(path: Path) -> None:
    """Make a file that can be run, if it is there."""
    if path.is_file():
        path.chmod(0o755)


def step(desk: Desk, tree: Path, what: str, name: str, data: bytes) -> None:
    """One thing that an agent may do, sensible or not."""
    hook = desk.hook("mp/toast")
    actions: dict[str, Callable[[], object]] = {
        "edit": lambda: write(tree, {name: data}),
        "add": lambda: git(tree, "add", "--all"),
        "commit": lambda: commit_all(tree, "step"),
        "amend": lambda: git(tree, "commit", "-q", "--amend", "--allow-empty", "-am", "amended"),
        "reset": lambda: git(tree, "reset", "-q", "--hard", hook.base),
        "back": lambda: git(tree, "checkout", "-q", "--force", "-B", hook.branch, hook.base),
        "detach": lambda: git(tree, "checkout", "-q", "--force", "--detach", "HEAD"),
        "clean": lambda: git(tree, "clean", "-q", "-fdx"),
        "stash": lambda: git(tree, "stash", "-q", "--include-untracked", check=False),
        "delete": lambda: (tree / name).unlink(missing_ok=True),
        "chmod": lambda: chmod(tree / name),
        "remove": lambda: lose(desk, tree),
    }
    actions[what]()


def committed(tree: Path, commit: str, folder: Path) -> Files:
    """The files of a commit, as `git archive`'s cousin `worktree add` lays them out."""
    git(tree, "worktree", "add", "--quiet", "--detach", "--force", str(folder), commit)
    return files(folder)


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=1, max_size=9), end=st.sampled_from(["live", "removed"]))
def test_every_state_can_be_had_back(
    template: Path, steps: list[tuple[str, str, bytes]], end: str
) -> None:
    """Each state that was captured, and each commit, comes back to the byte with `--to`."""
    with tempfile.TemporaryDirectory() as place:
        desk = copy_template(template, Path(place))
        bead, tree = desk.sling()
        hook = desk.hook("mp/toast")
        states: dict[str, Files] = {}
        commits = set()
        for what, name, data in steps:
            step(desk, tree, what, name, data)
            commits.add(git(tree, "rev-parse", "HEAD"))
            now = files(tree)
            taken = capture(desk.town, hook, "settled")
            assert files(tree) == now
            if taken is not None:
                states[taken.oid] = now
        for number, commit in enumerate(commits - {hook.base}):
            states[commit] = committed(tree, commit, Path(place) / f"tree-{number}")
        if end == "removed":
            desk.gt("unsling", bead)
            hook = desk.hook("mp/toast")
        listed = {one.oid for one in held(desk.town, hook)}
        for number, (oid, want) in enumerate(states.items()):
            assert oid in listed
            folder = Path(place) / f"out-{number}"
            restore_to(desk.town, hook, oid, folder, dry_run=False)
            assert files(folder) == want
        desk.town.close()
