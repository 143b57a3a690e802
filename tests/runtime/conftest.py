"""Real tmux servers and sessions in temporary directories; nothing of them outlives its test."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from gastown.runtime.command import bury_dead_children
from gastown.runtime.records import Runner, Session
from gastown.runtime.sessions import Sessions
from gastown.runtime.tmux import Tmux, available, socket_path

from .helpers import SHELL_ENV

Start = Callable[..., Session]


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Tmux]:
    """A tmux server of the test's own, which is killed afterwards."""
    binary = available(SHELL_ENV)
    if binary is None:
        pytest.skip("tmux is not installed, so nothing that needs tmux is tested")
    with tempfile.TemporaryDirectory(prefix="gt-") as short:
        socket = socket_path(tmp_path, str(tmp_path), Path(short))
        server = Tmux(binary, socket, {**SHELL_ENV, "HOME": str(tmp_path)})
        yield server
        server.kill_server()


@pytest.fixture
def make_sessions(
    tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Callable[[Path], Sessions]]:
    """Sessions in a directory of choice; what still runs afterwards is stopped."""
    server = None
    if "tmux" in request.fixturenames or _wants_tmux(request):
        server = request.getfixturevalue("tmux")
    with ExitStack() as stack:

        def make(directory: Path) -> Sessions:
            made = Sessions(directory / "sessions", directory / "log", server)
            stack.callback(_stop_all, made)
            return made

        yield make


@pytest.fixture
def sessions(make_sessions: Callable[[Path], Sessions], tmp_path: Path) -> Sessions:
    """The sessions of a town in `tmp_path`."""
    return make_sessions(tmp_path)


@pytest.fixture(params=list(Runner))
def runner(request: pytest.FixtureRequest) -> Runner:
    """Both ways to hold a session."""
    runner: Runner = request.param
    return runner


@pytest.fixture
def start(sessions: Sessions, tmp_path: Path) -> Start:
    """Start a session with what most tests want."""
    return partial(
        sessions.start,
        session_id="myproject/toast",
        generation=1,
        runtime="shell",
        cwd=tmp_path,
        env=SHELL_ENV,
        now="2026-01-05T10:00:00Z",
    )


def _wants_tmux(request: pytest.FixtureRequest) -> bool:
    if "runner" not in request.fixturenames:
        return False
    return request.getfixturevalue("runner") is Runner.TMUX


def _stop_all(sessions: Sessions) -> None:
    for session in sessions.all().sessions:
        assert sessions.stop(session, grace_s=0)
    bury_dead_children()
