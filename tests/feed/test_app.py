"""The feed as an app: panels, keys, problems, actions; in a small and in a large terminal."""

from __future__ import annotations

import pytest

from gastown.domain.escalation import Severity
from gastown.feed.rows import Row, Rows
from gastown.ops.escalations import escalate_in
from gastown.ops.picture import Asked
from gastown.store.notices import present_at
from tests.feed.conftest import LARGE, SMALL, Look, Viewer
from tests.support.desk import Desk
from tests.support.waiting import until


@pytest.mark.parametrize("size", [SMALL, LARGE, (40, 10)])
def test_panels_show_agents_convoys_and_events_and_cut_with_an_ellipsis(
    desk: Desk, look: Look, size: tuple[int, int]
) -> None:
    bead, _ = desk.sling("[bold]A title[/] with \x1b[31mescapes, far too long to fit " + "x" * 150)
    desk.gt("convoy", "create", "Release", bead)

    async def story(viewer: Viewer) -> None:
        agents = viewer.rows("agents")
        assert any("toast" in row and bead in row for row in agents)
        [convoy] = [row for row in viewer.rows("convoys") if "Release" in row]
        assert "0/1" in convoy
        assert f"sling {bead} to mp/toast" in viewer.rows("events")[-2]
        lines = viewer.lines()
        assert {len(line) for line in lines} <= {size[0]}
        assert not any("\x1b" in line for line in lines)
        if size[0] < 120:
            assert any("…" in line for line in lines)
        await viewer.press("2", "g", "space")
        assert any(
            "[bold]A title[/] with \\x1b[31mescapes" in row for row in viewer.rows("convoys")
        )

    look(story, size=size)


def test_what_happens_is_seen_and_a_reader_keeps_their_place(desk: Desk, look: Look) -> None:
    for number in range(12):
        desk.bead(f"Early {number}")

    async def story(viewer: Viewer) -> None:
        events = viewer.panel("events")
        first = desk.bead("First news")
        await viewer.until(lambda: viewer.sees(f"create {first}"))
        await viewer.press("3", "pageup", "pageup")
        row, seen = events.current, [line[:-1] for line in viewer.lines()[-8:-1]]
        second = desk.bead("Second news")
        await viewer.until(lambda: any(second in line for line in viewer.rows("events")))
        assert events.current == row
        assert [line[:-1] for line in viewer.lines()[-8:-1]] == seen  # all but the scrollbar
        assert viewer.sees("1 new below")
        await viewer.press("G")
        assert viewer.sees(f"create {second}")
        assert not viewer.sees("1 new below")
        await viewer.press("g")
        assert viewer.sees("install")

    look(story)


def test_keys_lead_everywhere_and_back(desk: Desk, look: Look) -> None:
    _, tree = desk.sling("Parse it")
    desk.work(tree, message="first part")

    async def story(viewer: Viewer) -> None:
        for key, panel in (("2", "convoys"), ("3", "events"), ("1", "agents"), ("tab", "convoys"),
                           ("shift+tab", "agents")):  # fmt: skip
            await viewer.press(key)
            assert viewer.app.focused is viewer.panel(panel)
        await viewer.press("question_mark")
        assert viewer.sees("PgDn PgUp")
        assert viewer.sees("nobody can tell")
        await viewer.press("escape", "1", "G", "enter")
        await viewer.until(lambda: viewer.sees("first part"))
        assert viewer.sees("Parse it")
        await viewer.press("R", "q", "l")
        await viewer.until(lambda: viewer.sees("never had a session"))
        await viewer.press("q", "slash")
        await viewer.type("mayor")
        assert "mayor" in (viewer.panel("agents").current or Row("", ())).plain
        await viewer.press("f")
        await viewer.type("toast")
        assert not any("mayor" in row for row in viewer.rows("agents"))
        assert viewer.sees("filter: toast")
        await viewer.press("escape")
        assert any("mayor" in row for row in viewer.rows("agents"))
        await viewer.press("1", "g", "j", "space")
        assert not any("toast" in row for row in viewer.rows("agents"))
        await viewer.press("2", "enter")
        await viewer.until(lambda: viewer.sees("BEAD"))
        await viewer.press("q", "3", "G", "k", "enter")
        await viewer.until(lambda: viewer.sees("of the ledger"))

    look(story, size=LARGE)


def test_problems_with_what_they_are_seen_by_and_what_can_be_done(desk: Desk, look: Look) -> None:
    ready = desk.bead("Begin me", "--rig", "mp")
    desk.gt("convoy", "create", "Nobody's", ready)
    town = desk.town
    with town.transaction("escalate", actor="mp/toast") as tx:
        escalate_in(tx, town, "Which licence?", severity=Severity.HIGH, source="mp/toast",
                    body="MIT or Apache: the README says both")  # fmt: skip

    async def story(viewer: Viewer) -> None:
        await viewer.until(lambda: viewer.sees("Which licence?"))
        assert viewer.sees("stranded convoy")
        await viewer.until(lambda: viewer.sees("try:  gt escalate ack"))
        await viewer.press("enter")
        await viewer.until(lambda: viewer.sees("the README says both"))
        await viewer.press("q", "j")
        await viewer.until(lambda: viewer.sees("seen: ") and viewer.sees("nobody has it"))
        await viewer.press("n")
        assert viewer.sees("choose an agent first")
        await viewer.press("p")
        assert viewer.app.focused is viewer.panel("agents")
        await viewer.press("3", "p", "enter")  # as fast as one can type
        await viewer.until(lambda: viewer.sees("0 of 1 closed"))
        await viewer.press("q", "p")
        await viewer.until(lambda: viewer.sees("2 problems"))

    look(story, problems=True)


def test_a_nudge_and_a_hand_off_and_what_is_refused(desk: Desk, look: Look) -> None:
    desk.sling("Parse it")

    async def story(viewer: Viewer) -> None:
        await viewer.press("G", "n")
        assert viewer.sees("nudge mp/toast")
        await viewer.type("look at your hook")
        await viewer.until(lambda: viewer.sees("queued"))
        assert [mail.body for mail in desk.town.read().unread("mp/toast")] == ["look at your hook"]
        await viewer.press("n", "escape", "h")
        await viewer.press("enter")
        assert viewer.sees("that takes a note")
        await viewer.press("h")
        await viewer.type("half done")
        await viewer.until(lambda: viewer.sees("handed off with a note"))
        assert [one.note for one in desk.town.read().handed_on("mp/toast")] == ["half done"]
        await viewer.press("a")
        await viewer.until(lambda: viewer.sees("no session of mp/toast runs"))
        await viewer.press("g", "j", "n")
        assert viewer.sees("choose an agent first")

    look(story)


def test_only_what_was_asked_for(desk: Desk, look: Look) -> None:
    desk.sling("Parse it")
    desk.gt("mail", "send", "human", "-s", "hi", "-m", "text")

    async def story(viewer: Viewer) -> None:
        assert len(viewer.rows("events")) == 1
        desk.bead("No mail")
        desk.gt("mail", "send", "human", "-s", "ho", "-m", "text")
        await viewer.until(lambda: len(viewer.rows("events")) == 2)

    look(story, asked=Asked(kind="mail"))


def test_a_broken_town_is_a_line_and_no_crash(desk: Desk, look: Look) -> None:
    ref = desk.root / ".gt" / "town.git" / "refs" / "heads" / "town"
    kept = ref.read_bytes()

    async def story(viewer: Viewer) -> None:
        ref.write_bytes(b"nonsense\n")
        await viewer.until(lambda: viewer.sees("is damaged"))
        ref.write_bytes(kept)
        bead = desk.bead("It goes on")
        await viewer.until(lambda: viewer.sees(f"create {bead}"))

    look(story)


def test_in_a_real_terminal(desk: Desk) -> None:
    """It lives in tmux: news come without a key, it may be resized, and q ends it with 0."""
    screen = TmuxScreen(desk)
    try:
        screen.open("gt feed; echo ended with $?; cat")
        until(lambda: "1 Agents" in screen.text(), 30)
        bead = desk.bead("Seen from far away")
        until(lambda: f"create {bead}" in screen.text(), 30)
        screen.tmux("resize-window", "-t", "feed", "-x", "130", "-y", "30")
        until(lambda: screen.text().splitlines()[1].count("─") + screen.text().count("━") > 90, 30)
        screen.tmux("send-keys", "-t", "feed", "q")
        until(lambda: "ended with 0" in screen.text())
    finally:
        screen.tmux("kill-server")


class TmuxScreen:
    """A terminal of a tmux server of its own."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._socket = desk.root.parent / "t"

    def open(self, line: str) -> None:
        """Run a line of shell in it."""
        self.tmux(
            "-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", "-s", "feed", line
        )

    def text(self) -> str:
        """What it shows."""
        return self.tmux("capture-pane", "-p", "-t", "feed")

    def tmux(self, *words: str) -> str:
        """Tell tmux something."""
        from tests.feed.test_lines import with_scripts

        return self._desk.run("tmux", "-S", self._socket, *words, env=with_scripts(self._desk)).out


def test_rows_keep_to_their_ends() -> None:
    rows = Rows("A list", name="list")
    assert rows.current is None
    assert rows.at_end
    assert not rows.find_next("anything")


def test_who_types_in_it_is_there(desk: Desk, look: Look) -> None:
    """A key says that the feed is in front of the person; that it is open says nothing."""

    async def body(viewer: Viewer) -> None:
        assert present_at(desk.town.layout) is None
        await viewer.press("j")
        assert present_at(desk.town.layout) is not None

    look(body)
