"""Names and ids: what is allowed, how hashes are made, and how long they must be."""

from __future__ import annotations

import hashlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gastown import ids
from gastown.errors import UsageTrouble
from gastown.store.commits import check_path

HOSTILE = [
    "", "..", "../x", "-x", "HEAD", "a.lock", "a/b", "a" * 251, "a\0b", "a\u202eb", "name\n",
    "a b", "a\tb", "~x", "x^", "x:y", "x?", "x*", "[x", "a\\b", "@{", ".a", "\x1b[2J", "é",
    "--upload-pack=x", "\ud800", "a\r",
]  # fmt: skip


@pytest.mark.parametrize("name", [*HOSTILE, "A", "1a", "a.b", "a-", "head", "con", "nul", "refs"])
def test_names_that_are_refused(name: str) -> None:
    """What could leave a path, be an option or a ref of git, or a device, is no name."""
    with pytest.raises(UsageTrouble, match="rig name") as refused:
        ids.check_name(name, "rig")
    assert refused.value.exit_status == 2
    assert refused.value.hint


# An id is never a ref by itself, so HEAD is as good as any other.
NO_IDS = [text for text in HOSTILE if text != "HEAD"]


@pytest.mark.parametrize("identifier", [*NO_IDS, "a..b", "a.", "_a", "a" * 81, "A.LOCK", "é-1"])
def test_bead_ids_that_are_refused(identifier: str) -> None:
    """A bead's id may come from anywhere, and still has to be a path and part of a ref."""
    with pytest.raises(UsageTrouble, match="bead id"):
        ids.check_bead_id(identifier)


@pytest.mark.parametrize(
    "identifier",
    ["mp-abc", "gt-a.1", "gt-a.1.2", "issue-123", "ISSUE_7", "a", "bd-wisp-x9", "my-app-a3f8"],
)
def test_bead_ids_that_are_allowed(identifier: str) -> None:
    """Hash ids, child ids with dots, ids with several hyphens and ids of other tools."""
    assert ids.check_bead_id(identifier) == identifier


@given(st.text(max_size=50))
def test_whatever_passes_as_a_name_is_safe(text: str) -> None:
    """A name that passes is a plain path component; one that fails proposes one that passes."""
    try:
        name = ids.check_name(text, "rig")
    except UsageTrouble as refused:
        hint = str(refused.hint)
        if "e.g. " in hint:
            ids.check_name(hint.rpartition("e.g. ")[2], "rig")
    else:
        check_path(f"rigs/{name}.json")
        assert name.isascii()
        assert name == name.casefold()
        assert not name.startswith("-")


@given(st.text("abAB09-_./@ ~é\n", max_size=85))
def test_whatever_passes_as_a_bead_id_is_safe(text: str) -> None:
    """An id that passes makes a path that the ledger takes, and part of a ref that git takes."""
    try:
        identifier = ids.check_bead_id(text)
    except UsageTrouble:
        return
    check_path(f"beads/mp/{ids.shard(identifier)}/{identifier}.json")
    assert ".." not in identifier
    assert not identifier.endswith((".", ".lock"))
    assert not identifier.startswith(("-", "."))


@pytest.mark.parametrize(
    ("last", "length"), [(163, 3), (983, 4), (5898, 5), (35_389, 6), (212_339, 7)]
)
def test_hash_lengths_grow_at_upstreams_thresholds(last: int, length: int) -> None:
    """A length holds while a collision is at most 25 % likely; one bead more needs a digit more."""
    assert ids.hash_length(last) == length
    assert ids.hash_length(last + 1) == length + 1
    assert 1 - math.exp(-(last**2) / (2 * 36**length)) <= 0.25


def test_hash_lengths_at_the_ends() -> None:
    """A new town starts with three digits; eight is the most."""
    assert (ids.hash_length(0), ids.hash_length(10**9)) == (3, 8)


def by_the_book(text: str, length: int) -> str:
    """The documented formula, written another way: bytes of SHA-256 in base 36, last digits."""
    size = {3: 2, 4: 3, 5: 4, 6: 4, 7: 5, 8: 5}[length]
    number = int(hashlib.sha256(text.encode()).hexdigest()[: 2 * size], 16)
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    out = ""
    for _ in range(length):
        out = digits[number % 36] + out
        number //= 36
    return out


@pytest.mark.parametrize("length", range(3, 9))
@pytest.mark.parametrize("title", ["Fix login", "", "ünïcödé ☕", "a|b"])
def test_hash_ids_follow_the_formula(title: str, length: int) -> None:
    """`title|description|creator|nanoseconds|nonce`, hashed as upstream beads does."""
    made = ids.hash_id("mp", title, "why", "ada", 1_767_607_200_000_000_000, 3, length)
    text = f"{title}|why|ada|1767607200000000000|3"
    assert made == f"mp-{by_the_book(text, length)}"
    assert ids.check_bead_id(made) == made


def test_a_known_hash_id() -> None:
    """Three values worked out by hand (SHA-256 and base 36), so that the formula cannot drift."""
    made = [ids.hash_id("bd", "t", "", "c", 0, nonce, 4) for nonce in (0, 1, 2)]
    assert made == ["bd-p7wp", "bd-rbby", "bd-ljji"]


def test_a_taken_id_takes_the_next_nonce_and_then_the_next_length() -> None:
    """Ten nonces at the adaptive length, then one digit more; a full house is said so."""
    arguments = ("mp", "t", "d", "c", 1, 0)
    tried: list[str] = []

    def taken(candidate: str) -> bool:
        tried.append(candidate)
        return len(tried) <= 10

    assert len(ids.new_bead_id(*arguments, taken)) == len("mp-") + 4
    assert tried[:10] == [ids.hash_id(*arguments[:5], nonce, 3) for nonce in range(10)]
    with pytest.raises(UsageTrouble, match="no free id"):
        ids.new_bead_id(*arguments, lambda _: True)


@given(st.integers(0, 2**48 - 1), st.integers(0, 2**48 - 1), st.binary(min_size=10, max_size=10))
def test_operation_ids_sort_by_time(one: int, other: int, noise: bytes) -> None:
    """A ULID is 26 characters of Crockford's alphabet and sorts as its milliseconds do."""
    first, second = ids.ulid(one, noise), ids.ulid(other, noise)
    assert len(first) == 26
    assert set(first) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    assert (first < second) == (one < other)


def test_a_known_ulid() -> None:
    """The example of the ULID specification: its ten characters of time."""
    assert ids.ulid(1469918176385, bytes(10)) == "01ARYZ6S41" + "0" * 16


@pytest.mark.parametrize("text", ["mp/toast", "mp/crew/toast", "mp/polecats/toast", "mp/toast/"])
def test_agents_addresses(text: str) -> None:
    """Upstream's longer forms name the same agent."""
    assert ids.parse_agent(text) == ("mp", "toast")


@pytest.mark.parametrize("text", ["mp", "", "/", "a/b/c", "mp/../x", "mp/HEAD", "-x/y", "mp/crew"])
def test_what_is_no_agents_address(text: str) -> None:
    """Everything else is refused in words."""
    with pytest.raises(UsageTrouble):
        ids.parse_agent(text)


@pytest.mark.parametrize(
    ("rig", "prefix"),
    [("myproject", "mp"), ("my-project", "mp"), ("gastown", "gt"), ("api", "api"), ("x", "x"),
     ("frontend", "fr"), ("a-b-c-d-e", "abcd"), ("web2", "web"), ("town", "to"), ("v2-api", "va")],
)  # fmt: skip
def test_prefixes_of_rigs(rig: str, prefix: str) -> None:
    """Initials of the parts of a rig's name, or its first letters."""
    assert ids.derive_prefix(rig) == prefix


@given(st.from_regex(r"[a-z][a-z0-9_-]{0,39}", fullmatch=True))
def test_every_rig_has_a_prefix(rig: str) -> None:
    """Whatever a rig is called, its prefix makes legal bead ids."""
    prefix = ids.derive_prefix(rig)
    assert 1 <= len(prefix) <= 4
    assert ids.check_bead_id(f"{prefix}-abc")


def test_shards_are_two_hex_digits() -> None:
    """A shard is a directory that git and every file system take."""
    assert ids.shard("mp-abc") == hashlib.sha256(b"mp-abc").hexdigest()[:2]
