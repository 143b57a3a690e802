"""The real Claude Code client for tests: fetched once by npm, set up like a person's, sealed.

It talks to a scripted server on loopback; there is no account, no model and no other network.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

VERSION = "2.1.197"
KEY = "sk-ant-api03-scripted-0000000000000000000000"
_CACHE = Path(__file__).parents[2] / ".cache" / f"claude-code-{VERSION}"
_PATIENCE_S = 300


def client() -> Path:
    """The folder of the program `claude`; the test is skipped, loudly, where it cannot be had."""
    folder = _CACHE / "node_modules" / ".bin"
    _CACHE.parent.mkdir(exist_ok=True)
    with _CACHE.with_suffix(".lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (_CACHE / "complete").exists():
            _fetch()
    return folder


def _fetch() -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("NOT TESTED: the real Claude Code client, because npm is missing")
    words = ["install", "--no-audit", "--no-fund", "--prefix", str(_CACHE),
             "--cache", str(_CACHE / "npm-cache"),
             f"@anthropic-ai/claude-code@{VERSION}"]  # fmt: skip
    try:
        done = subprocess.run(
            [npm, *words], capture_output=True, text=True, check=False, timeout=_PATIENCE_S
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"NOT TESTED: the real Claude Code client, npm took over {_PATIENCE_S} s")
    works = done.returncode == 0 and _runs(_CACHE / "node_modules" / ".bin" / "claude")
    shutil.rmtree(_CACHE / "npm-cache", ignore_errors=True)
    if not works:
        shutil.rmtree(_CACHE, ignore_errors=True)
        said = (done.stderr or done.stdout).strip().splitlines()
        pytest.skip(f"NOT TESTED: the real Claude Code client; npm: {' '.join(said[-3:])}")
    (_CACHE / "complete").touch()


def _runs(program: Path) -> bool:
    found = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return found.returncode == 0 and VERSION in found.stdout


def variables(url: str) -> dict[str, str]:
    """What the client needs to talk to a server of ours, and to nobody else."""
    return {
        "PATH": f"{client()}{os.pathsep}{os.environ['PATH']}",
        "ANTHROPIC_BASE_URL": url,
        "ANTHROPIC_API_KEY": KEY,
        "DISABLE_TELEMETRY": "1",
        "DISABLE_AUTOUPDATER": "1",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "IS_SANDBOX": "1",
    }


def set_up(home: Path) -> Path:
    """Make a HOME in which a person has set the client up once; returns its file."""
    file = home / ".claude.json"
    content = {
        "numStartups": 3,
        "theme": "dark",
        "hasCompletedOnboarding": True,
        "lastOnboardingVersion": VERSION,
        "customApiKeyResponses": {"approved": [KEY[-20:]], "rejected": []},
        "projects": {"/somewhere/else": {"allowedTools": [], "hasTrustDialogAccepted": True}},
    }
    file.write_text(json.dumps(content, indent=2))
    file.chmod(0o600)
    return file
