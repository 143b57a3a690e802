"""A real Chromium, headless: the machine's own, driven through its debugging protocol."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

_PLACES = ("/usr/lib/chromium/chromium",)
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str | None:
    """Where Chromium is; None: it is not installed."""
    places = [place for place in _PLACES if Path(place).is_file()]
    return next(iter(places), None) or next(filter(None, map(shutil.which, _NAMES)), None)


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser; the test is skipped, loudly, where there is none."""
    place = chromium()
    if place is None:
        pytest.skip("NO CHROMIUM HERE: the dashboard is not tried in a browser (apt: chromium)")
    with sync_playwright() as driver:
        found = driver.chromium.launch(
            executable_path=place, args=["--no-sandbox", "--disable-gpu"]
        )
        yield found
        found.close()
