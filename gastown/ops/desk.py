"""What the person does from a notice or the tray: a window with an agent's session, a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.errors import Refused
from gastown.ids import MAYOR
from gastown.runtime.command import detached
from gastown.runtime.logs import log_tail
from gastown.runtime.process import is_alive, wait_until
from gastown.runtime.terminal import open_page, open_terminal
from gastown.store.dashboard import Address, running

if TYPE_CHECKING:
    from pathlib import Path

    from gastown.ops.host import Host
    from gastown.store.town import Town

_PORT = 8080
_START_S = 20.0


def attach_in_window(town: Town, host: Host, agent: str) -> str:
    """Open the person's terminal with an agent's session; the name of the terminal.

    Raises:
        Refused: there is no display, or no terminal that is known.
    """
    words = ["mayor", "attach"] if agent == MAYOR else ["session", "attach", agent]
    return run_in_window(town, host, words)


def run_in_window(town: Town, host: Host, words: list[str]) -> str:
    """Open the person's terminal with a command of `gt`; the name of the terminal.

    Raises:
        Refused: there is no display, or no terminal that is known.
    """
    root = town.layout.root
    return open_terminal(
        [host.python, "-P", "-m", "gastown", *words], folder=root, env=host.clean_env(),
        log=_log(town),
    )  # fmt: skip


def open_dashboard(town: Town, host: Host, page: str = "") -> str:
    """Show a page of the dashboard in the person's browser, and start it where it does not run.

    Args:
        page: relative to its root.

    Raises:
        Refused: it does not start, or there is no browser.
    """
    link = dashboard(town, host).link_to(page)
    open_page(link, env=host.clean_env(), log=_log(town))
    return link


def dashboard(town: Town, host: Host) -> Address:
    """Where the town's dashboard is; it is started where it does not run.

    Raises:
        Refused: it does not start.
    """
    log = town.layout.logs / "dashboard.out"
    for port in (_PORT, 0):  # the usual one, or any that is free
        known = running(town.layout) or _start(town, host, port)
        if known is not None:
            return known
    raise Refused(f"the dashboard ended at once: {log_tail(log, 3).strip() or 'it said nothing'}",
                  hint="see why in your terminal: gt dashboard")  # fmt: skip


def _start(town: Town, host: Host, port: int) -> Address | None:
    env = {**host.clean_env(), "GT_TOWN": str(town.layout.root)}
    argv = [host.python, "-P", "-m", "gastown", "dashboard", "--port", str(port)]
    with detached(argv, env=env, log=town.layout.logs / "dashboard.out") as process:
        pass
    wait_until(lambda: running(town.layout) is not None or not is_alive(process), _START_S)
    return running(town.layout)


def _log(town: Town) -> Path:
    return town.layout.logs / "desk.out"
