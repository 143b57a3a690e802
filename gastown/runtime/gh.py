"""Asking GitHub through its own command, where that is installed; nothing else talks to it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gastown.errors import Refused
from gastown.ids import is_oid

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


@dataclass(frozen=True)
class Proposal:
    """A pull request that is to be opened: from a branch onto `base`."""

    branch: str
    base: str
    title: str
    body: str


@dataclass(frozen=True)
class Seen:
    """A pull request as it is.

    Attributes:
        state: open, merged, closed; unknown where nobody can say.
        why: why nobody can.
        commit: what GitHub says it became on its target, once merged.
    """

    state: str
    why: str = ""
    url: str = ""
    commit: str | None = None


def open_pull_request(
    proposal: Proposal, *, url: str, cwd: Path, env: Mapping[str, str]
) -> str:  # fmt: skip
    """Open a pull request, unless the branch has an open one; its address.

    Raises:
        Refused: it could not be opened.
    """
    words = ["pr", "list", "--head", proposal.branch, "--state", "open", "--limit", "1",
             "--json", "url,state"]  # fmt: skip
    found, why = _ask(words, url, cwd, env)
    if found is None:
        raise Refused(why, hint="install gh and log in: gh auth login")
    if found.get("url"):
        return str(found["url"])
    said, why = _say(
        ["pr", "create", "--head", proposal.branch, "--base", proposal.base,
         f"--title={proposal.title}", "--body-file=-"],
        url, cwd, env, stdin=proposal.body,
    )  # fmt: skip
    address = next((line for line in reversed((said or "").split()) if "://" in line), None)
    if address is None:
        raise Refused(why or "gh named no pull request", hint="see what gh says: gh pr list")
    return address


def view_pull_request(what: str, *, url: str, cwd: Path, env: Mapping[str, str]) -> Seen:
    """How a pull request is, by its address or number."""
    if not what or what.startswith("-"):
        return Seen("unknown", f"{what!r} is no pull request")
    found, why = _ask(["pr", "view", what, "--json", "state,url,mergeCommit"], url, cwd, env)
    if found is None:
        return Seen("unknown", why)
    merge = found.get("mergeCommit")
    commit = merge.get("oid") if isinstance(merge, dict) else None
    return Seen(
        str(found.get("state") or "unknown").lower(), url=str(found.get("url") or ""),
        commit=commit if isinstance(commit, str) and is_oid(commit) else None,
    )  # fmt: skip


def _ask(
    words: list[str], url: str, cwd: Path, env: Mapping[str, str]
) -> tuple[dict[str, Any] | None, str]:
    """The object that `gh` answers with, or None and why."""
    said, why = _say(words, url, cwd, env)
    if said is None:
        return None, why
    try:
        found = json.loads(said)
    except ValueError:
        return None, "gh answered no JSON"
    if isinstance(found, list):
        found = found[0] if found else {}
    return (found, "") if isinstance(found, dict) else (None, "gh answered no object")


def _say(
    words: list[str], url: str, cwd: Path, env: Mapping[str, str], stdin: str | None = None
) -> tuple[str | None, str]:
    """What `gh` prints, or None and why."""
    binary = shutil.which("gh", path=env.get("PATH"))
    if binary is None:
        return None, "gh is not installed"
    known = _URL.match(url)
    where = ["--repo", known[1]] if known else []
    try:
        done = subprocess.run(
            [binary, *words, *where], cwd=cwd, env={**env, "GH_PROMPT_DISABLED": "1"},
            capture_output=True, encoding="utf-8", errors="replace", timeout=TIMEOUT_S,
            check=False, input=stdin or "",
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as trouble:
        return None, f"gh did not answer: {trouble}"
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        return None, f"gh: {said}"
    return done.stdout, ""
