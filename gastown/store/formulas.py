"""Where formulas are found: the worktree one stands in, the project of a named rig, the town, the
person, the built-in ones.

In this order, and the first of a name wins; a file's name is the formula's. Nothing is read here
but files, and what they hold is not judged.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from gastown.domain.formulas.formula import BUILT_IN
from gastown.errors import NotFound, Unreadable
from gastown.store.formula_text import ENDINGS, MAX_BYTES, stem_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from importlib.resources.abc import Traversable

    from gastown.store.git import Git

FOLDER = ".beads/formulas"


@dataclass(frozen=True)
class Project:
    """The formulas that a rig's target branch carries, read from its repository.

    Attributes:
        commit: where the branch stands.
    """

    rig: str
    git: Git
    commit: str

    def files(self) -> Iterator[Blob]:
        """The files of its folder of formulas."""
        listed = self.git.run("ls-tree", "-z", self.commit, f"{FOLDER}/").stdout
        for entry in filter(None, listed.split(b"\0")):
            head, _, path = entry.partition(b"\t")
            _, kind, oid = head.decode().split(" ")
            if kind == "blob":
                yield Blob(self, path.decode("utf-8", "surrogateescape"), oid)


@dataclass(frozen=True)
class Blob:
    """A file of a commit."""

    project: Project
    path: str
    oid: str

    @property
    def name(self) -> str:
        """Its name without folders."""
        return self.path.rpartition("/")[2]

    def __str__(self) -> str:
        return f"{self.project.rig}:{self.path}"

    def head(self, size: int) -> bytes:
        """Its first bytes."""
        return self.project.git.run("cat-file", "blob", self.oid).stdout[:size]


@dataclass(frozen=True)
class Found:
    """The file of a formula.

    Attributes:
        source: where it was found, as a person would say it.
        origin: its path from the town's root or the person's home, where it is below them;
            RIG:PATH in a rig's project; or `built-in`.
    """

    name: str
    source: str
    file: Traversable | Blob
    origin: str

    def read(self) -> bytes:
        """The file's content.

        Raises:
            Unreadable: it is gone, too large, or may not be read.
        """
        if isinstance(self.file, Blob):
            return self.file.head(MAX_BYTES + 1)
        try:
            with self.file.open("rb") as file:
                data: bytes = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise Unreadable(f"{self.file}: {error.strerror}", hint="bd formula list") from None
        return data


class Library:
    """The formulas that can be seen from a place.

    Args:
        hq: the town's hq, or None outside of towns.
        here: where one stands.
        home: the person's home.
        project: that of the rig that was named, if one was.
    """

    def __init__(
        self, hq: Path | None, here: Path, home: Path, project: Project | None = None
    ) -> None:
        self._hq = hq
        self._here = here
        self._home = home
        self._project = project

    @cached_property
    def entries(self) -> list[Found]:
        """Every formula's file, the winning one of each name first."""
        return list(self._look())

    def find(self, name: str) -> Found:
        """A formula by its name, or by the path of its file.

        Raises:
            NotFound: there is none; the hint names those that are spelt alike.
        """
        at = self._here / name
        if ("/" in name or stem_of(name)) and at.is_file():
            return Found(stem_of(at.name) or at.stem, str(at.parent), at, self._origin(at))
        for found in self.entries:
            if found.name == name:
                return found
        alike = difflib.get_close_matches(name, {found.name for found in self.entries}, n=3)
        hint = f"did you mean {' or '.join(alike)}?" if alike else "bd formula list shows all"
        raise NotFound(f"no formula {name!r}", hint=hint)

    def _look(self) -> Iterator[Found]:
        seen: set[Path] = set()
        for source, folder in self._folders():
            if folder is None:
                yield from self._of_project()
                continue
            resolved = folder.resolve()
            if resolved not in seen and folder.is_dir():
                seen.add(resolved)
                yield from self._sorted((f for f in folder.iterdir() if f.is_file()), source)
        shipped = (files("gastown") / "formulas").iterdir()
        yield from self._sorted((f for f in shipped if f.is_file()), BUILT_IN)

    def _folders(self) -> Iterator[tuple[str, Path | None]]:
        """Where to look, in order; None: in the project."""
        town = (self._hq / FOLDER).resolve() if self._hq is not None else None
        for folder in self._up_to_root():
            if (folder / FOLDER).resolve() != town:
                yield "worktree", folder / FOLDER
        yield "project", None
        if self._hq is not None:
            yield "town", self._hq / FOLDER
        yield "user", self._home / FOLDER

    def _of_project(self) -> Iterator[Found]:
        if self._project is not None:
            yield from self._sorted(self._project.files(), f"rig {self._project.rig}")

    def _sorted(self, folder: Iterable[Traversable | Blob], source: str) -> Iterator[Found]:
        named = [(file, stem_of(file.name)) for file in folder]
        found = [(stem, _rank(file.name), file) for file, stem in named if stem and stem[0] != "."]
        for stem, _, file in sorted(found, key=lambda one: one[:2]):
            yield Found(stem, source, file, BUILT_IN if source == BUILT_IN else self._origin(file))

    def _origin(self, file: Traversable | Blob) -> str:
        if not isinstance(file, Path):
            return str(file)
        town = self._hq.parent if self._hq is not None else None
        if town is not None and file.is_relative_to(town):
            return str(file.relative_to(town))
        return f"~/{file.relative_to(self._home)}" if file.is_relative_to(self._home) else str(file)

    def _up_to_root(self) -> list[Path]:
        root = worktree_root(self._here, self._hq.parent if self._hq is not None else None)
        if root is None:
            return [self._here]
        line = [self._here, *self._here.parents]
        return line[: line.index(root) + 1]


def worktree_root(here: Path, town: Path | None) -> Path | None:
    """The root of the git worktree that contains a place, or None.

    Inside a town only its own worktrees count: a repository around the town is none of them.
    """
    for folder in (here, *here.parents):
        if folder == town:
            return None
        if (folder / ".git").exists():
            return folder
    return None


def _rank(name: str) -> int:
    return next(place for place, ending in enumerate(ENDINGS) if name.endswith(ending))
