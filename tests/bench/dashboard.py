"""`python -m tests.bench.dashboard [BEADS] [HOOKS]`: what the dashboard takes to answer.

The server's time for each section, as a part and as a page, with many beads and hooks; git
processes that were started meanwhile; fifty open event streams told of one operation; first paint
in a browser; memory.
"""

from __future__ import annotations

import socket
import statistics
import sys
import threading
import time

from gastown.store.transaction import Transaction
from gastown.web.sections import SECTIONS
from tests.bench.commands import _bead
from tests.bench.monitor import memory_mb
from tests.bench.towns import sealed_desk
from tests.support.browser import browser, chromium
from tests.support.counting import CountedGit
from tests.support.desk import Desk
from tests.support.sockets import ask
from tests.web.conftest import Dashboard

_ROUNDS = 30
_TABS = 50


def fill(desk: Desk, beads: int, hooks: int) -> None:
    """So many beads, and so many polecats with work on their hooks."""
    town = desk.town
    now = town.now()
    with town.transaction("many beads", actor="human") as tx:
        put_all(tx, beads, now)
    town.close()
    for number in range(hooks):
        desk.sling(f"On a hook {number}")


def put_all(tx: Transaction, beads: int, now: str) -> None:
    """All the beads, in one operation."""
    for number in range(beads):
        tx.put(_bead(number, now))


def main(beads: str = "10000", hooks: str = "30") -> None:
    """Print the tables."""
    with sealed_desk() as desk, CountedGit(desk.root.parent) as counter:
        fill(desk, int(beads), int(hooks))
        made = Dashboard(desk)
        try:
            print(f"{beads} beads, {hooks} hooks; milliseconds on the wire, {_ROUNDS} rounds each")
            answers(desk, made, counter)
            tabs(desk, made)
            print(f"memory: {memory_mb(made.process.pid):.0f} MB")
            paint(made)
        finally:
            made.stop()


def answers(desk: Desk, made: Dashboard, counter: CountedGit) -> None:
    """A row for each address: median and slowest of parts that were not rendered yet."""
    bead = desk.town.read().beads(limit=1)[0].id
    hook = desk.town.read().hooks()[-1].id
    paths = [*(f"/{name}" for name in SECTIONS), "/beads?view=ready", "/beads?view=board",
             "/beads?q=many", f"/beads/{bead}", f"/hooks/{hook}", f"/agents/{hook}"]  # fmt: skip
    own = [("Host", f"127.0.0.1:{made.port}"), ("Cookie", f"gt-{made.port}={made.token}")]
    print(f"{'address':<28}{'part':>8}{'p95':>8}{'page':>8}{'kept':>8}{'git':>6}")
    medians = []
    for path in paths:
        ask(made.port, "GET", path, own)
        before = counter.calls()
        parts = [_timed(made.port, _fresh(path, n), [*own, ("Gt-Part", "1")])
                 for n in range(_ROUNDS)]  # fmt: skip
        pages = [_timed(made.port, _fresh(path, n + 1000), own) for n in range(_ROUNDS)]
        kept = [_timed(made.port, path, own) for _ in range(_ROUNDS)]
        medians.append(statistics.median(parts))
        slow = sorted(parts)[int(len(parts) * 0.95)]
        row = (medians[-1], slow, statistics.median(pages), statistics.median(kept))
        numbers = "".join(f"{number:>8.1f}" for number in row)
        print(f"{path[:27]:<28}{numbers}{counter.calls() - before:>6}", flush=True)
    print(f"median of all parts: {statistics.median(medians):.1f} ms; slowest median:"
          f" {max(medians):.1f} ms")  # fmt: skip


def _fresh(path: str, number: int) -> str:
    """The same page at an address that was not asked for yet."""
    return f"{path}{'&' if '?' in path else '?'}n={number}"


def _timed(port: int, path: str, headers: list[tuple[str, str]]) -> float:
    start = time.perf_counter()
    got = ask(port, "GET", path, headers)
    assert got.status == 200, (path, got)
    return (time.perf_counter() - start) * 1000


def tabs(desk: Desk, made: Dashboard) -> None:
    """Fifty streams: from an operation's commit until each was told, and a page meanwhile."""
    request = (f"GET /live HTTP/1.1\r\nHost: 127.0.0.1:{made.port}\r\n"
               f"Cookie: gt-{made.port}={made.token}\r\n\r\n").encode()  # fmt: skip
    lines = []
    for _ in range(_TABS):
        line = socket.create_connection(("127.0.0.1", made.port))
        line.sendall(request)
        lines.append(line)
    time.sleep(2)
    for line in lines:
        line.setblocking(False)
        while _drained(line):
            pass
        line.setblocking(True)
        line.settimeout(10)
    told: list[float] = []
    threads = [threading.Thread(target=_hear, args=(line, told)) for line in lines]
    for thread in threads:
        thread.start()
    desk.bead("Told to fifty")
    start = time.perf_counter()
    for thread in threads:
        thread.join()
    waits = sorted((moment - start) * 1000 for moment in told)
    middle = statistics.median(waits)
    print(f"{_TABS} streams told of an operation: first {waits[0]:.0f} ms, median {middle:.0f} ms,"
          f" last {waits[-1]:.0f} ms after its commit")  # fmt: skip
    own = [("Host", f"127.0.0.1:{made.port}"), ("Cookie", f"gt-{made.port}={made.token}")]
    start = time.perf_counter()
    for _ in range(_TABS):
        ask(made.port, "GET", "/", own)
    print(f"{_TABS} pages for them: {(time.perf_counter() - start) * 1000:.0f} ms in all")
    for line in lines:
        line.close()


def _drained(line: socket.socket) -> bool:
    try:
        return bool(line.recv(65536))
    except BlockingIOError:
        return False


def _hear(line: socket.socket, told: list[float]) -> None:
    data = b""
    while b"event: moved" not in data:
        data += line.recv(65536)
    told.append(time.perf_counter())


def paint(made: Dashboard) -> None:
    """When something is first seen in a browser that was there before."""
    if chromium() is None:
        print("NO CHROMIUM HERE: first paint was not measured")
        return
    with browser() as driven:
        context = driven.new_context()
        page = context.new_page()
        page.goto(made.link)
        page.wait_for_url(made.base + "/")
        found = []
        for _ in range(10):
            page.goto(made.base + "/")
            page.wait_for_selector("#live[data-state=live]")
            found.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]"
                                       ".startTime"))  # fmt: skip
        print(f"first contentful paint: median {statistics.median(found):.0f} ms, slowest"
              f" {max(found):.0f} ms")  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
