"""Work on top of a commit: every style gives the tree of the trial merge, or says why not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gastown.domain.merge import Proof, Style
from gastown.errors import GitFailed
from gastown.store.merging import contains, try_merge
from gastown.store.stacking import Conflict, Stacked, prove, stack
from tests.merging.histories import History, make_history
from tests.support.environment import Traps
from tests.support.people import commit_all, git, write


@pytest.fixture
def parted(tmp_path: Path) -> History:
    """Two commits of work, and one on the target that touches the same file elsewhere."""
    history = make_history(tmp_path / "repository")
    history.commit("work", "first of work", a_txt="one\n2\n3\n4\n5\n6\n7\n8\n")
    history.commit("work", "second of work", new_txt="n\n")
    history.commit("main", "theirs", a_txt="1\n2\n3\n4\n5\n6\n7\neight\n")
    return history


def stacked(history: History, style: Style, tip: str = "main") -> Stacked:
    """What stacking gives, which has the tree of the trial merge."""
    found = stack(history.git, history.at(tip), history.layer(), style)
    assert isinstance(found, Stacked), found
    trial = try_merge(history.git, history.at(tip), history.at("work"))
    assert found.tree == trial.tree == history.at(f"{found.commit}^{{tree}}")
    return found


@pytest.mark.parametrize(
    ("style", "parents", "subjects", "proof"),
    [(Style.MERGE, ["main", "work"],
      ["first of work", "second of work", "Merge mp-1: Title"], Proof.ANCESTRY),
     (Style.SQUASH, ["main"], ["Merge mp-1: Title"], Proof.TREE),
     (Style.REBASE, ["main^0^{}~0"], ["first of work", "second of work"], Proof.TREE)],
)  # fmt: skip
def test_styles(
    parted: History, any_gitconfig: Traps | None, style: Style, parents: list[str],
    subjects: list[str], proof: Proof,
) -> None:  # fmt: skip
    """The commits that each style makes, also under an odd configuration, which runs nothing."""
    found = stacked(parted, style)
    assert (found.style, found.why) == (style, None)
    bottom = found.commit if style is not Style.REBASE else f"{found.commit}^"
    assert git(parted.place, "log", "-1", "--format=%P", bottom).split() == [
        parted.at(parent) for parent in parents
    ]
    assert sorted(parted.subjects(found.commit)) == sorted(subjects)
    assert prove(parted.git, found.commit, parted.at("work"), found.commit) is proof
    assert contains(parted.git, found.commit, parted.at("work"))
    assert any_gitconfig is None or any_gitconfig.sprung() == []


def test_what_is_no_proof(parted: History) -> None:
    """Neither the target as it was, nor a result that is not on it, nor an error."""
    head, main = parted.at("work"), parted.at("main")
    found = stacked(parted, Style.SQUASH)
    assert prove(parted.git, main, head, found.commit) is None
    assert prove(parted.git, main, head, main) is None
    assert prove(parted.git, found.commit, "0" * 40, found.commit) is None
    git(parted.place, "switch", "--quiet", "--detach", found.commit)
    write(parted.place, {"new.txt": "undone\n"})
    edited = commit_all(parted.place, "another squash")
    assert prove(parted.git, edited, head, found.commit) is Proof.TREE
    assert prove(parted.git, edited, head, edited) is None


def test_a_squash_names_every_author(parted: History) -> None:
    """Who wrote commits of the branch is kept in its trailers, once each."""
    git(parted.place, "switch", "--quiet", "work")
    for name in ("Zoë Ö", "Zoë Ö", "mp/toast"):
        who = f"{name} <{'t@mp.gt' if '/' in name else 'zoe@example.org'}>"
        git(parted.place, "commit", "--quiet", "--allow-empty", "-m", "x", "--author", who)
    message = git(parted.place, "log", "-1", "--format=%an <%ae>%n%B",
                  stacked(parted, Style.SQUASH).commit)  # fmt: skip
    assert message.splitlines() == [
        "mp/toast <t@mp.gt>", "Merge mp-1: Title", "", "Bead: mp-1",
        "Co-authored-by: Ada Person <ada@example.org>", "Co-authored-by: Zoë Ö <zoe@example.org>",
    ]  # fmt: skip


def test_a_rebase_keeps_every_byte(parted: History) -> None:
    """Author, date, zone, encoding and message; what is empty goes, and no signature is kept."""
    tree = parted.at("work^{tree}")
    head = b"tree %s\nparent %s\n" % (tree.encode(), parted.at("work^").encode())
    odd = (b"author Zo\xeb, \"Z\" <z@\xeb> 86399 -1130\ncommitter c <c@c> 1 +0000\n"
           b"encoding ISO-8859-1\ngpgsig -----BEGIN\n fake\n\n"
           b"\n  Subj\xebct \n\n# no comment\nTrailer: \xeb\n\n\n")  # fmt: skip
    made = parted.git.run("hash-object", "-t", "commit", "-w", "--literally", "--stdin",
                          stdin=head + odd).text  # fmt: skip
    git(parted.place, "update-ref", "refs/heads/work", made)
    git(parted.place, "switch", "--quiet", "--force", "work")
    git(parted.place, "commit", "--quiet", "--allow-empty", "-m", "empty")
    found = stacked(parted, Style.REBASE)
    assert (found.style, found.why) == (Style.REBASE, None)
    raw = parted.git.run("cat-file", "commit", found.commit).stdout
    assert odd.partition(b"\n")[0] in raw.split(b"\n")
    assert b"encoding ISO-8859-1" in raw.partition(b"\n\n")[0]
    assert b"gpgsig" not in raw
    assert raw.partition(b"\n\n")[2] == odd.partition(b"\n\n")[2]


def test_a_straight_branch_is_taken_as_it_is(tmp_path: Path) -> None:
    """Where the branch begins at the tip, a rebase is its own last commit."""
    history = make_history(tmp_path / "repository")
    head = history.commit("work", a_txt="other\n")
    assert stacked(history, Style.REBASE).commit == head
    assert stacked(history, Style.MERGE).commit != head


@pytest.mark.parametrize("style", [Style.SQUASH, Style.REBASE])
def test_what_is_there_already_adds_nothing(parted: History, style: Style) -> None:
    """The same work once more gives the tip itself."""
    once = stacked(parted, style).commit
    again = stack(parted.git, once, parted.layer(), style)
    assert isinstance(again, Stacked)
    assert (again.commit, again.style) == (once, style)


def test_changes_of_every_kind(parted: History) -> None:
    """Renames, modes, links, binaries, CRLF, a folder where a file was: replayed as merged."""
    git(parted.place, "switch", "--quiet", "work")
    git(parted.place, "mv", "a.txt", "moved.txt")
    commit_all(parted.place, "rename")
    (parted.place / "moved.txt").chmod(0o755)
    (parted.place / "link").symlink_to("moved.txt")
    commit_all(parted.place, "mode")
    (parted.place / "b.txt").unlink()
    write(parted.place, {"b.txt/inner": bytes(range(256)), "crlf.txt": b"a\r\nb\r\n"})
    commit_all(parted.place, "folder")
    found = stacked(parted, Style.REBASE)
    assert (found.style, found.why) == (Style.REBASE, None)
    assert "eight" in git(parted.place, "show", f"{found.commit}:moved.txt")
    assert git(parted.place, "ls-tree", found.commit, "moved.txt").startswith("100755")


def test_a_merge_in_a_branch(parted: History) -> None:
    """One that only followed the target goes; one that solved a conflict makes it a merge."""
    git(parted.place, "switch", "--quiet", "work")
    git(parted.place, "merge", "--quiet", "--no-edit", "main")
    parted.commit("work", "after", after_txt="x\n")
    parted.commit("main", "more", more_txt="x\n")
    found = stacked(parted, Style.REBASE)
    assert (found.style, found.why) == (Style.REBASE, None)
    assert parted.subjects(found.commit) == ["first of work", "second of work", "after"]
    parted.commit("main", "clash", b_txt="main\n")
    parted.commit("work", "clash", b_txt="work\n")
    git(parted.place, "merge", "--quiet", "main", check=False)
    write(parted.place, {"b.txt": "both\n"})
    commit_all(parted.place, "solved")
    parted.commit("main", "further", further_txt="x\n")
    found = stacked(parted, Style.REBASE)
    assert found.style is Style.MERGE
    assert "by itself conflicts in b.txt" in (found.why or "")
    assert prove(parted.git, found.commit, parted.at("work"), found.commit) is Proof.ANCESTRY


@pytest.mark.parametrize("style", Style)
def test_conflicts(parted: History, style: Style) -> None:
    """Their paths are named; without a common commit there are none; a missing one is an error."""
    parted.commit("main", "clash", d_txt="x\n")
    parted.commit("work", "clash", d_txt="y\n")
    assert stack(parted.git, parted.at("main"), parted.layer(), style) == Conflict(("d.txt",))
    alone = git(parted.place, "commit-tree", "-m", "alone", parted.at("main^{tree}"))
    assert stack(parted.git, alone, parted.layer(), style) == Conflict(())
    with pytest.raises(GitFailed):
        stack(parted.git, "0" * 40, parted.layer(), style)


def test_a_squash_is_found_behind_many_commits(parted: History) -> None:
    """Found again after a crash, however much has landed since: it has touched the same files."""
    head = parted.at("work")
    tip = stacked(parted, Style.SQUASH).commit
    stream = f"reset refs/heads/far\nfrom {tip}\n" + "".join(
        f"commit refs/heads/far\ncommitter a <a@b> 1 +0000\ndata 1\nx\n"
        f"M 100644 inline {'a.txt' if number == 55 else f'z{number}'}\ndata 1\n{number % 10}\n"
        for number in range(60)
    )
    git(parted.place, "fast-import", "--quiet", stdin=stream)
    assert contains(parted.git, parted.at("far"), head)
    assert not contains(parted.git, parted.at("far"), parted.commit("work", "more", a_txt="x\n"))


LINES = st.lists(st.integers(0, 9), max_size=4)
CHANGES = st.lists(
    st.tuples(st.sampled_from(["a.txt", "b.txt", "c.txt"]), LINES), min_size=1, max_size=3
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ours=CHANGES, theirs=CHANGES)
def test_every_style_gives_the_same_tree(
    tmp_path: Path, ours: list[tuple[str, list[int]]], theirs: list[tuple[str, list[int]]]
) -> None:
    """And is proven, while the target without it is not; or all of them conflict."""
    place = tmp_path / "repository"
    shutil.rmtree(place, ignore_errors=True)
    history = make_history(place)
    for branch, changes in (("main", theirs), ("work", ours)):
        for name, lines in changes:
            text = "".join(f"{line}\n" for line in lines)
            history.commit(branch, **{name.replace(".", "_"): text})
    main, head = history.at("main"), history.at("work")
    found = [stack(history.git, main, history.layer(), style) for style in Style]
    if any(isinstance(one, Conflict) for one in found):
        assert len(set(found)) == 1
        return
    for one in found:
        assert isinstance(one, Stacked)
        assert one.tree == history.merged_tree() == history.at(f"{one.commit}^{{tree}}")
        assert prove(history.git, one.commit, head, one.commit) is not None
        assert git(place, "merge-base", main, one.commit) == main
    adds = history.merged_tree() != history.at("main^{tree}")
    assert (prove(history.git, main, head, main) is None) == adds
