"""The project's own git hooks: where they run, and that they run as if ours were not there."""

from pathlib import Path

import pytest

from tests.githooks.helpers import (
    commit,
    crew,
    executable,
    kinds,
    lines,
    put_script,
    told,
    typed,
)
from tests.support.desk import Desk
from tests.support.people import git, write

# What husky 9 leaves in a project: a folder of scripts that all do one thing.
_HUSKY = """#!/usr/bin/env sh
n=$(basename "$0")
s=$(dirname "$(dirname "$0")")/$n
[ ! -f "$s" ] && exit 0
sh -e "$s" "$@"
"""
_HUSKY_NAMES = "pre-commit commit-msg post-commit post-checkout post-merge pre-push".split()


def _husky(tree: Path, ran: Path) -> None:
    """Install husky in a worktree, as `husky` does it."""
    for name in _HUSKY_NAMES:
        put_script(tree / ".husky" / "_" / name, _HUSKY)
        write(tree / ".husky", {name: f'echo "{name} $0 [$*]" >>"{ran}"\n'})
    write(tree / ".husky" / "_", {".gitignore": "*"})
    git(tree, "config", "core.hooksPath", ".husky/_")


def _hooks(desk: Desk) -> Path:
    return desk.root / "mp" / "repo.git" / "hooks"


def test_in_a_polecats_worktree_the_projects_do_not_run(desk: Desk, bell: str, ran: Path) -> None:
    """A cloned project's scripts are not the town's: neither those in hooks/ nor by a setting."""
    _, tree = desk.sling()
    for name in ("pre-commit", "post-commit", "post-checkout", "reference-transaction"):
        put_script(_hooks(desk) / name, bell)
    commit(tree)
    _husky(tree, ran)
    desk.gt("githooks", "install")
    commit(tree)
    assert lines(ran) == []
    assert kinds(desk) == {"post-commit", "reference-transaction"}


def test_beside_the_projects_files(desk: Desk, bell: str, ran: Path) -> None:
    """In a crew worktree a tool that puts scripts into hooks/ works as in any clone."""
    tree = crew(desk)
    assert git(tree, "config", "--get", "core.hooksPath", check=False) == ""
    script = put_script(_hooks(desk) / "pre-commit", bell)
    told(desk)
    commit(tree)
    assert lines(ran) == [f"{script} [] []"]
    assert kinds(desk) == {"post-commit", "reference-transaction"}


def test_husky_in_a_crew_worktree(desk: Desk, ran: Path) -> None:
    """Its scripts run at their own path, and ours before them; also for a later change."""
    tree = crew(desk)
    _husky(tree, ran)
    commit(tree)  # git was led elsewhere: ours are not reached
    assert "post-commit" not in kinds(desk)
    desk.gt("githooks", "test", tree, status=1)
    assert "chain" in desk.gt("githooks", "install", tree).out
    ran.unlink()
    commit(tree)
    assert lines(ran) == [
        "pre-commit .husky/pre-commit []",
        "commit-msg .husky/commit-msg [.git/COMMIT_EDITMSG]",
        "post-commit .husky/post-commit []",
    ] or [line.split()[0] for line in lines(ran)] == ["pre-commit", "commit-msg", "post-commit"]
    assert kinds(desk) == {"post-commit", "reference-transaction"}
    git(tree, "config", "core.hooksPath", ".other")
    put_script(tree / ".other" / "post-commit", executable(f'echo "other $0" >>"{ran}"'))
    ran.unlink()
    commit(tree)
    assert lines(ran) == ["other .other/post-commit"]
    git(tree, "config", "--unset", "core.hooksPath")
    desk.gt("githooks", "install", tree)
    assert "files" in (_hooks(desk).parent / "worktrees/ada/gt/githooks.json").read_text()
    assert kinds(desk) == {"post-commit", "reference-transaction"}


def test_a_taken_name(desk: Desk, bell: str, ran: Path) -> None:
    """Where the project has a script of one of our names, it runs after ours, untouched."""
    script = put_script(_hooks(desk) / "post-commit", bell)
    tree = crew(desk)
    before = script.read_bytes()
    told(desk)
    commit(tree)
    assert lines(ran) == [f"{script} [] []"]
    assert kinds(desk) == {"post-commit", "reference-transaction"}
    assert script.read_bytes() == before
    typed(tree, "commit", "--quiet", "--amend", "-m", "again")
    assert len(lines(ran)) == 2


@pytest.mark.parametrize("name", ["pre-commit", "commit-msg", "pre-push", "post-commit"])
def test_the_exit_status_is_the_projects(desk: Desk, project: Path, name: str) -> None:
    """What the project refuses is refused; what follows a commit cannot undo it."""
    put_script(_hooks(desk) / "post-merge", executable("exit 0"))  # one of our names: chained
    tree = crew(desk)
    for status in (0, 1, 3):
        put_script(_hooks(desk) / name, executable(f"cat >/dev/null; exit {status}"))
        fails = status != 0 and name != "post-commit"
        done = typed(tree, "commit", "--quiet", "--allow-empty", "-m", "x", status=None)
        assert (done.status != 0) == (fails and name != "pre-push")
        done = typed(tree, "push", "--quiet", "origin", "HEAD:refs/heads/new", status=None)
        assert (done.status != 0) == (fails and name == "pre-push")


def test_standard_input_and_arguments_arrive(
    desk: Desk, project: Path, bell: str, ran: Path
) -> None:
    """What git says to a script, ours pass on byte by byte: transactions, pushes, rewrites."""
    tree = crew(desk)
    plain = {}
    for chained in (False, True):
        hooks = _hooks(desk)
        if chained:
            desk.gt("githooks", "install")
        for name in ("reference-transaction", "pre-push", "post-rewrite", "update"):
            put_script(hooks / name, bell)
        if chained:
            desk.gt("githooks", "install")
        else:
            desk.gt("githooks", "uninstall")
        typed(tree, "reset", "--quiet", "--hard", "main")
        ran.unlink(missing_ok=True)
        env = {"GIT_COMMITTER_DATE": "2026-01-05T10:00:00Z", "GIT_AUTHOR_DATE": "2026-01-05T10:00Z"}
        typed(tree, "commit", "--quiet", "--allow-empty", "-m", "one", env=env)
        typed(tree, "commit", "--quiet", "--allow-empty", "--amend", "-m", "two", env=env)
        typed(tree, "push", "--quiet", "--force", "origin", "HEAD:refs/heads/new", env=env)
        git(project, "branch", "-D", "new")
        for number in range(12):  # more lines than are read one by one
            typed(tree, "branch", f"b{number}")
        typed(tree, "branch", "--quiet", "-D", *(f"b{number}" for number in range(12)))
        plain[chained] = ran.read_text()
    assert plain[True] == plain[False]
    assert "committed] [" in plain[True]
    assert "[amend] [" in plain[True]


def test_what_pre_commit_renames_still_works(desk: Desk, ran: Path) -> None:
    """`pre-commit install` puts our script aside as .legacy and runs it first."""
    tree = crew(desk)
    ours = _hooks(desk) / "post-commit"
    ours.rename(ours.with_name("post-commit.legacy"))
    put_script(ours, executable(
        "# File generated by pre-commit: https://pre-commit.com\n"
        f'"$0.legacy" "$@" || exit $?\necho theirs >>"{ran}"'
    ))  # fmt: skip
    told(desk)
    commit(tree)
    assert lines(ran) == ["theirs"]
    assert kinds(desk) == {"post-commit", "reference-transaction"}
    assert "Nothing to do" in desk.gt("githooks", "install").out
    desk.gt("githooks", "test")
    assert "post-commit.legacy" in desk.gt("githooks", "list", tree).out


def test_ours_run_once_though_they_lie_in_two_places(desk: Desk) -> None:
    """The chain may lead to copies of ours: the same event is told once."""
    tree = crew(desk)  # ours are in hooks/
    git(tree, "config", "core.hooksPath", str(_hooks(desk)))
    desk.gt("githooks", "install")
    assert (_hooks(desk) / "post-commit").exists()
    told(desk)
    commit(tree)
    assert sorted(event.kind for event in told(desk)) == ["post-commit", "reference-transaction"]


def test_a_chain_that_leads_back_ends(desk: Desk) -> None:
    """A chain into the folder of our own chaining scripts does not go round for ever."""
    put_script(_hooks(desk) / "post-commit", executable("exit 0"))
    tree = crew(desk)
    admin = Path(git(tree, "rev-parse", "--absolute-git-dir"))
    told(desk)
    (admin / "gt" / "chain").write_text(f"{desk.town.layout.git_hooks}/chained\n")
    commit(tree)
    assert sorted(event.kind for event in told(desk)) == ["post-commit", "reference-transaction"]


def test_an_edited_script_of_ours_is_theirs(desk: Desk, ran: Path) -> None:
    """Who has added a line to our script keeps it; it runs after ours."""
    tree = crew(desk)
    file = _hooks(desk) / "post-commit"
    file.write_text(file.read_text().replace("gt_place\n", f'echo mine >>"{ran}"\ngt_place\n'))
    edited = file.read_bytes()
    desk.gt("githooks", "install")
    told(desk)
    commit(tree)
    assert lines(ran) == ["mine"]
    assert sorted(event.kind for event in told(desk)) == ["post-commit", "reference-transaction"]
    desk.gt("githooks", "uninstall")
    assert file.read_bytes() == edited


def test_a_trusted_project_runs_in_polecats_worktrees(desk: Desk, bell: str, ran: Path) -> None:
    """`trust_hooks` counts when the person of this machine has accepted it, and not before."""
    script = put_script(_hooks(desk) / "pre-commit", bell)
    _, tree = desk.sling()
    settings = desk.town.layout.settings
    trust = "\n[rigs.mp]\ntrust_hooks = true\n"
    settings.write_text(settings.read_text() + trust)
    desk.gt("githooks", "install")
    commit(tree)
    assert lines(ran) == []
    desk.gt("config", "accept")
    desk.gt("githooks", "install")
    commit(tree)
    assert lines(ran) == [f"{script} [] []"]
    settings.write_text(settings.read_text().replace(trust, ""))
    desk.gt("githooks", "install")
    commit(tree)
    assert len(lines(ran)) == 1
    assert kinds(desk) == {"post-commit", "reference-transaction"}
    desk.bead()  # the next operation commits what was edited by hand
