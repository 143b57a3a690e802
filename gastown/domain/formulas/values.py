"""Values of a formula's text, read strictly: what is wrong is said with its place. Pure."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any

from gastown.domain.formulas.formula import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Path = tuple[str | int, ...]
    Read = Callable[[Any, Any, Path], Any]

_TRUTHS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_HIGHEST = 4


class Values:
    """Reads values, each with its path, and collects what is wrong with them."""

    def __init__(self, lines: Mapping[Path, int]) -> None:
        self._lines = lines
        self.problems: list[Problem] = []

    def wrong(self, path: Path, message: str) -> None:
        """Take down a problem."""
        self.problems.append(Problem(message, place(path), self.line(path)))

    def line(self, path: Path) -> int | None:
        """Where a path, or the nearest part around it, stands."""
        for length in range(len(path), -1, -1):
            if path[:length] in self._lines:
                return self._lines[path[:length]]
        return None

    def text(self, value: Any, path: Path) -> str:
        """A text, also where it is written as a number or a truth."""
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str | int):
            return str(value)
        self.wrong(path, f"expected text, found {called(value)}")
        return ""

    def line_of_text(self, value: Any, path: Path) -> str:
        """A text on one line."""
        return " ".join(self.text(value, path).split())

    def flag(self, value: Any, path: Path) -> bool:
        """True or false, also as a word."""
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in _TRUTHS:
            return _TRUTHS[value.lower()]
        self.wrong(path, f"expected true or false, found {called(value)}")
        return False

    def number(self, value: Any, path: Path) -> int:
        """A whole number, also as a text."""
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,9}", value):
            return int(value)
        self.wrong(path, f"expected a whole number, found {called(value)}")
        return 0

    def at_least_one(self, value: Any, path: Path) -> int:
        """A whole number from 1."""
        number = self.number(value, path)
        if number < 1:
            self.wrong(path, "must be 1 or more")
        return number

    def priority(self, value: Any, path: Path) -> int:
        """A priority: 0 to 4, or P0 to P4."""
        if isinstance(value, str) and re.fullmatch(r"[Pp][0-9]", value):
            value = value[1:]
        number = self.number(value, path)
        if not 0 <= number <= _HIGHEST:
            self.wrong(path, f"a priority is 0 (highest) to {_HIGHEST}")
        return number

    def texts(self, value: Any, path: Path) -> tuple[str, ...]:
        """A list of texts; a single one may stand without its list."""
        if isinstance(value, list):
            return tuple(self.text(item, (*path, i)) for i, item in enumerate(value))
        return (self.text(value, path),)

    def text_table(self, value: Any, path: Path) -> dict[str, str]:
        """A table of texts."""
        if not isinstance(value, dict):
            self.wrong(path, f"expected a table, found {called(value)}")
            return {}
        return {
            key: "" if item is None else self.text(item, (*path, key))
            for key, item in value.items()
        }

    def any_table(self, value: Any, path: Path) -> dict[str, Any]:
        """A table, whatever is in it."""
        if isinstance(value, dict):
            return value
        self.wrong(path, f"expected a table, found {called(value)}")
        return {}

    def anything(self, value: Any, _: Path) -> Any:
        """Whatever it is."""
        return value

    def table(self, value: Any, path: Path, known: Mapping[str, Read]) -> dict[str, Any]:
        """The known keys of a table, read; an unknown one is a problem that names the nearest."""
        if not isinstance(value, dict):
            self.wrong(path, f"expected a table, found {called(value)}")
            return {}
        found = {}
        for key, item in value.items():
            if key not in known:
                self.wrong((*path, key), f"unknown key {key!r}{_nearest(key, known)}")
            elif item is not None:
                found[key] = known[key](self, item, (*path, key))
        return found

    def tables(self, value: Any, path: Path) -> list[tuple[Any, Path]]:
        """The items of a list of tables; a single table may stand without its list."""
        items = value if isinstance(value, list) else [value]
        return [(item, (*path, i) if isinstance(value, list) else path)
                for i, item in enumerate(items)]  # fmt: skip


def place(path: Path) -> str:
    """A path as it is said: `steps[2].needs`."""
    out = ""
    for part in path:
        out += f"[{part}]" if isinstance(part, int) else f".{part}" if out else part
    return out


def _nearest(key: str, known: Iterable[str]) -> str:
    alike = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
    return f": did you mean {alike[0]!r}?" if alike else ""


def called(value: Any) -> str:
    """What a value is, as it is said in a problem."""
    if value is None:
        return "nothing"
    names = {dict: "a table", list: "a list", bool: "true or false", int: "a number"}
    return names.get(type(value), repr(value)[:40])
