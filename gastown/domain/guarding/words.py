"""The pieces of a shell text: words with their quotes resolved, as far as they can be known.

What nobody can know beforehand (a variable that is not set here, the output of a command) becomes
`UNKNOWN` in the word. Whatever is malformed is read to its end: this never fails.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

UNKNOWN = "\ue000"
MAX_VALUE = 1_000
_MAX_WORD = 100_000
BLANKS = " \t\r\f\v"
BREAKS = frozenset(BLANKS + "\n;&|()<>")
_NAME = re.compile(r"[A-Za-z_][A-Za-z_0-9]*|[0-9@*#?$!-]")
_PARAMETER = re.compile(r"([A-Za-z_][A-Za-z_0-9]*)(?:(:?[-=+?])(.*))?\Z", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"'}


class Scanner:
    """A place in a shell text, from which words are read.

    Args:
        known: the variables that are known.
        substitute: is given the scanner behind a `$(`, reads on to behind its `)`, and returns
            what the commands in it print.
        run: judges a text that is run, and returns what it prints.
    """

    def __init__(
        self, text: str, known: Mapping[str, str], substitute: Callable[[], str],
        run: Callable[[str], str],
    ) -> None:  # fmt: skip
        self.text = text
        self.pos = 0
        self.known = known
        self._substitute = substitute
        self._run = run

    @property
    def char(self) -> str:
        """The next character; empty at the end."""
        return self.text[self.pos : self.pos + 1]

    def word(self) -> tuple[str, bool]:
        """Read a word; also whether anything in it was quoted or expanded."""
        pieces, plain = [], True
        if self.char == "~":
            pieces.append(self._tilde())
        while (char := self.char) and char not in BREAKS:
            if char in "'\"\\$`":
                plain = False
                pieces.append(self._special(char))
            else:
                pieces.append(char)
                self.pos += 1
        return _joined(pieces), plain

    def _tilde(self) -> str:
        found = re.compile(r"~[\w.+-]*").match(self.text, self.pos)
        said = found[0] if found else "~"
        after = self.text[self.pos + len(said) : self.pos + len(said) + 1]
        if after and after != "/" and after not in BREAKS:
            return ""  # not at the end of a name: the tilde itself
        self.pos += len(said)
        whose = {"~": "HOME", "~+": "PWD", "~-": "OLDPWD"}.get(said)
        return (self._value(whose) or UNKNOWN) if whose else UNKNOWN

    def _special(self, char: str) -> str:
        if char == "'":
            return self._single()
        if char == '"':
            self.pos += 1
            text = self.quoted('"')
            self.pos += 1
            return text
        if char == "\\":
            self.pos += 2
            escaped = self.text[self.pos - 1 : self.pos]
            return "" if escaped == "\n" else escaped
        return self._backticks() if char == "`" else self._dollar(quoted=False)

    def _single(self) -> str:
        end = self.text.find("'", self.pos + 1)
        end = len(self.text) if end < 0 else end
        text = self.text[self.pos + 1 : end]
        self.pos = end + 1
        return text

    def quoted(self, stop: str) -> str:
        """Text in which only `$`, backticks and backslashes mean something; up to `stop`."""
        pieces = []
        while (char := self.char) and char != stop:
            if char == "\\":
                after = self.text[self.pos + 1 : self.pos + 2]
                self.pos += 2
                pieces.append("" if after == "\n" else after if after in '$`"\\' else char + after)
            elif char == "`":
                pieces.append(self._backticks())
            elif char == "$":
                pieces.append(self._dollar(quoted=True))
            else:
                pieces.append(char)
                self.pos += 1
        return _joined(pieces)

    def _backticks(self) -> str:
        end = self.pos + 1
        while end < len(self.text) and self.text[end] != "`":
            end += 2 if self.text[end] == "\\" else 1
        inside = re.sub(r"\\([\\`$])", r"\1", self.text[self.pos + 1 : end])
        self.pos = end + 1
        return self._run(inside)

    def _dollar(self, *, quoted: bool) -> str:
        self.pos += 1
        if self.text.startswith("((", self.pos):
            self._skip_arithmetic()
            return UNKNOWN
        if self.char == "(":
            self.pos += 1
            return self._substitute()
        if self.char == "{":
            return self._braces()
        if self.char == "'" and not quoted:
            return self._escaped()
        if self.char == '"' and not quoted:
            return ""  # a translated text: what follows is quoted
        found = _NAME.match(self.text, self.pos)
        if found is None:
            return "$"
        self.pos = found.end()
        return self._value(found[0]) or UNKNOWN

    def _value(self, name: str) -> str | None:
        """The value of a variable; one that is long is no path, and may be long on purpose."""
        value = self.known.get(name)
        return UNKNOWN if value and len(value) > MAX_VALUE else value

    def _escaped(self) -> str:
        """`$'…'`, in which backslashes mean what they mean in C."""
        self.pos += 1
        pieces = []
        while (char := self.char) and char != "'":
            if char == "\\":
                found = re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|([0-7]{1,3}))").match(
                    self.text, self.pos
                )
                if found:
                    pieces.append(chr(int(found[1], 16) if found[1] else int(found[2], 8)))
                    self.pos = found.end()
                    continue
                after = self.text[self.pos + 1 : self.pos + 2]
                pieces.append(_ESCAPES.get(after, after))
                self.pos += 2
            else:
                pieces.append(char)
                self.pos += 1
        self.pos += 1
        return "".join(pieces)

    def _skip_arithmetic(self) -> None:
        end = self.text.find("))", self.pos)
        self.pos = len(self.text) if end < 0 else end + 2

    def _braces(self) -> str:
        """`${…}`: the variable, or the value that is written down for the case that it is unset."""
        start = self.pos + 1
        depth, end = 1, start
        while end < len(self.text) and depth:
            char = self.text[end]
            end += 2 if char == "\\" else 1
            depth += (char == "{") - (char == "}")
        inside = self.text[start : end - 1 if not depth else end]
        self.pos = end
        found = _PARAMETER.match(inside)
        if found is None:
            self._run_in(inside)
            return UNKNOWN
        name, sign, default = found.groups()
        other = self._value_of(default) if default else ""
        if sign is not None and sign.endswith("+"):
            return other
        return self._value(name) or (other if sign and sign[-1] in "-=" and other else UNKNOWN)

    def _run_in(self, text: str) -> None:
        """What is run inside a text that cannot be followed."""
        if "$(" in text or "`" in text:
            self._value_of(text)

    def _value_of(self, text: str) -> str:
        return (
            self._run(f'printf %s "{text}"') if "$(" in text or "`" in text else text.strip("'\"")
        )


def _joined(pieces: list[str]) -> str:
    return "".join(pieces) if sum(map(len, pieces)) <= _MAX_WORD else UNKNOWN
