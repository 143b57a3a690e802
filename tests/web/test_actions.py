"""An action of every area: what it does to the town, in the name of the person."""

from __future__ import annotations

from gastown.domain.bead import BeadState
from gastown.domain.hook import HookState
from gastown.web.actions import ACTIONS
from tests.support.desk import Desk
from tests.web.conftest import Answered, Web


def done(web: Web, action: str, **values: str) -> Answered:
    """Do it, confirmed; it has to succeed."""
    got = web.do(action, confirmed="yes", **values)
    assert got.status == 200, (action, got.text)
    return got


def actor(desk: Desk) -> str:
    """Who made the last operation."""
    said = desk.run("git", "-C", "hq", "log", "-1", "--format=%(trailers:key=Actor,valueonly)")
    return said.out.strip()


def test_beads(desk: Desk, web: Web) -> None:
    made = done(web, "bead.create", title="A page", rig="mp", priority="1", labels="ui, web",
                description="It shows\r\nthings", acceptance="It is shown")  # fmt: skip
    bead = made.headers["gt-go"].rpartition("/")[2]
    assert actor(desk) == "human"
    found = desk.shown(bead)
    assert (found["title"], found["priority"], found["labels"]) == ("A page", 1, ["ui", "web"])
    assert found["description"] == "It shows\nthings"
    done(web, "bead.update", bead=bead, title="Another page", priority="1", type="task",
         assignee="", labels="ui")  # fmt: skip
    assert desk.shown(bead)["title"] == "Another page"
    assert desk.shown(bead)["labels"] == ["ui"]
    done(web, "bead.write", bead=bead, description="", notes="Mind the gap")
    assert desk.shown(bead).get("description", "") == ""
    other = desk.bead("The other", "--rig", "mp")
    done(web, "bead.wait", bead=bead, target=other)
    assert web.do("bead.close", bead=bead).status in (409, 422)
    done(web, "bead.unwait", bead=bead, target=other)
    done(web, "bead.comment", bead=bead, text="Well done")
    done(web, "bead.defer", bead=bead, until="+2d")
    done(web, "bead.undefer", bead=bead)
    done(web, "bead.close", bead=bead, reason="finished")
    assert desk.shown(bead)["status"] == "closed"
    done(web, "bead.reopen", bead=bead)
    assert desk.shown(bead)["status"] == "open"
    assert web.do("bead.create", title=" ", rig="mp").status == 400
    assert web.do("bead.close", bead="none").status == 404


def test_agents_hooks_and_convoys(desk: Desk, web: Web) -> None:
    bead = desk.bead("Work", "-d", "```sh\nsleep 100\n```", "--rig", "mp")
    made = done(web, "convoy.create", title="First", beads=bead, notify="yes")
    convoy = made.headers["gt-go"].rpartition("/")[2]
    more = desk.bead("More", "--rig", "mp")
    done(web, "convoy.add", convoy=convoy, beads=more)
    assert desk.town.read().find("convoy", convoy).beads == (bead, more)
    done(web, "agent.sling", bead=bead, rig="mp")
    hook = next(one for one in desk.town.read().hooks() if one.bead == bead)
    assert hook.state is HookState.ACTIVE
    done(web, "hook.suspend", agent=hook.id, reason="later")
    assert desk.hook(hook.id).reason == "later"
    done(web, "hook.resume", agent=hook.id)
    assert desk.hook(hook.id).state is HookState.ACTIVE
    tree = desk.root / hook.path
    (tree / "draft.txt").write_text("first\n")
    assert "snapshot" in done(web, "hook.snapshot", agent=hook.id).text
    (tree / "draft.txt").write_text("second\n")
    assert web.do("hook.restore", agent=hook.id).status == 409
    assert (tree / "draft.txt").read_text() == "second\n"
    done(web, "hook.restore", agent=hook.id)
    assert (tree / "draft.txt").read_text() == "first\n"
    away = desk.root.parent / "away"
    done(web, "hook.restore-to", agent=hook.id, folder=str(away))
    assert (away / "draft.txt").exists()
    assert web.do("hook.restore-to", agent=hook.id, folder="here").status == 400
    done(web, "agent.unsling", bead=bead)
    assert desk.town.read().bead(bead).state is BeadState.OPEN
    done(web, "convoy.close", convoy=convoy, reason="enough")
    assert desk.town.read().find("convoy", convoy).state == "closed"


def test_the_queue_mail_escalations_settings_and_formulas(desk: Desk, web: Web) -> None:
    done(web, "queue.pause", rig="mp", reason="lunch")
    assert "lunch" in web.get("/queue").text
    done(web, "queue.resume", rig="mp")
    assert web.do("queue.resume", rig="mp").status in (404, 409, 422)
    bead, _ = desk.hand_in("Hand in")
    [merge] = [one for one in desk.town.read().merges() if one.bead == bead]
    done(web, "merge.reject", merge=merge.id, reason="not like that")
    done(web, "merge.retry", merge=merge.id)
    done(web, "merge.withdraw", merge=merge.id)
    assert desk.town.read().find("merge", merge.id).state == "withdrawn"

    sent = done(web, "mail.send", to="mayor", subject="Plan", body="Look at it.\r\nPlease.")
    letter = desk.town.read().find("mail", sent.headers["gt-go"].rpartition("/")[2])
    assert (letter.body, letter.sender) == ("Look at it.\nPlease.", "human")
    desk.gt("mail", "send", "human", "-s", "Question", "-m", "Which?")
    mine = desk.town.read().unread("human")[-1]
    assert web.get(f"/mail/{mine.id}").status == 200
    assert desk.town.read().find("mail", mine.id).state == "unread"
    done(web, "mail.read", message=mine.id)
    done(web, "mail.archive", message=mine.id)
    assert desk.town.read().find("mail", mine.id).state == "archived"

    raised = done(web, "town.escalate", title="Help", severity="high", body="now")
    name = raised.headers["gt-go"].rpartition("/")[2]
    done(web, "escalation.acknowledge", escalation=name)
    done(web, "escalation.resolve", escalation=name, reason="done")
    assert desk.town.read().find("escalation", name).resolution == "done"
    done(web, "scheduler.pause", reason="slow down")
    done(web, "scheduler.resume")

    done(web, "config.set", key="rigs.mp.merge.batch_max", value="3")
    assert desk.town.settings().rig("mp").merge.batch_max == 3
    done(web, "config.set", key="rigs.mp.merge.batch_max", value="")
    assert desk.town.settings().rig("mp").merge.batch_max == 8
    wrong = web.do("config.set", key="rigs.mp.merge.batch_max", value="lots")
    assert wrong.status == 400
    assert "rigs.mp.merge.batch_max" in wrong.text
    assert web.do("gate.set", rig="mp", name="test", command="true").status == 409
    done(web, "gate.set", rig="mp", name="test", command="true", timeout_s="60")
    assert [gate.timeout_s for gate in desk.town.settings().rig("mp").gates] == [60]
    done(web, "agent-command.set", name="mine", command="true", env="A=1\r\nB=2")
    assert dict(desk.town.settings().agents["mine"].env) == {"A": "1", "B": "2"}
    done(web, "config.default-agent", agent="mine")
    done(web, "config.default-agent", agent="shell")
    done(web, "agent-command.remove", name="mine")

    done(web, "formula.pour", formula="bugfix", rig="mp", variables="bug=It crashes")
    [molecule] = desk.town.read().molecules()
    assert web.get(f"/formulas/molecules/{molecule.id}").status == 200
    assert web.do("molecule.burn", molecule=molecule.id).status == 409
    done(web, "molecule.burn", molecule=molecule.id)
    assert not desk.town.read().molecules()


def test_each_form_is_there_and_says_what_it_would_destroy(web: Web) -> None:
    for name, action in ACTIONS.items():
        if action.without_town:
            continue
        got = web.get(f"/act/{name}")
        assert got.status == 200, name
        assert ("cannot simply be taken back" in got.text) is (action.destroys is not None), name
        for field in action.fields:
            assert f'name="{field.name}"' in got.text, (name, field.name)
