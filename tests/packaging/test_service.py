"""What starts at login: written, read by the tools that judge it, and gone without a trace."""

from __future__ import annotations

import plistlib
import shutil
import subprocess
from pathlib import Path, PurePosixPath

import pytest

from gastown.domain.service_files import Home, Part, Values, escaped_path, files, instance
from gastown.store.packaged import packaged
from tests.support.desk import Desk
from tests.support.trees import listing

HOME = Home(*(PurePosixPath(f"/home/ada{below}") for below in (
    "", "/.config", "/.local/share", "/AppData/Roaming")))  # fmt: skip
ODD = '/home/ada/my "town" 100% $HOME & <x>'
VALUES = Values(("/opt/a b/gt",), ODD, "/usr/bin:/opt/50%/bin")


def texts(platform: str, *, systemd: bool = True) -> dict[str, str]:
    """The files of a platform, by their names, for a town with an odd path."""
    return {
        file.path.name: file.text(packaged(file.template), VALUES)
        for file in files(platform, HOME, ODD, systemd=systemd) if file.link is None
    }  # fmt: skip


def test_installed_and_removed(desk: Desk, tmp_path: Path) -> None:
    """Only files of ours come, and all of them go; another town keeps what it shares."""
    home = Path.home()
    desk.gt("service", "status", status=1)
    before = listing(home)
    told = desk.gt("service", "install", "--user", "--json").data
    assert all(Path(file).exists() for file in told["files"])
    assert desk.gt("service", "install", "--user").out.startswith("everything was installed")
    rows = {row["part"]: row for row in desk.gt("service", "status", "--json").data}
    assert all(row["current"] for row in rows.values())
    other = Desk(tmp_path / "other")
    desk.run("gt", "install", other.root)
    other.gt("service", "install", "--user")
    kept = desk.gt("service", "uninstall", "--user", "--json").data["kept"]
    assert any("gastown-tray" in file for file in kept)
    other.gt("service", "uninstall", "--user")
    left = {name for name in listing(home) if name not in before}
    assert {name for name in left if "gastown" in str(name)} == set()


def test_what_is_not_ours_is_left_alone(desk: Desk) -> None:
    """A file of the person's under one of our names is neither overwritten nor removed."""
    mine = Path.home() / ".config" / "autostart" / "gastown-tray.desktop"
    mine.parent.mkdir(parents=True)
    mine.write_text("[Desktop Entry]\nName=Mine\n")
    assert "it is not ours" in desk.gt("service", "install", status=1).err
    desk.gt("service", "uninstall")
    assert mine.read_text() == "[Desktop Entry]\nName=Mine\n"


def test_units_for_systemd(tmp_path: Path) -> None:
    """Systemd reads them; the instance is escaped as systemd-escape does it."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("NO systemd-analyze HERE: the units are not read by systemd")
    for path in (ODD, "/", "/srv/a-b/.c", "/ü"):
        said = subprocess.run(["systemd-escape", "--path", path], capture_output=True, text=True,
                              check=True)  # fmt: skip
        assert escaped_path(path) == said.stdout.strip()
    here = Values(("/bin/true",), str(tmp_path), "/usr/bin:/bin")
    for file in files("linux", HOME, str(tmp_path), systemd=True):
        if file.path.suffix == ".service" and file.link is None:
            name = instance(str(tmp_path)) if "@" in file.path.name else file.path.name
            (tmp_path / name).write_text(file.text(packaged(file.template), here))
            done = subprocess.run(
                ["systemd-analyze", "--user", "verify", "--man=no", str(tmp_path / name)],
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            ours = [line for line in done.stderr.splitlines() if "gastown" in line]
            assert ours == []
    shown = texts("linux")["gastown-monitor@.service"]
    assert 'ExecStart="/opt/a b/gt" daemon run' in shown
    assert 'Environment="PATH=/usr/bin:/opt/50%%/bin"' in shown


def test_desktop_entries(tmp_path: Path) -> None:
    """desktop-file-validate finds nothing to say, also with an odd path."""
    if shutil.which("desktop-file-validate") is None:
        pytest.skip("NO desktop-file-validate HERE: the desktop entries are not judged")
    found = texts("linux", systemd=False)
    names = [name for name in found if name.endswith(".desktop")]
    assert len(names) == 3
    for name in names:
        (tmp_path / name).write_text(found[name])
        subprocess.run(["desktop-file-validate", str(tmp_path / name)], check=True)


def test_agents_for_launchd() -> None:
    """They are property lists that say what is started, in which folder."""
    found = [plistlib.loads(text.encode()) for text in texts("darwin").values()]
    assert [one["ProgramArguments"] for one in found] == [
        ["/opt/a b/gt", "daemon", "run"], ["/opt/a b/gt", "tray", "--foreground"]]  # fmt: skip
    assert found[0]["WorkingDirectory"] == ODD
    assert len({one["Label"] for one in found}) == 2


def test_start_up_of_windows() -> None:
    """A batch file in the person's start-up folder, for the tray alone."""
    [file] = files("win32", HOME, "C:\\town", systemd=False)
    assert (file.part, file.path.parent.name) == (Part.TRAY, "Startup")
    assert '"/opt/a b/gt" tray --foreground' in texts("win32")["gastown-tray.cmd"]
