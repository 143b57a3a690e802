"""The monitor and the machine: whether the town is watched, and what the watcher has met."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.ops.monitor import log_file, standing
from gastown.runtime.journal import read
from gastown.web.look import Page, Panel, Section
from gastown.web.templating import render

if TYPE_CHECKING:
    from markupsafe import Markup

    from gastown.web.look import Look

_ENTRIES = 60


def page(look: Look) -> Page:
    """How the monitor is, and its log."""
    return Page(
        "Monitor",
        (
            Panel("monitor", "Monitor", lambda: _standing(look)),
            Panel("log", "What it did and met", lambda: _log(look)),
        ),
    )


def _standing(look: Look) -> Markup:
    return render("monitor.html", look=look, found=standing(look.town))


def _log(look: Look) -> Markup:
    entries = read(log_file(look.town), _ENTRIES)[::-1]
    return render("monitor_log.html", look=look, entries=entries)


SECTION = Section("monitor", "Monitor", "w", page)
