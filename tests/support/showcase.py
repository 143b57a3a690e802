"""A town with something of everything, for whoever looks at all of the dashboard."""

from __future__ import annotations

from gastown.web.sections import SECTIONS
from tests.support.desk import Desk

HOSTILE = "<img src=x onerror=\"document.title='owned'\"> \x1b[31mred\x1b[0m \u202eevil"
"""A title that tries what titles may try."""
WORK = (
    "Work on.\n\n```sh\necho at work > {0}.txt; git add .; git commit -qm 'work'; sleep 600\n```\n"
)


def fill(desk: Desk) -> dict[str, str]:
    """Something of everything; the ids by what they are."""
    desk.gate("test ! -f BROKEN")
    names = {name: desk.bead(f"Write the {name}", "-d", WORK.format(name), "--rig", "mp")
             for name in ("parser", "lexer")}  # fmt: skip
    names["later"] = desk.bead("Put it together", "--deps", names["parser"], "--rig", "mp")
    names["hostile"] = desk.bead(HOSTILE, "-d", HOSTILE, "--rig", "mp", "-l", "odd")
    desk.gt("convoy", "create", "First version", *names.values(), "--notify")
    desk.gt("sling", names["parser"], names["lexer"], "mp")
    bad, _ = desk.hand_in("Break the build", {"BROKEN": "yes\n"})
    desk.gt("refinery", "run", status=1)
    names["bad"] = bad
    desk.gt("escalate", "The keys expire tonight", "-s", "high")
    desk.gt("mail", "send", "human", "-s", f"A question {HOSTILE}", "-m", "Tabs, or spaces?")
    desk.bd("mol", "pour", "bugfix", "--rig", "mp", "--var", "bug=It crashes")
    desk.bd("comments", "add", names["parser"], HOSTILE)
    return names


def paths(desk: Desk, names: dict[str, str]) -> list[str]:
    """An address of every kind."""
    reader = desk.town.read()
    [convoy] = [one.id for one in reader.convoys() if one.title == "First version"]
    [escalation] = [one.id for one in reader.escalations() if "keys" in one.title]
    [merge] = [one.id for one in reader.merges()]
    [molecule] = [one.id for one in reader.molecules()]
    mail = reader.mail("human")[-1].id
    return [
        *(f"/{name}" for name in SECTIONS), "/beads?view=board", f"/beads/{names['parser']}",
        f"/beads/{names['hostile']}", f"/convoys/{convoy}", f"/needs/{escalation}",
        f"/queue/{merge}", f"/mail/{mail}", f"/formulas/molecules/{molecule}", "/formulas/bugfix",
        "/agents/mp/toast", "/hooks/mp/toast", f"/activity/{reader.commit}", "/settings/rigs/mp",
    ]  # fmt: skip
