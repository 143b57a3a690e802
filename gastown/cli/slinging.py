"""gt sling, unsling."""

from __future__ import annotations

import click

from gastown.cli.common import (
    complete_bead,
    complete_runtime,
    complete_target,
    complete_work,
    json_option,
    show_batch,
)
from gastown.cli.session import Session, pass_session
from gastown.errors import UsageTrouble


def _complete_sling(
    ctx: click.Context, parameter: click.Parameter, incomplete: str
) -> list[click.shell_completion.CompletionItem]:
    return complete_bead(ctx, parameter, incomplete) + complete_target(ctx, parameter, incomplete)


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="ISSUE… RIG[/AGENT]",
                shell_complete=_complete_sling)  # fmt: skip
@click.option("--agent", "runtime", metavar="RUNTIME", shell_complete=complete_runtime,
              help="The command to run; by default the town's default agent.")  # fmt: skip
@click.option("--no-start", is_flag=True, help="Make hook and worktree, but start no agent.")
@click.option("-f", "--force", is_flag=True, help="Take it from whoever has it; ignore blockers.")
@click.option("--wait", is_flag=True, help="Wait for the agents, then test and merge their work.")
@json_option
@pass_session
def sling(
    session: Session, words: tuple[str, ...], runtime: str | None, no_start: bool, force: bool,
    wait: bool,
) -> None:  # fmt: skip
    """Give issues to agents: each a hook, each started.

    Each ISSUE goes on the hook of a polecat of its own in RIG, or on that of the named agent.
    """
    from gastown.ops.sling import sling as operation
    from gastown.render import agents as render

    if len(words) < 2:
        raise UsageTrouble("say what to sling, and where", hint="gt sling ISSUE… RIG[/AGENT]")
    if wait and no_start:
        raise UsageTrouble("--wait waits for agents, --no-start starts none", hint="leave one out")
    *issues, target = words
    result = operation(
        session.town, tuple(issues), target, runtime=runtime, host=session.host,
        start=not no_start, force=force, actor=session.actor,
    )  # fmt: skip
    slung = list(result.done)
    if not wait:
        show_batch(session, result, lambda: session.show(slung, render.slung))
        return
    from gastown.ops.waiting import finish

    session.note(render.slung(slung))
    outcome = finish(session.town, slung, host=session.host, announce=session.note)
    show_batch(session, result, lambda: session.show(outcome, render.finished))
    if not outcome.all_merged:
        raise click.exceptions.Exit(1)


@click.command()
@click.argument("subject", metavar="ISSUE|RIG/AGENT", shell_complete=complete_work)
@json_option
@pass_session
def unsling(session: Session, subject: str) -> None:
    """Take an issue off its hook; its work is kept.

    The agent stops, its commits and changes stay under refs, and the issue is open again.
    """
    from gastown.ops.work import unsling as operation
    from gastown.render import agents as render

    result = operation(session.town, subject, host=session.host, actor=session.actor)
    session.show(result, render.unslung)
