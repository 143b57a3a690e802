"""Small changes of files that can also be only told: for what is set up, repaired and taken away.

Nothing is written that is there already. Configuration files of git are changed by git's own
words, on a copy that then replaces them as git itself would do it: under its lock, in one step.
"""

from __future__ import annotations

import os
import stat
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from gastown.errors import Busy
from gastown.store.files import disk_errors, read_or_none, write_atomically
from gastown.store.git import Git

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_WAIT_S = 5.0


class Hand:
    """Changes files; with `dry` only says what would be changed.

    Attributes:
        done: what was (with `dry`: would be) changed, in words, in order.
    """

    def __init__(self, *, dry: bool = False) -> None:
        self.dry = dry
        self.done: list[str] = []

    def write(self, file: Path, data: bytes, *, mode: int = 0o644) -> None:
        """Make a file hold this, with this mode."""
        self.write_all(file.parent, {file.name: (data, mode)})

    def write_all(self, folder: Path, files: Mapping[str, tuple[bytes, int]]) -> None:
        """Make files of a folder hold these bytes, with these modes."""
        new = {
            name: wanted for name, wanted in files.items() if not _is_like(folder / name, *wanted)
        }
        self._say("wrote", "write", folder, list(new))
        for name, (data, mode) in new.items() if not self.dry else ():
            write_atomically(folder / name, data, mode=mode)
            with disk_errors():
                (folder / name).chmod(mode)  # whatever the umask

    def remove(self, *files: Path) -> None:
        """Remove files of one folder."""
        there = [file for file in files if file.is_symlink() or file.exists()]
        if there:
            self._say("removed", "remove", there[0].parent, [file.name for file in there])
        for file in there if not self.dry else ():
            with disk_errors():
                file.unlink(missing_ok=True)

    def _say(self, past: str, verb: str, folder: Path, names: list[str]) -> None:
        if names:
            what = f"{folder / names[0]}" if len(names) == 1 else f"{folder}: {', '.join(names)}"
            self.done.append(f"{verb if self.dry else past} {what}")

    def remove_empty(self, folder: Path) -> None:
        """Remove a folder that nothing is in any more."""
        if not self.dry and folder.is_dir() and not any(folder.iterdir()):
            with disk_errors():
                folder.rmdir()

    def configure(
        self, file: Path, wanted: Mapping[str, str], unwanted: Mapping[str, str] | None = None
    ) -> None:
        """Set keys in a configuration file of git, and take away those that have these values.

        Raises:
            Busy: somebody else is changing the file, and does not end.
        """
        if read_or_none(file) == rendered(wanted):
            return
        now = entries(file)
        commands: list[tuple[str, ...]] = [
            ("--fixed-value", "--unset-all", key, value)
            for key, value in (unwanted or {}).items()
            if key not in wanted and value in now.get(canonical(key), [])
        ]
        commands += [
            ("--replace-all", key, value)
            for key, value in wanted.items()
            if now.get(canonical(key)) != [value]
        ]
        if not commands:
            return
        for verb, option in (("unset", "--fixed-value"), ("set", "--replace-all")):
            keys = [words[-2] for words in commands if words[0] == option]
            self.done += [f"{verb} in {file}: {', '.join(keys)}"] if keys else []
        if self.dry:
            return
        if not now and not read_or_none(file):
            write_atomically(file, rendered(wanted), mode=0o644)
        else:
            _change(file, commands)


def _is_like(file: Path, data: bytes, mode: int) -> bool:
    """Whether a file holds this, and is executable if it should be."""
    try:
        return file.stat().st_mode & 0o100 == mode & 0o100 and read_or_none(file) == data
    except OSError:
        return False


def canonical(key: str) -> str:
    """A key as git lists it: section and name in small letters."""
    section, _, rest = key.partition(".")
    within, _, name = rest.rpartition(".")
    return ".".join(part for part in (section.lower(), within, name.lower()) if part)


def entries(file: Path) -> dict[str, list[str]]:
    """What a configuration file of git says, by canonical key; nothing where there is none."""
    found: dict[str, list[str]] = {}
    if not read_or_none(file):
        return found
    said = Git(Path("/")).run("config", "--file", str(file), "--no-includes", "--list", "-z").stdout
    for entry in os.fsdecode(said).split("\0")[:-1]:
        key, _, value = entry.partition("\n")
        found.setdefault(key, []).append(value)
    return found


def rendered(wanted: Mapping[str, str]) -> bytes:
    """The text of a configuration file that says this and nothing else."""
    lines: list[str] = []
    for key, value in wanted.items():
        section, _, rest = key.partition(".")
        within, _, name = rest.rpartition(".")
        header = f"[{section} {quoted(within)}]" if within else f"[{section}]"
        if header not in lines:
            lines.append(header)
        lines.append(f"\t{name} = {_value(value)}")
    return os.fsencode("".join(f"{line}\n" for line in lines))


def _value(text: str) -> str:
    return quoted(text) if set(text) & set('"\\#; \t\n') else text


def quoted(value: str) -> str:
    """A value, or the name of a subsection, as it stands between quotes."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _change(file: Path, commands: list[tuple[str, ...]]) -> None:
    copy = file.with_name(f".{file.name}.{os.getpid()}.gt")
    with locked(file) as lock:
        try:
            copy.write_bytes(read_or_none(file) or b"")
            for command in commands:
                Git(Path("/")).run("config", "--file", str(copy), *command)
            replace(file, lock, copy.read_bytes())
        finally:
            copy.unlink(missing_ok=True)


@contextmanager
def locked(file: Path) -> Iterator[Path]:
    """Hold git's own lock of one of its files; yields the lock's file, which may replace it.

    Raises:
        Busy: somebody else holds it.
    """
    lock = file.with_name(f"{file.name}.lock")
    deadline = time.monotonic() + _WAIT_S
    with disk_errors():
        while True:
            try:
                made = os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
                ours = os.fstat(made).st_ino
                os.close(made)
                break
            except FileExistsError:
                if time.monotonic() >= deadline:
                    raise Busy(
                        f"{file} is being changed by another git",
                        hint=f"if no git runs any more, remove {lock}",
                    ) from None
            time.sleep(0.02)
    try:
        yield lock
    finally:
        with suppress(FileNotFoundError):  # and after `replace` it may be somebody else's
            if lock.stat().st_ino == ours:
                lock.unlink()


def replace(file: Path, lock: Path, data: bytes) -> None:
    """Replace a locked file; its mode stays."""
    with disk_errors():
        lock.write_bytes(data)
        if file.exists():
            lock.chmod(stat.S_IMODE(file.stat().st_mode))
        os.replace(lock, file)
