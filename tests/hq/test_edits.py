"""Edits by hand: what a person may write into records and settings, and what not."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from tests.hq.guarded import Guarded
from tests.support.desk import Desk
from tests.support.people import git

Edit = Callable[[Guarded], None]


@pytest.fixture
def busy(hq: Guarded) -> Guarded:
    """A town with something of everything: hooked, queued, blocked, closed, a convoy, mail."""
    desk = hq.desk
    desk.sling("hooked", "--id", "mp-hooked")
    bead, tree = desk.sling("queued", "--id", "mp-queued")
    desk.work(tree)
    desk.gt("done", at=tree)
    desk.bead("open", "--id", "mp-open")
    desk.bead("blocked", "--id", "mp-blocked", "--deps", "mp-open")
    desk.bead("closed", "--id", "mp-closed")
    desk.bd("close", "mp-closed")
    desk.gt("convoy", "create", "bundle", "mp-open", "mp-closed")
    desk.gt("crew", "add", "ada", "--rig", "mp")
    assert bead == "mp-queued"
    return hq


def bead(identifier: str, **values: object) -> Edit:
    """Change keys of a bead."""
    return lambda hq: hq.edit_bead(identifier, **values)


def hook(identifier: str, **values: object) -> Edit:
    """Change keys of a hook."""
    return lambda hq: hq.edit_hook(identifier, **values)


def merge(**values: object) -> Edit:
    """Change keys of the one merge request."""
    return lambda hq: hq.edit("merges/mp/mr-mp-queued-1.json", **values)


def convoy(**values: object) -> Edit:
    """Change keys of the convoy that was made by hand."""
    return lambda hq: hq.edit(convoy_path(hq.desk), **values)


def convoy_path(desk: Desk) -> str:
    """Where that convoy's record is."""
    [found] = [one.id for one in desk.town.read().convoys() if one.title == "bundle"]
    return f"convoys/{found}.json"


def remove(path: str) -> Edit:
    """Delete a file."""
    return lambda hq: (hq.folder / path).unlink()


def write(path: str, text: str = "x\n") -> Edit:
    """Write a file."""

    def edit(hq: Guarded) -> None:
        (hq.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (hq.folder / path).write_text(text)

    return edit


def break_off(hq: Guarded) -> None:
    """Half of a record."""
    file = hq.folder / hq.bead_path("mp-open")
    file.write_text(file.read_text()[:40])


def wrong_shard(hq: Guarded) -> None:
    """A record where no reader looks for it."""
    old = hq.folder / hq.bead_path("mp-open")
    new = hq.folder / "beads/mp/zz/mp-open.json"
    new.parent.mkdir()
    old.rename(new)


def copy_of(identifier: str) -> Edit:
    """A second bead with an id that only another case tells apart."""

    def edit(hq: Guarded) -> None:
        from gastown.store.layout import record_path
        from tests.support.towns import a_bead

        text = (hq.folder / hq.bead_path("mp-open")).read_text()
        write(record_path(a_bead(identifier)), text.replace("mp-open", identifier))(hq)

    return edit


def link(hq: Guarded) -> None:
    """A symbolic link instead of a document."""
    (hq.folder / "directives" / "mine.md").symlink_to("/etc/passwd")


def program(hq: Guarded) -> None:
    """A document that can be run."""
    (hq.folder / "directives" / "crew.md").chmod(0o755)


def nested(hq: Guarded) -> None:
    """A repository in hq."""
    git(hq.folder, "init", "--quiet", "inner")
    git(hq.folder / "inner", "commit", "--quiet", "--allow-empty", "-m", "inner")


def doctored(hq: Guarded) -> None:
    """A name that speaks to the terminal."""
    write("directives/\x1b[31mred.md")(hq)


ILLEGAL: dict[str, tuple[Edit, str, str]] = {
    "reopened on a hook": (
        bead("mp-hooked", status="open", assignee=None),
        "hook mp/toast would hold mp-hooked, which is only open", "gt unsling mp-hooked",
    ),
    "open on a hook, and still assigned": (
        bead("mp-hooked", status="open"), "mp-hooked, which is only open", "gt unsling mp-hooked"
    ),
    "taken from its hook": (
        bead("mp-hooked", status="blocked", assignee=None), "which is nobody's", "gt unsling"
    ),
    "closed on a hook": (
        bead("mp-hooked", status="closed"), "which is closed", "bd close mp-hooked"
    ),
    "given to another": (
        bead("mp-hooked", assignee="mp/nux"), "mp/nux's hook does not hold it", "gt sling mp-hooked"
    ),
    "hooked by nobody": (
        bead("mp-open", status="hooked"), "it is on no hook", "gt sling mp-open mp"
    ),
    "hooked from closed": (
        bead("mp-closed", status="hooked"),
        "bead mp-closed cannot go from closed to hooked", "bd reopen mp-closed, then gt sling",
    ),
    "in progress for an agent": (
        bead("mp-open", status="in_progress", assignee="mp/toast"),
        "mp/toast, whose hook does not hold it", "gt sling mp-open mp/toast",
    ),
    "a deleted bead": (remove("{mp-open}"), "a bead is never deleted", "bd delete mp-open"),
    "a deleted hook": (
        remove("hooks/mp/toast.json"), "a hook is never deleted", "gt unsling mp/toast"
    ),
    "a deleted rig": (remove("rigs/mp.json"), "a rig is never deleted", "gt rig remove mp"),
    "a bead on two hooks": (
        hook("mp/ada", state="active", bead="mp-hooked"),
        "mp-hooked would be on several hooks", "gt unsling mp-hooked",
    ),
    "a hook without its bead": (
        hook("mp/toast", bead=None), "mp/toast's hook does not hold it", "gt sling mp-hooked"
    ),
    "a hook that is free, with its bead": (
        hook("mp/toast", state="created"), "would be created, but it holds", "gt unsling mp-hooked"
    ),
    "a hook archived with its bead": (
        hook("mp/toast", state="archived"), "cannot go from active to archived", "gt unsling"
    ),
    "a hook that a merge needs": (
        hook("mp/nux", state="archived", bead=None),
        "merge request mr-mp-queued-1 still needs it", "gt unsling mp/nux",
    ),
    "a generation before": (hook("mp/ada", generation=0), "cannot go back", "gt unsling mp/ada"),
    "a jump in the hook's table": (
        hook("mp/ada", state="completed"), "cannot go from created to completed", "gt done"
    ),
    "merged by word": (
        merge(state="merged"), "the target does not contain the work", "gt refinery run mp"
    ),
    "work that is queued, closed": (
        bead("mp-queued", status="closed"), "mr-mp-queued-1 still wants its work", "bd close"
    ),
    "a merge of nothing": (merge(bead="mp-none"), "would name bead mp-none, not there", "gt mq"),
    "a convoy that has not landed": (
        convoy(state="landed"), "1 of 2 beads are not closed", "gt convoy refresh"
    ),
    "an unknown state": (bead("mp-open", status="doing"), "no readable record", "restore"),
    "a newer schema": (bead("mp-open", schema="bead/9"), "newer than this gt", "restore"),
    "half a record": (break_off, "no JSON at line", "git -C hq restore --staged --worktree beads"),
    "the wrong place": (wrong_shard, "belongs in beads/mp/", "restore"),
    "an id in another case": (copy_of("MP-open"), "the id MP-open is taken", "bd"),
    "blocked work": (
        lambda hq: (
            hq.edit_bead("mp-blocked", status="hooked", assignee="mp/ada"),
            hq.edit_hook("mp/ada", state="active", bead="mp-blocked"),
        )[0],
        "it waits for mp-open", "gt sling mp-blocked mp",
    ),
    "settings that do not parse": (write("town.toml", "schema = ["), "town.toml: ", "restore"),
    "an unknown setting": (write("town.toml", "schema = 1\nx = 1\n"), "x: unknown key", "restore"),
    "no settings": (remove("town.toml"), "cannot be without its settings", "restore"),
    "a name that is not allowed": (write("directives/a b.md"), "commits no file of this", "'"),
    "a name that speaks to the terminal": (doctored, "\\x1b[31mred.md", "restore"),
    "a link": (link, "a symbolic link has no place in hq", "restore"),
    "a program": (program, "an executable file has no place in hq", "restore"),
    "a nested repository": (nested, "a nested repository has no place in hq", "restore"),
}  # fmt: skip


def test_illegal_edits(busy: Guarded) -> None:
    """Each names the file, what is wrong and what to type; the town stays as it is."""
    paths = {"{mp-open}": busy.bead_path("mp-open")}
    ILLEGAL["a deleted bead"] = (remove(paths["{mp-open}"]), *ILLEGAL["a deleted bead"][1:])
    failures = []
    for name, (edit, what, instead) in ILLEGAL.items():
        edit(busy)
        said = busy.judged()
        busy.git("reset", "--quiet", "--hard")
        busy.git("clean", "--quiet", "-ffd")
        if what not in said or instead not in said or "\x1b" in said:
            failures.append(f"{name}: {said}")
    assert not failures, "\n".join(failures)


def test_legal_edits(busy: Guarded) -> None:
    """What the tables allow is taken, several moves in one commit as well."""
    desk = busy.desk
    busy.edit_bead("mp-open", status="closed", title="Done by hand")
    busy.edit(convoy_path(desk), state="landed")
    busy.commit("close and land")
    busy.edit_bead("mp-closed", status="open")
    busy.edit(convoy_path(desk), state="open")
    busy.commit("reopen both")
    busy.edit_bead("mp-blocked", status="hooked", assignee="mp/ada")
    busy.edit_hook("mp/ada", state="active", bead="mp-blocked")
    busy.commit("a sling by hand")
    busy.edit_bead("mp-blocked", status="open", assignee=None)
    busy.edit_hook("mp/ada", state="created", bead=None)
    busy.commit("taken back by hand")
    busy.edit_bead("mp-closed", status="in_progress", assignee="mp/ada")
    busy.commit("claimed by a person, without a hook")
    write("directives/crew.md", "be kind\n")(busy)
    write("notes/plan.txt")(busy)
    busy.commit("documents and notes")
    settings = (busy.folder / "town.toml").read_text()
    write("town.toml", settings.replace('name = "gt"', 'name = "ours"'))(busy)
    busy.commit("settings")
    assert desk.gt("status", "--json").data["name"] == "ours"
    [*_, illegal] = [*busy.adopted()]
    assert illegal[0] == "Cause"
    busy.edit_bead("mp-closed", status="open", assignee=None)
    busy.commit()


def test_a_merge_that_is_proven(busy: Guarded) -> None:
    """Merged may be written by hand when the target really holds the work."""
    bare = busy.desk.root / "mp" / "repo.git"
    head = busy.town.read().merges()[0].head
    git(bare, "update-ref", "refs/heads/main", head)
    merge(state="merged")(busy)
    busy.edit_bead("mp-queued", status="closed")
    busy.edit_hook("mp/nux", state="archived", bead=None)
    busy.commit("merged by hand")
    assert busy.desk.shown("mp-queued")["status"] == "closed"


def test_what_was_broken_before_is_no_obstacle(busy: Guarded) -> None:
    """Old damage elsewhere does not keep anybody from committing, or from mending a part of it."""
    off = ("-c", "core.hooksPath=/dev/null")
    break_off(busy)
    busy.edit_hook("mp/ada", state="active", bead="mp-gone")
    busy.git("add", "-A")
    busy.git(*off, "commit", "--quiet", "-m", "damage")
    busy.desk.gt("status")
    busy.edit_bead("mp-hooked", title="Still hooked")
    busy.commit("a title")
    busy.edit_hook("mp/ada", runtime="x")
    busy.commit("something else of the same record")
    busy.edit_hook("mp/ada", state="created", bead=None)
    busy.git("checkout", "HEAD~4", "--", "beads/mp/*/mp-open.json")
    busy.commit("mended")
    assert busy.town.read().broken() == []


def test_eleven_troubles(busy: Guarded) -> None:
    """Ten are told, and how many more there are."""
    for number in range(11):
        write(f"directives/a {number}.md")(busy)
    said = busy.refused_commit()
    assert "11 things to mend" in said
    assert said.count("try: ") == 10
    assert "and 1 more" in said
    assert os.linesep in said
