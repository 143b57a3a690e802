"""Commands that delete, move or overwrite files: free in the hook and in temporary folders."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gastown.domain.guarding.facts import Refusal
from gastown.domain.guarding.places import Whose, absolute, spread, whose
from gastown.domain.guarding.words import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gastown.domain.guarding.commands import Simple
    from gastown.domain.guarding.facts import Facts
    from gastown.domain.guarding.unwrap import Call

_FILTERS = re.compile(
    r"-(i?name|i?path|i?regex|i?wholename|newer.*|empty|size|[mac](time|min)|user|perm|inum|links)\Z"
)
_DELETING = frozenset(("-delete", "-exec", "-execdir", "-ok", "-okdir"))
_LISTS = frozenset(("find", "ls", "fd", "fdfind", "du"))


def judge_files(call: Call, facts: Facts) -> Refusal | None:
    """What a command that is known to change files would do to others' work."""
    rule = _RULES.get(call.name)
    return rule(call, facts) if rule is not None else None


def judge_writes(simple: Simple, cwd: str | None, facts: Facts) -> Refusal | None:
    """What redirected output would overwrite."""
    for target in simple.writes:
        found = whose(facts, cwd, target)
        if found in (Whose.TOWN, Whose.OUTSIDE, Whose.LINK):
            return _elsewhere(f"… > {target}", target, "overwrite", found, facts)
    return None


def _remove(call: Call, facts: Facts) -> Refusal | None:
    options = [word for word in call.args if word.startswith("-") and word != "-"]
    deep = any(re.match(r"--recursive|--no-preserve|-[a-zA-Z]*[rR]", word) for word in options)
    targets = _operands(call)
    if call.more:
        targets += _listed(call.simple.upstream)
    for target in targets:
        refusal = _removed(call, target, facts, deep=deep)
        if refusal is not None:
            return refusal
    return None


def _removed(call: Call, target: str, facts: Facts, *, deep: bool) -> Refusal | None:
    found = whose(facts, call.cwd, target, follows=False)
    if found is Whose.UNKNOWN:
        vague = target.startswith(UNKNOWN) or target in (".", "*", "./*")
        if not (deep and vague):
            return None
        return Refusal(
            "unknown", call.line.replace(UNKNOWN, "…"),
            "nobody can see beforehand what it deletes, and an empty variable makes it everything",
            "write the path out, or begin it with a folder: rm -rf build/…, rm -rf /tmp/NAME",
        )  # fmt: skip
    if found in (Whose.OWN, Whose.SCRATCH) or (found is Whose.WHOLE and not deep and "*" in target):
        return None
    return _elsewhere(call.line, target, "delete", found, facts)


def _elsewhere(line: str, target: str, what: str, found: Whose, facts: Facts) -> Refusal:
    line, target = line.replace(UNKNOWN, "…"), target.replace(UNKNOWN, "…")
    if found is Whose.WHOLE:
        return Refusal(
            "everything", line, f"it would {what} your whole worktree",
            "name what is to go; to begin anew: git reset --hard, git clean -fd",
        )  # fmt: skip
    if found is Whose.LINK:
        return Refusal(
            "git-link", line, f"it would {what} .git, by which this folder is a worktree",
            "leave it; a broken worktree is mended by: gt hooks repair",
        )  # fmt: skip
    whom = "it belongs to the town or to another agent" if found is Whose.TOWN else (
        "it is not in your hook"
    )  # fmt: skip
    return Refusal(
        "outside", line, f"it would {what} {target}: {whom}",
        f"work in {facts.worktree} or in {facts.scratch[0]}; if it really must be, ask: gt mail"
        " send human",
    )  # fmt: skip


def _find(call: Call, facts: Facts) -> Refusal | None:
    words = list(call.args)
    acts = _DELETING.intersection(words)
    if not acts:
        return None
    if "-delete" not in acts:
        at = min(words.index(word) for word in acts)
        program = words[at + 1 : at + 2]
        if program not in (["rm"], ["shred"], ["truncate"], ["mv"], ["unlink"]):
            return None
    filtered = any(_FILTERS.match(word) for word in words)
    for root in _roots(words):
        found = whose(facts, call.cwd, root)
        if found in (Whose.OWN, Whose.SCRATCH, Whose.UNKNOWN) or (
            found is Whose.WHOLE and filtered
        ):
            continue
        return _elsewhere(call.line, root, "delete what is in", found, facts)
    return None


def _roots(words: list[str]) -> list[str]:
    """The folders in which `find` and its like look."""
    found = []
    for word in words:
        if word.startswith(("-", "(", "!", "\\")):
            if word in ("-H", "-L", "-P") or re.match(r"-[OD]", word):
                continue
            break
        found.append(word)
    return found or ["."]


def _listed(simple: Simple | None) -> list[str]:
    """The folders from which a list of files comes that is read from a pipe."""
    while simple is not None and simple.words[:1] not in ([name] for name in _LISTS):
        simple = simple.upstream
    if simple is None:
        return []
    folders = simple.words[1:] if simple.words[0] == "find" else [
        word for word in simple.words[1:] if not word.startswith("-")
    ]  # fmt: skip
    return [f"{root.rstrip('/')}/{UNKNOWN}" for root in _roots(folders)] if folders else []


def _operands(call: Call, *with_value: str) -> list[str]:
    found: list[str] = []
    ended = skip = False
    for word in call.args:
        if skip:
            skip = False
        elif not ended and word == "--":
            ended = True
        elif not ended and word in with_value:
            skip = True
        elif ended or not word.startswith("-") or word == "-":
            found += spread(word)
    return found


def _overwrite(call: Call, targets: Iterable[str], facts: Facts, what: str) -> Refusal | None:
    for target in targets:
        found = whose(facts, call.cwd, target)
        if found in (Whose.TOWN, Whose.OUTSIDE, Whose.LINK):
            return _elsewhere(call.line, target, what, found, facts)
    return None


def _all_operands(call: Call, facts: Facts) -> Refusal | None:
    return _overwrite(call, _operands(call, "-s", "-n", "-m"), facts, "change")


def _modes(call: Call, facts: Facts) -> Refusal | None:
    return _overwrite(call, _operands(call)[1:], facts, "change")


def _move(call: Call, facts: Facts) -> Refusal | None:
    words = _operands(call, "-S", "--suffix")
    for source in words[:-1]:
        found = whose(facts, call.cwd, source, follows=False)
        if found in (Whose.TOWN, Whose.OUTSIDE, Whose.LINK) or (
            found is Whose.WHOLE and "*" not in source
        ):
            return _elsewhere(call.line, source, "take away", found, facts)
    return _overwrite(call, _into(call, words[-1:], facts), facts, "overwrite")


def _into(call: Call, targets: Iterable[str], facts: Facts) -> list[str]:
    """Where something is put, but for temporary folders themselves: it is put into them."""
    paths = [(target, absolute(facts, call.cwd, target)) for target in targets]
    return [target for target, path in paths
            if path is None or facts.real(path) not in facts.scratch]  # fmt: skip


def _copy(call: Call, facts: Facts) -> Refusal | None:
    into = [word.partition("=")[2] for word in call.args if word.startswith("--target-directory=")]
    if "-t" in call.args[:-1]:
        into.append(call.args[call.args.index("-t") + 1])
    words = _operands(call, "-S", "--suffix", "-m", "-o", "-g", "-e", "--exclude", "--rsh")
    remote = [word for word in words[1:][-1:] if not re.match(r"[\w.@-]+:", word)]
    return _overwrite(call, _into(call, into or remote, facts), facts, "overwrite")


def _dd(call: Call, facts: Facts) -> Refusal | None:
    targets = [word[3:] for word in call.args if word.startswith("of=")]
    return _overwrite(call, targets, facts, "overwrite")


def _in_place(call: Call, facts: Facts) -> Refusal | None:
    """`sed` and `perl`, where they change the files they read."""
    flags = [word for word in call.args if re.match(r"-[a-zA-Z0-9]*i|--in-place", word)]
    if not flags:
        return None
    files = [word for word in call.args if "/" in word and not word.startswith(("-", "s/"))]
    known = [word for word in files if (path := absolute(facts, call.cwd, word)) is not None
             and facts.exists(path)]  # fmt: skip
    return _overwrite(call, known, facts, "change")


_RULES: dict[str, Callable[[Call, Facts], Refusal | None]] = {
    "rm": _remove, "rmdir": _remove, "unlink": _remove, "trash": _remove,
    "find": _find,
    "shred": _all_operands, "truncate": _all_operands, "tee": _all_operands,
    "chmod": _modes, "chown": _modes,
    "mv": _move, "cp": _copy, "install": _copy, "rsync": _copy, "ln": _copy,
    "dd": _dd, "sed": _in_place, "perl": _in_place,
}  # fmt: skip
