"""What the machine lacks is named, and nothing else is: each lack is a real one."""

from __future__ import annotations

import shlex
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gastown.ops.doctor.checks import CHECKS
from gastown.ops.doctor.environment import CHECKS as ENVIRONMENT
from gastown.ops.doctor.examine import Examination, examine
from gastown.ops.doctor.finding import Grade, Patient
from gastown.store.town import Edge, Town
from tests.doctor.test_orphans import doctor
from tests.support.desk import SCRIPTS, Desk, host


def look(town: Town, check: str, rig: str | None = None) -> Examination:
    """What one check finds."""
    return examine(Patient(town, host(), rig), [one for one in CHECKS if one.name == check])


def test_every_check_has_its_own_name() -> None:
    names = [check.name for check in CHECKS]
    assert len(set(names)) == len(names)


def test_a_clock_that_was_set_back(desk: Desk) -> None:
    town = desk.town
    now = town.edge.clock()
    behind = Edge(clock=lambda: now - timedelta(hours=1))
    found = look(Town(town.layout.root, behind), "clock")
    assert (found.left, found.findings[0].grade) == (1, Grade.TROUBLE)
    assert look(town, "clock").findings == ()


@pytest.mark.parametrize("home", ["", "/nowhere/at/all"])
def test_a_home_that_is_not_there(desk: Desk, home: str) -> None:
    patient = Patient(desk.town, replace(host(), env={**host().env, "HOME": home}))
    [found] = examine(patient, [one for one in ENVIRONMENT if one.name == "home"]).findings
    assert found.grade is Grade.WARNING


def test_too_few_files_may_be_open(desk: Desk) -> None:
    """In a process of its own: this one may have more files open than the limit allows."""
    limited = f"ulimit -S -n 256 && exec {shlex.quote(str(SCRIPTS / 'gt'))} doctor --json"
    found = desk.run("sh", "-c", limited, status=None).data["findings"]
    [files] = [one for one in found if one["check"] == "open files"]
    assert files["grade"] == "warning", files


def test_gt_is_not_where_agents_look(desk: Desk, tmp_path: Path) -> None:
    patient = Patient(desk.town, replace(host(), scripts=tmp_path / "empty"))
    found = examine(patient, [one for one in ENVIRONMENT if one.name == "commands"])
    assert {one.subject for one in found.findings} == {"gt", "bd"}


def test_nothing_of_the_machine_is_wrong_here(desk: Desk) -> None:
    found = examine(Patient(desk.town, host()), ENVIRONMENT)
    assert {one.check for one in found.findings} <= {"watching", "disk", "open files"}, found


def test_an_agent_at_work_without_a_monitor_is_a_trouble(desk: Desk) -> None:
    [idle] = [one for one in doctor(desk, status=0)["findings"] if one["check"] == "monitor"]
    assert idle["grade"] == "note"
    desk.gt("config", "set", "agents.sleeper", "sleep 600")
    bead = desk.bead("work", "--rig", "mp")
    desk.gt("sling", bead, "mp", "--agent", "sleeper")
    found = doctor(desk, status=1)
    [busy] = [one for one in found["findings"] if one["check"] == "monitor"]
    assert (busy["grade"], busy["how"]) == ("trouble", "gt up"), busy
