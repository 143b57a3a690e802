"""Going through a shell text command by command, in the order and the folders of the shell.

Every branch is taken, every loop body is gone through once for each value that is written down, the
body of a function is taken for run. What a here-document holds is data, unless a shell reads it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gastown.domain.guarding.commands import Counter, Shell, Simple
from gastown.domain.guarding.words import BLANKS, BREAKS, MAX_VALUE, UNKNOWN, Scanner

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_TEXT = 100_000
_MAX_COMMANDS = 2_000
_MAX_DEPTH = 12
_MAX_SHELLS = 100
_SKIPPED = frozenset("if then elif else fi do { } ! time esac coproc".split())
_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z_0-9]*)(\+?)=")
_DELIMITER = re.compile(r"""-?[ \t]*((?:\\.|'[^'\n]*'|"[^"\n]*"|[^\s;&|<>()'"\\])+)""")
_QUOTES = re.compile(r"""'[^']*'|"(?:\\.|[^"\\])*"|\\.|\n""", re.DOTALL)


@dataclass
class _Loop:
    name: str
    values: list[str]
    body: int | None = None


class Walker:
    """Goes through one text.

    Args:
        shell: the state that it begins with, and changes.
        visit: is told each command, with the state in which it runs.
        printed: what a substituted command prints, where that can be known.
    """

    def __init__(
        self, text: str, shell: Shell, visit: Callable[[Simple, Shell], Any],
        printed: Callable[[Simple, Shell], str], counter: Counter | None = None,
    ) -> None:  # fmt: skip
        self._shell = shell
        self._visit = visit
        self._printed = printed
        self._counter = counter or Counter()
        self._scan = Scanner(text[:MAX_TEXT], shell.variables, self._substitution, self._nested)
        self._simple = Simple()
        self._bodies: int | None = None  # where the text goes on behind the here-documents
        self._loops: list[_Loop] = []
        self._cases = 0
        self._patterns = False

    def walk(self) -> None:
        """Go through it."""
        if self._counter.depth >= _MAX_DEPTH:
            return
        self._counter.depth += 1
        try:
            self._list(nested=False)
        finally:
            self._counter.depth -= 1

    # The list of commands

    def _list(self, *, nested: bool) -> None:
        """Read until the end, or (`nested`) until behind the `)` that ends a substitution."""
        scan = self._scan
        shells: list[Shell] = []
        while (char := scan.char) and self._counter.commands < _MAX_COMMANDS:
            if char in BLANKS or scan.text.startswith("\\\n", scan.pos):
                self._skip_blanks()
            elif char == "\n":
                self._newline()
            elif self._patterns:
                self._pattern()
            elif char == "#":
                self._comment()
            elif char == "(":
                self._open(shells)
            elif char == ")":
                scan.pos += 1
                self._end()
                if not shells and nested:
                    return
                self._become(shells.pop() if shells else self._shell)
            elif char in BREAKS:
                self._operator(char)
            else:
                self._take_word()
        self._end()

    def _comment(self) -> None:
        end = self._scan.text.find("\n", self._scan.pos)
        self._scan.pos = len(self._scan.text) if end < 0 else end

    def _become(self, shell: Shell) -> None:
        self._shell = shell
        self._scan.known = shell.variables

    def _open(self, shells: list[Shell]) -> None:
        scan = self._scan
        if scan.text.startswith("((", scan.pos) and not self._simple.words:
            end = scan.text.find("))", scan.pos, scan.pos + MAX_VALUE)
            if end >= 0:
                scan.pos = end + 2
                return
        scan.pos += 1
        empty = re.compile(r"[ \t]*\)").match(scan.text, scan.pos)
        if empty and len(self._simple.words) == 1:  # the name of a function
            scan.pos = empty.end()
            self._simple = Simple()
            return
        self._end()
        if len(shells) >= _MAX_SHELLS:
            return
        shells.append(self._shell)
        self._become(self._shell.copy())

    def _newline(self) -> None:
        scan = self._scan
        self._end()
        scan.pos += 1
        if self._bodies is not None:
            scan.pos, self._bodies = max(scan.pos, self._bodies), None

    def _operator(self, char: str) -> None:
        scan = self._scan
        if char in "<>" or scan.text.startswith("&>", scan.pos):
            self._redirect()
            return
        if scan.text.startswith(";;", scan.pos):
            self._end()
            self._patterns = self._cases > 0
            scan.pos += 2
            return
        double = scan.text.startswith(("&&", "||"), scan.pos)
        piped = char == "|" and not double
        self._end(piped=piped)
        scan.pos += 2 if double or scan.text.startswith("|&", scan.pos) else 1

    def _pattern(self) -> None:
        """A pattern of `case`, or its end."""
        scan = self._scan
        found = re.compile(r"esac\b").match(scan.text, scan.pos)
        if found:
            scan.pos = found.end()
            self._cases -= 1
        else:
            end = scan.text.find(")", scan.pos)
            scan.pos = len(scan.text) if end < 0 else end + 1
        self._patterns = False

    # Words

    def _take_word(self) -> None:
        scan, simple = self._scan, self._simple
        start = scan.pos
        assigned = None if simple.words else _ASSIGNMENT.match(scan.text, scan.pos)
        if assigned:
            self._assign(assigned)
            return
        word, plain = scan.word()
        if scan.pos == start:
            scan.pos += 1
            return
        if plain and not simple.words and self._reserved(word):
            return
        if plain and word.isdigit() and scan.char in ("<", ">"):
            return  # the number of what is redirected
        simple.words.append(word)

    def _assign(self, found: re.Match[str]) -> None:
        scan = self._scan
        scan.pos = found.end()
        if scan.char == "(":  # an array
            end = scan.text.find(")", scan.pos)
            scan.pos = len(scan.text) if end < 0 else end + 1
            value = UNKNOWN
        else:
            value, _ = scan.word()
        if found[2]:
            value = self._shell.variables.get(found[1], "")[:MAX_VALUE] + value
        self._simple.assigned[found[1]] = value

    def _reserved(self, word: str) -> bool:
        """Take notice of a word that the shell itself understands."""
        if word in _SKIPPED:
            if word == "do" and self._loops and self._loops[-1].body is None:
                self._loops[-1].body = self._scan.pos
            if word == "esac":
                self._cases = max(0, self._cases - 1)
            return True
        if word in ("for", "select"):
            self._for()
        elif word in ("while", "until"):
            self._loops.append(_Loop("", []))
        elif word == "done":
            self._done()
        elif word == "case":
            self._case()
        elif word == "function":
            self._skip_blanks()
            self._scan.word()
        else:
            return False
        return True

    def _skip_blanks(self, more: str = "") -> None:
        scan = self._scan
        while scan.char:
            if scan.char in BLANKS + more:
                scan.pos += 1
            elif scan.text.startswith("\\\n", scan.pos):  # the line goes on
                scan.pos += 2
            else:
                return

    def _for(self) -> None:
        scan = self._scan
        self._skip_blanks()
        name, _ = scan.word()
        self._skip_blanks()
        values: list[str] = []
        if re.compile(r"in\b").match(scan.text, scan.pos):
            scan.pos += 2
            self._skip_blanks()
            while scan.char and scan.char not in BREAKS:
                values.append(scan.word()[0])
                self._skip_blanks()
        self._loops.append(_Loop(name, values[1:]))
        self._shell.variables[name] = values[0] if values else UNKNOWN

    def _done(self) -> None:
        loop = self._loops[-1] if self._loops else None
        if loop is None or loop.body is None:
            return
        if loop.values:
            self._shell.variables[loop.name] = loop.values.pop(0)
            self._scan.pos = loop.body
        else:
            self._loops.pop()

    def _case(self) -> None:
        scan = self._scan
        self._skip_blanks()
        scan.word()
        self._skip_blanks("\n")
        if re.compile(r"in\b").match(scan.text, scan.pos):
            scan.pos += 2
            self._cases += 1
            self._patterns = True

    # Redirections

    def _redirect(self) -> None:
        scan = self._scan
        found = re.compile(r"<<<|<<|<>|<&|>>|>&|>\||&>>|&>|<|>").match(scan.text, scan.pos)
        sign = found[0] if found else scan.char
        scan.pos += len(sign)
        if sign == "<<":
            self._here_document()
            return
        if sign in "<>" and scan.char == "(":  # a process instead of a file
            scan.pos += 1
            self._substitution()
            self._simple.words.append(UNKNOWN)
            return
        self._skip_blanks()
        target, _ = scan.word()
        if sign == "<<<":
            self._simple.fed += target
        elif sign not in ("<", "<&") and not (sign == ">&" and (target.isdigit() or target == "-")):
            self._simple.writes.append(target)

    def _here_document(self) -> None:
        """Read the body that follows this line; the line itself goes on."""
        scan = self._scan
        found = _DELIMITER.match(scan.text, scan.pos)
        if found is None:
            return
        scan.pos = found.end()
        delimiter = re.sub(r"[\"'\\]", "", found[1])
        start = self._bodies if self._bodies is not None else self._line_end() + 1
        body, self._bodies = _body(scan.text, start, delimiter, strips=found[0].startswith("-"))
        if delimiter == found[1]:  # not quoted: what is substituted in it is run
            inner = Scanner(body, scan.known, lambda: "", self._nested)
            inner._substitute = lambda: self._in(inner)
            body = inner.quoted("")
        self._simple.fed += body

    def _in(self, scanner: Scanner) -> str:
        """A substitution in the body of a here-document."""
        outer, bodies = self._scan, self._bodies
        self._scan, self._bodies = scanner, None
        try:
            return self._substitution()
        finally:
            self._scan, self._bodies = outer, bodies

    def _line_end(self) -> int:
        for found in _QUOTES.finditer(self._scan.text, self._scan.pos):
            if found[0] == "\n":
                return found.start()
        return len(self._scan.text)

    # Commands

    def _end(self, *, piped: bool = False) -> None:
        """The command is complete: tell of it."""
        simple = self._simple
        self._simple = Simple(upstream=simple if piped else None)
        if simple.is_empty:
            return
        self._counter.commands += 1
        in_pipe = piped or simple.upstream is not None
        self._visit(simple, self._shell.copy() if in_pipe else self._shell)
        if not simple.words:
            self._shell.variables.update(simple.assigned)
        self._last = simple

    _last: Simple | None = None

    def _substitution(self) -> str:
        """Behind a `$(`: go through what it runs, in a subshell; what that prints."""
        if self._counter.depth >= _MAX_DEPTH:
            self._scan.pos = len(self._scan.text)
            return UNKNOWN
        outer, shell, loops = self._simple, self._shell, self._loops
        cases, patterns = self._cases, self._patterns
        self._simple, self._loops, self._last = Simple(), [], None
        self._cases, self._patterns = 0, False
        self._become(shell.copy())
        before = self._counter.commands
        self._counter.depth += 1
        self._list(nested=True)
        self._counter.depth -= 1
        only = self._last if self._counter.commands == before + 1 else None
        text = self._printed(only, self._shell) if only is not None else UNKNOWN
        if self._last is not None:
            outer.inner.append(self._last)
        self._simple, self._loops, self._cases, self._patterns = outer, loops, cases, patterns
        self._become(shell)
        return text

    def _nested(self, text: str) -> str:
        """Go through a text of backticks; what it prints."""
        seen: list[Simple] = []

        def visit(simple: Simple, shell: Shell) -> None:
            seen.append(simple)
            self._visit(simple, shell)

        shell = self._shell.copy()
        Walker(text, shell, visit, self._printed, self._counter).walk()
        self._simple.inner += seen[-1:]
        return self._printed(seen[0], shell) if len(seen) == 1 else UNKNOWN


def _body(text: str, start: int, delimiter: str, *, strips: bool) -> tuple[str, int]:
    """The body of a here-document, and where the text goes on behind it."""
    end = start
    while end < len(text):
        after = text.find("\n", end) + 1 or len(text) + 1
        line = text[end : after - 1].rstrip("\r")
        if (line.lstrip("\t") if strips else line) == delimiter:
            return text[start:end], min(after, len(text))
        end = after
    return text[start:], len(text)
