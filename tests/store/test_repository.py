"""A rig's bare clone: what may be cloned, what it holds, and what is never stored or shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from gastown.errors import GitFailed, Refused
from gastown.store import repository
from gastown.store.git import Git, environment
from tests.support.environment import Traps
from tests.support.people import commit_all, git, make_project, write


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project with one branch more."""
    make_project(tmp_path / "project")
    git(tmp_path / "project", "branch", "feature/x")
    return tmp_path / "project"


def cloned(url: Path | str, target: Path) -> Git:
    """A bare clone of `url`."""
    repository.clone(str(url), target)
    return Git(target, bare=True)


def refs(git_: Git, below: str = "refs") -> dict[str, str]:
    """All refs of a repository, by name."""
    lines = git_.text("for-each-ref", "--format=%(refname) %(objectname)", below).splitlines()
    return dict(line.rsplit(" ", 1) for line in lines)


class TestUrls:
    """What may be cloned."""

    @pytest.mark.parametrize(
        "url",
        ["https://example.org/a/b.git", "ssh://git@example.org/a", "git://example.org/a",
         "git@example.org:a/b.git", "file:///src/a", "http://localhost:8080/a", "host.a@b-c:x"],
    )  # fmt: skip
    def test_urls_are_taken_as_they_are(self, url: str, tmp_path: Path) -> None:
        """The usual forms of an address are passed on unchanged."""
        assert repository.check_url(url, tmp_path) == url

    def test_local_paths_become_absolute(self, project: Path, tmp_path: Path) -> None:
        """A path is meant from where the person stands; a bare repository will do."""
        git(tmp_path, "clone", "--quiet", "--bare", str(project), str(tmp_path / "bare"))
        for text in ("project", "./project", str(project), "project/../project/"):
            assert repository.check_url(text, tmp_path) == str(project)
        assert repository.check_url("bare", tmp_path) == str(tmp_path / "bare")

    @pytest.mark.parametrize(
        "text",
        ["", "-x", "--upload-pack=touch x", "ext::sh -c 'touch x'", "ext::sh", "nowhere", "a\0b",
         "https://a b", "https://a/\nb", "~nobody-of-that-name/x", "file", "x" * 5000,
         "ftp://a/b", "javascript:alert(1)", "-c@x:y", "x@-c:y", "http://[::1 "],
    )  # fmt: skip
    def test_everything_else_is_refused(self, text: str, tmp_path: Path) -> None:
        """Found as a bug: some of these ended in a traceback instead of a sentence."""
        (tmp_path / "file").write_text("f\n")
        with pytest.raises(Refused):
            repository.check_url(text, tmp_path)
        assert [entry.name for entry in tmp_path.iterdir()] == ["file"]

    def test_a_folder_without_a_repository(self, tmp_path: Path) -> None:
        """A folder that is no repository is named, with what to do."""
        (tmp_path / "empty").mkdir()
        with pytest.raises(Refused, match="is no git repository") as refused:
            repository.check_url("empty", tmp_path)
        assert "git init" in str(refused.value.hint)

    @pytest.mark.parametrize(
        ("url", "shown"),
        [
            ("https://example.org/a", "https://example.org/a"),
            ("https://ada:pw@example.org:8443/a?b#c", "https://example.org:8443/a?b#c"),
            ("https://token@example.org/a", "https://example.org/a"),
            ("http://a:p@ss:w@rd@example.org/a@b", "http://example.org/a@b"),
            ("HTTPS://a:pw@example.org/a", "HTTPS://example.org/a"),
            ("ssh://git@example.org/a", "ssh://git@example.org/a"),
            ("ssh://git:pw@example.org/a", "ssh://git@example.org/a"),
            ("git@example.org:a/b", "git@example.org:a/b"),
            ("http://u:pw@[::1/a", "http://[::1/a"),
            ("/src/a@b", "/src/a@b"),
        ],
    )
    def test_passwords_are_taken_out(self, url: str, shown: str) -> None:
        """Found as a bug: an ssh address kept its password, a crooked one raised."""
        assert repository.without_password(url) == shown

    def test_a_refusal_shows_no_password(self, tmp_path: Path) -> None:
        """A mistyped address is shown back without its secret."""
        with pytest.raises(Refused) as refused:
            repository.check_url("https://ada:hunter2@example.org/a b", tmp_path)
        assert "hunter2" not in refused.value.message


def test_a_clone_of_a_path(project: Path, tmp_path: Path, any_gitconfig: Traps | None) -> None:
    """All branches are remote branches; the clone's own heads are empty; no git hooks in it."""
    seen: list[str] = []
    repository.clone(str(project), tmp_path / "c", lambda stage, *_: seen.append(stage))
    clone = Git(tmp_path / "c", bare=True)
    assert any_gitconfig is None or any_gitconfig.sprung() == []
    head = git(project, "rev-parse", "HEAD")
    assert refs(clone) == {
        "refs/remotes/origin/main": head, "refs/remotes/origin/feature/x": head,
    }  # fmt: skip
    assert seen
    assert not (tmp_path / "c" / "hooks").exists()
    for key, value in {
        "core.logAllRefUpdates": "always", "extensions.preciousObjects": "true", "gc.auto": "0",
        "remote.origin.url": str(project),
    }.items():  # fmt: skip
        assert clone.text("config", "--local", key) == value


def test_objects_are_never_pruned(project: Path, tmp_path: Path) -> None:
    """`git gc --prune=now`, typed by anybody, destroys nothing."""
    clone = cloned(project, tmp_path / "c")
    oid = clone.run("hash-object", "-w", "--stdin", stdin=b"only here\n").text
    git(tmp_path / "c", "gc", "--prune=now", "--quiet", check=False)
    git(tmp_path / "c", "prune", "--expire=now", check=False)
    assert clone.text("cat-file", "-p", oid) == "only here"


def test_the_projects_own_branch_is_the_target(tmp_path: Path) -> None:
    """The branch that the project's HEAD names is the default, whatever it is called."""
    make_project(tmp_path / "p", branch="trunk")
    git(tmp_path / "p", "branch", "main")
    clone = cloned(tmp_path / "p", tmp_path / "c")
    assert repository.default_branch(clone, None) == "trunk"
    assert repository.default_branch(clone, "main") == "main"
    with pytest.raises(Refused, match="no branch 'gone'") as refused:
        repository.default_branch(clone, "gone")
    assert refused.value.hint == "it has: main, trunk"


def test_a_target_without_a_reachable_project(tmp_path: Path) -> None:
    """Where the project cannot be asked, the usual names are tried, then any there is."""
    for branch in ("master", "odd"):
        make_project(tmp_path / branch, branch=branch)
        clone = cloned(tmp_path / branch, tmp_path / f"{branch}.git")
        (tmp_path / branch).rename(tmp_path / f"{branch}-moved")
        assert repository.default_branch(clone, None) == branch


def test_an_empty_project_is_refused(tmp_path: Path) -> None:
    """A repository without a commit cannot become a rig; the hint says what is missing."""
    git(tmp_path, "init", "--quiet", str(tmp_path / "p"))
    with pytest.raises(Refused, match="is empty") as refused:
        cloned(tmp_path / "p", tmp_path / "c")
    assert "commit something" in str(refused.value.hint)


ODD = ["-x", "--upload-pack=x", "HEAD", "a\u202eb", "ünï", "refs/heads/main", "x" * 200]


def test_odd_branches_come_along(project: Path, tmp_path: Path) -> None:
    """Branches that git allows and people should not make are fetched and can be the target."""
    head = git(project, "rev-parse", "HEAD")
    for name in ODD:
        git(project, "update-ref", f"refs/heads/{name}", head)
    clone = cloned(project, tmp_path / "c")
    assert set(refs(clone)) == {f"refs/remotes/origin/{n}" for n in [*ODD, "main", "feature/x"]}
    assert repository.default_branch(clone, None) == "main"
    for name in ODD:
        assert repository.default_branch(clone, name) == name
        assert repository.start_target(clone, name) == head
        assert refs(clone, "refs/heads")[f"refs/heads/{name}"] == head
    assert not list(tmp_path.glob("*upload*"))


def test_the_target_is_made_once(project: Path, tmp_path: Path) -> None:
    """Making the target again does not move it back."""
    clone = cloned(project, tmp_path / "c")
    first = repository.start_target(clone, "main")
    assert clone.text("symbolic-ref", "HEAD") == "refs/heads/main"
    commit_all(project)
    assert repository.fetch(clone) is None
    with pytest.raises(GitFailed):
        repository.start_target(clone, "main")
    assert clone.oid("refs/heads/main") == first


def test_fetching(project: Path, tmp_path: Path, any_gitconfig: Traps | None) -> None:
    """New commits arrive as remote branches; the town's own heads stay; offline is said so."""
    clone = cloned(project, tmp_path / "c")
    first = repository.start_target(clone, "main")
    write(project, {"new.txt": "n\n"})
    second = commit_all(project)
    assert repository.fetch(clone) is None
    assert refs(clone)["refs/remotes/origin/main"] == second
    assert refs(clone)["refs/heads/main"] == first
    project.rename(tmp_path / "away")
    said = repository.fetch(clone)
    assert said
    assert refs(clone)["refs/remotes/origin/main"] == second


def test_a_clone_inside_of_a_git_hook(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found as a bug: GIT_DIR of a surrounding git hook led the clone's fetch astray."""
    make_project(tmp_path / "other")
    before = git(tmp_path / "other", "for-each-ref")
    for name, value in {
        "GIT_DIR": str(tmp_path / "other" / ".git"),
        "GIT_INDEX_FILE": str(tmp_path / "other" / ".git" / "index"),
        "GIT_OBJECT_DIRECTORY": str(tmp_path / "other" / ".git" / "objects"),
        "GIT_NAMESPACE": "evil",
    }.items():
        monkeypatch.setenv(name, value)
    environment.cache_clear()
    repository.clone(str(project), tmp_path / "c")
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE"):
        monkeypatch.delenv(name)
    assert git(tmp_path / "other", "for-each-ref") == before
    assert set(refs(Git(tmp_path / "c", bare=True))) == {
        "refs/remotes/origin/main", "refs/remotes/origin/feature/x",
    }  # fmt: skip
    assert git(tmp_path / "c", "fsck", "--connectivity-only") == ""


def test_a_failed_clone_shows_no_password(tmp_path: Path) -> None:
    """The error says where and why, without user name and password."""
    with pytest.raises(GitFailed, match=r"cannot fetch http://127\.0\.0\.1:1/x") as failed:
        repository.clone("http://ada:hunter2@127.0.0.1:1/x", tmp_path / "c")
    shown = failed.value.message + failed.value.stderr + str(failed.value.hint)
    assert "hunter2" not in shown
    assert "ada" not in shown


def test_git_is_not_asked_for_a_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clone never waits at a prompt that nobody sees."""
    monkeypatch.delenv("GIT_TERMINAL_PROMPT")
    environment.cache_clear()
    assert Git(tmp_path).environment()["GIT_TERMINAL_PROMPT"] == "0"
