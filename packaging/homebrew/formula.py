"""The Homebrew formula of an sdist: its sum, and those of all that it needs from PyPI.

    python packaging/homebrew/formula.py dist/gastown-VERSION.tar.gz [ADDRESS]

What is needed is what pip would install, as sdists, for the extra `tray`.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

_PROJECT = "https://github.com/gastown/gastown"
_NOT_OURS = frozenset(("gastown", "cryptography", "cffi", "pycparser"))
"""The formula itself, and what Homebrew's own formula `cryptography` brings."""
_RESOURCE = '  resource "{name}" do\n    url "{url}"\n    sha256 "{sha256}"\n  end\n'


def formula(sdist: Path, address: str | None = None) -> str:
    """The text of the formula.

    Args:
        address: where the sdist will be; by default its release on the project's page.
    """
    version = sdist.name.removeprefix("gastown-").removesuffix(".tar.gz")
    template = Path(__file__).with_name("gastown.rb.in").read_text(encoding="utf-8")
    values = {
        "HOMEPAGE": _PROJECT,
        "URL": address or f"{_PROJECT}/releases/download/v{version}/{sdist.name}",
        "SHA256": hashlib.sha256(sdist.read_bytes()).hexdigest(),
        "RESOURCES": "\n".join(_RESOURCE.format(**one) for one in needed(sdist)),
    }
    for name, word in values.items():
        template = template.replace(f"@{name}@", word)
    return template


def needed(sdist: Path) -> list[dict[str, str]]:
    """Name, address and sum of each package that is needed, by name."""
    words = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed",
             "--report", "-", f"{sdist}[tray]"]  # fmt: skip
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    found: list[dict[str, Any]] = json.loads(done.stdout)["install"]
    rows = []
    for one in found:
        name, info = one["metadata"]["name"], one["download_info"]
        if name.casefold() in _NOT_OURS:
            continue
        rows.append({"name": name, "url": info["url"],
                     "sha256": info["archive_info"]["hashes"]["sha256"]})  # fmt: skip
    return sorted(rows, key=lambda one: one["name"].casefold())


if __name__ == "__main__":
    print(formula(Path(sys.argv[1]), *sys.argv[2:3]), end="")
