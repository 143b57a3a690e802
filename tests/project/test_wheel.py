"""What is installed on a user's machine."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from gastown.store.hook_scripts import OURS

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built from a clean export of the working tree."""
    folder = tmp_path_factory.mktemp("wheel")
    build = f"from hatchling.build import build_wheel; print(build_wheel({str(folder)!r}))"
    subprocess.run(
        [sys.executable, "-c", build], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def test_the_wheel_carries_data(wheel: zipfile.ZipFile) -> None:
    """Templates, every git hook script and the typing marker are in it."""
    names = set(wheel.namelist())
    assert {
        "gastown/templates/town.toml",
        "gastown/templates/directives/polecat.md",
        "gastown/githooks/README.md",
        "gastown/githooks/gt-lib.sh",
        "gastown/githooks/gt-chain.sh",
        "gastown/githooks/pass-on",
        "gastown/githooks/hq/reference-transaction",
        "gastown/githooks/mayor/reference-transaction",
        "gastown/packaging/systemd/gastown-monitor@.service",
        "gastown/packaging/icons/gastown.svg",
        "gastown/py.typed",
        "gastown/formulas/release.yaml",
        "gastown/formulas/feature-with-tests.toml",
    } <= names
    assert {f"gastown/githooks/{name}" for name in OURS} <= names


def test_the_wheel_takes_no_generic_name(wheel: zipfile.ZipFile) -> None:
    """Nothing but our two packages and their metadata lands in a user's site-packages."""
    tops = {name.partition("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"gastown", "gastown_tray"}


def test_the_wheel_gives_the_two_commands(wheel: zipfile.ZipFile) -> None:
    """Gt and bd are its console scripts."""
    points = next(name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    text = wheel.read(points).decode()
    assert "gt = gastown.cli.main:gt" in text
    assert "bd = gastown.cli.main:bd" in text
