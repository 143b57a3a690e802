"""The monitor and the tray at login: installed for a person, removed without a trace, looked at.

Files are the truth: which are there is what is installed. The person's systemd, where there is one,
is told; nothing needs root. Where there is none, the desktop's session starts the monitor.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gastown.domain.service_files import WANTED, File, Home, Part, Values, files, instance, label
from gastown.errors import Refused
from gastown.ops.monitor import stop_monitor
from gastown.runtime import services
from gastown.store import locks, person
from gastown.store.files import disk_errors, read_or_none, write_atomically
from gastown.store.packaged import packaged

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gastown.ops.host import Host
    from gastown.store.town import Town


@dataclass(frozen=True)
class Installed:
    """What starts at login now. `files`: those written; `notes`: what could not be done."""

    files: tuple[str, ...]
    started: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Removed:
    """What does not start any more. `kept`: files that another town needs."""

    files: tuple[str, ...]
    kept: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Standing:
    """One part. `file`: None: it is not installed; `current`: it says what it should."""

    part: str
    file: str | None
    current: bool
    running: bool | None = None


def install(town: Town, host: Host, *, tray: bool = True, start: bool = True) -> Installed:
    """Have the town's monitor, and the tray, started at login, and start the monitor now.

    Args:
        tray: the tray, too.

    Raises:
        Refused: a file of that name is not ours.
        DiskTrouble: the disk refuses.
    """
    wanted = [file for file in _files(town, host) if tray or file.part is Part.MONITOR]
    values = _values(town, host)
    for file in wanted:
        _check_is_ours(file)
    with disk_errors():
        written = [str(file.path) for file in wanted if _write(file, values)]
    notes: list[str] = []
    started = False
    monitor_runs = locks.is_held(town.layout.monitor_lock)
    if services.has_systemd(host.env):
        notes += filter(None, [services.systemctl(host.env, "daemon-reload")])
        if start and not town.layout.down.exists():
            if monitor_runs:  # from now on systemd keeps it
                stop_monitor(town)
            unit = instance(str(town.layout.root))
            trouble = services.systemctl(host.env, "start", unit)
            notes += filter(None, [trouble])
            started = trouble is None
    elif sys.platform == "darwin":
        for file in wanted:
            trouble = services.launchctl(host.env, "bootstrap", services.launch_domain(),
                                         str(file.path))  # fmt: skip
            notes += filter(None, [trouble])
            started = trouble is None
    elif sys.platform != "win32":
        notes.append("no systemd of yours answers here: the monitor starts with your desktop")
    return Installed(tuple(written), started, tuple(notes))


def uninstall(town: Town, host: Host) -> Removed:
    """Have nothing of this town started at login any more, and nothing of ours left for that.

    What another town needs stays; with the last one what the tray remembers goes, too.

    Raises:
        DiskTrouble: the disk refuses.
    """
    notes: list[str] = []
    if services.has_systemd(host.env):
        trouble = services.systemctl(host.env, "stop", instance(str(town.layout.root)))
        if trouble is not None and "not loaded" not in trouble:
            notes.append(trouble)
    elif sys.platform == "darwin":
        for part in (Part.MONITOR, Part.TRAY):
            name = label(part, str(town.layout.root))
            services.launchctl(host.env, "bootout", f"{services.launch_domain()}/{name}")
    removed, kept = [], []
    # Both forms: there may have been a systemd when it was installed, or none.
    found = dict.fromkeys((*_files(town, host, systemd=True), *_files(town, host, systemd=False)))
    needed = _others_need(found)
    with disk_errors():
        for file in sorted(found, key=lambda one: one.link is None):
            path = Path(file.path)
            if not (path.is_symlink() or path.exists()) or not _is_ours(file):
                continue
            if file.shared and needed:
                kept.append(str(path))
                continue
            path.unlink()
            removed.append(str(path))
            _remove_empty(path.parent, _home(host.env))
    if not kept and person.forget():
        removed.append(str(person.state_folder()))
    if removed and services.has_systemd(host.env):
        services.systemctl(host.env, "daemon-reload")
    return Removed(tuple(removed), tuple(kept), tuple(notes))


def standing(town: Town, host: Host) -> tuple[Standing, ...]:
    """What is installed for a town."""
    values = _values(town, host)
    found = []
    for file in _files(town, host):
        path = Path(file.path)
        there = path.is_symlink() or path.exists()
        running = locks.is_held(town.layout.monitor_lock) if file.part is Part.MONITOR else None
        found.append(Standing(
            file.part.value, str(path) if there else None, there and _says(file, values), running
        ))  # fmt: skip
    return tuple(found)


def at_login(town: Town, host: Host) -> bool:
    """Whether the tray starts at login."""
    return any(Path(file.path).exists() for file in _files(town, host) if file.part is Part.TRAY)


def toggle_login(town: Town, host: Host) -> bool:
    """Have the tray started at login, or no longer; whether it is from now on.

    Raises:
        Refused: a file of that name is not ours.
        DiskTrouble: the disk refuses.
    """
    mine = [file for file in _files(town, host) if file.part is Part.TRAY]
    for file in mine:
        _check_is_ours(file)
    if at_login(town, host):
        with disk_errors():
            for file in mine:
                Path(file.path).unlink(missing_ok=True)
        return False
    with disk_errors():
        for file in mine:
            _write(file, _values(town, host))
    return True


def _files(town: Town, host: Host, *, systemd: bool | None = None) -> tuple[File, ...]:
    has = services.has_systemd(host.env) if systemd is None else systemd
    return files(sys.platform, _places(host.env), str(town.layout.root), systemd=has)


def _places(env: Mapping[str, str]) -> Home:
    home = _home(env)
    return Home(
        home, Path(env.get("XDG_CONFIG_HOME") or home / ".config"),
        Path(env.get("XDG_DATA_HOME") or home / ".local" / "share"),
        Path(env.get("APPDATA") or home / "AppData" / "Roaming"),
    )  # fmt: skip


def _home(env: Mapping[str, str]) -> Path:
    return Path(env.get("HOME") or env.get("USERPROFILE") or Path.home())


def _values(town: Town, host: Host) -> Values:
    gt = host.scripts / "gt"
    argv = (str(gt),) if os.access(gt, os.X_OK) else (host.python, "-P", "-m", "gastown")
    return Values(argv, str(town.layout.root), host.env.get("PATH", os.defpath))


def _write(file: File, values: Values) -> bool:
    """Write a file; False: it was there just so."""
    path = Path(file.path)
    if _says(file, values):
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    if file.link is not None:
        path.unlink(missing_ok=True)
        path.symlink_to(Path("..") / file.link.name)
    else:
        text = file.text(packaged(file.template), values)
        write_atomically(path, text.encode("utf-8", "surrogateescape"), mode=0o644)
    return True


def _says(file: File, values: Values) -> bool:
    path = Path(file.path)
    if file.link is not None:
        return path.is_symlink() and path.resolve() == Path(file.link).resolve()
    text = file.text(packaged(file.template), values)
    return read_or_none(path) == text.encode("utf-8", "surrogateescape")


def _is_ours(file: File) -> bool:
    """Whether a file that is there begins as ours do: its first line tells."""
    path = Path(file.path)
    if file.link is not None:
        return path.is_symlink()
    there = (read_or_none(path) or b"").decode("utf-8", "replace")
    return "gastown" in there.casefold() or "gas town" in there.casefold() or (
        file.part is Part.ICON)  # fmt: skip


def _check_is_ours(file: File) -> None:
    path = Path(file.path)
    if (path.exists() or path.is_symlink()) and not _is_ours(file):
        raise Refused(f"{path} is there, and it is not ours", hint=f"look at it: cat {path}")


def _others_need(found: Iterable[File]) -> bool:
    """Whether something of another town is installed: a link to the unit, an entry, an agent."""
    mine = {Path(file.path) for file in found if not file.shared}
    return any(one not in mine for one in _of_towns(found))


def _of_towns(found: Iterable[File]) -> Iterator[Path]:
    folders = {Path(file.path).parent for file in found}
    for folder in folders:
        if folder.name == WANTED:
            yield from folder.glob("gastown-monitor@*.service")
        elif folder.name == "autostart":
            yield from folder.glob("gastown-monitor-*.desktop")
        elif folder.name == "LaunchAgents":
            yield from folder.glob("town.gas.monitor.*.plist")


def _remove_empty(folder: Path, home: Path) -> None:
    """Folders that held nothing else go, too; never the person's own."""
    while folder != home and home in folder.parents and len(folder.relative_to(home).parts) > 2:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent
