"""The one door to git: hostile settings and variables stay outside; failures have names."""

from __future__ import annotations

from pathlib import Path

import pytest

from gastown.errors import DiskTrouble, GitFailed, Refused
from gastown.store.git import Git, environment, require_git, version
from gastown.store.town import Town
from tests.support.children import fake_git
from tests.support.environment import Traps
from tests.support.people import commit_all, git, make_project, write
from tests.support.soundness import assert_sound
from tests.support.towns import a_bead, put

LEAKED = {
    "GIT_DIR": "/nonexistent/.git",
    "GIT_WORK_TREE": "/nonexistent",
    "GIT_INDEX_FILE": "/nonexistent/index",
    "GIT_OBJECT_DIRECTORY": "/nonexistent/objects",
    "GIT_COMMON_DIR": "/nonexistent/common",
    "GIT_PREFIX": "sub/",
    "GIT_NAMESPACE": "evil",
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "core.bare",
    "GIT_CONFIG_VALUE_0": "nonsense",
    "GIT_CONFIG_PARAMETERS": "'core.bare'='nonsense'",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_QUARANTINE_PATH": "/nonexistent/q",
    "GIT_TRACE": "1",
    "GIT_DEFAULT_HASH": "sha256",
    "GIT_ATTR_SOURCE": "nonsense",
}


@pytest.fixture
def inside_a_git_hook(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables that a surrounding git hook exports about its own repository."""
    for name, value in LEAKED.items():
        monkeypatch.setenv(name, value)
    environment.cache_clear()


def test_a_surrounding_git_hook_is_ignored(
    bare_town: Town, monkeypatch: pytest.MonkeyPatch, inside_a_git_hook: None
) -> None:
    """A command that runs inside another repository's git hook works on its own town."""
    put(bare_town, a_bead())
    bare_town.read()
    for name in LEAKED:
        monkeypatch.delenv(name)
    assert_sound(bare_town)


def test_every_local_variable_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Git itself lists what belongs to one repository only; none of it is passed on."""
    names = git(Path("/"), "rev-parse", "--local-env-vars").split()
    for name in names:
        monkeypatch.setenv(name, "x")
    environment.cache_clear()
    for sealed in (True, False):
        assert not set(names) & set(environment(sealed))


def test_user_settings_run_nothing(tmp_path: Path, hostile_gitconfig: Traps) -> None:
    """fsmonitor, hooks, pager, signing and external diffs of a person do not run in our calls."""
    make_project(tmp_path / "p")
    for trap in hostile_gitconfig.folder.iterdir():
        trap.unlink()
    door = Git(tmp_path / "p")
    write(tmp_path / "p", {"README.md": "changed\n", "new.txt": "n\n"})
    assert b"README.md" in door.run("status", "--porcelain", "-z").stdout
    door.run("add", "-A")
    tree = door.text("write-tree")
    oid = door.text("commit-tree", "-p", "HEAD", "-m", "x", tree)
    door.run("update-ref", "refs/heads/main", oid)
    door.run("log", "-p", "-1")
    door.run("read-tree", "--reset", "-u", "HEAD")
    assert hostile_gitconfig.sprung() == []


def test_the_ledger_does_not_see_user_settings(bare_town: Town, hostile_gitconfig: Traps) -> None:
    """A sealed door reads no configuration but the repository's own."""
    shown = bare_town.ledger.text("config", "--list", "--show-scope")
    assert {line.split("\t")[0] for line in shown.splitlines()} == {"local", "command"}


@pytest.mark.parametrize(
    "words", ["No space left on device", "Read-only file system", "Input/output error"]
)
def test_disk_words_are_disk_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    """What git says of a full or failing disk becomes exit status 74, not a git failure."""
    stub = fake_git(tmp_path / "bin", f"echo 'fatal: write error: {words}' >&2; exit 128")
    monkeypatch.setenv("PATH", stub["PATH"])
    environment.cache_clear()
    with pytest.raises(DiskTrouble, match=words) as trouble:
        Git(tmp_path).run("write-tree")
    assert trouble.value.exit_status == 74


def test_other_failures_keep_what_git_said(tmp_path: Path) -> None:
    """The message names the command and place, `stderr` and the status are kept for decisions."""
    with pytest.raises(GitFailed, match="git rev-parse failed in") as failed:
        Git(tmp_path).run("rev-parse", "--verify", "HEAD")
    assert "not a git repository" in failed.value.stderr
    assert failed.value.returncode == 128


def test_missing_and_old_gits_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No git, or one that is too old, is a clear sentence."""
    require_git()
    version.cache_clear()
    stub = fake_git(tmp_path / "bin", "echo git version 2.30.2")
    monkeypatch.setenv("PATH", stub["PATH"])
    environment.cache_clear()
    with pytest.raises(Refused, match=r"git 2\.30\.2 is too old"):
        require_git()
    version.cache_clear()
    monkeypatch.setenv("PATH", str(tmp_path))
    environment.cache_clear()
    with pytest.raises(Refused, match="not installed"):
        require_git()
    version.cache_clear()


def test_the_registry_race_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git's own race while other worktrees come and go is no failure."""
    stub = fake_git(
        tmp_path / "bin",
        f"""
        echo x >>'{tmp_path}/calls'
        if [ $(wc -l <'{tmp_path}/calls') -lt 3 ]; then
            echo "fatal: failed to read worktrees/a/commondir: Success" >&2; exit 128
        fi
        echo fine
        """,
    )
    monkeypatch.setenv("PATH", stub["PATH"])
    environment.cache_clear()
    assert Git(tmp_path).text("worktree", "list") == "fine"


@pytest.mark.parametrize(
    "revision",
    ["--output=x", "-x", "HEAD\n", "", "refs/heads/none", "main:README.md", "@{u}", "0" * 40],
)
def test_odd_revisions_are_no_commits(tmp_path: Path, revision: str) -> None:
    """`oid` answers None for what is no commit, and never takes data as an option."""
    make_project(tmp_path / "p")
    assert Git(tmp_path / "p").oid(revision) is None
    assert not list(tmp_path.glob("*output*"))


def test_yes_and_no_questions(tmp_path: Path) -> None:
    """Status 0 is yes, 1 is no, anything else is an error and never an answer."""
    first = make_project(tmp_path / "p")
    second = commit_all(tmp_path / "p")
    door = Git(tmp_path / "p")
    assert door.holds("merge-base", "--is-ancestor", first, second)
    assert not door.holds("merge-base", "--is-ancestor", second, first)
    with pytest.raises(GitFailed):
        door.holds("merge-base", "--is-ancestor", "1" * 40, second)
