"""`python -m tests.bench.screens FOLDER`: pictures of every kind of page, with agents at work.

Dark and light, wide and narrow; of the palette, of a form and of the past as well.
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Page

from tests.bench.towns import sealed_desk
from tests.support.browser import browser
from tests.support.desk import Desk
from tests.support.showcase import WORK, fill, paths
from tests.web.conftest import Dashboard

_AGENTS = 8
_SIZES = {"wide": (1280, 900), "narrow": (390, 844)}


def main(folder: str) -> None:
    """Make the pictures."""
    where = Path(folder)
    where.mkdir(parents=True, exist_ok=True)
    with sealed_desk() as desk, browser() as driven:
        names = fill(desk)
        more = [desk.bead(f"Improve part {n}", "-d", WORK.format(f"part{n}"), "--rig", "mp")
                for n in range(_AGENTS)]  # fmt: skip
        desk.gt("sling", *more, "mp")
        desk.run("gt", "daemon", "start")
        made = Dashboard(desk)
        try:
            for scheme in ("light", "dark"):
                for size, (width, height) in _SIZES.items():
                    context = driven.new_context(
                        color_scheme=scheme,  # type: ignore[arg-type]
                        viewport={"width": width, "height": height},
                    )
                    page = context.new_page()
                    page.goto(made.link)
                    page.wait_for_url(made.base + "/")
                    shoot(page, made, desk, names, where / f"{scheme}-{size}")
                    context.close()
        finally:
            made.stop()


def shoot(page: Page, made: Dashboard, desk: Desk, names: dict[str, str], where: Path) -> None:
    """All pictures of one kind."""
    where.mkdir(exist_ok=True)
    past = f"/?at={desk.town.read().commit[:12]}"
    for path in [*paths(desk, names), past]:
        page.goto(made.base + path)
        page.wait_for_selector("#live[data-state=live], #live[data-state=past]")
        name = "".join(char if char.isalnum() else "-" for char in path.strip("/")) or "overview"
        page.screenshot(path=where / f"{name[:60]}.png", full_page=True)
        print(where / f"{name[:60]}.png", flush=True)
    page.goto(made.base + "/")
    page.click("#open-palette")
    page.wait_for_selector("#palette-list [role=option]")
    page.screenshot(path=where / "palette.png")
    page.goto(made.base + "/act/rig.remove")
    page.screenshot(path=where / "form.png")


if __name__ == "__main__":
    main(*sys.argv[1:])
