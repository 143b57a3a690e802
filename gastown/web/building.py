"""From a look to HTML: the page of an address, its panels, and what is around them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from gastown.errors import GtError, NotFound
from gastown.web.actions import ACTIONS
from gastown.web.look import Page, Panel
from gastown.web.sections import SECTIONS
from gastown.web.templating import render, share

if TYPE_CHECKING:
    from collections.abc import Callable

    from markupsafe import Markup

    from gastown.web.look import Look, Section

OVERVIEW = "overview"
share("actions", ACTIONS)


def section_of(path: str) -> tuple[Section, tuple[str, ...]]:
    """The section of an address, and what follows its name.

    Raises:
        NotFound: there is none.
    """
    first, *rest = [part for part in path.split("/") if part] or [OVERVIEW]
    found = SECTIONS.get(first)
    if found is None:
        raise NotFound(f"there is no page {path}", hint="the sections are listed beside this")
    return found, tuple(rest)


def build(
    look: Look, section: Section | None, page: Page, *, part: bool, theme: str,
    trace: Callable[[BaseException], str], trouble: str | None = None, version: int = 0,
) -> Markup:  # fmt: skip
    """A whole page, or (`part`) what changes of it when the town moves.

    Args:
        theme: `dark`, `light`, or empty: as the system has it.
        trace: keeps the trace of a mistake of ours and returns a sentence about it.
        trouble: why the town cannot be looked at now; `version`: of what was seen of it.
    """
    panels = [(panel, _body(panel, trace)) for panel in page.panels]
    return render(
        "part.html" if part else "page.html",
        look=look, section=section, page=page, panels=panels, theme=theme, trouble=trouble,
        sections=SECTIONS.values(), counts=_counts(look), step=_step(look), version=version,
    )  # fmt: skip


def trouble_page(error: GtError) -> Page:
    """A page that says what went wrong."""
    title = "Not found" if isinstance(error, NotFound) else "This did not work"
    return Page(title, (Panel("trouble", title, lambda: complaint(error)),))


def complaint(error: GtError) -> Markup:
    """An error: what, why, and what to do next."""
    return render("complaint.html", said=error.message, hint=error.hint)


def _body(panel: Panel, trace: Callable[[BaseException], str]) -> Markup:
    try:
        return panel.body()
    except GtError as error:
        return complaint(error)
    except Exception as error:
        logging.getLogger(__name__).exception("panel %s", panel.id)
        return complaint(GtError(trace(error)))


def _counts(look: Look) -> dict[str, int]:
    found = {name: section.count(look.status) for name, section in SECTIONS.items()}
    return {name: number for name, number in found.items() if number}


def _step(look: Look) -> int:
    """Where the slider stands: the number of the moment that is shown."""
    last = len(look.moments) - 1
    if look.past is None:
        return last
    commit = look.past.commit
    return next((n for n, one in enumerate(look.moments) if one.commit == commit), last)
