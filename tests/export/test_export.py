"""`gt export --html`: a report of a convoy or a day, whole and self-contained."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import axe_core_python
import pytest
from playwright.sync_api import Page, Request

from tests.costs.test_costs import ROW, ended
from tests.support.browser import browser
from tests.support.desk import Desk
from tests.support.showcase import HOSTILE

AXE = (Path(axe_core_python.__file__).parent / "axe.min.js").read_text()


@pytest.fixture
def convoy(desk: Desk) -> str:
    """A convoy with a merged, a failed and an open issue; its agents have used something."""
    desk.gate("test ! -f BROKEN")
    merged, _ = desk.hand_in("Write it")
    failed, _ = desk.hand_in("Break it", {"BROKEN": "yes\n"})
    waiting = desk.bead(HOSTILE, "--rig", "mp")
    [one] = [desk.gt("convoy", "create", "First <b>version</b>", merged, failed, waiting,
                     "--json").data]  # fmt: skip
    desk.gt("refinery", "run", status=1)
    ended(desk.town, "one", "mp/toast", merged, ROW)
    found: str = one["id"]
    return found


def test_a_convoy(desk: Desk, convoy: str, tmp_path: Path) -> None:
    """Issues, who had them, what became of their requests, the costs and the whole story."""
    folder = tmp_path / "a/b"
    made = desk.gt("export", convoy, "--html", folder, "--json").data
    text = (folder / "index.html").read_text()
    assert made["file"] == str(folder / "index.html")
    assert made["size"] == len(text.encode())
    assert "First &lt;b&gt;version&lt;/b&gt;" in text
    assert "Write it" in text
    assert "mp/toast" in text
    assert "gate test" in text
    assert "1,234" in text.replace("1,000", "")  # tokens in all
    assert "sling " in text
    assert 'class="bar merged"' in text
    assert 'class="bar failed"' in text
    assert list(folder.iterdir()) == [folder / "index.html"]


def test_nothing_of_this_machine_or_from_elsewhere(desk: Desk, convoy: str, tmp_path: Path) -> None:
    """No path, no mail address, no token; no script, no picture, no link to anything."""
    desk.gt("export", convoy, "--html", tmp_path / "r")
    desk.gt("export", "--html", tmp_path / "day")
    for name in ("r", "day"):
        text = (tmp_path / name / "index.html").read_text()
        for word in (str(desk.root), str(Path.home()), "ada@example", "<script", "src=", "href=",
                     "url(", "<img", "@import", "\x1b", "\u202e"):  # fmt: skip
            assert word not in text.replace("&lt;img src=x", ""), (name, word)


def _look(page: Page, file: Path) -> list[str]:
    asked: list[str] = []
    page.on("request", lambda one: asked.append(_url(one)))
    faults: list[str] = []
    page.on("console", lambda said: faults.append(said.text))
    for scheme, width in (("light", 1280), ("dark", 390)):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(file.as_uri())
        over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        faults += [f"{over} pixels wider than {width}"] if over > 0 else []
    assert set(asked) == {file.as_uri()}
    return faults


def _url(request: Request) -> str:
    return request.url


def test_in_a_browser(desk: Desk, convoy: str, tmp_path: Path) -> None:
    """Legible on a desk and on a phone, by day and by night; nothing else is loaded."""
    desk.gt("export", convoy, "--html", tmp_path / "r")
    file = tmp_path / "r/index.html"
    with browser() as chromium:
        page = chromium.new_page()
        assert _look(page, file) == []
        assert page.title().startswith("First <b>version</b>")
        assert page.locator("svg.lanes g.bar").count() == 2
        assert page.locator("ol.events li").count() > 10
        # The report's own policy keeps scripts out, so the checker comes in beside it.
        eyes = chromium.new_context(bypass_csp=True).new_page()
        for scheme in ("light", "dark"):
            eyes.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            eyes.goto(file.as_uri())
            eyes.evaluate(AXE)
            found = eyes.evaluate(
                "async () => (await axe.run({runOnly: ['wcag2a', 'wcag2aa']})).violations"
                ".map(one => one.id + ': ' + one.nodes.map(n => n.html).join(' '))"
            )
            assert found == [], scheme


def test_a_day(desk: Desk, convoy: str, tmp_path: Path) -> None:
    """What was done on it, by anybody; a day without anything is said to be so."""
    assert convoy
    today = datetime.now(UTC).date()
    for words, title in (((), today), (("--day", "today"), today), (("--day", today), today)):
        made = desk.gt("export", *words, "--html", tmp_path / "r", "--json").data
        assert made["title"] == str(title)
        assert made["events"] > 10
    empty = desk.gt("export", "--day", today - timedelta(days=3), "--html", tmp_path / "e")
    assert "0 events" in empty.out
    assert "no agent had anything" in (tmp_path / "e/index.html").read_text()
    desk.gt("export", "--day", "yesterday", "--html", tmp_path / "e")
    for wrong in (today + timedelta(days=1), "someday", "2026-02-30"):
        desk.gt("export", "--day", wrong, "--html", tmp_path / "n", status=2)
    desk.gt("export", convoy, "--day", "today", "--html", tmp_path / "n", status=2)
    desk.gt("export", "cv-none", "--html", tmp_path / "n", status=3)
    assert not (tmp_path / "n").exists()


def test_what_is_in_its_place(desk: Desk, tmp_path: Path) -> None:
    """A report is written over a report, and over nothing else."""
    page = tmp_path / "site/index.html"
    page.parent.mkdir()
    page.write_text("<p>my own page</p>")
    refused = desk.gt("export", "--html", page.parent, status=1)
    assert "is no report" in refused.err
    assert page.read_text() == "<p>my own page</p>"
    desk.gt("export", "--html", page, status=1)
    page.unlink()
    (page.parent / "notes.txt").write_text("mine")
    desk.gt("export", "--html", page.parent)
    desk.gt("export", "--html", page.parent)
    assert (page.parent / "notes.txt").read_text() == "mine"


def test_a_relative_folder_is_where_one_stands(desk: Desk) -> None:
    (desk.root / "mp/out").mkdir()
    desk.gt("export", "--html", "out", at="mp")
    assert (desk.root / "mp/out/index.html").is_file()
