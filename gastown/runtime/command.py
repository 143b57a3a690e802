"""Running other programs: a command that is waited for, a process that outlives us.

Both run in a process group of their own, without a terminal or standard input, and inherit no
open file but their log: a lock that leaks into a child is held as long as that child lives.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from gastown.runtime.logs import open_log
from gastown.runtime.process import ProcessId, end_group, identify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import FrameType

CANNOT_RUN = 127
_GRACE_S = 2.0
_STOP_CHECK_S = 0.5
# Until the line arrives nothing runs; if we die first, the end of the pipe ends the child.
_GATE = 'read -r _ || exit 125; exec "$@" </dev/null'

# Dead children stay in the process table until their parent, a long-running monitor, asks.
_children: list[subprocess.Popen[bytes]] = []
_children_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class CommandResult:
    """How a command ended: its exit status (negative: the signal that ended it) and its time."""

    returncode: int
    timed_out: bool
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether it ended by itself and in peace."""
        return self.returncode == 0 and not self.timed_out


def run_command(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    log: BinaryIO | Path,
    timeout_s: float | None,
    stopping: Callable[[], bool] | None = None,
    started: Callable[[ProcessId], None] | None = None,
) -> CommandResult:
    """Run a command to its end and append all it prints to `log`.

    `stopping` is asked now and then; once it is true, the command is ended as after a timeout.
    `started` is told which process it is, the leader of its group, before the command begins: if
    we die in between, it never does.

    Nothing it started is left: its process group is ended after a timeout, when we are
    interrupted, and also after a normal exit. A program that cannot be started at all gives 127
    and a line in the log, as a shell would.
    """
    start = time.monotonic()
    with _opened(log) as output, _SignalsHeld() as held:
        output.flush()
        try:
            gate = ["/bin/sh", "-c", _GATE, "gt-gate"] if started is not None else []
            child = subprocess.Popen(
                [*gate, *argv],
                bufsize=0,
                cwd=cwd,
                env=env,
                stdin=subprocess.PIPE if gate else subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            os.write(output.fileno(), f"cannot run {argv[0]}: {error}\n".encode(errors="replace"))
            return CommandResult(CANNOT_RUN, False, time.monotonic() - start)
        timed_out = _wait_and_clean_up(child, timeout_s, held, stopping, started)
    return CommandResult(child.returncode, timed_out, time.monotonic() - start)


def _wait_and_clean_up(
    child: subprocess.Popen[bytes], timeout_s: float | None, held: _SignalsHeld,
    stopping: Callable[[], bool] | None, started: Callable[[ProcessId], None] | None,
) -> bool:  # fmt: skip
    try:
        if started is not None:
            _let_go(child, started)
        held.release()
        if stopping is None:
            child.wait(timeout_s)
        else:
            return not _ended(child, timeout_s, stopping)
    except subprocess.TimeoutExpired:
        return True
    finally:
        try:
            end_group(child.pid, _GRACE_S)
        except KeyboardInterrupt:
            # A second Ctrl-C means: no grace.
            end_group(child.pid, 0)
            raise
        finally:
            child.wait()
    return False


def _let_go(child: subprocess.Popen[bytes], started: Callable[[ProcessId], None]) -> None:
    """Tell of a child that waits at its gate, then open it."""
    process, gate = identify(child.pid), child.stdin
    assert process is not None, "a child that was not waited for keeps its number"
    assert gate is not None
    with gate:
        started(process)
        with suppress(BrokenPipeError):
            gate.write(b"go\n")


def _ended(
    child: subprocess.Popen[bytes], timeout_s: float | None, stopping: Callable[[], bool]
) -> bool:
    """Wait for a child's end; False: out of time, or no longer wanted."""
    deadline = None if timeout_s is None else time.monotonic() + timeout_s
    while not stopping():
        left = _STOP_CHECK_S if deadline is None else deadline - time.monotonic()
        if left <= 0:
            return False
        try:
            child.wait(min(left, _STOP_CHECK_S))
        except subprocess.TimeoutExpired:
            continue
        return True
    return False


@contextmanager
def detached(argv: Sequence[str], *, env: Mapping[str, str], log: Path) -> Iterator[ProcessId]:
    """Start a process that outlives us, and let it go when the `with` block is done.

    Inside the block the process exists but has not begun: there its identity is written down.
    If the block fails, or we are killed in it, the program never runs.
    """
    with open_log(log) as output:
        child = subprocess.Popen(
            ["/bin/sh", "-c", _GATE, "gt-gate", *argv],
            bufsize=0,
            cwd="/",
            env=env,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    with _children_lock:
        _children.append(child)
    gate = child.stdin
    assert gate is not None
    process = identify(child.pid)
    assert process is not None, "a child that was not waited for keeps its number"
    try:
        yield process
    except BaseException:
        gate.close()
        raise
    with suppress(BrokenPipeError), gate:
        gate.write(b"go\n")


class _SignalsHeld:
    """Ctrl-C and TERM, put off while a child is started that nobody could end yet.

    Only where we have a handler for them, which is not inherited; a signal that is ignored stays
    ignored, also in the child.
    """

    def __init__(self) -> None:
        self._handlers: dict[int, Callable[[int, FrameType | None], object]] = {}
        self._came: list[int] = []

    def __enter__(self) -> _SignalsHeld:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                handler = signal.getsignal(number)
                if callable(handler):
                    self._handlers[number] = handler
                    signal.signal(number, lambda number, _: self._came.append(number))
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def release(self) -> None:
        """Let signals through again, first those that came meanwhile."""
        handlers, self._handlers = self._handlers, {}
        for number, handler in handlers.items():
            signal.signal(number, handler)
        while self._came:
            number = self._came.pop()
            handlers[number](number, None)


def bury_dead_children() -> None:
    """Take note of the end of detached processes that were started by this very process."""
    with _children_lock:
        _children[:] = [child for child in _children if child.poll() is None]


def _opened(log: BinaryIO | Path) -> AbstractContextManager[BinaryIO]:
    return open_log(log) if isinstance(log, Path) else nullcontext(log)
