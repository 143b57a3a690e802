"""Tables fit the terminal, whatever is in them; nothing in them reaches it raw."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from gastown.domain.health import Condition, Health, Wait
from gastown.render.conditions import SIGNS, shown, sign
from gastown.render.screen import PLAIN, Screen
from gastown.render.text import width

CELLS = st.text("ab c日🐛e\u0301\x1b\u202e\n", max_size=40)


@given(rows=st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS), max_size=4),
       columns=st.integers(70, 160))  # fmt: skip
def test_no_line_is_wider_than_the_screen(
    rows: list[tuple[str, str, str, str]], columns: int
) -> None:
    """The widest columns are cut, with an ellipsis, in columns of the terminal, not characters."""
    lines = Screen(columns).table(("A", "LONGER", "C", "TITLE"), rows)
    assert len(lines) == len(rows) + 1
    for line in lines:
        assert width(line) <= columns
        assert not re.search("[\x1b\u202e\n]", line)


def test_colours_are_only_where_they_are_wanted() -> None:
    """And they do not move what stands beside them."""
    rows = [(("●", "green"), "mp/toast", "Title")]
    plain = PLAIN.table(("", "AGENT", "TITLE"), rows)
    coloured = Screen(80, colour=True).table(("", "AGENT", "TITLE"), rows)
    assert [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in coloured] == plain
    assert "\x1b[32m●\x1b[0m" in coloured[1]


def test_every_condition_has_a_sign_of_its_own() -> None:
    """Symbol and word tell it without the colour; each symbol is one column wide."""
    assert set(SIGNS) == set(Condition)
    assert len({one.symbol for one in SIGNS.values()}) == len(SIGNS)
    assert {width(one.symbol) for one in SIGNS.values()} == {1}
    assert [one.rank for one in SIGNS.values()] == list(range(len(SIGNS)))


def test_unknown_is_never_fine() -> None:
    """What nobody looked at is called unknown."""
    assert shown(None) == "? unknown"
    assert sign(None).word == "unknown"
    waiting = Health(Condition.WAITING, wait=Wait.PERMISSION)
    assert shown(waiting) == "◔ waiting for permission"
