"""gt tray: the town in the desktop's tray."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gastown.cli.common import json_option
from gastown.cli.session import Session, pass_session
from gastown.errors import NotFound, Refused, UsageTrouble

if TYPE_CHECKING:
    from gastown_tray.record import Running

_START_S = 15.0


@dataclass(frozen=True)
class Shown:
    """A tray that runs. `already`: it did before; `place`: where its icon is."""

    pid: int
    town: str
    place: str
    already: bool


@dataclass(frozen=True)
class Ended:
    """A tray that was ended; None: none ran."""

    pid: int | None


@click.command()
@click.option("--foreground", is_flag=True, help="Stay in this terminal, until Ctrl-C.")
@click.option("--replace", is_flag=True, help="End the tray that runs, and take its place.")
@click.option("--quit", "quit_it", is_flag=True, help="End the tray that runs.")
@click.option("--panel", type=click.Choice(["auto", "dark", "light"]),
              help="What the icon is seen on, from now on.")  # fmt: skip
@json_option
@pass_session
def tray(
    session: Session, foreground: bool, replace: bool, quit_it: bool, panel: str | None
) -> None:
    """The town in the tray of your desktop.

    An icon with a menu, and notices. There is one tray for you: typed again in another town, it
    shows that town. Without a tray on the desktop it tells its notices all the same. Exit status 1
    where there is no desktop.
    """
    _need_packages()
    from gastown_tray import record

    if quit_it and (foreground or replace):
        raise UsageTrouble("--quit goes alone")
    known = record.running()
    if quit_it:
        session.show(Ended(known.pid if known and record.end(known) else None), _ended)
        return
    root = _town(session)
    wishes = record.read_wishes().showing(str(root))
    if panel is not None:
        from dataclasses import replace as changed

        wishes = changed(wishes, panel="either" if panel == "auto" else panel)
    if known is not None and not replace:
        record.write_wishes(wishes)
        session.show(Shown(known.pid, str(root), known.place, already=True), _shown)
        return
    if known is not None and not record.end(known):
        raise Refused(f"the tray (pid {known.pid}) does not end", hint=f"kill -9 {known.pid}")
    record.write_wishes(wishes)
    if foreground:
        from gastown_tray.app import App

        App(root, session.host, session.edge, session.note).run()
        return
    session.show(_start(session, root), _shown)


def _start(session: Session, root: Path) -> Shown:
    """Start the tray in the background."""
    from gastown_tray import record
    from gastown_tray.shell import find

    from gastown.ops.monitor import surroundings
    from gastown.runtime.command import detached
    from gastown.runtime.logs import log_tail
    from gastown.runtime.process import is_alive, wait_until

    find(session.env)  # what cannot be is said here, not in a log
    log = record.log_file()
    log.parent.mkdir(parents=True, exist_ok=True)
    log.unlink(missing_ok=True)
    argv = [session.host.python, "-P", "-m", "gastown", "tray", "--foreground"]
    env = {**surroundings(session.host), "GT_TOWN": str(root)}
    with detached(argv, env=env, log=log) as process:
        pass

    def place() -> Running | None:
        found = record.running()
        return found if found is not None and found.pid == process.pid and found.place else None

    wait_until(lambda: place() is not None or not is_alive(process), _START_S)
    found = place()
    if found is None:
        raise Refused(f"the tray ended at once: {log_tail(log, 3).strip() or 'it said nothing'}",
                      hint="see why in your terminal: gt tray --foreground")  # fmt: skip
    return Shown(found.pid, str(root), found.place, already=False)


def _town(session: Session) -> Path:
    """The town one stands in, else the one that was shown last."""
    from gastown_tray import record

    from gastown.store.layout import find_root

    try:
        return session.town.layout.root
    except NotFound:
        wished = record.read_wishes().town
        root = find_root(Path(wished)) if wished is not None else None
        if root is None:
            raise
        return root


def _need_packages() -> None:
    try:
        import gastown_tray  # noqa: F401
    except ImportError:
        raise Refused("the tray is not installed", hint="pip install 'gastown[tray]'") from None


def _shown(found: Shown) -> str:
    town = Path(found.town).name
    where = "no tray is on this desktop: notices are told without an icon" if (
        found.place in ("", "none")) else f"its icon is in the tray ({found.place})"  # fmt: skip
    if found.already:
        return f"the tray runs already (pid {found.pid}), and shows {town} now"
    return f"✓ the tray runs (pid {found.pid}) and shows {town}; {where}"


def _ended(found: Ended) -> str:
    return f"✓ the tray has ended (pid {found.pid})" if found.pid else "no tray was running"
