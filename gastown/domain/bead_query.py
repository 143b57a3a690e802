"""The expressions of `bd query`: which beads, in one line. Pure.

    status=open AND priority<2 AND label=backend
    (type=bug OR type=feature) AND NOT assignee=none
    updated<30d AND title~"log in"

A comparison is FIELD SIGN VALUE. Fields: id, title, description, notes, design, acceptance, text
(all of these texts), status, priority, type, assignee, label, parent, rig, created, updated,
closed, due, defer. Signs: `=` (or `:`), `!=`, `~` (contains, whatever the case), and `<`, `<=`,
`>`, `>=` for priorities and times. A value with blanks or brackets stands in quotes; `none` is a
field that is empty. A time is a moment (`2026-02-01`, `yesterday`) or an age: `updated<30d` was
updated before that, `created>2h` was made since. NOT binds closer than AND, AND closer than OR.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from gastown.domain.bead_words import nearest, priority_of, status_of, type_of
from gastown.domain.moments import parse_moment
from gastown.errors import UsageTrouble

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXTS = frozenset("id title description notes design acceptance text".split())
TIMES = frozenset("created updated closed due defer".split())
FIELDS = TEXTS | TIMES | frozenset("status priority type assignee label parent rig".split())
_ALIASES = {
    "labels": "label", "prio": "priority", "p": "priority", "owner": "assignee", "desc":
    "description", "created_at": "created", "updated_at": "updated", "closed_at": "closed",
    "due_at": "due", "issue_type": "type", "acceptance_criteria": "acceptance",
    "defer_until": "defer",
}  # fmt: skip
_TOKEN = re.compile(
    r"""\s*(?:(?P<bracket>[()])|(?P<sign><=|>=|!=|==|=|<|>|~|:)|"(?P<double>[^"]*)"|"""
    r"""'(?P<single>[^']*)'|(?P<word>[^\s()<>=!~:"']+(?::[^\s()<>=!~"']+)*))"""
)
_AGE = re.compile(r"(\d{1,6})\s*(min|h|d|w|m|mo|y)")
_DAYS = {"min": 1 / 1440, "h": 1 / 24, "d": 1.0, "w": 7.0, "m": 30.0, "mo": 30.0, "y": 365.0}
_DEEP = 50


@dataclass(frozen=True)
class Compare:
    """One comparison; a value of None stands for an empty field. Times are seconds since 1970."""

    field: str
    sign: str
    value: str | int | float | None


@dataclass(frozen=True)
class Not:
    """What must not hold."""

    inner: Node


@dataclass(frozen=True)
class And:
    """What must hold together."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Or:
    """What may hold one by one."""

    parts: tuple[Node, ...]


Node = Compare | Not | And | Or


def parse_query(text: str, now: datetime) -> Node:
    """Read an expression.

    Args:
        now: the present, in the zone of days without one.

    Raises:
        UsageTrouble: it is none; the message says where it goes wrong.
    """
    return _Parser(text, now).whole()


def past_moment(text: str, now: datetime) -> float:
    """Seconds since 1970 of a moment, or of an age like `30d`.

    Raises:
        UsageTrouble: it is neither.
    """
    age = _AGE.fullmatch(text.strip())
    if age:
        days = int(age[1]) * _DAYS[age[2]]
        return now.timestamp() - timedelta(days=days).total_seconds()
    if text.strip().casefold() == "yesterday":
        return past_moment("today", now) - 86400
    return datetime.fromisoformat(parse_moment(text, now)).timestamp()


class _Parser:
    def __init__(self, text: str, now: datetime) -> None:
        self._text = text
        self._now = now
        self._tokens = list(self._split())
        self._at = 0
        self._depth = 0

    def whole(self) -> Node:
        if not self._tokens:
            raise self._trouble("it is empty")
        found = self._or()
        if self._at < len(self._tokens):
            raise self._trouble(f"nothing is expected at {self._peek()[1]!r}")
        return found

    def _split(self) -> Iterator[tuple[str, str]]:
        place = 0
        text = self._text.rstrip()
        while place < len(text):
            match = _TOKEN.match(text, place)
            if match is None:
                raise self._trouble(f"it is not understood at {text[place:]!r}")
            kind = str(match.lastgroup)
            yield ("quoted" if kind in ("double", "single") else kind), match[kind]
            place = match.end()

    def _or(self) -> Node:
        return self._joined("or", self._and, Or)

    def _and(self) -> Node:
        return self._joined("and", self._not, And)

    def _joined(self, word: str, inner: object, kind: type[And | Or]) -> Node:
        assert callable(inner)
        parts: list[Node] = [inner()]
        while self._takes(word):
            parts.append(inner())
        return parts[0] if len(parts) == 1 else kind(tuple(parts))

    def _not(self) -> Node:
        self._depth += 1
        if self._depth > _DEEP:
            raise self._trouble(f"it is nested deeper than {_DEEP}")
        try:
            if self._takes("not"):
                return Not(self._not())
            if self._peek() == ("bracket", "("):
                self._at += 1
                found = self._or()
                if self._peek() != ("bracket", ")"):
                    raise self._trouble("a closing bracket is missing")
                self._at += 1
                return found
            return self._compare()
        finally:
            self._depth -= 1

    def _compare(self) -> Compare:
        kind, word = self._next()
        if kind == "word" and ":" in word:  # status:open
            word, _, value = word.partition(":")
            return self._typed(self._field(word), "=", value, quoted=False)
        if kind != "word":
            raise self._trouble(f"a field is expected at {word!r}")
        field = self._field(word)
        kind, sign = self._next()
        if kind != "sign":
            raise self._trouble(f"a sign (= != ~ < <= > >=) is expected after {word!r}")
        sign = {"==": "=", ":": "="}.get(sign, sign)
        kind, value = self._next()
        if kind not in ("word", "quoted"):
            raise self._trouble(f"a value is expected after {word}{sign}")
        return self._typed(field, sign, value, quoted=kind == "quoted")

    def _field(self, word: str) -> str:
        name = _ALIASES.get(word.casefold(), word.casefold())
        if name in FIELDS:
            return name
        alike = nearest(name, FIELDS)
        raise self._trouble(f"no field {word!r}" + (f": did you mean {alike}?" if alike else ""))

    def _typed(self, field: str, sign: str, text: str, *, quoted: bool) -> Compare:
        if sign in ("<", "<=", ">", ">=") and field not in TIMES | {"priority"}:
            raise self._trouble(f"{field} has no order: use =, != or ~")
        if not quoted and text.casefold() in ("none", "null") and sign in ("=", "!="):
            return Compare(field, sign, None)
        value: str | int | float = text
        if field == "priority":
            value = priority_of(text)
        elif field in TIMES:
            if sign not in ("<", "<=", ">", ">="):
                raise self._trouble(f"{field} is compared with < or >")
            value = past_moment(text, self._now)
        elif field == "status" and sign != "~":
            value = status_of(text).value
        elif field == "type" and sign != "~":
            value = _type(text)
        return Compare(field, sign, value)

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def _next(self) -> tuple[str, str]:
        found = self._peek()
        if found[0] == "end":
            raise self._trouble("it ends too early")
        self._at += 1
        return found

    def _takes(self, word: str) -> bool:
        if self._peek()[0] == "word" and self._peek()[1].casefold() == word:
            self._at += 1
            return True
        return False

    def _trouble(self, why: str) -> UsageTrouble:
        return UsageTrouble(
            f"the query {self._text!r} cannot be read: {why}",
            hint="e.g. status=open AND priority<2 AND label=backend; see bd query --help",
        )


def _type(text: str) -> str:
    """A type, by its own name where it is a custom one."""
    try:
        return type_of(text)
    except UsageTrouble:
        return text


def comparisons(node: Node) -> list[Compare]:
    """Every comparison in an expression."""
    if isinstance(node, Compare):
        return [node]
    parts = (node.inner,) if isinstance(node, Not) else node.parts
    return [one for part in parts for one in comparisons(part)]
