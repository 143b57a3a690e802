"""The real Claude Code client for tests: fetched once by npm, set up like a person's, sealed.

It talks to a scripted server on loopback; there is no account, no model and no other network.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

VERSION = "2.1.197"
_NPMRC = Path(os.environ.get("HOME", "/nonexistent")) / ".npmrc"  # the registry a person uses
KEY = "sk-ant-api03-scripted-0000000000000000000000"
_CACHE = Path(__file__).parents[2] / ".cache" / f"claude-code-{VERSION}"
_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")  # npm has its own, and no others
_FAILED = _CACHE.with_suffix(".failed")
_PATIENCE_S = 180
_AGAIN_S = 3600.0


def client() -> Path:
    """The folder of the program `claude`; the test is skipped, loudly, where it cannot be had."""
    folder = _CACHE / "node_modules" / ".bin"
    _CACHE.parent.mkdir(exist_ok=True)
    with _CACHE.with_suffix(".lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        why = None if (_CACHE / "complete").exists() else _failed_before() or _fetch()
    if why is not None:
        pytest.skip(f"NOT TESTED: the real Claude Code client: {why}")
    return folder


def _failed_before() -> str | None:
    """Why it could not be fetched, if that was tried not long ago: every test would wait anew."""
    if not _FAILED.exists() or time.time() - _FAILED.stat().st_mtime > _AGAIN_S:
        return None
    return _FAILED.read_text()


def _fetch() -> str | None:
    """Fetch the client; why it cannot be had, or None."""
    npm = shutil.which("npm")
    if npm is None:
        return "npm is missing"
    why = _install(npm)
    shutil.rmtree(_CACHE / "npm-cache", ignore_errors=True)
    if why is None:
        (_CACHE / "complete").touch()
        return None
    shutil.rmtree(_CACHE, ignore_errors=True)
    _FAILED.write_text(why)
    return why


def _install(npm: str) -> str | None:
    words = ["install", "--no-audit", "--no-fund", "--prefix", str(_CACHE),
             "--cache", str(_CACHE / "npm-cache"),
             "--fetch-retries", "1", "--fetch-timeout", "60000",
             f"@anthropic-ai/claude-code@{VERSION}"]  # fmt: skip
    found = {"npm_config_userconfig": _NPMRC, "NODE_EXTRA_CA_CERTS": _CERTIFICATES}
    extra = {name: str(file) for name, file in found.items() if file.is_file()}
    try:
        done = subprocess.run(
            [npm, *words], capture_output=True, text=True, check=False, timeout=_PATIENCE_S,
            env={**extra, **os.environ},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"npm took longer than {_PATIENCE_S} s"
    if done.returncode == 0 and _runs(_CACHE / "node_modules" / ".bin" / "claude"):
        return None
    said = (done.stderr or done.stdout).strip().splitlines()
    return f"npm ended with status {done.returncode}: {' '.join(said[-3:])[:300]}"


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
