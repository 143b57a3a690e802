"""The little repository that the demo makes, and the beads that are worked in it.

The project is a calculator with one module and one test per operation, so that several agents can
work at the same time without touching each other's files; its gate runs all tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gastown.store.git import Git

if TYPE_CHECKING:
    from pathlib import Path

GATE = "python3 -m unittest discover -q -s tests -t ."

_FILES = {
    "README.md": "# calc\n\nOne module per operation.\n",
    "calc/__init__.py": "",
    "calc/add.py": "def add(a, b):\n    return a + b\n",
    "tests/__init__.py": "",
    "tests/test_add.py": (
        "import unittest\n\nfrom calc.add import add\n\n\nclass AddTest(unittest.TestCase):\n"
        "    def test_adds(self):\n        self.assertEqual(add(2, 3), 5)\n"
    ),
}


@dataclass(frozen=True)
class Task:
    """One bead of the demo.

    Attributes:
        key: how other tasks refer to it.
        needs: keys of the tasks it depends on.
        mended: the description that a person gives it after its gate failed, if it will.
    """

    key: str
    title: str
    description: str
    needs: tuple[str, ...] = ()
    mended: str | None = None


def make_repository(folder: Path) -> None:
    """Make the project: a git repository with a module, a test and one commit."""
    for name, text in _FILES.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    git = Git(folder)
    git.run("init", "--quiet", "--initial-branch=main", "--template=")
    git.run("add", "-A")
    who = {f"GIT_{role}_{part}": value for role in ("AUTHOR", "COMMITTER")
           for part, value in (("NAME", "The demo"), ("EMAIL", "demo@town.gt"))}  # fmt: skip
    git.run("-c", "commit.gpgsign=false", "commit", "--quiet", "-m", "calc: add", extra=who)


def calculator_tasks() -> list[Task]:
    """The beads for the demo's own repository; `divide` fails its gate first."""
    broken = _operation("divide", "a / b", "divide(6, 3), 2")
    checked = _block(_test("divide_zero", "divide", "divide(1, 0), None", imports="divide"))
    guarded = _block("""cat > calc/divide.py <<'PY'
def divide(a, b):
    return None if b == 0 else a / b
PY""")
    return [
        Task("subtract", "Subtract numbers", _operation("subtract", "a - b", "subtract(5, 3), 2")),
        Task("multiply", "Multiply numbers", _operation("multiply", "a * b", "multiply(4, 3), 12")),
        Task(
            "divide", "Divide numbers; by zero gives None",
            broken + checked,
            mended=broken + checked + guarded,
        ),
        Task(
            "square", "Square numbers with multiply",
            _operation("square", "multiply(a, a)", "square(7), 49",
                       extra="from calc.multiply import multiply\n\n\n", parameters="a"),
            needs=("multiply",),
        ),
    ]  # fmt: skip


def document_tasks() -> list[Task]:
    """Beads that fit any repository: each adds one file to a folder of its own."""
    return [
        Task(name, f"Write the demo page {name}", _page(name, good=name != "two"),
             needs=("one",) if name == "four" else (),
             mended=_page(name, good=False) + _page(name, good=True) if name == "two" else None)
        for name in ("one", "two", "three", "four")
    ]  # fmt: skip


PAGE_GATE = "for f in gastown-demo/*.md; do head -n 1 \"$f\" | grep -q '^# ' || exit 1; done"


def _page(name: str, *, good: bool) -> str:
    heading = f"# Page {name}" if good else f"Page {name}, still without a heading"
    return _block(f"mkdir -p gastown-demo\nprintf '%s\\n' '{heading}' > gastown-demo/{name}.md")


def _operation(
    name: str, expression: str, expected: str, *, extra: str = "", parameters: str = "a, b"
) -> str:
    module = (
        f"cat > calc/{name}.py <<'PY'\n{extra}def {name}({parameters}):\n"
        f"    return {expression}\nPY"
    )
    return _block(f"{module}\n{_test(name, name, expected, imports=name)}")


def _test(file: str, module: str, expected: str, *, imports: str) -> str:
    title = "".join(part.capitalize() for part in file.split("_"))
    return (
        f"cat > tests/test_{file}.py <<'PY'\nimport unittest\n\n"
        f"from calc.{module} import {imports}\n\n\nclass {title}Test(unittest.TestCase):\n"
        f"    def test_{file}(self):\n        self.assertEqual({expected})\nPY"
    )


def _block(commands: str) -> str:
    return f"```sh\n{commands}\n```\n"
