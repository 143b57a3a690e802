"""Git as a person types it, and repositories as people have them."""

from __future__ import annotations

import subprocess
from pathlib import Path


def git(place: Path, *arguments: str, stdin: str | None = None, check: bool = True) -> str:
    """Run git in `place` as the person would, with the person's configuration; its output."""
    done = subprocess.run(
        ["git", "-C", str(place), *arguments],
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        check=False,
    )
    if check and done.returncode:
        raise AssertionError(f"git {' '.join(arguments)}: {done.stderr}")
    return done.stdout.rstrip("\n")


def commit_all(place: Path, message: str = "work") -> str:
    """Commit everything in `place` as the person; returns the commit."""
    git(place, "add", "-A", "--force")
    git(place, "-c", "commit.gpgsign=false", "-c", "core.hooksPath=/dev/null", "commit",
        "--quiet", "--allow-empty", "-m", message)  # fmt: skip
    return git(place, "rev-parse", "HEAD")


def make_project(place: Path, files: dict[str, str] | None = None, branch: str = "main") -> str:
    """Make a repository with one commit, as a project to work on; returns the commit."""
    place.mkdir(parents=True)
    git(place, "init", "--quiet", "--template=", f"--initial-branch={branch}")
    write(place, files if files is not None else {"README.md": "# A project\n", "src/a.txt": "a\n"})
    return commit_all(place, "first")


def write(place: Path, files: dict[str, str | bytes]) -> None:
    """Write files below `place`."""
    for name, content in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
