"""The verdict on a command line: None, or the first thing in it that is refused and why."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from gastown.domain.guarding.commands import Counter, Shell
from gastown.domain.guarding.file_rules import judge_files, judge_writes
from gastown.domain.guarding.git_rules import judge_git
from gastown.domain.guarding.places import below
from gastown.domain.guarding.town_rules import judge_gt, judge_kill, judge_tmux
from gastown.domain.guarding.unwrap import Call, script_of, unwrap
from gastown.domain.guarding.walk import Walker
from gastown.domain.guarding.words import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable

    from gastown.domain.guarding.commands import Simple
    from gastown.domain.guarding.facts import Facts, Refusal

_DECLARES = frozenset(("export", "declare", "typeset", "local", "readonly"))
_GIT_PLACES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR")
_RULES: dict[str, Callable[[Call, Facts], Refusal | None]] = {
    "git": judge_git, "tmux": judge_tmux, "gt": judge_gt,
    "kill": judge_kill, "pkill": judge_kill, "killall": judge_kill,
}  # fmt: skip


def judge(text: str, facts: Facts) -> Refusal | None:
    """Judge what an agent is about to run; None: it may."""
    court = _Court(facts)
    variables = {**facts.variables, "HOME": facts.home, "PWD": facts.cwd}
    court.hear(text, Shell(facts.cwd, variables))
    return court.refusal


class _Court:
    """Hears the commands of a text, and of the texts that they hand to other shells."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._counter = Counter()
        self.refusal: Refusal | None = None

    def hear(self, text: str, shell: Shell) -> None:
        Walker(text, shell, self._visit, self._printed, self._counter).walk()

    def _visit(self, simple: Simple, shell: Shell) -> None:
        if self.refusal is None:
            self.refusal = judge_writes(simple, shell.cwd, self._facts)
        call = unwrap(simple, shell.cwd)
        if call is None or self.refusal is not None:
            return
        if call.name in _BUILTINS:
            _BUILTINS[call.name](call, shell)
        for name in _GIT_PLACES:
            if name in shell.variables:
                call.env.setdefault(name, shell.variables[name])
        script = script_of(call)
        if script is not None:
            inner = shell if call.name == "eval" else shell.copy()
            self.hear(script, inner)
        elif call.name == "find":
            self._found(call, shell)
        if self.refusal is None:
            rule = _RULES.get(call.name, judge_files)
            self.refusal = rule(call, self._facts)

    def _found(self, call: Call, shell: Shell) -> None:
        """What `find` runs for each thing it finds."""
        for place, word in enumerate(call.args):
            if word in ("-exec", "-execdir") and self.refusal is None:
                words = list(call.args[place + 1 :])
                ends = [words.index(end) for end in (";", "+") if end in words]
                inner = words[: min(ends)] if ends else words
                if inner[:1] == ["rm"]:
                    continue  # judged by where find looks
                one = type(call.simple)(words=[UNKNOWN if w == "{}" else w for w in inner])
                self._visit(one, shell.copy())

    def _printed(self, simple: Simple, shell: Shell) -> str:
        """What a command prints, for the few that paths are often made of."""
        words, cwd = simple.words, shell.cwd
        if words == ["pwd"] or words == ["pwd", "-P"]:
            return cwd or UNKNOWN
        if words[:1] == ["mktemp"]:
            return posixpath.join(self._facts.scratch[0], f"mktemp-{UNKNOWN}")
        if words[:3] == ["git", "rev-parse", "--show-toplevel"] and cwd is not None:
            inside = below(self._facts.real(cwd), self._facts.worktree)
            return self._facts.worktree if inside else UNKNOWN
        if words[:1] == ["echo"] and len(words) > 1 and not words[1].startswith("-"):
            return " ".join(words[1:])
        if words[:2] == ["printf", "%s"] and len(words) == 3:
            return words[2]
        return UNKNOWN


def _cd(call: Call, shell: Shell) -> None:
    words = [word for word in call.args if word in ("-", "--") or not word.startswith("-")]
    words = [word for word in words if word != "--"]
    target = words[0] if words else shell.variables.get("HOME", UNKNOWN)
    if target == "-":
        target = shell.variables.get("OLDPWD", UNKNOWN)
    shell.enter(_from(shell.cwd, target))


def _from(cwd: str | None, word: str) -> str | None:
    if UNKNOWN in word or (cwd is None and not word.startswith("/")):
        known = word.partition(UNKNOWN)[0]
        if not known.startswith("/"):
            return None
        return known.rpartition("/")[0] + f"/{UNKNOWN}"
    return posixpath.normpath(posixpath.join(cwd or "/", word))


def _pushd(call: Call, shell: Shell) -> None:
    shell.folders.append(shell.cwd)
    _cd(call, shell)


def _popd(call: Call, shell: Shell) -> None:
    del call
    shell.enter(shell.folders.pop() if shell.folders else None)


def _declare(call: Call, shell: Shell) -> None:
    for word in call.args:
        name, equals, value = word.partition("=")
        if equals:
            shell.variables[name] = value


def _unset(call: Call, shell: Shell) -> None:
    for word in call.args:
        if not word.startswith("-"):
            shell.variables.pop(word, None)
            if word in _GIT_PLACES:
                shell.variables[word] = ""


_BUILTINS: dict[str, Callable[[Call, Shell], None]] = {
    "cd": _cd, "chdir": _cd, "pushd": _pushd, "popd": _popd, "unset": _unset,
    **dict.fromkeys(_DECLARES, _declare),
}  # fmt: skip
