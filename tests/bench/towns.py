"""A sealed town for a benchmark."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.desk import Desk, copy_template, make_template
from tests.support.environment import seal


@contextmanager
def sealed_desk() -> Iterator[Desk]:
    """Somebody at the root of a new town, with a HOME of their own; all of it goes in the end."""
    import pytest

    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        home = Path(folder, "home")
        home.mkdir()
        seal(home, patch)
        template = Path(folder, "template")
        template.mkdir()
        desk = copy_template(make_template(template), Path(folder, "copy"))
        try:
            yield desk
        finally:
            desk.run("gt", "down", status=None)
            desk.tidy()
