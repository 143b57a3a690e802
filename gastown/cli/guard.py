"""gt guard: what agents' clients ask before they run a command."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from gastown.cli.common import complete_agent, json_option
from gastown.cli.session import Session, pass_session

if TYPE_CHECKING:
    from pathlib import Path

    from gastown.domain.hook import Hook
    from gastown.ops.guarding import Judged, Tool

REFUSED = 2
"""The exit status that clients take for a refusal, whose reason is on stderr."""


@click.command()
@click.argument("words", metavar="[check COMMAND]", nargs=-1)
@click.option("-c", "--command", "line", help="Judge this command line instead of a client's JSON.")
@click.option("--as", "agent", metavar="RIG/AGENT", shell_complete=complete_agent,
              help="Judge it as if this agent had typed it.")  # fmt: skip
@click.option("--explain", is_flag=True, help="Print the verdict and the rule it follows.")
@json_option
@pass_session
def guard(
    session: Session, words: tuple[str, ...], line: str | None, agent: str | None, explain: bool
) -> None:
    """Whether an agent may run a command, and what to do instead.

    Agents' clients give it their JSON on standard input before a command. Exit status 0: it may; 2:
    it may not, and the right way is on stderr. To try it:
    gt guard --as RIG/AGENT check "git push --force".

    In its worktree an agent may do nearly everything, elsewhere it may read, in temporary folders
    it may write. Refused is what leaves the worktree or takes others' work: git in other
    worktrees, worktrees added or removed, commits dropped, another branch checked out, forced
    pushes and pushes to the target, deletions elsewhere, tmux servers and clients killed, and
    commands that change the town for everybody. A person's own terminal is never guarded.

    It stops mistakes, not malice: it does not look into scripts, python -c, make or aliases.
    """
    from gastown.ops.guarding import Tool, judged, tool_of
    from gastown.render import guarding as render

    command = _line(words, line)
    tool = Tool(command) if command is not None else tool_of(_stdin())
    if tool.command is None:
        if tool.trouble:
            session.note(f"gt guard: {tool.trouble}")
        return
    hook = _hook(session, agent, tool)
    inside = hook is not None and agent is None
    cwd = tool.cwd or (str(session.here) if inside else None)
    found = judged(session.town.layout, hook, tool.command, cwd=cwd, env=session.env)
    if explain or session.wants_json or command is not None:
        session.show(found, render.explained)
    _end(session, found, quiet=command is not None or explain or session.wants_json)


def _line(words: tuple[str, ...], line: str | None) -> str | None:
    if not words:
        return line
    if line is not None or words[0] != "check" or len(words) != 2:
        raise click.UsageError("say it as one word: gt guard check 'COMMAND'")
    return words[1]


def _stdin() -> bytes:
    if sys.stdin.isatty():
        raise click.UsageError("give a client's JSON on standard input, or: gt guard check COMMAND")
    buffer = getattr(sys.stdin, "buffer", None)
    return buffer.read() if buffer is not None else sys.stdin.read().encode()


def _hook(session: Session, agent: str | None, tool: Tool) -> Hook | None:
    """Whose command it is: of the agent that is named, or of the hook one stands in."""
    from pathlib import Path

    from gastown.errors import NotFound
    from gastown.ids import MAYOR, parse_agent
    from gastown.views.place import place_of

    town = session.town
    if agent is not None:
        name = agent if agent == MAYOR else "/".join(parse_agent(agent))
        hook = town.read().hook(name)
        if hook is None or not hook.is_live:
            raise NotFound(f"no live hook of {name}", hint="gt agents lists them")
        return hook
    if session.place.hook is not None or tool.cwd is None:
        return session.place.hook
    return place_of(town.layout, town.read(), Path(tool.cwd).resolve()).hook


def _end(session: Session, found: Judged, *, quiet: bool) -> None:
    from gastown.render.guarding import refused

    if found.refusal is None:
        return
    if not quiet:
        session.note(refused(found.refusal))
    raise click.exceptions.Exit(REFUSED)


def answer_client(session: Session, folder: Path, form: str, data: bytes) -> None:
    """Judge what a client is about to do, for the agent whose folder it named.

    A trouble of the town is said and refuses nothing.

    Raises:
        click.exceptions.Exit: it is refused; the reason was printed on stderr.
    """
    from gastown.errors import GtError
    from gastown.ops.guarding import client_of, judged, tool_of

    tool = tool_of(data)
    if tool.command is None:
        if tool.trouble:
            session.note(f"gt guard: {tool.trouble}")
        return
    try:
        town = session.town_at(folder)
        hook = client_of(town, folder)
        found = judged(town.layout, hook, tool.command, cwd=tool.cwd, env=session.env)
    except GtError as trouble:
        session.note(f"gt guard: {trouble.message}, so nothing was judged")
        return
    _answer(session, found, form)


def _answer(session: Session, found: Judged, form: str) -> None:
    if found.refusal is not None and form == "copilot":  # takes a refusal as JSON only
        import json

        from gastown.render.guarding import refused

        reason = refused(found.refusal)
        answer = {"permissionDecision": "deny", "permissionDecisionReason": reason}
        click.echo(json.dumps(answer, ensure_ascii=False))
        return
    _end(session, found, quiet=False)
