"""Every section answers; what cannot be shown says why in its own place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import gastown.web
from gastown.web.actions import ACTIONS
from gastown.web.look import Page, Panel, Section
from gastown.web.sections import SECTIONS
from tests.support.desk import Desk
from tests.support.waiting import until
from tests.web.conftest import Web


@pytest.mark.parametrize("at", ["", "?at=0s"])
def test_every_section_answers_now_and_of_then(desk: Desk, web: Web, at: str) -> None:
    desk.sling("A bead")
    for name in SECTIONS:
        found = web.get(f"/{name}{at}")
        assert found.status == 200, (name, found.text)
        assert "this is a bug" not in found.text, name
        assert "<main" in found.text


def test_a_panel_that_cannot_be_made_says_so_and_the_others_stand(
    desk: Desk, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise ZeroDivisionError

    def page(_: object) -> Page:
        return Page("Odd", (Panel("one", "One", broken), Panel("two", "Two", lambda: "<b>fine")))  # type: ignore[arg-type,return-value]

    monkeypatch.setitem(SECTIONS, "odd", Section("odd", "Odd", "x", page))
    found = web.get("/odd")
    assert found.status == 200
    assert "this is a bug in gastown; its trace is in" in found.text
    assert "&lt;b&gt;fine" in found.text
    assert "ZeroDivisionError" in (desk.root / ".gt/log/dashboard.log").read_text()


def test_the_same_page_is_not_sent_twice_and_a_change_is(desk: Desk, web: Web) -> None:
    first = web.part("/needs")
    tag = first.headers["etag"]
    assert web.get("/needs", {"gt-part": "1", "if-none-match": tag}).status == 304
    desk.gt("escalate", "Somebody must look at <this>")
    until(lambda: web.get("/needs", {"gt-part": "1", "if-none-match": tag}).status == 200)
    assert "Somebody must look at &lt;this&gt;" in web.part("/needs").text


def test_what_is_not_there_is_said(web: Web) -> None:
    for path, status in (("/nothing", 404), ("/?at=nonsense", 400), ("/?at=ffffffff", 404),
                         ("/act/nothing", 404)):  # fmt: skip
        found = web.get(path)
        assert found.status == status, path
        assert "bug" not in found.text
    assert web.do("nothing").status == 404


def test_the_slider_goes_to_a_commit(desk: Desk, web: Web) -> None:
    desk.bead("Not there yet")
    until(lambda: "Not there yet" in web.get("/").text)
    found = web.get("/?step=0")
    assert found.status == 303
    then = web.get(found.headers["location"])
    assert "You look back" in then.text
    assert "Not there yet" not in then.text
    assert web.get("/?step=999999").headers["location"] == "/"


def test_every_action_that_a_page_offers_is_in_the_table() -> None:
    folder = Path(gastown.web.__file__).parent / "templates"
    named = {
        name for file in folder.rglob("*.html")
        for name in re.findall(r"""act\(\s*["']([\w.-]+)["']""", file.read_text())
    }  # fmt: skip
    assert named
    assert named <= set(ACTIONS)
