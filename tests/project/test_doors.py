"""The contracts of the code that a linter does not know."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "gastown").rglob("*.py"))

# Who may start other programs, and who may look at the environment.
STARTERS = {"store/git.py", "store/objects.py", "runtime", "shell_agent/shell.py"}
ENVIRONMENT = {"cli/session.py", "store/git.py"}


def _name(path: Path) -> str:
    return path.relative_to(ROOT / "gastown").as_posix()


def _allowed(path: Path, places: set[str]) -> bool:
    name = _name(path)
    return name in places or name.partition("/")[0] in places


def _nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_only_the_doors_start_programs(path: Path) -> None:
    """Subprocess is imported by the doors to git, tmux and processes, and by nobody else."""
    modules = {
        alias.name
        for node in _nodes(path)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in (
            node.names if isinstance(node, ast.Import) else [ast.alias(node.module or "")]
        )
    }
    assert "subprocess" not in modules or _allowed(path, STARTERS)


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_only_the_edge_reads_the_environment(path: Path) -> None:
    """os.environ is read in one place and passed in from there (the git door hands it on)."""
    read = any(
        isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv")
        for node in _nodes(path)
    )
    assert not read or _allowed(path, ENVIRONMENT)


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_no_file_is_too_long(path: Path) -> None:
    """No source file has more than 400 lines."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_every_module_says_what_it_is() -> None:
    """Every module has a docstring."""
    silent = [_name(p) for p in SOURCES if not ast.get_docstring(ast.parse(p.read_text("utf-8")))]
    assert silent == []
