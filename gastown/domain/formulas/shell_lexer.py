"""Reading a shell text, and writing it down again with variables in their places. Pure.

One pass, which knows the quoting at each place; what it cannot be sure of it remembers, for the
case that a variable is placed in that text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gastown.domain.formulas.command_danger import (
    EXPANSION,
    PLACED,
    TAINTED,
    Danger,
    Simple,
)
from gastown.domain.formulas.variables import PLACEHOLDER

PREFIX = "GT_VAR_"
_PARAMETER = re.compile(r"\$\{#?\w+(?::?[-+?=%#/]{1,2}[\w./:@%+=, *?-]*)?\}", re.ASCII)
_DELIMITER = re.compile(r"""-?[ \t]*((?:\\.|'[^'\n]*'|"[^"\n]*"|[^\s;&|<>()'"\\])+)""")
_SPACE = " \t\r\f\v"
_OPERATORS = ";&|()<>"
_CASE = "write it into a script of the project, and hand the value over as an argument"


@dataclass
class _Here:
    delimiter: str
    strips: bool
    quoted: bool
    command: Simple


class Lexer:
    """Reads a shell text once, and writes it down again with variables in their places.

    Attributes:
        commands: the simple commands, with their words.
        unsure: why shells may read this text differently; it matters only where variables are.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.pos = 0
        self.out: list[str] = []
        self.commands: list[Simple] = []
        self.placed = 0
        self.unsure: Danger | None = None
        self._here: list[_Here] = []

    # Bare text: words and operators

    def bare(self, *, nested: bool) -> None:
        """Read until the end, or (`nested`) until the `)` that closes a `$(`."""
        commands = _Commands(self)
        depth = 0
        waiting = len(self._here)
        while self.pos < len(self.text):
            char = self.text[self.pos]
            if char == "\n":
                commands.end_command()
                self._copy(1)
                if nested and waiting:
                    self.doubt("a here-document around $(…)")
                self._bodies()
            elif char in _SPACE:
                commands.end_word()
                self._copy(1)
            elif char == "#" and commands.word is None:
                self._copy_until("\n")
            elif char in _OPERATORS:
                if char == ")" and depth == 0 and nested:
                    commands.end_command()
                    return
                depth = max(0, depth + (char == "(") - (char == ")"))
                self._operator(char, commands)
            else:
                self._part(char, commands, nested=nested)
        commands.end_command()
        if nested:
            raise Danger("a $( is not closed", "close it")
        if self._here:
            self.doubt("a here-document without its end")

    def _part(self, char: str, commands: _Commands, *, nested: bool) -> None:
        """One piece of a word."""
        if found := PLACEHOLDER.match(self.text, self.pos):
            commands.add(PLACED)
            self._place(found, '"${', '}"')
        elif char == "\\":
            commands.add("" if self.text.startswith("\n", self.pos + 1) else self._escaped())
            self._copy(2)
        elif char == "'":
            commands.add(self._single())
        elif char == '"':
            commands.add(self._double())
        elif char == "`":
            commands.add(self._backticks())
        elif char == "$":
            commands.add(self._dollar(quoted=False))
        else:
            commands.add(char)
            self._copy(1)
        if nested and commands.word == "case" and self._at_end_of_word():
            self.doubt("case … esac inside $(…)")

    def _at_end_of_word(self) -> bool:
        return self.text[self.pos : self.pos + 1] in (*_SPACE, "\n", "")

    def _operator(self, char: str, commands: _Commands) -> None:
        if char == "<" and self.text.startswith("<<", self.pos):
            commands.end_word()
            if self.text.startswith("<<<", self.pos):
                self._copy(3)
            else:
                self._here_document(commands.current)
            return
        if char in "<>":
            commands.end_word()
            if self.text.startswith("(", self.pos + 1):
                self.doubt(f"{char}(…)")
            commands.redirects = True
        elif char == "(" and self.text.startswith("((", self.pos):
            self.doubt("((…))")
            commands.end_command()
        elif char == "|" and not self.text.startswith("||", self.pos):
            commands.end_command(piped=True)
        elif char == "&" and self.text[self.pos - 1 : self.pos] in ("<", ">"):
            pass  # 2>&1
        else:
            if self.text.startswith("||", self.pos):
                self._copy(1)
            commands.end_command()
        self._copy(1)

    # Quotes

    def _single(self) -> str:
        self._copy(1)
        word = ""
        while self.pos < len(self.text):
            char = self.text[self.pos]
            if char == "'":
                self._copy(1)
                return word
            if found := PLACEHOLDER.match(self.text, self.pos):
                word += PLACED
                self._place(found, "'\"${", "}\"'")
                continue
            word += char
            self._copy(1)
        raise Danger("a single quote is not closed", "close it")

    def _double(self) -> str:
        self._copy(1)
        word = self.quoted_text(stop='"')
        if self.pos >= len(self.text):
            raise Danger("a double quote is not closed", "close it")
        self._copy(1)
        return word

    def quoted_text(self, stop: str) -> str:
        """Text in which only `$`, backticks and backslashes mean something."""
        word = ""
        while self.pos < len(self.text) and self.text[self.pos] != stop:
            char = self.text[self.pos]
            if found := PLACEHOLDER.match(self.text, self.pos):
                word += PLACED
                self._place(found, "${", "}")
            elif char == "\\":
                word += self._escaped()
                self._copy(2)
            elif char == "`":
                word += self._backticks()
            elif char == "$":
                word += self._dollar(quoted=True)
            else:
                word += char
                self._copy(1)
        return word

    def _escaped(self) -> str:
        if PLACEHOLDER.match(self.text, self.pos + 1):
            raise Danger("a backslash before {{…}}", "take the backslash away")
        return self.text[self.pos + 1 : self.pos + 2]

    def _backticks(self) -> str:
        end = self.pos + 1
        while end < len(self.text) and self.text[end] != "`":
            end += 2 if self.text[end] == "\\" else 1
        if end >= len(self.text):
            raise Danger("a backtick is not closed", "close it")
        if PLACEHOLDER.search(self.text, self.pos, end):
            raise Danger("{{…}} inside backticks", "write $(…) instead of backticks")
        self._copy(end + 1 - self.pos)
        return EXPANSION

    # What begins with a dollar

    def _dollar(self, *, quoted: bool) -> str:
        rest = self.text[self.pos + 1 : self.pos + 3]
        if PLACEHOLDER.match(self.text, self.pos + 1):
            raise Danger("a $ before {{…}}", "take the $ away: {{…}} is the whole variable")
        if rest == "((":
            return self._arithmetic()
        if rest[:1] == "(":
            return self._substitution()
        if rest[:1] == "{":
            found = _PARAMETER.match(self.text, self.pos)
            if found is None:
                self.doubt("quotes, blanks or variables inside ${…}")
            self._copy(found.end() - self.pos if found else 2)
            return found[0] if found else EXPANSION
        if rest[:1] == "[" or (rest[:1] == "'" and not quoted):
            self.doubt(f"${rest[:1]}…, which is not the same in every shell")
        self._copy(1)
        return "$"

    def _substitution(self) -> str:
        before = self.placed
        self._copy(2)
        self.bare(nested=True)
        self._copy(1)
        return TAINTED if self.placed > before else EXPANSION

    def _arithmetic(self) -> str:
        depth, end = 0, self.pos + 1
        while end < len(self.text):
            depth += (self.text[end] == "(") - (self.text[end] == ")")
            end += 1
            if depth == 0:
                break
        inside = self.text[self.pos : end]
        if PLACEHOLDER.search(inside):
            raise Danger("{{…}} inside $((…)), where a value can be code", _CASE)
        if depth or not inside.endswith("))") or re.search(r"[\"'`\\]|\$\(", inside[3:]):
            self.doubt("quotes or commands inside $((…))")
        self._copy(end - self.pos)
        return EXPANSION

    # Here-documents

    def _here_document(self, command: Simple) -> None:
        found = _DELIMITER.match(self.text, self.pos + 2)
        if found is None or PLACEHOLDER.search(found[1]) or "$" in found[1] or "`" in found[1]:
            raise Danger("a here-document whose end is not a plain word", "end it with EOF")
        plain = re.sub(r"[\"'\\]", "", found[1])
        self._here.append(_Here(plain, found[0].startswith("-"), plain != found[1], command))
        self._copy(found.end() - self.pos)

    def _bodies(self) -> None:
        """The bodies of the here-documents that begin after this line."""
        pending, self._here = self._here, []
        for here in pending:
            start = end = self.pos
            while end < len(self.text):
                line, newline, _ = self.text[end:].partition("\n")
                if (line.lstrip("\t") if here.strips else line) == here.delimiter:
                    break
                end += len(line) + len(newline)
            else:
                self.doubt("a here-document without its end")
            self._body(here, self.text[start:end])
            self._copy_until("\n", here.delimiter)

    def _body(self, here: _Here, body: str) -> None:
        self.pos += len(body)
        if here.quoted:
            if PLACEHOLDER.search(body):
                raise Danger(
                    f"{{{{…}}}} in a here-document with a quoted end ({here.delimiter})",
                    "take the quotes away from its end, or $GT_VAR_… where it is used",
                )
            self.out.append(body)
            return
        inner = Lexer(body)
        here.command.fed += inner.quoted_text(stop="")
        self.out += inner.out
        self.placed += inner.placed
        self.commands += inner.commands
        self.unsure = self.unsure or inner.unsure

    # Writing

    def _place(self, found: re.Match[str], before: str, after: str) -> None:
        self.placed += 1
        self.out.append(f"{before}{PREFIX}{found[1]}{after}")
        self.pos = found.end()

    def _copy(self, count: int) -> None:
        self.out.append(self.text[self.pos : self.pos + count])
        self.pos = min(self.pos + count, len(self.text))

    def _copy_until(self, stop: str, must: str = "") -> None:
        end = self.text.find(stop, self.pos + len(must))
        self._copy((len(self.text) if end < 0 else end) - self.pos)

    def doubt(self, what: str) -> None:
        """Remember that shells may read this text differently; the first reason counts."""
        self.unsure = self.unsure or Danger(f"{{{{…}}}} in a command with {what}", _CASE)


class _Commands:
    """Collects words into simple commands while bare text is read."""

    def __init__(self, lexer: Lexer) -> None:
        self._lexer = lexer
        self.word: str | None = None
        self.redirects = False
        self.current = Simple()

    def add(self, piece: str) -> None:
        self.word = (self.word or "") + piece

    def end_word(self) -> None:
        if self.word is None:
            return
        if self.word in ("[[", "[[" + EXPANSION):
            self._lexer.doubt("[[ … ]], which is not in every shell")
        if not self.redirects:
            self.current.words.append(self.word)
        self.word, self.redirects = None, False

    def end_command(self, *, piped: bool = False) -> None:
        self.end_word()
        self.redirects = False
        previous = self.current
        if previous.words or previous.fed:
            self._lexer.commands.append(previous)
        self.current = Simple(source=previous if piped else None)
