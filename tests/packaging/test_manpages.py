"""Man pages: one for each command, which man reads without a warning."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def manpages() -> ModuleType:
    """The generator, which is a script."""
    spec = importlib.util.spec_from_file_location("manpages", ROOT / "packaging" / "manpages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_command_has_a_page(manpages: ModuleType, tmp_path: Path) -> None:
    """Also those below one; and groff finds nothing to warn of."""
    written = {file.name: file for file in manpages.write(tmp_path)}
    assert {"gt.1", "bd.1", "gt-tray.1", "gt-notify.1", "bd-create.1"} <= set(written)
    assert "gt notify mute" in written["gt-notify.1"].read_text()
    assert ".SH EXIT STATUS" in written["gt-sling.1"].read_text()
    if shutil.which("groff") is None:
        pytest.skip("NO groff HERE: the man pages are not set")
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", "-z", "-K", "utf8", *map(str, written.values())],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    warnings = [line for line in done.stderr.splitlines() if "can't break line" not in line
                and "cannot adjust line" not in line]  # fmt: skip
    assert (done.returncode, warnings[:3]) == (0, [])


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_other_platforms_are_type_checked(platform: str) -> None:
    """What only runs on macOS or Windows is at least right by its types."""
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--platform", platform, "--follow-imports", "silent",
         "--no-incremental",
         "--cache-dir", "/dev/null", "tray/gastown_tray/icon.py",
         "gastown/runtime/desktop/native.py",
         "gastown/runtime/desktop/programs.py", "gastown/runtime/desktop/desk.py"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
