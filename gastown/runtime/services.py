"""The one door to what runs services for a person: their systemd, or launchd."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_PATIENCE_S = 30.0


def has_systemd(env: Mapping[str, str]) -> bool:
    """Whether the person has a systemd of their own that answers."""
    folder = env.get("XDG_RUNTIME_DIR")
    return bool(
        folder and (Path(folder) / "systemd" / "private").exists()
        and shutil.which("systemctl", path=env.get("PATH", os.defpath))
    )  # fmt: skip


def systemctl(env: Mapping[str, str], *words: str) -> str | None:
    """Ask the person's systemd to do something; None: it was done, else why not."""
    return _run(env, ["systemctl", "--user", "--no-ask-password", *words])


def launchctl(env: Mapping[str, str], *words: str) -> str | None:
    """Ask launchd to do something in the person's session; None: it was done, else why not."""
    return _run(env, ["launchctl", *words])


def launch_domain() -> str:
    """How launchd calls the person's session."""
    return f"gui/{os.getuid()}"


def _run(env: Mapping[str, str], words: list[str]) -> str | None:
    try:
        done = subprocess.run(
            words, env=dict(env), stdin=subprocess.DEVNULL, capture_output=True, check=False,
            timeout=_PATIENCE_S,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode == 0:
        return None
    said = done.stderr.decode(errors="replace").strip()
    return said or f"{words[0]} ended with {done.returncode}"
