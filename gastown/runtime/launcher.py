"""The small shell script that a session begins with.

It gives the agent exactly the environment and directory it should have, whatever the terminal or
tmux server around it has, and writes down how the agent ended. It holds that environment, secrets
included, so it is readable by its owner only and removes itself before anything else happens.

The script stays as the agent's parent. It outlives the signals that end the agent (INT, QUIT and
TERM) in order to record its exit status. A hang-up, when the terminal or the tmux server is gone,
ends it without a record: the kernel passes it on to the agent only if the script does not catch
it, and such an agent did not end, it vanished. Some ignore even that, or lose their parent to a
`kill -9`; to find those the agent's process number is written down before it begins.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.errors import Refused
from gastown.runtime.command import CANNOT_RUN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
# Some shells refuse to set these or change them; `env` hands them over instead.
_SHELL_VARIABLES = (
    "_ BASHOPTS BASHPID BASH_VERSINFO DIRSTACK EUID FUNCNAME GROUPS HISTCMD IFS LINENO OPTARG"
    " OPTIND PPID RANDOM SECONDS SHELLOPTS SHLVL UID"
)
_OWNED_BY_SHELLS = frozenset(_SHELL_VARIABLES.split())
_OUTLIVED = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class Launcher:
    """A script that is ready to run, and the files that will hold exit status and number."""

    script: Path
    exit_file: Path
    shell: str = "/bin/sh"

    @property
    def pid_file(self) -> Path:
        """The file that will hold the process number of the agent itself."""
        return pid_file(self.exit_file)

    @property
    def argv(self) -> tuple[str, ...]:
        """The command that starts the session."""
        return (self.shell, str(self.script))


def write_launcher(
    directory: Path,
    name: str,
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    keep: Sequence[str] = (),
    shell: str = "/bin/sh",
    stdin: Path | None = None,
) -> Launcher:
    """Write `<name>.launch` in `directory`, and remove what an earlier start left there.

    The agent sees the variables of `env` and no others; variables whose name is no identifier are
    left out. Those named in `keep` come from the surroundings instead if they exist there, as
    TERM does inside tmux. Its standard input is the file `stdin`, where one is given. If `cwd`
    cannot be entered the recorded exit status is 127.

    Raises:
        Refused: a word of the command or a value cannot be handed to any program.
    """
    directory = directory.absolute()
    launcher = Launcher(directory / f"{name}.launch", directory / f"{name}.exit", shell)
    _check_program(argv)
    content = _encoded("\n".join(_script(launcher, argv, cwd, env, keep, stdin)) + "\n")
    for path in (launcher.exit_file, launcher.pid_file, launcher.script):
        path.unlink(missing_ok=True)
    descriptor = os.open(launcher.script, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    return launcher


def pid_file(exit_file: Path) -> Path:
    """Where the launcher with this exit file wrote the number of its agent."""
    return exit_file.with_suffix(".pid")


def read_number(path: Path) -> int | None:
    """The exit status or process number in a launcher's file, or None when there is none."""
    try:
        return int(path.read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return None


def _script(
    launcher: Launcher,
    argv: Sequence[str],
    cwd: Path,
    env: Mapping[str, str],
    keep: Sequence[str],
    stdin: Path | None,
) -> Iterator[str]:
    shell, unfinished = shlex.quote(launcher.shell), _quote_path(f"{launcher.exit_file}.tmp")
    yield "# Written by gt for one start; removes itself."
    yield 'if [ "${1-}" != clean ]; then'
    kept = " ".join(f'${{{name}+"{name}=${name}"}}' for name in keep)
    yield f'    exec /usr/bin/env -i "PATH=$PATH" {kept} {shell} "$0" clean'
    yield "fi"
    yield 'rm -f -- "$0"'
    # A shell reports the end of a child in its own words; some quote the whole command.
    yield "exec 3>&2 2>/dev/null"
    yield "stopped="
    yield from (f"trap stopped={128 + number} {number.name[3:]}" for number in _OUTLIVED)
    yield "("
    yield '[ -z "$stopped" ] || exit "$stopped"'
    yield f"/bin/sh -c 'echo \"$PPID\"' >{_quote_path(launcher.pid_file)}"
    yield f"cd -P -- {_quote_path(cwd.absolute())} || exit {CANNOT_RUN}"
    yield "unset PATH PWD OLDPWD SHLVL stopped"
    yield from _exports(env, keep)
    source = "" if stdin is None else f" <{_quote_path(stdin)}"
    yield f"exec {_command(argv, env)}{source}"
    yield ") 2>&3 3>&-"
    yield "status=$?"
    yield f"printf '%s\\n' \"$status\" >{unfinished} &&"
    yield f"    mv -f -- {unfinished} {_quote_path(launcher.exit_file)}"
    yield 'exit "$status"'


def _exports(env: Mapping[str, str], keep: Sequence[str]) -> Iterator[str]:
    for name, value in env.items():
        if not _IDENTIFIER.match(name) or name in _OWNED_BY_SHELLS:
            continue
        unless_kept = f'[ -n "${{{name}+x}}" ] || ' if name in keep else ""
        yield f"{unless_kept}export {name}={shlex.quote(value)}"


def _command(argv: Sequence[str], env: Mapping[str, str]) -> str:
    """The agent's command, behind `env` if variables remain that the shell would not pass on."""
    owned = [f"{name}={env[name]}" for name in env if name in _OWNED_BY_SHELLS]
    words = ["/usr/bin/env", *owned, *argv] if owned else argv
    return " ".join(shlex.quote(word) for word in words)


def _check_program(argv: Sequence[str]) -> None:
    if not argv or not argv[0]:
        raise Refused("there is no command to start", hint="give the agent a command")
    if argv[0].startswith("-") or "=" in argv[0]:
        raise Refused(
            f"{argv[0]!r} cannot be started: it looks like an option or a variable",
            hint=f"write its path, e.g. ./{argv[0]}",
        )


def _encoded(script: str) -> bytes:
    if "\0" in script:
        raise Refused(
            "a NUL character in the command, directory or environment",
            hint="no program can be given one; remove it",
        )
    return script.encode("utf-8", "surrogateescape")


def _quote_path(path: Path | str) -> str:
    return shlex.quote(str(path))
