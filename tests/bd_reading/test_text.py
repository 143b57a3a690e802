"""What stands in a bead is data: kept as it came, shown without harm."""

from __future__ import annotations

import pytest

from tests.bd_reading.test_shapes import OSC
from tests.support.desk import Desk

ODD_TITLES = {
    "an escape sequence": f"red \x1b[31m{OSC}",
    "markup": "[red]bold[/red] [link=x]",
    "emoji": "👩‍👩‍👧 family 日本",
    "a direction override": "abc\u202etxt.exe",
    "combining marks": "e\u0301 Z\u0351\u036b",
    "C1 controls": "x\x9b31m",
    "tmux formats": "#(touch pwned) #{pid}",
    "shell": "$(touch pwned) `touch pwned` ; touch pwned",
    "an option": "--help",
}


@pytest.mark.parametrize("title", ODD_TITLES.values(), ids=list(ODD_TITLES))
def test_titles_are_stored_raw_and_shown_safe(desk: Desk, title: str) -> None:
    """Every character is kept as it came; no control reaches a terminal, and nothing is run."""
    bead = desk.bd("create", "--silent", "--", title).out.strip()
    desk.gt("convoy", "create", "--", title, bead)
    assert desk.shown(bead)["title"] == title
    desk.gt("sling", bead, "mp", "--no-start")
    views = [
        desk.bd("show", bead), desk.bd("list"), desk.gt("convoy", "list"),
        desk.gt("convoy", "show"), desk.gt("agents"), desk.gt("status"), desk.gt("log"),
        desk.gt("hook", "mp/toast"), desk.bd("update", bead, "-p", "1"), desk.gt("prime"),
        desk.gt("prime", at="mp/polecats/toast"), desk.bd("list", "--tree"), desk.bd("stale"),
        desk.bd("show", bead, "--short"), desk.bd("search", bead), desk.bd("ready", "--explain"),
        desk.bd("graph", bead), desk.bd("graph", bead, "--format", "dot"), desk.bd("prime"),
        desk.bd("graph", bead, "--format", "mermaid"), desk.bd("dep", "tree", bead),
        desk.bd("lint", status=1),
    ]  # fmt: skip
    for said in views:
        shown = said.out + said.err
        assert not any(char in shown for char in "\x1b\x07\x9b\u202e\x7f")
    if title.isprintable() and "\u202e" not in title:
        assert title in desk.bd("show", bead).out
    assert not list(desk.root.parent.rglob("pwned"))
