"""How parts are made to fit, and how text from records is kept apart from ours."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gastown.views.prime_text import LIMIT, Part, cut, fit, joined, line, printable, quoted, size

PARTS = st.lists(
    st.builds(
        Part, name=st.text(min_size=1, max_size=8), source=st.just("s"),
        text=st.one_of(st.text(max_size=60), st.integers(0, 9000).map(lambda n: "wörd " * (n // 6)),
                       st.just("x" * 3000)),
        rank=st.integers(1, 4), rest=st.sampled_from(["", "bd show x"]),
    ),
    max_size=9,
)  # fmt: skip
NEEDED = st.lists(st.builds(Part, name=st.just("n"), source=st.just("s"),
                            text=st.text(max_size=250)), max_size=5)  # fmt: skip


@given(NEEDED, PARTS)
def test_it_always_fits_and_what_is_needed_is_whole(needed: list[Part], parts: list[Part]) -> None:
    """At most 6,000 bytes; parts of rank 0 are in it as they are."""
    told = fit([*needed, *parts])
    text = joined(told)
    assert size(text) <= LIMIT
    for part in needed:
        if part.text.strip():
            assert printable(part.text).strip() in text


@given(PARTS)
def test_what_was_cut_is_accounted_for(parts: list[Part]) -> None:
    """The bytes of each part say what is there; whatever lost everything is named at the end."""
    told = fit(parts)
    assert all(part.bytes == size(part.text) for part in told)
    lost = [part for part in told if not part.text]
    assert bool(lost) == (
        bool(told) and told[-1].name == "left out" and "--explain" in told[-1].text
    )
    assert all(part.left_out for part in lost)


def test_without_need_nothing_is_cut() -> None:
    """What fits stays as it is."""
    parts = [Part("a", "s", "one"), Part("b", "s", "x" * 5000, rank=3), Part("c", "s", " ", rank=1)]
    assert [part.text for part in fit(parts)] == ["one", "x" * 5000]


def test_the_more_important_part_keeps_its_room() -> None:
    """Rank 1 goes before rank 2, wherever they stand."""
    late = [Part("b", "s", "b" * 5000, rank=2), Part("a", "s", "a" * 3000, rank=1)]
    told = {part.name: part for part in fit(late)}
    assert told["a"].text == "a" * 3000
    assert 1000 < told["b"].bytes < 3000


@given(st.text(max_size=400), st.integers(30, 300))
def test_quoted_text_cannot_pass_for_ours(text: str, limit: int) -> None:
    """Every line begins with `>` but the one that names the rest; it is in the limit."""
    shown, left_out = quoted(text, limit, "bd show x")
    assert size(shown) <= limit
    lines = shown.split("\n")
    if left_out and lines[-1] == "(the rest: bd show x)":
        lines.pop()
    assert all(one.startswith(">") for one in lines if shown)
    assert all(char.isprintable() or char in "\n\t\u200c\u200d" for char in shown)


@given(st.text(max_size=200), st.integers(4, 200))
def test_a_line_is_one_line(text: str, limit: int) -> None:
    """Titles and subjects have no line ends and no controls, and are in their limit."""
    shown = line(text, limit)
    assert shown == shown.strip()
    assert shown.isprintable() or set(shown) & {"\u200c", "\u200d"}
    assert size(shown) <= limit


def test_controls_are_made_visible() -> None:
    """Escapes, bells, direction overrides; odd spaces are spaces; joined emoji stay."""
    assert printable("a\x1b[31m\x07\u202eb\x00") == "a\\x1b[31m\\x07\\u202eb\\x00"
    assert printable("a\xa0b\u2003c") == "a b c"
    assert printable("👩‍👩‍👧\t\n") == "👩‍👩‍👧\t\n"
    assert quoted("a\r\nb\rc", 100) == ("> a\n> b\\rc", 0)


def test_a_cut_is_between_characters() -> None:
    """A character of several bytes is there or not; the rest is named."""
    assert cut("日本語日本語", 10) == "日本…"
    assert cut("x" * 100, 40, "gt mail").endswith("(the rest: gt mail)")
    assert cut("x" * 100, 5, "a very long name of what shows the rest") == ""
