"""Asking GitHub through its own command, where that is installed; nothing else talks to it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TIMEOUT_S = 30.0
_URL = re.compile(r"(?:https?://(?:[^@/]+@)?|ssh://git@|git@)github\.com[:/](.+?/.+?)(?:\.git)?/?$")


@dataclass(frozen=True)
class Answer:
    """What GitHub said. `passed`: it is done, and went well. `failed`: it ended otherwise."""

    passed: bool
    why: str
    failed: bool = False


def run(what: str, *, url: str, cwd: Path, env: Mapping[str, str]) -> Answer:
    """How a workflow run is: by its number, or the latest of a workflow file."""
    words = ["run", "view", what, "--json", "status,conclusion"]
    if not what.isdecimal():
        words = ["run", "list", "--workflow", what, "--limit", "1", "--json", "status,conclusion"]
    found, why = _ask(words, url, cwd, env)
    if found is None:
        return Answer(False, why)
    status, conclusion = found.get("status"), found.get("conclusion")
    if status != "completed":
        return Answer(False, f"run {what} is {status or 'not there'}")
    passed = conclusion in ("success", "neutral", "skipped")
    return Answer(passed, f"run {what} ended with {conclusion}", failed=not passed)


def pull_request(what: str, *, url: str, cwd: Path, env: Mapping[str, str]) -> Answer:
    """Whether a pull request is merged."""
    if what.startswith("-"):  # it would be an option
        return Answer(False, f"{what!r} is no pull request")
    found, why = _ask(["pr", "view", what, "--json", "state"], url, cwd, env)
    if found is None:
        return Answer(False, why)
    state = str(found.get("state") or "unknown").lower()
    return Answer(state == "merged", f"pull request {what} is {state}", failed=state == "closed")


def _ask(
    words: list[str], url: str, cwd: Path, env: Mapping[str, str]
) -> tuple[dict[str, str] | None, str]:
    """The object that `gh` answers with, or None and why."""
    binary = shutil.which("gh", path=env.get("PATH"))
    if binary is None:
        return None, "gh is not installed"
    known = _URL.match(url)
    where = ["--repo", known[1]] if known else []
    try:
        done = subprocess.run(
            [binary, *words, *where], cwd=cwd, env=dict(env), capture_output=True, text=True,
            errors="replace", timeout=TIMEOUT_S, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as trouble:
        return None, f"gh did not answer: {trouble}"
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        return None, f"gh: {said}"
    try:
        found = json.loads(done.stdout)
    except ValueError:
        return None, "gh answered no JSON"
    if isinstance(found, list):
        found = found[0] if found else {}
    return (found, "") if isinstance(found, dict) else (None, "gh answered no object")
