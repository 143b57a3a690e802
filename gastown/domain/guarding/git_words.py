"""What git's subcommands do, as data: which only read, and which of their options write."""

from __future__ import annotations

import re
from dataclasses import dataclass

READING = frozenset(
    """annotate blame cat-file check-attr check-ignore check-mailmap check-ref-format cherry
    count-objects describe diff diff-files diff-index diff-tree for-each-ref fsck get-tar-commit-id
    grep help log ls-files ls-remote ls-tree merge-base merge-tree name-rev range-diff rev-list
    rev-parse shortlog show show-branch show-index show-ref status var verify-commit verify-pack
    verify-tag version whatchanged archive""".split()
)
"""Subcommands that change nothing, with any arguments."""

_FIRST = {
    "bisect": ("log", "view", "visualize"),
    "bundle": ("verify", "list-heads"),
    "notes": ("", "list", "show", "get-ref"),
    "reflog": ("", "show", "exists"),
    "remote": ("", "show", "get-url"),
    "stash": ("list", "show"),
    "submodule": ("", "status", "summary"),
    "worktree": ("list",),
    "lfs": ("ls-files", "status", "env", "version"),
}
"""Subcommands that change nothing if this is their first word (empty: none)."""

_LISTING = frozenset(
    """-l --list --contains --no-contains --merged --no-merged --points-at --show-current -a --all
    -r --remotes -v -vv --verbose -n""".split()
)
_GLOBAL_WITH_VALUE = frozenset(
    "-C -c --git-dir --work-tree --namespace --exec-path --config-env --super-prefix".split()
)


@dataclass(frozen=True)
class Asked:
    """A git command line, taken apart.

    Attributes:
        folders: what `-C` says, in order.
        git_dir, work_tree: what the options say.
        settings: what `-c` says.
        subcommand: empty where there is none.
        options: the words of the subcommand that begin with a dash, before `--`.
        operands: its other words, before `--`.
        paths: what follows `--`; None: there is no `--`.
        args: all of its words.
    """

    folders: tuple[str, ...]
    git_dir: str | None
    work_tree: str | None
    settings: tuple[str, ...]
    subcommand: str
    options: tuple[str, ...]
    operands: tuple[str, ...]
    paths: tuple[str, ...] | None
    args: tuple[str, ...]

    @property
    def first(self) -> str:
        """Its first operand; empty where there is none."""
        return self.operands[0] if self.operands else ""

    def has(self, *names: str) -> bool:
        """Whether one of these options is given; a short one also among others (`-fdx`)."""
        return any(_is(option, name) for option in self.options for name in names)


def _is(option: str, name: str) -> bool:
    if name.startswith("--"):
        said = option.partition("=")[0]
        return said == name or (len(said) > 5 and name.startswith(said))
    return bool(re.match(r"-[A-Za-z0-9]+\Z", option)) and name[1] in option[1:]


def take_apart(args: tuple[str, ...]) -> Asked:
    """Take the arguments of git apart."""
    rest = list(args)
    folders, settings = [], []
    places: dict[str, str | None] = {"--git-dir": None, "--work-tree": None}
    while rest and rest[0].startswith("-") and len(rest[0]) > 1:
        option, equals, value = rest.pop(0).partition("=")
        if option in _GLOBAL_WITH_VALUE and not equals and (rest and option != "--exec-path"):
            value = rest.pop(0)
        if option == "-C":
            folders.append(value)
        elif option == "-c":
            settings.append(value)
        elif option in places:
            places[option] = value
    subcommand = rest.pop(0) if rest else ""
    paths = None
    words = rest
    if "--" in rest:
        at = rest.index("--")
        words, paths = rest[:at], tuple(rest[at + 1 :])
    return Asked(
        tuple(folders), places["--git-dir"], places["--work-tree"], tuple(settings), subcommand,
        tuple(word for word in words if word.startswith("-") and word != "-"),
        tuple(word for word in words if not word.startswith("-") or word == "-"),
        paths, tuple(rest),
    )  # fmt: skip


def only_reads(asked: Asked) -> bool:
    """Whether a git command changes nothing, as far as its words say."""
    name = asked.subcommand
    if not name or name in READING:
        return not asked.has("--output") and not (name == "archive" and asked.has("-o"))
    if name in _FIRST:
        return asked.first in _FIRST[name]
    if name in ("branch", "tag"):
        return _lists(asked)
    if name == "symbolic-ref":
        return len(asked.operands) <= 1 and not asked.has("-d", "--delete")
    return name == "config" and reads_config(asked)


def _lists(asked: Asked) -> bool:
    said = {option.partition("=")[0] for option in asked.options}
    if asked.has(
        "-d", "-D", "-f", "-m", "-M", "-c", "-C", "--delete", "--force", "--move", "--copy"
    ):
        return False
    return not asked.operands or bool(said & _LISTING)


def reads_config(asked: Asked) -> bool:
    """Whether `git config` is only asked."""
    if asked.has("--unset", "--unset-all", "--add", "--replace-all", "--rename-section", "--edit",
                 "--remove-section", "-e"):  # fmt: skip
        return False
    if asked.first in ("set", "unset", "edit", "rename-section", "remove-section"):
        return False
    if asked.has("--get", "--get-all", "--get-regexp", "--list", "-l", "--get-urlmatch"):
        return True
    if asked.first in ("list", "get"):
        return True
    values = [word for word in asked.operands if not word.endswith((".git/config", ".gitmodules"))]
    return len(values) <= 1
