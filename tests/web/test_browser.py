"""The dashboard in a real Chromium: every section, live, by keys, acting, looking back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import axe_core_python
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.support.browser import browser
from tests.support.desk import Desk, copy_template
from tests.support.environment import seal
from tests.support.showcase import fill, paths
from tests.web.conftest import Dashboard

AXE = (Path(axe_core_python.__file__).parent / "axe.min.js").read_text()
expect.set_options(timeout=15_000)
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa")
GRAVE = ("serious", "critical")


@dataclass
class Place:
    """A town with something of everything in it, its dashboard, and a browser that is let in."""

    desk: Desk
    dashboard: Dashboard
    context: BrowserContext
    names: dict[str, str]
    troubles: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """A page, once it is live."""
        page = self.context.new_page()
        page.on("console", lambda said: self._note(said.type, said.text))
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("dialog", lambda dialog: self.troubles.append(f"dialog: {dialog.message}"))
        page.on("request", lambda asked: self._check(asked.url))
        page.goto(self.dashboard.base + path)
        page.wait_for_selector("#live[data-state=live], #live[data-state=past]")
        return page

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.troubles.append(text)

    def _check(self, url: str) -> None:
        if not url.startswith(self.dashboard.base):
            self.troubles.append(f"another host: {url}")

    def last(self) -> str:
        """The ledger's last commit, as git tells it."""
        said = self.desk.run("git", "-C", "hq", "log", "-1", "--format=%s%n%(trailers:key=Actor)")
        return said.out


@pytest.fixture(scope="module")
def place(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One for all tests here."""
    with pytest.MonkeyPatch.context() as patch:
        seal(tmp_path_factory.mktemp("home"), patch)
        with browser() as driven:
            desk = copy_template(template, tmp_path_factory.mktemp("place"))
            names = fill(desk)
            dashboard = Dashboard(desk)
            context = driven.new_context(viewport={"width": 1280, "height": 900})
            context.set_default_timeout(10_000)
            page = context.new_page()
            page.goto(dashboard.link)
            page.wait_for_url(dashboard.base + "/")
            page.close()
            place = Place(desk, dashboard, context, names)
            yield place
            context.close()
            place.dashboard.stop()
            desk.tidy()


@pytest.fixture(autouse=True)
def quiet(place: Place) -> Iterator[None]:
    """No test leaves the browser with something to complain about."""
    place.troubles.clear()
    yield
    for page in place.context.pages:
        page.close()
    assert not place.troubles


def test_every_section_is_there_legible_and_open_to_all(place: Place) -> None:
    """Real data, no console error, no other host; axe in light and dark; nothing is cut at 390."""
    faults = []
    page = place.open("/")
    for path in paths(place.desk, place.names):
        page.set_viewport_size({"width": 1280, "height": 900})
        page.emulate_media(color_scheme="light")
        page.goto(place.dashboard.base + path)
        assert page.locator("#main .panel").count() > 0, path
        assert "this is a bug" not in page.locator("#main").inner_text(), path
        page.evaluate(AXE)
        faults += [f"{path} light: {one}" for one in _axe(page)]
        page.emulate_media(color_scheme="dark")
        faults += [f"{path} dark: {one}" for one in _axe(page, "color-contrast")]
        page.set_viewport_size({"width": 390, "height": 844})
        over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if over > 0:
            faults.append(f"{path}: {over} pixels wider than a narrow screen")
    assert not faults, "\n".join(faults)


def test_the_check_for_all_finds_what_is_planted(place: Place) -> None:
    page = place.open("/")
    page.evaluate(AXE)
    page.evaluate("document.getElementById('main').append(new Image())")
    page.evaluate("document.querySelector('h1').style.color = '#e8e4df'")
    found = " ".join(_axe(page))
    assert "image-alt" in found
    assert "color-contrast" in found


def _axe(page: Page, *rules: str) -> list[str]:
    only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": TAGS}
    options = {"runOnly": only, "resultTypes": ["violations"], "elementRef": False}
    found = page.evaluate("(options) => axe.run(document, options)", options)
    return [
        f"{one['id']} ({one['impact']}): {one['nodes'][0]['html'][:160]}"
        for one in found["violations"] if one["impact"] in GRAVE
    ]  # fmt: skip


def test_what_others_do_is_seen_without_a_reload(place: Place) -> None:
    page = place.open("/beads")
    page.evaluate("window.marked = true")
    page.fill("#main input[name=q]", "half a wo")
    place.desk.bead("Fresh from elsewhere", "--rig", "mp")
    expect(page.locator("#main")).to_contain_text("Fresh from elsewhere")
    assert page.evaluate("window.marked") is True
    assert page.input_value("#main input[name=q]") == "half a wo"


def test_keys_and_the_palette(place: Place) -> None:
    page = place.open("/")
    page.keyboard.press("g")
    page.keyboard.press("a")
    page.wait_for_url("**/agents")
    page.wait_for_selector("#live[data-state=live]")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.closest('[data-row]') !== null")
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    page.keyboard.type("lexer")
    page.keyboard.press("Enter")
    page.wait_for_url("**/beads?q=lexer")
    expect(page.locator("#main tbody tr")).to_have_count(1)
    page.keyboard.press("Control+k")
    page.keyboard.type("merge queue")
    expect(page.locator("#palette-list [role=option]").first).to_contain_text("Merge queue")
    page.keyboard.press("Enter")
    page.wait_for_url("**/queue")
    page.wait_for_selector("#live[data-state=live]")
    page.keyboard.press("Control+k")
    page.keyboard.type("make a bead")
    expect(page.locator("#palette-list [aria-selected=true]")).to_contain_text("Make a bead")
    page.keyboard.press("Enter")
    page.fill("#asking [name=title]", "Made from the palette")
    page.select_option("#asking [name=rig]", "mp")
    page.click("#asking button")
    page.wait_for_url("**/beads/mp-*")
    expect(page.locator("h1")).to_have_text("Made from the palette")
    assert "create" in place.last()
    assert "Actor: human" in place.last()


def test_actions_of_each_kind_are_commits_of_the_person(place: Place) -> None:
    """A button, a form, a setting, and what destroys, which is asked about first."""
    desk = place.desk
    page = place.open("/needs")
    page.locator("#needs").get_by_role("button", name="Acknowledge").click()
    expect(page.locator(".toast")).to_contain_text("acknowledged")
    assert "Actor: human" in place.last()
    assert "acknowledge" in place.last()

    page = place.open(f"/beads/{place.names['lexer']}")
    page.locator("#comments").get_by_role("link", name="Comment").click()
    page.fill("#asking textarea", "Seen in the browser")
    page.locator("#asking button").click()
    expect(page.locator("#comments")).to_contain_text("Seen in the browser")
    assert "comment" in place.last()

    page = place.open("/settings/scheduler")
    page.fill("#value-scheduler-max_polecats", "many")
    page.locator("#set-scheduler-max_polecats button").click()
    expect(page.locator(".toast .complaint")).to_contain_text("scheduler.max_polecats")
    page.fill("#value-scheduler-max_polecats", "7")
    page.locator("#set-scheduler-max_polecats button").click()
    expect(page.locator(".toast").last).to_contain_text("= 7")
    assert desk.town.settings().scheduler.max_polecats == 7
    assert "config: set scheduler.max_polecats" in place.last()
    place.troubles[:] = [one for one in place.troubles if "400" not in one]

    doomed = desk.bead("To be deleted", "--rig", "mp")
    page = place.open(f"/beads/{doomed}")
    page.get_by_role("link", name="Delete").click()
    expect(page.locator("#asking")).to_contain_text("cannot simply be taken back")
    page.locator("#asking").get_by_role("link", name="Cancel").click()
    assert desk.shown(doomed)["status"] == "open"
    page.get_by_role("link", name="Delete").click()
    page.locator("#asking").get_by_role("button", name="Delete").click()
    page.wait_for_url("**/beads")
    assert "delete" in place.last()
    assert desk.town.read().bead(doomed).state.value == "tombstone"


def test_looking_back(place: Place) -> None:
    """The town as it was: by an address, by the slider, and nothing can be done there."""
    desk = place.desk
    bead = desk.bead("Closed by now", "--rig", "mp")
    then = desk.town.commit()
    desk.bd("close", bead, "-r", "not wanted")
    page = place.open(f"/beads/{bead}?at={then}")
    expect(page.locator("#time")).to_contain_text("You look back")
    expect(page.locator("#bead")).to_contain_text("open")
    assert page.locator("#main form[method=post], #main [data-act]").count() == 0
    page.keyboard.press("t")
    page.wait_for_url(f"**/beads/{bead}")
    expect(page.locator("#bead")).to_contain_text("closed")
    page.wait_for_selector("#live[data-state=live]")
    page.keyboard.press("[")
    page.wait_for_url("**at=*")
    expect(page.locator("#bead")).to_contain_text("open")
    page = place.open("/?at=not-a-time")
    expect(page.locator("#main")).to_contain_text("neither a commit nor a time")
    place.troubles[:] = [one for one in place.troubles if "400" not in one]


def test_hostile_texts_are_only_texts(place: Place) -> None:
    page = place.open(f"/beads/{place.names['hostile']}")
    expect(page.locator("h1")).to_contain_text("<img src=x onerror=")
    assert page.locator("#main img").count() == 0
    assert page.title() != "owned"
    text = page.locator("#main").inner_text()
    assert "\\x1b[31m" in text
    assert "\\u202e" in text


def test_a_lost_connection_is_shown_and_found_again(place: Place) -> None:
    page = place.open("/")
    port = place.dashboard.port
    place.dashboard.stop()
    expect(page.locator("#live")).to_contain_text("connection lost", timeout=15_000)
    place.dashboard = Dashboard(place.desk, port=port)
    expect(page.locator("#live")).to_have_attribute("data-state", "live", timeout=15_000)
    place.troubles[:] = [one for one in place.troubles if "ERR_" not in one]
