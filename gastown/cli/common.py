"""What commands share: lazy groups, the --json option, and the completion of names."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gastown.cli.session import Session
from gastown.errors import GtError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from gastown.ops.batch import Batch

F = TypeVar("F", bound=Callable[..., Any])


class LazyGroup(click.Group):
    """A group whose commands are imported when they are typed.

    `lazy` maps a name to `module:attribute`; names in `aliases` lead to another name and are not
    listed. With `sections`, the list of commands has these headings.
    """

    def __init__(
        self, *args: Any, lazy: dict[str, str] | None = None,
        aliases: dict[str, str] | None = None, sections: dict[str, tuple[str, ...]] | None = None,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self._lazy = lazy or {}
        self._aliases = aliases or {}
        self._sections = sections or {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, sorted."""
        return sorted({*self._lazy, *super().list_commands(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        name = self._aliases.get(cmd_name, cmd_name)
        if name not in self._lazy:
            return super().get_command(ctx, name)
        module, _, attribute = self._lazy[name].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands, under headings where there are sections."""
        if not self._sections:
            super().format_commands(ctx, formatter)
            return
        width = max(map(len, self.list_commands(ctx)))
        for title, names in self._sections.items():
            found = [(name, self.get_command(ctx, name)) for name in names]
            rows = [
                (name.ljust(width), command.get_short_help_str(formatter.width - width - 6))
                for name, command in found if command is not None
            ]  # fmt: skip
            with formatter.section(title):
                formatter.write_dl(rows)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command; for an unknown one, name those that are spelt alike.

        What is asked to look back, or to work in a fork, is one that can.
        """
        try:
            name, command, rest = super().resolve_command(ctx, args)
            session = ctx.find_object(Session)
            if session is not None and session.at is not None and command is not None:
                from gastown.cli.looking_back import check_first

                check_first(command.name or "", session.program)
            if session is not None and session.fork is not None and command is not None:
                from gastown.cli.in_fork import check_word

                check_word(command.name or "", session.program)
            return name, command, rest
        except click.UsageError as error:
            import difflib

            alike = difflib.get_close_matches(args[0], self.list_commands(ctx))
            if alike and "mean" not in error.message:
                said = f"{error.message} Did you mean {' or '.join(alike)}?"
                raise click.UsageError(said, ctx=ctx) from None
            raise


def _ask_json(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        ctx.ensure_object(Session).wants_json = True


def json_option(command: F) -> F:
    """Add --json."""
    return click.option(
        "--json", is_flag=True, expose_value=False, callback=_ask_json, is_eager=True,
        help="Print JSON.",
    )(command)  # fmt: skip


def _ask_past(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None:
        ctx.ensure_object(Session).at = value


def at_option(command: F) -> F:
    """Add --at."""
    return click.option(
        "--at", metavar="T", expose_value=False, callback=_ask_past, is_eager=True,
        help="Look back: a commit or operation of the ledger, a time, 2h. For what only reads.",
    )(command)  # fmt: skip


def _ask_fork(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None:
        ctx.ensure_object(Session).fork = value


def fork_option(command: F) -> F:
    """Add --fork."""
    return click.option(
        "--fork", metavar="NAME", expose_value=False, callback=_ask_fork, is_eager=True,
        help="Work in a fork: on paper. For what changes records.",
    )(command)  # fmt: skip


def show_batch(session: Session, batch: Batch[Any], show: Callable[[], None]) -> None:
    """Show what was done, then what was refused; the first refusal gives the exit status."""
    if batch.done or not batch.refused:
        show()
    for error in batch.refused:
        session.complain(error)
    if batch.refused:
        raise click.exceptions.Exit(batch.refused[0].exit_status)


def _complete(
    ask: Callable[[Session], list[tuple[str, str]]],
) -> Callable[[click.Context, click.Parameter, str], list[CompletionItem]]:
    def complete(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        try:
            found = ask(Session(program="gt"))
        except GtError:
            return []
        return [
            CompletionItem(name, help=text) for name, text in found if name.startswith(incomplete)
        ]

    return complete


def _beads(session: Session) -> list[tuple[str, str]]:
    found = session.town.read().beads(limit=500)
    return [(bead.id, bead.title) for bead in found if bead.is_live]


def _rigs(session: Session) -> list[tuple[str, str]]:
    return [(rig.id, rig.url) for rig in session.town.read().rigs()]


def _agents(session: Session) -> list[tuple[str, str]]:
    return [(hook.id, hook.bead or "") for hook in session.town.read().hooks()]


def _convoys(session: Session) -> list[tuple[str, str]]:
    return [(convoy.id, convoy.title) for convoy in session.town.read().convoys()]


def _merges(session: Session) -> list[tuple[str, str]]:
    return [(merge.id, merge.state) for merge in session.town.read().merges()]


def _forks(session: Session) -> list[tuple[str, str]]:
    from gastown.views.forks import fork_list

    return [(fork.name, f"{len(fork.operations)} operations") for fork in fork_list(session.town)]


def _runtimes(session: Session) -> list[tuple[str, str]]:
    from gastown.ops.runtimes import known_names

    settings = session.town.settings()
    commands = {name: agent.command for name, agent in settings.agents.items()}
    return [(name, commands.get(name, "comes with gt")) for name in known_names(settings)]


def _rescues(session: Session) -> list[tuple[str, str]]:
    from gastown.views.rescues import rescues

    return [(one.id, one.bead or "") for one in rescues(session.town)]


def _readers(session: Session) -> list[tuple[str, str]]:
    rigs = [(f"@{rig}", "everybody there") for rig, _ in _rigs(session)]
    groups = [("@all", "everybody"), ("@crew", "people"), ("@polecats", "workers")]
    return [("human", "the person"), *_agents(session), *groups, *rigs]


complete_bead = _complete(_beads)
complete_reader = _complete(_readers)
complete_rig = _complete(_rigs)
complete_agent = _complete(_agents)
complete_target = _complete(lambda session: _rigs(session) + _agents(session))
complete_convoy = _complete(_convoys)
complete_merge = _complete(_merges)
complete_fork = _complete(_forks)
complete_runtime = _complete(_runtimes)
complete_rescue = _complete(_rescues)
complete_work = _complete(lambda session: _beads(session) + _agents(session))
