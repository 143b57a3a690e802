"""The command that a command runs: `sudo`, `env`, `timeout`, `xargs`, `sh -c` and their like."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gastown.domain.guarding.commands import Simple

SHELLS = frozenset(("sh", "bash", "dash", "zsh", "ksh", "ash", "busybox"))
# The options of each that take the next word.
_WRAPPERS: dict[str, frozenset[str]] = {
    "sudo": frozenset("-u -g -h -p -C -T -U -D -R -r -t".split()),
    "doas": frozenset(("-u", "-C")),
    "env": frozenset(("-u", "--unset", "-C", "--chdir", "-S", "--split-string")),
    "command": frozenset(),
    "builtin": frozenset(),
    "exec": frozenset(("-a",)),
    "nohup": frozenset(),
    "setsid": frozenset(),
    "time": frozenset(("-f", "-o")),
    "timeout": frozenset(("-k", "-s", "--signal", "--kill-after")),
    "nice": frozenset(("-n", "--adjustment")),
    "ionice": frozenset(("-c", "-n", "-p")),
    "chrt": frozenset(),
    "stdbuf": frozenset(("-i", "-o", "-e")),
    "unbuffer": frozenset(),
    "caffeinate": frozenset(("-t", "-w")),
    "xargs": frozenset("-a -d -E -I -i -L -l -n -P -s --max-args --max-procs --delimiter".split()),
    "watch": frozenset(("-n", "-d", "--interval")),
}
_OPERANDS = {"timeout": 1, "chrt": 1}
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)


@dataclass(frozen=True)
class Call:
    """A program that is run.

    Attributes:
        name: of the program, without its folder.
        env: the variables set for it.
        cwd: the folder it runs in; None: it cannot be known.
        more: whether further arguments come from what it reads.
    """

    name: str
    args: tuple[str, ...]
    env: dict[str, str]
    cwd: str | None
    simple: Simple
    more: bool = False

    @property
    def line(self) -> str:
        """The command, for a person to read."""
        return " ".join((self.name, *self.args))


def unwrap(simple: Simple, cwd: str | None) -> Call | None:
    """What a command runs in the end; None: only assignments or redirections."""
    words, env, more = list(simple.words), dict(simple.assigned), False
    while words:
        name = (posixpath.basename(words[0]) or words[0]).removeprefix("\\")
        if name not in _WRAPPERS:
            return Call(name, tuple(words[1:]), env, cwd, simple, more)
        if name == "command" and words[1:2] in (["-v"], ["-V"]):
            return None
        more = more or name == "xargs"
        rest, cwd = _options(name, words[1:], cwd)
        if name in ("env", "sudo", "doas"):
            while rest and (found := _ASSIGNMENT.match(rest[0])):
                env[found[1]] = found[2]
                rest.pop(0)
        words = rest[_OPERANDS.get(name, 0) :]
    return None


def _options(name: str, rest: list[str], cwd: str | None) -> tuple[list[str], str | None]:
    """The words behind a wrapper's options, and the folder that they lead to."""
    while rest and rest[0].startswith("-") and rest[0] != "-":
        option = rest.pop(0)
        if option == "--":
            break
        if option not in _WRAPPERS[name] or not rest:
            continue
        value = rest.pop(0)
        if name == "env" and option in ("-C", "--chdir"):
            cwd = posixpath.join(cwd or "/", value)
        elif name == "env" and option in ("-S", "--split-string"):
            rest = [*value.split(), *rest]
    return rest, cwd


def script_of(call: Call) -> str | None:
    """The text that a shell or `eval` is given to run; None: it is given none that can be seen."""
    if call.name == "eval":
        return " ".join(call.args)
    if call.name not in SHELLS:
        return None
    args = list(call.args)
    if call.name == "busybox":
        if args[:1] not in (["sh"], ["ash"]):
            return None
        args = args[1:]
    while args and args[0][:1] in ("-", "+") and args[0] != "-":
        option = args.pop(0)
        if not option.startswith("--") and "c" in option[1:]:
            return next((word for word in args if not word.startswith(("-", "+"))), None)
        if option in ("-o", "-O", "+o", "+O", "--rcfile", "--init-file") and args:
            args.pop(0)
        if option == "-s":
            args = []
    if args and args[0] != "-":
        return None  # a script in a file
    return call.simple.fed or _told(call.simple.upstream)


def _told(simple: Simple | None) -> str | None:
    """What a command before a pipe says, where it is plain."""
    if simple is None or not simple.words:
        return None
    if simple.words[0] in ("echo", "printf"):
        said = [word for word in simple.words[1:] if not re.fullmatch(r"-[neE]+|--", word)]
        return " ".join(said).replace("\\n", "\n")
    return simple.fed if simple.words == ["cat"] else None
