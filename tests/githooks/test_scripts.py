"""The scripts by themselves: what they write, and that they never fail git."""

import os
import subprocess
from pathlib import Path

import pytest

from gastown.store.spool import Spool, parse
from tests.githooks.helpers import SCRIPTS

OBSERVERS = ("post-commit", "post-merge", "post-checkout", "post-rewrite")
SHELLS = ("dash", "bash --posix")
OLD, NEW = "1" * 40, "2" * 40


@pytest.fixture
def gitdir(tmp_path: Path) -> Path:
    """A git folder whose git hooks report to a spool in a folder with an odd name."""
    spool = tmp_path / "a 'b' \"c\" $d" / "spool"
    Spool(spool).make()
    folder = tmp_path / "w" / ".git"
    (folder / "gt").mkdir(parents=True)
    (folder / "gt" / "hook").write_text(
        f"hook mp/toast\ngeneration 3\nbead mp-abc\nrole polecat\ntarget main\nspool {spool}\n"
    )
    return folder


def _run(
    gitdir: Path, name: str, *arguments: str, shell: str = "dash", stdin: str = "", **env: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*shell.split(), str(SCRIPTS / name), *arguments], cwd=gitdir.parent, input=stdin,
        env={"PATH": os.environ["PATH"], **env}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def _spool(gitdir: Path) -> Path:
    said = (gitdir / "gt" / "hook").read_text()
    return Path(said.partition("spool ")[2].rstrip("\n"))


def _new(gitdir: Path) -> list[Path]:
    return sorted((_spool(gitdir) / "new").iterdir())


@pytest.mark.parametrize(
    "script", sorted(p.name for p in SCRIPTS.iterdir() if p.is_file() and p.suffix != ".md")
)
def test_dash_understands_every_script(script: str) -> None:
    """No script holds what only another shell knows, and each says that it is ours."""
    subprocess.run(["dash", "-n", str(SCRIPTS / script)], check=True)
    first = (SCRIPTS / script).read_text().splitlines()[:2]
    assert any(line.startswith("# A git hook of gastown") for line in first)
    assert script.endswith(".sh") or os.access(SCRIPTS / script, os.X_OK)


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("script", OBSERVERS)
def test_an_observer_tells_what_happened(gitdir: Path, script: str, shell: str) -> None:
    """The event names the git hook, the git folder, the hook and its generation."""
    assert _run(gitdir, script, "1", "2", shell=shell).returncode == 0
    [file] = _new(gitdir)
    event = parse(file.name, file.read_bytes())
    assert (event.kind, event.gitdir) == (script, str(gitdir))
    assert (event.hook, event.generation, event.rig) == ("mp/toast", 3, None)
    assert list((_spool(gitdir) / "tmp").iterdir()) == []


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("phase", ["preparing", "prepared", "committed", "aborted"])
def test_only_committed_branches_are_told(gitdir: Path, phase: str, shell: str) -> None:
    """Other phases of a transaction, and other refs, are nobody's business."""
    stdin = f"{OLD} {NEW} HEAD\n{OLD} {NEW} refs/heads/a\n{OLD} {NEW} refs/tags/t\n"
    done = _run(gitdir, "reference-transaction", phase, shell=shell, stdin=stdin)
    assert (done.returncode, done.stderr) == (0, "")
    files = _new(gitdir)
    assert len(files) == (phase == "committed")
    for file in files:
        assert f"\nref refs/heads/a {OLD} {NEW}\n" in file.read_text()
        assert parse(file.name, file.read_bytes()).refs == ("refs/heads/a",)


def test_a_transaction_without_branches_is_silent(gitdir: Path) -> None:
    """A fetch moves remote branches; the town does not follow them by events."""
    stdin = "".join(f"{OLD} {NEW} refs/remotes/origin/{n}\n" for n in range(300))
    assert _run(gitdir, "reference-transaction", "committed", stdin=stdin).returncode == 0
    assert _new(gitdir) == []


@pytest.mark.parametrize("script", ["reference-transaction", "post-receive"])
@pytest.mark.parametrize("count", [1, 7, 8, 9, 300])
def test_at_most_twenty_branches_are_named(gitdir: Path, count: int, script: str) -> None:
    """However many were moved at once, the event stays small."""
    stdin = "".join(f"{OLD} {NEW} refs/heads/b{n}\n" for n in range(count))
    assert _run(gitdir, script, "committed", stdin=stdin).returncode == 0
    [file] = _new(gitdir)
    refs = parse(file.name, file.read_bytes()).refs
    assert refs == tuple(f"refs/heads/b{n}" for n in range(min(count, 20)))


def test_the_ref_of_a_test_goes_into_a_box_of_its_own(gitdir: Path) -> None:
    """`gt githooks test` must not be mistaken for work, nor be taken away by a monitor."""
    (_spool(gitdir) / "sentinel").mkdir()
    stdin = f"{OLD} {NEW} refs/gt/sentinel/x\n"
    assert _run(gitdir, "reference-transaction", "committed", stdin=stdin).returncode == 0
    assert _new(gitdir) == []
    [file] = (_spool(gitdir) / "sentinel").iterdir()
    assert b"ref refs/gt/sentinel/x" in file.read_bytes()


def _break_lock(spool: Path) -> None:
    for folder in ("tmp", "new"):
        (spool / folder).chmod(0o500)


def _break_gone(spool: Path) -> None:
    spool.rename(spool.with_name("elsewhere"))


def _break_file(spool: Path) -> None:
    (spool / "tmp").rmdir()
    (spool / "tmp").write_text("")


@pytest.mark.parametrize("breakage", [_break_lock, _break_gone, _break_file])
@pytest.mark.parametrize("script", [*OBSERVERS, "reference-transaction", "post-receive"])
def test_a_broken_spool_is_no_reason_to_fail(gitdir: Path, script: str, breakage: object) -> None:
    """Git goes on, and hears nothing of it, when the town has moved or its disk is read-only."""
    spool = _spool(gitdir)
    breakage(spool)  # type: ignore[operator]
    done = _run(gitdir, script, "committed", stdin=f"{OLD} {NEW} refs/heads/a\n")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("script", [*OBSERVERS, "reference-transaction", "post-receive"])
def test_without_a_word_from_the_town_nothing_is_done(gitdir: Path, script: str) -> None:
    """A place that no town has described is left alone."""
    spool = _spool(gitdir)
    (gitdir / "gt" / "hook").unlink()
    done = _run(gitdir, script, "committed", stdin=f"{OLD} {NEW} refs/heads/a\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert list((spool / "new").iterdir()) == []


@pytest.mark.parametrize("script", [*OBSERVERS, "reference-transaction", "pre-push", "commit-msg"])
def test_a_missing_library_is_no_reason_to_fail(gitdir: Path, tmp_path: Path, script: str) -> None:
    """A script that has lost what it shares with the others ends well."""
    alone = tmp_path / script
    alone.write_bytes((SCRIPTS / script).read_bytes())
    done = subprocess.run(
        ["dash", str(alone), "committed"], cwd=gitdir.parent, input="", capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("off", ["variable", "worktree", "repository"])
def test_ours_can_be_switched_off(gitdir: Path, off: str) -> None:
    """GT_HOOKS=0 and the markers of `gt githooks uninstall` silence it."""
    common = gitdir.parent / "common"
    (common / "gt").mkdir(parents=True)
    (gitdir / "commondir").write_text("../common\n")
    if off != "variable":
        place = gitdir if off == "worktree" else common
        (place / "gt" / "githooks-off").touch()
    _run(gitdir, "post-commit", **({"GT_HOOKS": "0"} if off == "variable" else {}))
    assert _new(gitdir) == []


def test_the_repository_speaks_for_a_worktree_that_nobody_described(gitdir: Path) -> None:
    """A linked worktree of a person's clone reports as the clone does, with its own git folder."""
    linked = gitdir / "worktrees" / "side"
    linked.mkdir(parents=True)
    (linked / "commondir").write_text("../..\n")
    tree = gitdir.parent.parent / "side"
    tree.mkdir()
    (tree / ".git").write_text(f"gitdir: {linked}\n")
    _run(tree / ".git", "post-commit")
    [file] = _new(gitdir)
    assert parse(file.name, file.read_bytes()).gitdir == str(linked)


@pytest.mark.parametrize("said", [".git", "./.git", "{absolute}"])
def test_git_dir_says_where_git_is_at_work(gitdir: Path, said: str) -> None:
    """What git exports counts, relative or absolute; what is told is absolute."""
    _run(gitdir, "post-commit", GIT_DIR=said.format(absolute=gitdir))
    [file] = _new(gitdir)
    assert parse(file.name, file.read_bytes()).gitdir == str(gitdir)


def test_git_dir_of_another_repository_counts(gitdir: Path, tmp_path: Path) -> None:
    """A command for one repository that stands in another one's folder is not that one's."""
    other = tmp_path / "other.git"
    (other / "gt").mkdir(parents=True)
    (other / "gt" / "hook").write_text(f"rig other\nspool {_spool(gitdir)}\n")
    _run(gitdir, "post-commit", GIT_DIR=str(other))
    [file] = _new(gitdir)
    event = parse(file.name, file.read_bytes())
    assert (event.gitdir, event.rig, event.hook) == (str(other), "other", None)


def test_a_waiting_event_is_never_overwritten(gitdir: Path) -> None:
    """Process numbers come back: a name that is taken is counted up."""
    folder = gitdir.parent
    lib = SCRIPTS / "gt-lib.sh"
    # The same shell tells five events: all of one process number.
    body = (
        f"gt_name=post-commit; . '{lib}'; gt_place; gt_read; for i in 1 2 3 4 5; do gt_tell; done"
    )
    subprocess.run(["dash", "-c", body], cwd=folder, check=True)
    assert len(_new(gitdir)) == 5


def test_half_an_event_of_another_is_left_alone(gitdir: Path) -> None:
    """A name in tmp/ belongs to whoever made it."""
    lib = SCRIPTS / "gt-lib.sh"
    body = (
        f"gt_name=post-commit; . '{lib}'; gt_place; gt_read;"
        ' echo half >"$gt_spool/tmp/post-commit.$$.0"; gt_tell'
    )
    subprocess.run(["dash", "-c", body], cwd=gitdir.parent, check=True)
    [half] = (_spool(gitdir) / "tmp").iterdir()
    assert half.read_text() == "half\n"
    [file] = _new(gitdir)
    assert file.name.endswith(".1")
