"""The one door to tmux. Every town has a server of its own, on its own socket.

- tmux is called with argument lists. What must become text of tmux's own languages is made
  literal first: `#` in formats, `%` in times, a final `;` which separates commands.
- Targets are exact (`=name`): `s` never means `s1`.
- The server starts without the user's tmux.conf, so that nothing in it (a plugin that restores
  old sessions, `destroy-unattached`, a slow script) can reach agents which nobody looks at. Keys
  and colours matter to a person: the first one who attaches brings the file along, and the few
  options that could end sessions are set back at once.
- A server lives on after us, so it inherits no open file, no directory and little environment.
"""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import shutil
import stat
import subprocess
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gastown.errors import GtError, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

SESSION_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_~-]*\Z")
_PANE_ID = re.compile(r"%[0-9]+\Z")
# The kernel's limit is 104 bytes on macOS and 108 on Linux, with the final NUL.
_LONGEST_SOCKET_PATH = 100
_PATIENCE_S = 10.0
_SERVER_ENV = (
    "HOME LANG LC_ALL LC_CTYPE LOGNAME PATH SHELL TERM TZ USER XDG_CONFIG_HOME XDG_RUNTIME_DIR"
)
_NO_SERVER = ("no server running", "error connecting", "server exited", "lost server")
_NOT_THERE = ("can't find", "no current target", "no current client", "no sessions", *_NO_SERVER)
_FAREWELLS, _FAREWELL_S = 50, 0.02
_FIELDS = "#{pane_id},#{pane_pid},#{pane_dead},#{pane_dead_status},#{session_name}"
_CLIENT = "#{session_name},#{client_tty}"
_LOOKS_ONCE = (
    "set-option -s @gt_looks 1 ; source-file -q"
    ' ~/.tmux.conf "$XDG_CONFIG_HOME/tmux/tmux.conf" ~/.config/tmux/tmux.conf'
)


class TmuxError(GtError):
    """tmux answered with an error, or not at all. `command` is what was asked."""

    code = "tmux"

    def __init__(self, command: Sequence[str], stderr: str) -> None:
        super().__init__(
            f"tmux failed: {stderr.strip() or 'no message'}", hint=f"see {shlex.join(command)}"
        )
        self.command = tuple(command)
        self.stderr = stderr


@dataclass(frozen=True, slots=True)
class Pane:
    """A pane and the program in it.

    `dead_status` is for people only: it comes a moment later than `dead`, and not at all for
    signals and, as measured with 3.3a on a busy machine, for one program in some hundred.
    """

    pane_id: str
    session: str
    pid: int
    dead: bool
    dead_status: int | None


@dataclass(frozen=True, slots=True)
class Screen:
    """What a pane shows, line for line.

    Attributes:
        x, y: where the cursor is, in columns and lines from 0, shown or not.
        in_mode: whether somebody looks at its history, so that keys do not reach the program.
    """

    lines: tuple[str, ...]
    x: int
    y: int
    in_mode: bool


@dataclass(frozen=True, slots=True)
class Tmux:
    """A town's tmux server. It need not run: it starts with its first session."""

    binary: str
    socket: Path
    env: Mapping[str, str] = field(repr=False)

    def version(self) -> str:
        """What `tmux -V` says, e.g. `3.3a`."""
        return self._run("-V").removeprefix("tmux ").strip()

    def start(
        self, name: str, argv: Sequence[str], *, cwd: Path, log: Path, width: int, height: int
    ) -> Pane:
        """Start a detached session that runs `argv` and appends all its output to `log`.

        The last screen stays when the program ends. All of this is one request to the server, so
        that not even the first output is missed. tmux itself may lose output that is followed by
        the end within a millisecond (1 of 800, 3.3a, busy machine); a launcher ends later.

        Raises:
            TmuxError: there is such a session already, or it could not be made.
        """
        size = ["-x", str(width), "-y", str(height)]
        program = ["/usr/bin/env", *argv] if len(argv) == 1 else argv  # one word would be a shell's
        created = self._run_for_certain(
            *["set-option", "-g", "default-terminal", "screen-256color", ";"],
            *["set-option", "-g", "history-limit", "10000", ";"],
            *["new-session", "-d", "-P", "-F", _FIELDS, "-s", _checked(name), *size],
            *["-c", _argument(str(cwd).replace("#", "##"))],
            *[*map(_argument, program), ";"],
            *["set-option", "-t", f"={name}:", "destroy-unattached", "off", ";"],
            *["set-option", "-w", "-t", f"={name}:", "remain-on-exit", "on", ";"],
            *["set-option", "-w", "-q", "-t", f"={name}:", "remain-on-exit-format", "", ";"],
            *["pipe-pane", "-t", f"={name}:", _argument(_append_to(log))],
        )
        return _pane(created.strip())

    def has(self, name: str) -> bool:
        """Whether there is a session of exactly this name."""
        return self._ask("has-session", "-t", f"={_checked(name)}") is not None

    def panes(self) -> list[Pane]:
        """All panes of all sessions, in one call; none when no server runs."""
        answer = self._ask("list-panes", "-a", "-F", _FIELDS) or ""
        return [_pane(line) for line in answer.splitlines()]

    def capture(self, target: str, lines: int) -> str | None:
        """The last lines of a session's screen and history, or None when it is not there.

        `target` is a session's name, or a pane's id for sessions which a person has split.
        """
        where = target if _PANE_ID.match(target) else f"={_checked(target)}:"
        text = self._ask("capture-pane", "-p", "-J", "-t", where, "-S", f"-{lines}")
        if text is None:
            return None
        kept = [line.rstrip() for line in text.rstrip().split("\n")[-lines:]]
        return "\n".join(kept) + "\n" if any(kept) else ""

    def screen(self, pane_id: str) -> Screen | None:
        """What a pane shows now, without its history; None: it is not there."""
        where = _pane_target(pane_id)
        text = self._ask(
            *["display-message", "-p", "-t", where, "#{cursor_x},#{cursor_y},#{pane_in_mode}", ";"],
            *["capture-pane", "-p", "-t", where],
        )
        if text is None or not text.strip():
            return None
        head, *lines = text.split("\n")
        x, y, mode = head.split(",")
        return Screen(tuple(lines), int(x), int(y), mode != "0")

    def paste(self, pane_id: str, text: str) -> None:
        """Give a pane's program one line as if a person had pasted it; controls are left out.

        Raises:
            TmuxError: the pane is not there.
        """
        plain = "".join(char for char in text if char.isprintable())
        buffer = f"gt-{os.getpid()}-{threading.get_ident()}"
        self._run("load-buffer", "-b", buffer, "-", stdin=plain.encode("utf-8", "replace"))
        self._run("paste-buffer", "-p", "-d", "-b", buffer, "-t", _pane_target(pane_id))

    def press_enter(self, pane_id: str) -> None:
        """Press Enter in a pane.

        Raises:
            TmuxError: the pane is not there.
        """
        self._run("send-keys", "-t", _pane_target(pane_id), "Enter")

    def leave_mode(self, pane_id: str) -> None:
        """Bring a pane back from its history, so that keys reach its program."""
        self._ask("send-keys", "-t", _pane_target(pane_id), "-X", "cancel")

    def last_key(self, name: str) -> int | None:
        """When somebody who is attached to a session last did something, in seconds since 1970."""
        times = self._ask("list-clients", "-t", f"={_checked(name)}", "-F", "#{client_activity}")
        return max((int(word) for word in (times or "").split()), default=None)

    def last_keys(self) -> dict[str, int]:
        """When somebody last did something in each session that is looked at, as `last_key`."""
        found: dict[str, int] = {}
        answer = self._ask("list-clients", "-F", "#{session_name},#{client_activity}") or ""
        for name, _, moment in (line.rpartition(",") for line in answer.splitlines()):
            found[name] = max(int(moment), found.get(name, 0))
        return found

    def clients(self) -> dict[str, tuple[str, ...]]:
        """The terminals that people look at sessions with, by the sessions' names."""
        found: dict[str, tuple[str, ...]] = {}
        for line in (self._ask("list-clients", "-F", _CLIENT) or "").splitlines():
            name, terminal = line.split(",", 1)
            found[name] = (*found.get(name, ()), terminal)
        return found

    def say(self, terminal: str, text: str, seconds: int = 10, *, bell: bool = False) -> bool:
        """Show a line at the foot of a terminal that somebody looks at; False: it is gone."""
        plain = "".join(char for char in text if char.isprintable())
        literal = _argument(plain.replace("#", "##").replace("%", "%%"))
        show = ["display-message", "-c", terminal, "-d", str(seconds * 1000), "--", literal]
        shown = self._ask(*show) is not None
        if shown and bell:
            _ring(terminal)
        return shown

    def detach(self, name: str) -> None:
        """Let go of every terminal that looks at a session; the session goes on."""
        self._ask("detach-client", "-s", f"={_checked(name)}")

    def kill(self, name: str) -> None:
        """End a session and all its windows with a hang-up; no session is fine, too."""
        self._ask("kill-session", "-t", f"={_checked(name)}")

    def kill_server(self) -> None:
        """End this town's server and every session in it."""
        self._ask("kill-server")

    def attach_argv(self, name: str) -> list[str]:
        """The command that shows a session in the terminal, also from inside another tmux."""
        return [
            *["env", "-u", "TMUX", self.binary, "-u", "-S", str(self.socket)],
            *["if-shell", "-F", "#{@gt_looks}", "", _LOOKS_ONCE, ";"],
            *["set-option", "-s", "exit-unattached", "off", ";"],
            *["set-option", "-g", "destroy-unattached", "off", ";"],
            *["attach-session", "-t", f"={_checked(name)}"],
        ]

    def switch_argv(self, name: str) -> list[str]:
        """The command that shows a session in a terminal which shows another one of this server."""
        return [self.binary, "-S", str(self.socket), "switch-client", "-t", f"={_checked(name)}"]

    def attach_words(self, name: str) -> list[str]:
        """The shortest command that a person can type in any terminal to see a session."""
        return ["tmux", "-S", str(self.socket), "attach", "-t", f"={_checked(name)}"]

    def _ask(self, *words: str) -> str | None:
        """The answer; None when the session or the whole server is not there."""
        try:
            return self._run(*words)
        except TmuxError as error:
            if any(text in error.stderr for text in _NOT_THERE):
                return None
            raise

    def _run_for_certain(self, *words: str) -> str:
        """Run what may start the server, again if we met one that was about to leave.

        A server goes when its last session ends, and takes a moment for it.
        """
        for _ in range(_FAREWELLS):
            try:
                return self._run(*words)
            except TmuxError as error:
                if not any(text in error.stderr for text in _NO_SERVER):
                    raise
            time.sleep(_FAREWELL_S)
        return self._run(*words)

    def _run(self, *words: str, stdin: bytes = b"") -> str:
        command = [self.binary, "-u", "-f", "/dev/null", "-S", str(self.socket), *words]
        env = {name: self.env[name] for name in _SERVER_ENV.split() if name in self.env}
        try:
            answer = subprocess.run(
                command,
                cwd="/",
                env={"LC_CTYPE": "C.UTF-8", **env},
                input=stdin,
                capture_output=True,
                timeout=_PATIENCE_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise TmuxError(command, str(error)) from error
        if answer.returncode:
            raise TmuxError(command, answer.stderr.decode(errors="replace"))
        return answer.stdout.decode(errors="replace")


def _ring(terminal: str) -> None:
    """Ring the bell of a terminal; tmux itself only rings for output of a pane."""
    try:
        descriptor = os.open(terminal, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError:
        return
    try:
        if os.isatty(descriptor):
            os.write(descriptor, b"\a")
    except OSError:
        pass
    finally:
        os.close(descriptor)


def available(env: Mapping[str, str]) -> str | None:
    """Where tmux is on the search path of `env`, or None."""
    return shutil.which("tmux", path=env.get("PATH", os.defpath))


def socket_path(run_dir: Path, town_id: str, temp_dir: Path) -> Path:
    """Where a town's tmux listens: in `run_dir`, or where that path is too long for a socket, in
    a directory of ours (mode 0700) under `temp_dir`.

    Raises:
        Refused: that directory is not ours alone, or its path is too long as well.
    """
    near = run_dir.absolute() / "tmux.sock"
    if _fits(near):
        return near
    short = hashlib.sha256(town_id.encode("utf-8", "surrogateescape")).hexdigest()[:16]
    far = temp_dir.absolute() / f"gt-{os.getuid()}" / f"{short}.sock"
    if not _fits(far):
        raise Refused(
            f"no path for a tmux socket is short enough: {far}",
            hint="move the town, or set TMPDIR, to a shorter path",
        )
    far.parent.mkdir(mode=0o700, exist_ok=True)
    found = far.parent.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise Refused(
            f"{far.parent} is not a directory for you alone, so tmux cannot listen there",
            hint=f"remove it, or: chmod 700 {shlex.quote(str(far.parent))}",
        )
    return far


def _fits(path: Path) -> bool:
    return len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH


def _checked(name: str) -> str:
    if not SESSION_NAME.match(name):
        raise Refused(f"{name!r} cannot name a tmux session", hint="letters, digits, _ - and ~")
    return name


def _pane_target(pane_id: str) -> str:
    if not _PANE_ID.match(pane_id):
        raise Refused(f"{pane_id!r} is no tmux pane", hint="it looks like %3")
    return pane_id


def _argument(text: str) -> str:
    """One literal argument: tmux takes a `;` at the end of a word for its own."""
    return text[:-1] + "\\;" if text.endswith(";") else text


def _append_to(log: Path) -> str:
    command = f"exec cat >>{shlex.quote(str(log))}"
    return command.replace("#", "##").replace("%", "%%")


def _pane(line: str) -> Pane:
    pane_id, pid, dead, status, session = line.split(",", 4)
    return Pane(pane_id, session, int(pid), dead == "1", int(status) if status else None)
