"""Git hooks come by themselves, stay right, and can be taken away and proved."""

import os
import shutil
from pathlib import Path

import pytest

from gastown.ops.githooks import refresh
from gastown.store import git as door
from gastown.store.git import Git
from gastown.store.hook_scripts import OURS
from tests.githooks.helpers import commit, crew, executable, kinds, lines, put_script, told, typed
from tests.support.children import fake_git
from tests.support.desk import Desk
from tests.support.environment import Traps
from tests.support.people import git, make_project


def _refreshed(desk: Desk) -> tuple[str, ...]:
    town = desk.town
    try:
        return refresh(town)
    finally:
        town.close()


def test_a_new_town_has_them(tmp_path: Path, any_gitconfig: Traps | None) -> None:
    """Town, rig, crew and polecat are heard without another word, in a folder with an odd name."""
    make_project(tmp_path / "project")
    desk = Desk(tmp_path / "a 'b' \"c\" [d]*")
    desk.root.mkdir()
    desk.gt("install", ".", "--git")
    desk.gt("rig", "add", "mp", tmp_path / "project")
    crew(desk)
    desk.sling()
    tested = desk.gt("githooks", "test", "--json").data
    assert [place["place"] for place in tested] == ["hq", "mp", "mayor", "mp/ada", "mp/toast"]
    assert all(place["arrived"] for place in tested)
    assert told(desk) == []
    assert list((desk.town.layout.spool / "sentinel").iterdir()) == []
    assert git(desk.root / "mp" / "repo.git", "for-each-ref", "refs/gt/sentinel") == ""
    assert _refreshed(desk) == ()
    assert "Nothing to do" in desk.gt("githooks", "install").out
    desk.tidy()


def test_an_old_town_gets_them(desk: Desk) -> None:
    """A town of a version without git hooks has them after one look, and then nothing to do."""
    _, tree = desk.sling()
    member = crew(desk)
    shutil.rmtree(desk.town.layout.git_hooks)
    shutil.rmtree(desk.root / "mp" / "repo.git" / "hooks")
    for repository in (desk.root / "mp" / "repo.git", desk.town.layout.town_git):
        config = repository / "config"
        config.write_text(config.read_text().replace("[include]\n\tpath = gt/config\n", ""))
        shutil.rmtree(repository / "gt")
        for folder in (repository / "worktrees").iterdir():
            (folder / "gt" / "githooks.json").unlink(missing_ok=True)
    desk.gt("githooks", "test", status=1)
    assert _refreshed(desk)
    assert _refreshed(desk) == ()
    desk.gt("githooks", "test")
    for place in (tree, member):
        told(desk)
        commit(place)
        assert kinds(desk) == {"post-commit", "reference-transaction"}


def test_a_look_costs_no_git_process(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When nothing has changed, files are read and nothing else."""
    desk.sling()
    crew(desk)
    _refreshed(desk)
    count = tmp_path / "count"
    shim = fake_git(tmp_path / "bin", f'echo "$*" >>"{count}"; exec "$GIT" "$@"')
    monkeypatch.setenv("PATH", shim["PATH"])
    door.environment.cache_clear()
    assert _refreshed(desk) == ()
    assert [line for line in lines(count) if "--version" not in line] == []


def test_what_is_broken_is_mended(desk: Desk) -> None:
    """A script that is missing, changed or not executable; settings that were taken out."""
    _, tree = desk.sling()
    member = crew(desk)
    sealed = desk.town.layout.git_hooks / "sealed"
    (sealed / "post-commit").unlink()
    (sealed / "reference-transaction").chmod(0o644)
    (sealed / "gt-lib.sh").write_text("exit 7\n")
    (desk.root / "mp" / "repo.git" / "hooks" / "post-merge").chmod(0o600)
    said = desk.gt("githooks", "test", "--json", status=1).data
    trouble = {
        hook["name"]: hook["trouble"] for place in said for hook in place["hooks"]
        if hook["trouble"]
    }  # fmt: skip
    assert "missing" in trouble["post-commit"]
    assert "not executable" in trouble["reference-transaction"]
    assert "not executable" in trouble["post-merge"]
    assert len(_refreshed(desk)) == 2
    desk.gt("githooks", "test")
    (desk.root / "mp" / "repo.git" / "gt" / "config").unlink()
    desk.gt("githooks", "test", tree, status=1)
    desk.gt("githooks", "install", tree)
    desk.gt("githooks", "test", tree)
    desk.gt("githooks", "test", member)


def test_a_setting_at_the_end_does_not_win(desk: Desk, ran: Path) -> None:
    """Who writes a `core.hooksPath` below our include has it outvoted at the next look."""
    _, tree = desk.sling()
    evil = put_script(ran.parent / "evil" / "post-commit", executable(f'echo evil >>"{ran}"'))
    with (desk.root / "mp" / "repo.git" / "config").open("a") as config:
        config.write(f"[core]\n\thooksPath = {evil.parent}\n")
    desk.gt("githooks", "test", tree, status=1)
    _refreshed(desk)
    commit(tree)
    assert lines(ran) == []
    desk.gt("githooks", "test", tree)


@pytest.mark.parametrize("scope", ["worktree", "rig", "town"])
def test_taken_away_until_installed_again(desk: Desk, bell: str, ran: Path, scope: str) -> None:
    """No look puts them back; a polecat's worktree stays closed to the project's all the same."""
    _, tree = desk.sling()
    member = crew(desk)
    put_script(desk.root / "mp" / "repo.git" / "hooks" / "pre-commit", bell)
    place = {"worktree": tree, "rig": desk.root / "mp", "town": desk.root}[scope]
    desk.gt("githooks", "uninstall", place)
    assert _refreshed(desk) == ()
    told(desk)
    commit(tree)
    commit(member)
    heard = {event.hook for event in told(desk)}
    assert heard == ({"mp/ada"} if scope == "worktree" else set())
    assert len(lines(ran)) == 1  # the crew's
    assert "taken away" in desk.gt("githooks", "test", tree, status=1).out
    if scope != "worktree":
        assert "first: " in desk.gt("githooks", "install", tree, status=1).err
        assert "mp/bob" not in heard
        told(desk)
        commit(crew(desk, "bob"))
        assert told(desk) == []
    desk.gt("githooks", "install", place)
    desk.gt("githooks", "test")
    assert _refreshed(desk) == ()


def test_a_dry_run_changes_nothing(desk: Desk) -> None:
    """What would be changed is told, and left."""
    _, tree = desk.sling()
    (desk.town.layout.git_hooks / "sealed" / "post-commit").unlink()
    said = desk.gt("githooks", "install", "--dry-run").out
    assert "write" in said
    assert not (desk.town.layout.git_hooks / "sealed" / "post-commit").exists()
    desk.gt("githooks", "install")
    desk.gt("githooks", "uninstall", "--dry-run")
    desk.gt("githooks", "test", tree)


@pytest.mark.parametrize("how", ["moved", "copied"])
def test_a_town_at_another_place(desk: Desk, how: str, bell: str) -> None:
    """Its git hooks go along and report to it, and those of a copy never to the original."""
    put_script(desk.root / "mp" / "repo.git" / "hooks" / "post-merge", bell)
    desk.sling()
    crew(desk)  # chained
    new = desk.root.with_name("an other [place]")
    if how == "moved":
        desk.root.rename(new)
    else:
        shutil.copytree(desk.root, new, symlinks=True)
    moved = Desk(new)
    for place in ("mp/polecats/toast", "mp/crew/ada"):
        moved.gt("status")
        told(moved)
        commit(new / place)
        assert kinds(moved) == {"post-commit", "reference-transaction"}
    moved.gt("githooks", "test")
    assert _refreshed(moved) == ()
    found = [
        file for file in (new / "mp" / "repo.git").rglob("gt/*")
        if file.is_file() and f"{desk.root}/" in file.read_text()
    ]  # fmt: skip
    assert found == []
    if how == "copied":
        desk.gt("githooks", "test")
        assert told(desk) == []
    moved.tidy()
    if how == "moved":
        new.rename(desk.root)


def test_why_a_test_fails(desk: Desk, tmp_path: Path) -> None:
    """The words name what stands in the way."""
    _, tree = desk.sling()
    member = crew(desk)
    said = desk.run("gt", "githooks", "test", tree, env={"GT_HOOKS": "0"}, status=1)
    assert "GT_HOOKS=0" in said.out
    git(member, "config", "core.hooksPath", str(tmp_path / "theirs"))
    assert f"leads to {tmp_path}/theirs" in desk.gt("githooks", "test", member, status=1).out
    desk.gt("githooks", "install", member)
    git(member, "config", "--unset", "core.hooksPath")
    spool = desk.town.layout.spool
    spool.rename(spool.with_name("aside"))
    assert "no event came" in desk.gt("githooks", "test", tree, status=1).out
    spool.with_name("aside").rename(spool)
    desk.gt("githooks", "test", tree)
    outside = desk.gt("githooks", "list", tmp_path, status=1)
    assert "no git repository" in outside.err
    desk.gt("githooks", "list", tmp_path / "nothing", status=3)


def test_what_is_listed(desk: Desk, bell: str) -> None:
    """Ours with the way to them, the project's that run, and those that do not."""
    hooks = desk.root / "mp" / "repo.git" / "hooks"
    for name in ("pre-commit", "post-commit"):
        put_script(hooks / name, bell)
    _, tree = desk.sling()
    [polecat] = desk.gt("githooks", "list", tree, "--json").data
    by_name = {hook["name"]: hook for hook in polecat["hooks"]}
    assert polecat["way"] == "sealed"
    assert by_name["pre-commit"]["silent"] == str(hooks / "pre-commit")
    assert by_name["pre-commit"]["ours"] is None
    assert by_name["post-commit"]["ours"].endswith("/.gt/githooks/sealed/post-commit")
    [member] = desk.gt("githooks", "list", crew(desk), "--json").data
    by_name = {hook["name"]: hook for hook in member["hooks"]}
    assert member["way"] == "chained"
    assert by_name["pre-commit"]["project"] == str(hooks / "pre-commit")
    assert by_name["post-commit"]["project"] == str(hooks / "post-commit")
    assert [place["place"] for place in desk.gt("githooks", "list", "mp", "--json").data] == [
        "mp", "mp/ada", "mp/toast"
    ]  # fmt: skip


def test_git_of_our_own_runs_no_git_hooks(desk: Desk) -> None:
    """Neither scripts nor what newer gits find in the configuration."""
    said = Git(desk.root / "hq").text("config", "--get-regexp", r"^(core\.hookspath|hook\.)")
    assert "core.hookspath /dev/null" in said
    for name in OURS:
        assert f"hook.{name}.enabled false" in said
    shown = Git(desk.root / "hq", git_hooks=True).run(
        "config", "--get-regexp", r"^hook\.", accept=(0, 1)
    )
    assert shown.stdout == b""


def test_with_a_git_that_has_them_in_its_configuration(
    desk: Desk, tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From 2.54 on ours stand beside the project's in settings; each command runs as git says it.

    The git here may be older: it says another version of itself, and the commands are run by hand.
    """
    shim = fake_git(
        tmp_path / "bin",
        'case "$*" in *--version) echo git version 2.54.0 ;; *) exec "$GIT" "$@" ;; esac',
    )
    monkeypatch.setenv("PATH", shim["PATH"])
    for cached in (door.environment, door.version):
        cached.cache_clear()
    try:
        member = crew(desk)
        _, tree = desk.sling()
        assert not (desk.root / "mp" / "repo.git" / "hooks" / "post-commit").exists()
        assert git(tree, "config", "hook.pre-commit.enabled") == "false"
        assert git(tree, "config", "hook.post-commit.enabled", check=False) == ""
        desk.gt("config", "default-agent")
        place = tmp_path / "clone"
        git(tmp_path, "clone", "--quiet", str(project), str(place))
        git(place, "config", "core.hooksPath", ".husky/_")
        before = (place / ".git" / "config").read_bytes()
        desk.gt("githooks", "install", place, "--rig", "mp")
        told(desk)
        for at, where in ((member, "mp/ada"), (place, None)):
            command = git(at, "config", "hook.gt-post-commit.command")
            assert git(at, "config", "hook.gt-post-commit.event") == "post-commit"
            # Git appends "$@" and lets a shell run it, at the top of the worktree.
            typed(at, "-c", f"alias.x=!{command}", "x", env={"GIT_DIR": ""})
            assert [(event.kind, event.hook) for event in told(desk)] == [("post-commit", where)]
        desk.gt("githooks", "uninstall", place)
        assert (place / ".git" / "config").read_bytes() == before
    finally:
        monkeypatch.undo()
        for cached in (door.environment, door.version):
            cached.cache_clear()
    assert os.environ["PATH"] != shim["PATH"]
    _refreshed(desk)
    commit(member)
    assert "post-commit" in kinds(desk)
