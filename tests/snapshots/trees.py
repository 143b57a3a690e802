"""What the tests of snapshots share: the content of a folder, a hook's captures, its log."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from gastown.ops.snapshots import capture
from tests.support.desk import Desk
from tests.support.people import git, write

Files = dict[bytes, tuple[bytes, bool]]
ODD = {
    "with space.txt": "s\n", "-x": "dash\n", "new\nline.txt": "n\n", 'qu"ote': "q\n",
    "ünï/ö.txt": "u\n", ":(top)x": "magic\n", "a\\b": "back\n", "trailing ": "t\n",
}  # fmt: skip


def files(folder: Path) -> Files:
    """Every file below a folder by its raw name: its bytes (of a link: where to), may it be run."""
    found: Files = {}
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != ".git"]
        links = [name for name in folders if (Path(place) / name).is_symlink()]
        for name in (*names, *links):
            path = Path(place) / name
            relative = os.fsencode(path.relative_to(folder))
            if path.is_symlink():
                found[relative] = (b"-> " + os.fsencode(path.readlink()), False)
            elif name != ".git":
                found[relative] = (path.read_bytes(), os.access(path, os.X_OK))
    return found


def make_a_mess(tree: Path) -> None:
    """Work of every kind: changed, staged, deleted, new, executable, binary, linked, odd names."""
    write(tree, {"README.md": "changed\n", "src/staged.txt": "staged\n"})
    git(tree, "add", "src/staged.txt")
    write(tree, {"src/staged.txt": "staged, then changed\n", "blob.bin": bytes(range(256)) * 9})
    write(tree, {**ODD, "crlf.txt": b"a\r\nb\r\n", "empty": b"", "run.sh": "#!/bin/sh\n"})
    (tree / "run.sh").chmod(0o755)
    (tree / "src" / "a.txt").unlink()
    (tree / "link").symlink_to("/nowhere/at all")
    (tree / "folder-link").symlink_to("src")
    (tree / os.fsdecode(b"caf\xe9.txt")).write_bytes(b"latin\n")


def captured(desk: Desk, why: str = "settled", agent: str = "mp/toast") -> str | None:
    """Take a snapshot as the monitor does; its id, or None."""
    taken = capture(desk.town, desk.hook(agent), why)
    return taken.oid if taken is not None else None


def log(desk: Desk, *words: str, agent: str = "mp/toast") -> list[dict[str, Any]]:
    """The entries of `gt hooks log`."""
    return list(desk.gt("hooks", "log", agent, "--json", *words).data["entries"])


def kinds(desk: Desk, *words: str, agent: str = "mp/toast") -> list[tuple[str, str]]:
    """Kind and subject of each entry of `gt hooks log`."""
    return [(entry["kind"], entry["subject"]) for entry in log(desk, *words, agent=agent)]


def placed(desk: Desk, revision: str, name: str, agent: str = "mp/toast") -> Files:
    """What `gt hooks restore --to` makes of a revision."""
    folder = desk.root.parent / name
    desk.gt("hooks", "restore", agent, revision, "--to", folder)
    return files(folder)


def reflog(desk: Desk, ref: str, rig: str = "mp") -> list[str]:
    """The commits that a ref has been at, newest first."""
    said = git(desk.town.layout.repository(rig), "log", "-g", "--format=%H", ref, check=False)
    return said.splitlines()
