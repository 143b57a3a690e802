"""One run of a command: the only reader of the environment, the directory and the clock."""

from __future__ import annotations

import os
import sys
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gastown.errors import GtError, NotFound, Refused, Unreadable
from gastown.ids import TOWN_RIG
from gastown.store import faults
from gastown.store.layout import find_root
from gastown.store.town import Edge, Town
from gastown.views.place import Place, place_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from gastown.domain.hook import Hook
    from gastown.ops.host import Host
    from gastown.runtime.sessions import Sessions

T = TypeVar("T")


class Session:
    """Who asks, from where, of which town, and how the answer is shown."""

    def __init__(self, *, program: str, wants_json: bool = False) -> None:
        self.program = program
        self.wants_json = wants_json
        self.env = dict(os.environ)
        self.edge = Edge()
        self.at: str | None = None
        """The moment that is looked back at, as it was typed; None: the present."""
        self.fork: str | None = None
        """The fork that is worked in, as an option names it."""

    def arm_faults(self) -> None:
        """Arm the points at which a test wants us to fail.

        Raises:
            UsageTrouble: GT_FAULT names none.
        """
        if self.env.get("GT_FAULT"):
            faults.arm(self.env["GT_FAULT"])

    @cached_property
    def here(self) -> Path:
        """The current directory, as the shell sees it.

        Raises:
            Refused: it was removed.
        """
        try:
            return Path.cwd()
        except FileNotFoundError:
            raise Refused("the current directory is gone", hint="cd to another one") from None

    @cached_property
    def town(self) -> Town:
        """The nearest parent that is a town, else the one GT_TOWN names.

        Raises:
            NotFound: neither is one.
        """
        named = self.env.get("GT_TOWN")
        root = find_root(self.here) or (find_root(Path(named).expanduser()) if named else None)
        if root is None:
            raise NotFound("this is no town", hint="cd into one, or make one: gt install PATH")
        town = self._enter(root)
        if self.fork is not None:
            from gastown.ops.forks.forking import opened

            town = opened(self._origin(town) or town, self.fork)
        if town.is_fork:
            self._plan(town)
        return town if self.at is None else self._look_back(town, self.at)

    def _origin(self, town: Town) -> Town | None:
        """The town that a fork is a fork of; None: it is none."""
        origin = town.layout.origin
        return None if origin is None else Town(origin.root, self.edge)

    def _plan(self, fork: Town) -> None:
        """Say that what is done is done on paper."""
        context = click.get_current_context(silent=True)
        if context is None:
            return  # a shell asks for completions
        from gastown.cli.in_fork import check

        check(context, self.program)
        if not self.wants_json:
            self.note(f"in the fork {fork.layout.root.name}: on paper")

    def _look_back(self, town: Town, at: str) -> Town:
        """The town as it was; how long ago things are is told from then."""
        from gastown.cli.looking_back import check
        from gastown.store.past import look_back

        check(click.get_current_context(), self.program)
        past, moment = look_back(town, at)
        self.edge = past.edge
        if not self.wants_json:
            said = moment.time.astimezone().strftime("%Y-%m-%d %H:%M:%S")
            self.note(f"as it was on {said}, after {moment.commit[:10]} {moment.subject}")
        return past

    def town_at(self, folder: Path) -> Town:
        """The town that a folder is in, whatever the place or the variables say.

        Raises:
            NotFound: it is in none.
        """
        root = find_root(folder)
        if root is None:
            raise NotFound(f"{folder} is in no town", hint="gt install PATH makes one")
        self.__dict__["town"] = self._enter(root)
        return self.town

    def _enter(self, root: Path) -> Town:
        root = root.resolve()
        os.chdir(root)  # a command may take away the folder it was typed in, and git needs one
        return Town(root, self.edge)

    @cached_property
    def place(self) -> Place:
        """Where in the town the caller stands."""
        town = self._origin(self.town) or self.town  # nobody stands in a fork
        return place_of(town.layout, town.read(), self.here.resolve())

    @cached_property
    def actor(self) -> str:
        """The registered hook that contains the directory, else the person.

        Whoever is about to act first takes notice of what git hooks have reported.
        """
        self.take_events()
        return self.place.actor

    def take_events(self) -> None:
        """Take what git hooks have reported, unless a monitor does that."""
        from gastown.store.locks import is_held
        from gastown.store.spool import Spool

        layout = self.town.layout
        if self.at is not None or Spool(layout.spool).is_empty() or is_held(layout.monitor_lock):
            return
        from gastown.ops.noticing import notice

        notice(self.town, self.host)

    def rig(self, named: str | None) -> str | None:
        """The rig that an option names, if it does.

        Raises:
            NotFound: there is none of that name.
        """
        return self.town.read().rig(named).id if named is not None else None

    def home(self, named: str | None) -> str | None:
        """Where the beads live that an option names: a rig, or `hq` for the town's own ones.

        Raises:
            NotFound: there is no rig of that name.
        """
        return named if named == TOWN_RIG else self.rig(named)

    def own_hook(self) -> Hook:
        """The hook the caller stands in.

        Raises:
            Refused: the directory belongs to no registered hook.
            Unreadable: the hook's record cannot be read.
        """
        if self.place.agent is None:
            raise Refused(
                "you do not stand in a hook",
                hint="cd into your worktree: RIG/polecats/NAME or RIG/crew/NAME",
            )
        if self.place.hook is None:
            raise Unreadable(
                f"the hook of {self.place.agent} cannot be read", hint="gt hooks repair"
            )
        return self.place.hook

    @cached_property
    def host(self) -> Host:
        """What sessions and gates get from this machine."""
        import sysconfig
        import tempfile

        from gastown.ops.host import Host

        beside = Path(sys.argv[0]).resolve().parent
        scripts = beside if (beside / "gt").is_file() else Path(sysconfig.get_path("scripts"))
        return Host(self.env, Path(tempfile.gettempdir()), sys.executable, scripts)

    @cached_property
    def sessions(self) -> Sessions:
        """The sessions of the town's agents."""
        from gastown.ops.sessions import sessions_of

        return sessions_of(self.town, self.host)

    def show(self, result: T, render: Callable[[T], str]) -> None:
        """Print a result: with `render`, or as JSON when that was asked for."""
        if self.wants_json:
            from gastown.render.json import envelope

            click.echo(envelope(result))
        elif text := render(result):
            click.echo(text)

    def note(self, text: str) -> None:
        """Say something beside the result (never in the way of JSON)."""
        from gastown.render.text import safe

        click.echo(safe(text, lines=True), err=True)

    def complain(self, error: GtError) -> None:
        """Print an error: one sentence and what to do next, or JSON."""
        if self.wants_json:
            from gastown.render.json import dump, error_envelope

            if self.program == "bd":
                click.echo(dump({"error": error.message, "code": error.code, "hint": error.hint}),
                           err=True)  # fmt: skip
            else:
                click.echo(error_envelope(error))
            return
        self.note(f"{self.program}: {error.message}")
        if error.hint:
            self.note(f"try: {error.hint}")

    def log_folder(self) -> Path:
        """Where the trace of a bug goes: the town's log, or the temporary folder."""
        try:
            return self.town.layout.logs
        except Exception:  # noqa: BLE001  (whatever is wrong with the town, the trace must land)
            import tempfile

            return Path(tempfile.gettempdir()) / "gastown"

    def show_plain(self, result: T, render: Callable[[T], str], shape: Any) -> None:
        """Print a result of `bd`: with `render`, or as `shape` without an envelope, as upstream."""
        if self.wants_json:
            from gastown.render.json import dump, values

            click.echo(dump(values(shape)))
        elif text := render(result):
            click.echo(text)


pass_session = click.make_pass_decorator(Session)
