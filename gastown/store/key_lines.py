"""Where each key of a TOML or JSON text stands. Pure; the text is known to be well-formed.

The parsers of the standard library give values without places; an error in a formula names its
line. These walk over a text that was parsed already, so they only need to find keys.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gastown.store.formula_text import Path

_TOML_KEY = re.compile(r"""\s*("(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)\s*""")
_TOML_SKIP = re.compile(r"(?:\s+|#[^\n]*)+")
_TOML_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"""+' r"|'''.*?'''+" r'|"(?:[^"\\\n]|\\.)*"' r"|'[^'\n]*'", re.DOTALL
)
_JSON_SPACE = re.compile(r"[\s:,]*")
_JSON_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_JSON_WORD = re.compile(r"[^\s,\]}]+")


def toml_lines(text: str) -> dict[Path, int]:
    """The line of each key and each table of a TOML text; keys of inline tables are left out."""
    return _Toml(text).walk()


def json_lines(text: str) -> dict[Path, int]:
    """The line of each key and item of a JSON text."""
    walker = _Json(text)
    walker.value(())
    return walker.lines


class _Toml:
    def __init__(self, text: str) -> None:
        self._text = text.replace("\r\n", "\n")
        self._pos = 0
        self._table: Path = ()
        self._counts: dict[Path, int] = {}
        self._lines: dict[Path, int] = {}

    def walk(self) -> dict[Path, int]:
        while True:
            found = _TOML_SKIP.match(self._text, self._pos)
            self._pos = found.end() if found else self._pos
            if self._pos >= len(self._text):
                return self._lines
            line = self._text.count("\n", 0, self._pos) + 1
            if self._text[self._pos] == "[":
                self._header(line)
            else:
                self._note((*self._table, *self._keys()), line)
                self._skip_value()

    def _header(self, line: int) -> None:
        several = self._text.startswith("[[", self._pos)
        self._pos += 2 if several else 1
        path = self._resolved(self._keys(), several)
        self._pos = self._text.index("]", self._pos) + (2 if several else 1)
        self._table = path
        self._note(path, line)

    def _resolved(self, keys: list[str], several: bool) -> Path:
        """A header's path, with the index of the current item for each array of tables on it."""
        path: Path = ()
        for depth, key in enumerate(keys, 1):
            path = (*path, key)
            if several and depth == len(keys):
                self._counts[path] = self._counts.get(path, -1) + 1
            if path in self._counts:
                path = (*path, self._counts[path])
        return path

    def _keys(self) -> list[str]:
        keys = []
        while found := _TOML_KEY.match(self._text, self._pos):
            self._pos = found.end()
            keys.append(found[1].strip("\"'"))
            if not self._text.startswith(".", self._pos):
                break
            self._pos += 1
        return keys

    def _note(self, path: Path, line: int) -> None:
        for length in range(1, len(path) + 1):
            self._lines.setdefault(path[:length], line)

    def _skip_value(self) -> None:
        self._pos = self._text.find("=", self._pos) + 1
        depth = 0
        while self._pos < len(self._text):
            string = _TOML_STRING.match(self._text, self._pos)
            if string:
                self._pos = string.end()
                continue
            char = self._text[self._pos]
            if char == "#":
                end = self._text.find("\n", self._pos)
                self._pos = len(self._text) if end < 0 else end
                continue
            if char == "\n" and depth == 0:
                return
            depth += (char in "[{") - (char in "]}")
            self._pos += 1


class _Json:
    def __init__(self, text: str) -> None:
        self._text = text
        self._pos = 0
        self._counted = 0
        self._line = 1
        self.lines: dict[Path, int] = {}

    def value(self, path: Path) -> None:
        start = self._next()
        self.lines.setdefault(path, self._line_here())
        if start == "{":
            self._pos += 1
            while self._next() != "}":
                line = self._line_here()
                key = self._string()
                self.lines[*path, key] = line
                self.value((*path, key))
            self._pos += 1
        elif start == "[":
            self._pos += 1
            index = 0
            while self._next() != "]":
                self.value((*path, index))
                index += 1
            self._pos += 1
        elif start == '"':
            self._string()
        else:
            word = _JSON_WORD.match(self._text, self._pos)
            self._pos = word.end() if word else len(self._text)

    def _next(self) -> str:
        space = _JSON_SPACE.match(self._text, self._pos)
        self._pos = space.end() if space else self._pos
        return self._text[self._pos : self._pos + 1] or "}"

    def _string(self) -> str:
        import json

        found = _JSON_STRING.match(self._text, self._pos)
        self._pos = found.end() if found else len(self._text)
        return str(json.loads(found[0])) if found else ""

    def _line_here(self) -> int:
        self._line += self._text.count("\n", self._counted, self._pos)
        self._counted = self._pos
        return self._line
