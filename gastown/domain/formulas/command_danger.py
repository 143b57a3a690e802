"""Where a value, though it is quoted, would become code after all: other shells and interpreters.

A word is what the shell would hand over, with three marks in it: `PLACED` for a variable of the
formula, `TAINTED` for a `$(…)` that has one inside, `EXPANSION` for anything else that only the
shell knows. The rules would rather refuse too much: a refused command can be written differently,
which the hint says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise

PLACED, TAINTED, EXPANSION = "\x00", "\x01", "\x02"

_INSTEAD = "hand it over as an argument, e.g. sh -c 'echo \"$1\"' sh {{x}}, or use a script"
_KEYWORDS = frozenset("if then elif else while until do ! { time for in case esac fi done".split())
_PREFIXES = frozenset(
    "sudo doas env nohup exec command builtin nice ionice timeout xargs stdbuf setsid busybox"
    " chroot unshare time chronic".split()
)
_SHELLS = frozenset("sh bash dash ash ksh mksh zsh fish rbash posh yash csh tcsh".split())
_CODE = {  # program → (options that hold code, options that take the next word)
    **dict.fromkeys(_SHELLS, (r"-[A-Za-z]*c|--command", r"[-+][A-Za-z]*[oO]|--rcfile|--init-file")),
    "python": (r"-[A-Za-z]*c", r"-[WX]"),
    "perl": (r"-[A-Za-z0-9]*[eE]", r"-I"),
    "ruby": (r"-[A-Za-z0-9]*e", r"-[IrC]"),
    "node": (r"-[A-Za-z]*[ep]|--eval|--print", r"-r|--require|--import"),
    "php": (r"-[rBRE]", r"-[cd]"),
    "lua": (r"-e", r"-l"),
    "osascript": (r"-e", r"-l"),
}
_ANYWHERE = {"su": r"-c|--command", "runuser": r"-c|--command", "script": r"-[a-z]*c|--command",
             "flock": r"-c|--command", "env": r"-S|--split-string", "expect": r"-c",
             "find": r"(?!)"}  # fmt: skip
_ALWAYS = {
    "ssh": "the other side's shell reads it as code", "rsh": "the other side's shell reads it",
    "trap": "trap keeps it as code", "alias": "alias keeps it as code",
    "let": "arithmetic reads it as code", "watch": "watch hands it to a shell",
    "parallel": "parallel hands it to a shell", "unset": "some shells evaluate it",
    "read": "some shells evaluate it", "getopts": "some shells evaluate it",
    "mapfile": "some shells evaluate it", "readarray": "some shells evaluate it",
    "at": "at hands it to a shell", "batch": "batch hands it to a shell",
}  # fmt: skip
_AWK_TAKES = r"-[vFf]|--assign|--field-separator|--file"
_MAKES = frozenset(("make", "gmake", "bmake"))
_NAMES = frozenset("declare typeset local export readonly".split())
_POWERFUL = re.compile(r"(?:PS[0-4]|ENV|BASH_ENV|PROMPT_COMMAND|SHELLOPTS|BASHOPTS|MAKEFLAGS)\+?=")
_SUBSCRIPT = re.compile(r"[A-Za-z_]\w*\[[^\]]*[\x00\x01]")
_EXPANSIONS = re.compile(r"\x01|\x02|\$\{[^}]*\}|\$\w+|\$[@*#?!-]")
_OWN_SHELL = re.compile(r"\$(?:SHELL|BASH|0|\{(?:SHELL|BASH|0)[^}]*\})")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")


class Danger(Exception):
    """A value would become code: why, and what to write instead."""

    def __init__(self, why: str, instead: str) -> None:
        super().__init__(why)
        self.why = why
        self.instead = instead


@dataclass
class Simple:
    """A simple command. `source`: the one whose output it reads; `fed`: its here-documents."""

    words: list[str] = field(default_factory=list)
    source: Simple | None = None
    fed: str = ""


def find_danger(commands: list[Simple]) -> Danger | None:
    """The first place where a variable would become code, or None."""
    for command in commands:
        found = _eval(command) or _stdin(command)
        if found is not None:
            return found
        heads, named = _heads(command.words), -1
        for place, word in enumerate(command.words):
            found = _word(word) or (
                _at(command.words, place, heads=heads) if place != named else None
            )
            if found is not None:
                return found
            name = _base(word)
            if name in _CODE and (code := _code_words(command.words, place, name)[0]):
                # After the code comes its own name, $0, often the interpreter's again.
                named = command.words.index(code[-1], place) + 1
    return None


def _is_tainted(text: str) -> bool:
    return PLACED in text or TAINTED in text


def _base(word: str) -> str:
    """The name of a program; what the shell puts in may be nothing: `$(…)sh` is sh."""
    if _OWN_SHELL.fullmatch(word):
        return "sh"
    name = (_EXPANSIONS.sub("", word) or word).rpartition("/")[2]
    return re.sub(r"(?<=python)[0-9.]+$|(?<=perl)[0-9.]+$|(?<=lua)[0-9.]+$", "", name)


def _could_be_shell(word: str) -> bool:
    """Whether only the shell knows which program this is; compilers' variables are known."""
    return not _EXPANSIONS.sub("", word) and not re.fullmatch(r"\$\{?\w*(?:CC|CXX|CPP|LD)\}?", word)


def _heads(words: list[str]) -> set[int]:
    """Places of words that may be the name of a program: the first, and any after a prefix."""
    found: set[int] = set()
    for place, word in enumerate(words):
        if not found and (word in _KEYWORDS or _ASSIGNMENT.match(word)):
            continue
        before = words[place - 1] if place else ""
        after_prefix = any(_base(words[head]) in _PREFIXES for head in found)
        if not found or after_prefix or before in ("-exec", "-execdir", "-ok", "-okdir"):
            found.add(place)
    return found


def _eval(command: Simple) -> Danger | None:
    if any(_base(command.words[place]) == "eval" for place in _heads(command.words)):
        return Danger("eval reads values as code", "do without eval, or use a script")
    return None


def _stdin(command: Simple) -> Danger | None:
    """A shell that reads its code from what a value was written into."""
    tainted, source = _is_tainted(command.fed), command.source
    while source is not None and not tainted:
        tainted = _is_tainted("".join(source.words) + source.fed)
        source = source.source
    if not tainted:
        return None
    for place, word in enumerate(command.words):
        if _base(word) in ("ssh", "rsh", "at", "batch", "source", "."):
            return Danger(f"{_base(word)} would read it as code", _INSTEAD)
        if _base(word) in _CODE and _reads_code(command.words, place):
            return Danger(f"{_base(word)} would read it as code", _INSTEAD)
    return None


def _reads_code(words: list[str], place: int) -> bool:
    code, operand = _code_words(words, place, _base(words[place]))
    if code:
        return "xargs" in words[:place] and any(
            re.match(r"-[IiJ]|--replace", word) for word in words[:place]
        )
    return operand is None or operand in ("-", "/dev/stdin") or "-s" in words[place:]


def _word(word: str) -> Danger | None:
    if not _is_tainted(word):
        return None
    if _SUBSCRIPT.match(word):
        return Danger("a subscript is arithmetic, which reads it as code", _INSTEAD)
    if _POWERFUL.match(word):
        return Danger(f"{word.partition('=')[0]} is read as code", "leave that variable alone")
    return None


def _at(words: list[str], place: int, *, heads: set[int]) -> Danger | None:
    name, rest = _base(words[place]), words[place + 1 :]
    is_head = place in heads
    if is_head and _could_be_shell(words[place]):
        name = "sh"
    found = _interpreter(words, place, name, is_head=is_head)
    if found is not None or place not in heads:
        return found
    tainted = [word for word in rest if _is_tainted(word)]
    if not tainted:
        return None
    if name == "ssh" and all(_is_host(rest, word) for word in tainted):
        return None
    if name in _ALWAYS:
        return Danger(f"{name}: {_ALWAYS[name]}", _INSTEAD)
    if name in _MAKES:
        return Danger(
            "make puts it into its recipes as code",
            'it is in make\'s environment: write "$$GT_VAR_x" in the Makefile',
        )
    if name in _NAMES and any(_is_tainted(word.partition("=")[0]) for word in tainted):
        return Danger(f"{name} would take the name from it", "write the name: NAME={{x}}")
    return _editor(name, rest) or _builtin(name, rest)


def _is_host(rest: list[str], word: str) -> bool:
    """Whether a word is only ssh's host, and cannot be an option."""
    at = 0
    while at < len(rest) and rest[at].startswith("-"):
        at += 2 if re.fullmatch(r"-[BbcDEeFIiJLlmOopQRSWw]", rest[at]) else 1
    return rest[at : at + 1] == [word] and not word.startswith((PLACED, TAINTED))


def _interpreter(words: list[str], place: int, name: str, *, is_head: bool) -> Danger | None:
    if name in _ANYWHERE:
        for at in range(place + 1, len(words)):
            if re.match(_ANYWHERE[name], words[at]) and _is_tainted("".join(words[at : at + 2])):
                return Danger(f"{name} hands it to a shell as code", _INSTEAD)
    if name not in _CODE:
        return None
    code, operand = _code_words(words, place, name)
    if any(map(_is_tainted, code)):
        return Danger(f"{name} would read it as code", _INSTEAD)
    if is_head and not code and operand is not None and operand.startswith((PLACED, TAINTED)):
        return Danger(f"{name} could take it for an option", "write ./{{x}}, or -- before it")
    return None


def _code_words(words: list[str], place: int, name: str) -> tuple[list[str], str | None]:
    """The words that an interpreter at `place` reads as code, and its first operand."""
    options, takes_next = _CODE[name]
    code: list[str] = []
    at = place + 1
    while at < len(words):
        word = words[at]
        if word == "--":
            return code, (words[at + 1] if not code and at + 1 < len(words) else None)
        if not word.startswith(("-", "+")) or word == "-":
            return code, word
        at += 1
        if re.match(options, word):
            attached = re.fullmatch(options, word) is None
            code.append(word)
            while not attached and at < len(words):
                code.append(words[at])
                at += 1
                if not code[-1].startswith("-"):
                    break
        elif re.fullmatch(takes_next, word):
            if _is_tainted(words[at] if at < len(words) else ""):
                code.append(words[at])
            at += 1
        elif _is_tainted(word):
            code.append(word)
    return code, None


def _editor(name: str, rest: list[str]) -> Danger | None:
    """The programs of awk and sed can run commands."""
    awk = name in ("awk", "gawk", "mawk", "nawk")
    if awk and _is_tainted(_program(rest, _AWK_TAKES, r"-e|--source")):
        return Danger(f"{name} would read it as its program",
                      f"hand it over as a variable: {name} -v x={{{{x}}}} '… x …'")  # fmt: skip
    sed = name in ("sed", "gsed") and "--sandbox" not in rest
    if sed and _is_tainted(_program(rest, r"-[fl]|--file", r"-[nrEsz]*e|--expression")):
        return Danger(f"{name} would read it as its program, which can run commands",
                      f"use {name} --sandbox, which cannot, or a script")  # fmt: skip
    return None


def _program(words: list[str], takes_next: str, code: str) -> str:
    """What such a program reads as its program: -e's words, or the first operand."""
    found: list[str] = []
    at, given = 0, False
    while at < len(words):
        word = words[at]
        at += 1
        if re.match(code, word):
            given = True
            found += [word, *words[at : at + 1]]
            at += 1
        elif re.fullmatch(takes_next, word):
            given = given or word in ("-f", "--file")
            at += 1
        elif not word.startswith("-"):
            return "".join(found if given else [*found, word])
    return "".join(found)


def _builtin(name: str, rest: list[str]) -> Danger | None:
    """Builtins that some shells let evaluate a name like `a[$(…)]`."""
    first = rest[0] if rest else ""
    if name == "printf" and (_is_tainted(first) or first == "-v"):
        return Danger("printf would take its format from it", "printf '%s' {{x}}")
    if name in ("test", "["):
        pairs = pairwise(rest)
        if any(a == "-v" and _is_tainted(b) for a, b in pairs):
            return Danger("test -v evaluates it", "compare it: [ {{x}} = y ]")
        if _is_tainted(first[:1]) and len(rest) > 1 and _is_tainted(rest[1][:1]):
            return Danger("test could take it for an operator", "compare: [ {{x}} = {{y}} ]")
    return None
