"""Agents that died are started again, unless nobody wants them to be; what is lost is nothing."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from gastown.domain.health import Condition
from gastown.runtime.halted import halted
from gastown.runtime.process import ProcessId, is_alive, living_members
from gastown.store.snapshot import wip_ref
from tests.molecules.formulas import put
from tests.recovery.conftest import FAILS, SLEEPS, Rounds, begun
from tests.support.desk import Desk
from tests.support.people import git, write
from tests.support.waiting import until

TOAST = Path("mp", "polecats", "toast")


def sling(desk: Desk, commands: str = SLEEPS, title: str = "A bead", *words: str) -> str:
    """Put a bead on the hook of a new polecat, and start its agent; returns the bead's id."""
    bead = desk.bead(title, "-d", commands)
    desk.gt("sling", bead, "mp", *words)
    return bead


def kill(rounds: Rounds, agent: str = "mp/toast") -> None:
    """Kill an agent, as the system does when memory runs out: all of it, at once."""
    session = rounds.session(agent)
    assert session is not None
    os.killpg(session.process.pid, signal.SIGKILL)
    until(lambda: not rounds.runs(agent))


def sleeps(process: ProcessId) -> bool:
    """Whether a process is the command that the bead waits for."""
    try:
        return Path("/proc", str(process.pid), "cmdline").read_bytes() == b"sleep\x00600\x00"
    except OSError:
        return False


def test_killed_it_is_started_at_once_and_goes_on_with_its_work(desk: Desk, rounds: Rounds) -> None:
    """Its files are held first; the next round does nothing more; in the end its bead is done."""
    stop = desk.root / "go-on"
    bead = sling(desk, f"```sh\necho begun > begun.txt\n[ -e '{stop}' ] || sleep 600\n```")
    tree = desk.root / TOAST
    until(lambda: begun(tree))
    first = rounds.session()
    kill(rounds)
    write(tree, {"half.txt": "half\n"})
    admin = desk.root / "mp" / "repo.git" / "worktrees" / "toast"
    (admin / "index.lock").touch()  # its git was killed, too
    stop.touch()
    rounds.look()
    assert rounds.session() != first
    rounds.look()
    assert rounds.did() == ["restart"]
    wip = git(desk.root / "mp" / "repo.git", "show", f"{wip_ref('toast', 1)}:half.txt")
    assert wip == "half"
    assert rounds.memory.hooks["mp/toast"].ends[0].how == "killed"
    until(lambda: desk.hook("mp/toast").state == "completed")
    assert desk.shown(bead)["status"] != "closed"
    rounds.look()
    assert rounds.memory.hooks == {}


def test_a_crash_loop_ends_in_a_suspended_hook_and_one_escalation(
    desk: Desk, rounds: Rounds
) -> None:
    """With the pauses that are set; nothing is started after it, until a person resumes it."""
    desk.gt("config", "set", "recovery.backoff_s", "1")
    desk.gt("config", "set", "recovery.crash_loop", "3")
    bead = sling(desk, FAILS)
    seen = set()

    def is_over() -> bool:
        seen.add(rounds.session())
        rounds.look()
        return bool(desk.hook("mp/toast").state == "suspended")

    until(is_over)
    assert len(seen) == 3
    assert rounds.did() == ["restart", "restart", "suspend"]
    hook = desk.hook("mp/toast")
    assert hook.reason == ("crash loop: it ended 3 times within 15 min, the last time: exit 1")
    [told] = desk.town.read().escalations()
    assert (told.severity, told.bead, told.agent) == ("high", bead, "mp/toast")
    assert told.body.count("  exit 1\n") == 3
    assert "gt hooks resume mp/toast" in told.body
    assert "STOPPED" in told.body
    rounds.look()
    assert rounds.did() == ["restart", "restart", "suspend"]
    desk.gt("hooks", "resume", "mp/toast")
    until(lambda: not rounds.runs())
    rounds.look()
    assert rounds.did()[3:] == ["restart"]
    assert len(rounds.memory.hooks["mp/toast"].ends) == 1


def test_whoever_stopped_it_and_whoever_closed_its_bead_is_heeded(
    desk: Desk, rounds: Rounds
) -> None:
    """`gt session stop`, then `gt session start` and a crash; then a bead that is closed."""
    bead = sling(desk)
    until(lambda: begun(desk.root / TOAST))
    desk.gt("session", "stop", "mp/toast")
    rounds.look()
    assert not rounds.runs()
    desk.gt("session", "start", "mp/toast")
    kill(rounds)
    desk.gt("config", "set", "recovery.enabled", "false")
    rounds.look()
    desk.gt("config", "set", "recovery.enabled", "true")
    desk.town.layout.frozen.touch()
    rounds.look()
    desk.town.layout.frozen.unlink()
    assert rounds.did() == []
    rounds.look()
    assert rounds.did() == ["restart"]
    for words in (["update", bead, "--status", "blocked"], ["close", bead, "--force"]):
        desk.bd(*words)
        if rounds.runs():
            kill(rounds)
        rounds.look()
    assert rounds.did() == ["restart"]


def test_merged_work_is_not_done_again(desk: Desk, rounds: Rounds) -> None:
    """A person has merged the branch, and nobody has told the ledger yet."""
    bead = sling(desk)
    tree = desk.root / TOAST
    until(lambda: begun(tree))
    kill(rounds)
    (desk.root / "mp/repo.git/worktrees/toast/index.lock").unlink(missing_ok=True)
    desk.work(tree, message=f"work\n\nBead: {bead}")
    target = git(tree, "rev-parse", "HEAD")
    git(desk.root / "mp" / "repo.git", "update-ref", "refs/heads/main", target)
    rounds.look()
    assert rounds.did() == []
    assert not rounds.runs()
    assert rounds.town.read().bead(bead).state == "closed"


def test_a_monitor_that_was_killed_restarts_it_once(desk: Desk, rounds: Rounds) -> None:
    """Whether it was killed before or after the restart; and the budgets go on from there."""
    sling(desk)
    until(lambda: begun(desk.root / TOAST))
    kill(rounds)
    rounds.recovery._submit = lambda *_: True
    rounds.look()
    assert not rounds.runs()
    second = Rounds.begin(desk)
    second.look()
    third = Rounds.begin(desk)
    third.look()
    assert rounds.did() == ["restart"]
    assert len(third.memory.rigs["mp"]) == 1
    assert len(third.memory.hooks["mp/toast"].ends) == 1


def test_a_stopped_process_is_let_go_on_once(desk: Desk, rounds: Rounds) -> None:
    """By the kernel's own word; what stays silent after that is waited for."""
    sling(desk)
    until(lambda: begun(desk.root / TOAST))
    session = rounds.session()
    assert session is not None
    os.killpg(session.process.pid, signal.SIGSTOP)
    until(lambda: halted(session.process))
    rounds.verdicts["mp/toast"] = Condition.STALLED
    rounds.look()
    assert rounds.did() == ["continue"]
    until(lambda: not halted(session.process))
    rounds.look()
    assert rounds.did() == ["continue"]


def test_what_its_agent_left_running_does_not_write_beside_the_next_one(
    desk: Desk, rounds: Rounds
) -> None:
    """The launcher and the agent were killed alone, and a command of the bead lives on."""
    sling(desk)
    tree = desk.root / TOAST
    until(lambda: begun(tree))
    session = rounds.session()
    assert session is not None
    sleeper = until(lambda: [one for one in living_members(session.process.pid) if sleeps(one)])
    for one in living_members(session.process.pid) - set(sleeper):
        os.kill(one.pid, signal.SIGKILL)
    until(lambda: not rounds.runs())
    assert is_alive(sleeper[0])
    rounds.look()
    assert rounds.did() == ["restart"]
    assert not is_alive(sleeper[0])


@pytest.mark.parametrize("condition", [Condition.STALLED, Condition.PROPULSION])
def test_one_that_gives_no_sign_is_restarted_and_given_up(
    desk: Desk, rounds: Rounds, condition: Condition
) -> None:
    """The embedded agent hears nobody: it is restarted at once, and suspended the next time."""
    sling(desk)
    until(lambda: begun(desk.root / TOAST))
    first = rounds.session()
    rounds.verdicts["mp/toast"] = condition
    rounds.look()
    assert rounds.did() == ["restart"]
    assert rounds.session() != first
    rounds.look()
    assert rounds.did() == ["restart", "suspend"]
    assert not rounds.runs()
    assert desk.hook("mp/toast").reason.startswith(f"{condition}: again")


def test_many_that_die_at_once_are_one_alarm(desk: Desk, rounds: Rounds) -> None:
    """They are named in it, and started again."""
    for number in range(3):
        sling(desk, SLEEPS, f"Bead {number}")
    names = [hook.id for hook in desk.town.read().hooks() if hook.rig == "mp"]
    for agent in names:
        kill(rounds, agent)
    rounds.look()

    def is_told() -> bool:
        rounds.look()
        return bool(desk.town.read().escalations())

    until(is_told)
    [told] = desk.town.read().escalations()
    assert told.severity == "critical"
    assert all(f"{agent}: killed" in told.body for agent in names)
    rounds.look()
    assert rounds.did() == ["restart"] * 3
    assert [one.count for one in desk.town.read().escalations()] == [1]
    desk.gt("config", "set", "recovery.crash_loop", "2")
    kill(rounds, names[0])
    rounds.look()
    [told] = desk.town.read().escalations()  # what comes of it is told there
    assert f"{names[0]} was suspended: crash loop: it ended 2 times" in told.body
    assert f"{names[1]}: killed" in told.body


def test_a_rig_over_its_budget_waits_and_says_so_once(desk: Desk, rounds: Rounds) -> None:
    """What it may still use, it uses."""
    desk.gt("config", "set", "recovery.rig_restarts", "1")
    for number in range(2):
        sling(desk, SLEEPS, f"Bead {number}")
    names = [hook.id for hook in desk.town.read().hooks() if hook.rig == "mp"]
    for agent in names:
        kill(rounds, agent)
    for _ in range(3):
        rounds.look()
    assert rounds.did() == ["restart"]
    assert [rounds.runs(agent) for agent in names].count(True) == 1
    [told] = desk.town.read().escalations()
    assert (told.title, told.count) == ("the restarts of mp are used up", 1)
    desk.gt("config", "set", "recovery.rig_restarts", "5")
    rounds.look()
    assert rounds.did() == ["restart", "restart"]


def test_whoever_is_done_and_does_not_go_is_stopped(desk: Desk, rounds: Rounds) -> None:
    """What it wrote since is held."""
    work = "echo a > a.txt; git add -A; git commit -qm a; gt done; echo b > late.txt; sleep 600"
    sling(desk, f"```sh\n{work}\n```")
    tree = desk.root / TOAST
    until(lambda: (tree / "late.txt").exists())
    rounds.verdicts["mp/toast"] = Condition.DONE
    rounds.look()
    assert rounds.did() == ["stop"]
    assert not rounds.runs()
    held = git(desk.root / "mp" / "repo.git", "show", f"{wip_ref('toast', 1)}:late.txt")
    assert held == "b"
    assert desk.hook("mp/toast").state == "completed"


def test_the_mayor_comes_back_when_it_died_and_not_when_it_was_let_go(
    desk: Desk, rounds: Rounds
) -> None:
    """A client that ends in peace, was ended by its person."""
    desk.gt("mayor", "start", "--agent", "shell")
    rounds.verdicts["mayor"] = Condition.IDLE
    rounds.look()
    assert rounds.did() == []
    kill(rounds, "mayor")
    rounds.look()
    assert rounds.did() == ["restart"]
    desk.gt("mayor", "stop")
    rounds.look()
    assert rounds.did() == ["restart"]


def test_one_that_hears_is_called_and_has_mail(desk: Desk, rounds: Rounds) -> None:
    """Once; what cannot be started any more is given up after as many attempts as a crash loop."""
    desk.gt("config", "agent", "set", "fake", "sleep 600")
    desk.gt("config", "set", "recovery.crash_loop", "2")
    sling(desk, SLEEPS, "A bead", "--agent", "fake")
    rounds.verdicts["mp/toast"] = Condition.STALLED
    rounds.look()
    rounds.look()
    assert rounds.did() == ["nudge"]
    [mail] = desk.town.read().unread("mp/toast")
    assert (mail.sender, mail.kind) == ("monitor", "nudge")
    assert "Run `gt hook`" in mail.body
    desk.gt("config", "agent", "remove", "fake")
    rounds.verdicts["mp/toast"] = Condition.DEAD
    kill(rounds)
    rounds.look()
    assert len(rounds.did("trouble")) == 1
    rounds.look()
    assert desk.hook("mp/toast").state == "suspended"
    assert "not started: " in desk.hook("mp/toast").reason


def test_a_molecule_that_waits_for_a_person_is_waited_for(desk: Desk, rounds: Rounds) -> None:
    """Its agent has ended in peace; when the person is through, it goes on by itself."""
    ask = "  - {name: ask, type: human}\n  - {name: go, command: sleep 600, needs: [ask]}\n"
    name = put(desk, f"formula: talk\nsteps:\n{ask}")
    [slung] = desk.gt("sling", name, "mp", "--yes", "--json").data
    until(lambda: not rounds.runs())
    rounds.look()
    assert rounds.did() == []
    desk.bd("close", f"{slung['bead']}.1")
    rounds.look()
    assert rounds.did() == ["restart"]
    assert rounds.runs()
