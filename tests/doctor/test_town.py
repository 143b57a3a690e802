"""A town that is well, and what the doctor says of its machine, its settings and its records."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gastown.errors import Refused
from gastown.ops.doctor.examine import Outcome, examine
from gastown.ops.doctor.finding import Check, Finding, Grade, Patient
from gastown.runtime.kernel import inotify_limit, remote_filesystem, room
from tests.doctor.test_orphans import doctor, named
from tests.support.desk import Desk, host
from tests.support.people import git, write


def test_a_new_town_is_well(desk: Desk) -> None:
    said = desk.gt("doctor", "-v")
    assert said.out.splitlines()[-1].startswith("all is well: ")
    assert not [line for line in said.out.splitlines() if line.startswith(("trouble", "warning"))]
    assert doctor(desk, "--fix", "--rig", "mp", status=0)["repaired"] == 0


def test_what_only_a_person_can_mend_is_said(desk: Desk, broken_town: None) -> None:
    write(desk.root / "hq", {"rigs/mp.json": "{}\n"})
    program = desk.root.parent / "nowhere"
    settings = desk.root / "hq" / "town.toml"
    text = settings.read_text()
    for table, line in (("agents", f'lost = "{program}"'), ("roles", 'polecat = "lost"')):
        text = text.replace(f"\n[{table}]\n", f"\n[{table}]\n{line}\n")
    settings.write_text(text)
    (desk.root / ".gt" / "spool" / "bad" / "x.1").write_bytes(b"nonsense")
    found = doctor(desk, status=1)
    assert {("agents", "lost"), ("hq", "hq")} <= named(found)
    assert "accepted" in {check for check, _ in named(found)}
    assert "spool" in {one["check"] for one in found["findings"]}
    assert named(doctor(desk, "--fix", status=1), "repaired") == set()


def test_settings_that_cannot_be_read_hide_nothing_else(desk: Desk, broken_town: None) -> None:
    (desk.root / "hq" / "town.toml").write_text("[town\n")
    found = doctor(desk, "--fix", status=1)
    assert {check for check, _ in named(found)} == {"settings", "tmux", "agents", "accepted", "hq"}


def test_a_record_that_cannot_be_read(desk: Desk, broken_town: None) -> None:
    bead = desk.bead("A bead", "--rig", "mp")
    file = next((desk.root / "hq" / "beads").rglob(f"{bead}.json"))
    file.write_bytes(b"{")
    commit_all_without_guards(desk.root / "hq")
    path = str(file.relative_to(desk.root / "hq"))
    assert ("records", path) in named(doctor(desk, status=1))


def commit_all_without_guards(hq: Path) -> None:
    """Commit what the guard would not let through."""
    git(hq, "-c", "core.hooksPath=/dev/null", "commit", "-qam", "by hand")


def test_a_town_that_is_down_is_a_note(desk: Desk) -> None:
    desk.gt("down")
    [note] = [one for one in doctor(desk, status=0)["findings"] if one["check"] == "monitor"]
    assert (note["grade"], note["how"]) == ("note", "gt up")


def test_without_tmux_where_it_is_asked_for(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = desk.root.parent / "bin"
    folder.mkdir()
    for name in ("git", "sh", "ps"):
        [found] = [Path(p, name) for p in os.defpath.split(":") if Path(p, name).exists()][:1]
        (folder / name).symlink_to(found)
    desk.gt("config", "set", "town.runner", "tmux")
    monkeypatch.setenv("PATH", str(folder))
    assert ("tmux", "tmux") in named(doctor(desk, status=1))


class Ward:
    """Checks of things that are ill on purpose."""

    def __init__(self) -> None:
        self.ill = {"a", "b"}

    def look(self, patient: Patient) -> list[Finding]:
        """Everything that is ill; `a` can be mended, and gives `b` back its health only later."""
        return [Finding("ward", one, "ill", "because", fix=lambda one=one: self.mend(one))
                for one in sorted(self.ill)]  # fmt: skip

    def mend(self, one: str) -> str:
        """Mend one; the second is beyond help."""
        if one == "b":
            raise Refused("no", hint="ask")
        self.ill.discard(one)
        return "mended"


def test_one_broken_check_hides_no_other(desk: Desk) -> None:
    def broken(patient: Patient) -> list[Finding]:
        raise ZeroDivisionError("oops")

    checks = (Check("broken", "Something", broken), Check("ward", "The ill", Ward().look))
    found = examine(Patient(desk.town, host()), checks, fix=True)
    outcomes = {(one.check, one.subject): one.outcome for one in found.findings}
    assert outcomes == {
        ("broken", "Something"): Outcome.FOUND,
        ("ward", "a"): Outcome.REPAIRED,
        ("ward", "b"): Outcome.STILL_THERE,
    }
    assert (found.left, found.repaired, found.fine) == (2, 1, ())
    assert "ZeroDivisionError: oops" in found.findings[0].what
    assert [one.done for one in found.findings if one.subject == "b"] == [
        "could not be mended: no (ask)"
    ]


def test_the_worst_comes_first(desk: Desk) -> None:
    grades = [Grade.NOTE, Grade.TROUBLE, Grade.WARNING]
    looked = [Finding("c", grade, "is", "why", grade=grade) for grade in grades]
    found = examine(Patient(desk.town, host()), (Check("c", "C", lambda _: looked),))
    assert [one.grade for one in found.findings] == list(Grade)
    assert found.left == 1


def test_what_the_kernel_tells() -> None:
    assert room(Path("/")).free_bytes > 0
    assert inotify_limit("no_such_limit") is None
    assert remote_filesystem(Path("/proc")) is None
