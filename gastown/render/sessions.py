"""Sessions, the mayor, hand-offs and former conversations as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown.ops.handoff import Next
from gastown.render.text import age, cut, plural, safe, table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gastown.ops.asking import Answer
    from gastown.ops.attaching import Attachment
    from gastown.ops.handoff import HandedOff
    from gastown.ops.mayor import Detached, MayorStatus
    from gastown.ops.restarting import Restarted, Stopped
    from gastown.views.sessions import Former, SessionList

_SHORT, _NOTE = 8, 50
_MAYOR = "mayor"
_NO_AI = [
    "  there is no AI in it: it is a shell of yours. To have an AI mayor:",
    "    gt config agent test claude; gt mayor restart --agent claude",
]


def session_list(found: SessionList, now: datetime) -> str:
    """For `gt session list`."""
    rows = [
        (
            one.agent, one.runtime, one.runner, age(one.since, now), one.attached or "-",
            one.bead or "-", one.state,
        )
        for one in found.running
    ]  # fmt: skip
    header = ("AGENT", "RUNTIME", "RUNNER", "SINCE", "ATTACHED", "BEAD", "STATE")
    parts = [table(header, rows) if rows else "no session runs"]
    parts += [f"{one.agent}: {safe(one.advice)}" for one in found.running if one.advice]
    if found.former is not None:
        parts += ["", "ended:", formers(found.former, now)]
    return "\n".join(parts)


def formers(found: Sequence[Former], now: datetime) -> str:
    """For `gt seance`."""
    if not found:
        return "no conversation is on record"
    rows = [
        (
            one.id[:_SHORT] if "-" in one.id else one.id, one.agent, one.bead or "-",
            one.runtime or "-", age(one.ended or one.began, now), one.how or "running",
            "-" if one.tokens is None else f"{one.tokens:,}", "yes" if one.transcript else "-",
            _first_line(one),
        )
        for one in found
    ]  # fmt: skip
    header = ("ID", "AGENT", "BEAD", "RUNTIME", "AGO", "ENDED", "TOKENS", "TRANSCRIPT", "NOTE")
    return table(header, rows, last=_NOTE)


def _first_line(one: Former) -> str:
    said = (one.note or one.title or "").strip()
    return cut(said.splitlines()[0] if said else "", _NOTE)


def former(one: Former) -> str:
    """For `gt seance ID`."""
    what = f" about {safe(one.bead)}" if one.bead else ""
    title = f" ({safe(one.title)})" if one.title else ""
    ended = "it goes on" if one.running else f"ended {one.ended}: {safe(one.how or 'unknown')}"
    lines = [
        f"{safe(one.id)}: {one.agent}{what}{title}",
        f"  with {safe(one.runtime or 'an unknown client')}, began {one.began}, {ended}",
        f"  {'its tokens were not counted' if one.tokens is None else f'{one.tokens:,} tokens'}",
        f"  transcript {safe(one.transcript)}" if one.transcript
        else "  its transcript is not on this machine, or its client tells of none",
    ]  # fmt: skip
    if one.transcript:
        lines.append(f'  ask it: gt seance {safe(one.id)} --ask "…"')
    if one.note:
        lines += ["  handed on:", *(f"    {safe(line)}" for line in one.note.splitlines())]
    return "\n".join(lines)


def restarted(result: Restarted) -> str:
    """After a start or restart."""
    mayor = result.agent == _MAYOR
    verb = "was restarted" if result.stopped else "runs"
    lines = [f"✓ {'the mayor' if mayor else result.agent} {verb} ({safe(result.runtime)})"]
    lines += _held(result.stopped)
    if result.bead:
        lines.append(f"  on its hook: {safe(result.bead)}, worktree {safe(result.path)}")
    if result.resumed:
        lines.append(f"  it goes on with conversation {safe(result.resumed)[:_SHORT]}")
    if mayor and result.runtime == "shell":
        lines += _NO_AI
    attach = "gt mayor attach" if mayor else f"gt session attach {result.agent}"
    lines.append(f"  {attach if result.runner == 'tmux' else f'gt peek {result.agent}'}")
    return "\n".join(lines)


def cycled(result: Restarted | None) -> str:
    """After `gt session cycle`."""
    return "nothing was handed off" if result is None else restarted(result)


def stopped(result: Stopped) -> str:
    """After a stop."""
    mayor = result.agent == _MAYOR
    name = "the mayor" if mayor else result.agent
    if not result.ran:
        return f"{name} was not running"
    again = "gt mayor attach" if mayor else f"gt session start {result.agent}"
    return "\n".join([f"✓ {name} was stopped", *_held(result), f"  it goes on with: {again}"])


def _held(result: Stopped | None) -> list[str]:
    if result is None:
        return []
    lines = [f"  ! {safe(warning)}" for warning in result.warnings]
    if result.snapshot:
        lines.append(f"  what is not committed is held in snapshot {result.snapshot[:12]}")
    return lines


def mayor(found: MayorStatus, now: datetime) -> str:
    """For `gt mayor status`."""
    since = f" since {age(found.since, now)}" if found.since else ""
    lines = [f"the mayor: {safe(found.state)}", f"  runtime {safe(found.runtime)}{since}"]
    if found.conversation:
        lines.append(f"  conversation {safe(found.conversation)}")
    if found.running:
        who = ", ".join(map(safe, found.attached))
        lines.append(f"  attached: {who}" if who else "  nobody is attached")
    lines.append(f"  {plural(found.unread, 'unread message')}, worktree {safe(found.path)}")
    if found.why:
        lines.append(f"  ! it does not answer: {safe(found.why)}; gt mayor detach stops it")
    if found.advice:
        lines.append(f"  {safe(found.advice)}")
    if not found.running:
        lines.append("  gt mayor attach starts it")
    return "\n".join(lines)


def detached(result: Detached) -> str:
    """After `gt mayor detach`."""
    who = plural(len(result.clients), "terminal")
    gone = f"✓ {who} let go of the mayor" if result.clients else "nobody was attached"
    if result.running:
        return f"{gone}; it runs on: gt mayor attach"
    if result.why is None:
        return f"{gone}; the mayor does not run: gt mayor attach starts it, with its conversation"
    lines = [gone, f"✓ the mayor was stopped: {safe(result.why)}", *_held(result.stopped)]
    return "\n".join([*lines, "  gt mayor attach starts it again, with its conversation"])


def attachment(found: Attachment) -> str:
    """What there is to know of a session that is not shown in this terminal."""
    name = "the mayor" if found.agent == _MAYOR else found.agent
    if found.argv is None:
        lines = [f"{name} ({safe(found.runtime)}) does not run: {safe(found.state)}"]
        lines += [f"  | {safe(line)}" for line in found.screen.splitlines()]
        return "\n".join([*lines, *([f"  {safe(found.advice)}"] if found.advice else [])])
    lines = [f"{name} runs ({safe(found.runtime)}): {safe(found.state)}"]
    if found.advice:
        lines.append(f"  {safe(found.advice)}")
    if found.agent == _MAYOR and found.runtime == "shell":
        lines += _NO_AI
    typed = "gt mayor attach" if found.agent == _MAYOR else f"gt session attach {found.agent}"
    lines += ["  this is no terminal; in one, type:", f"    {typed}", f"  or: {found.command}"]
    return "\n".join(lines)


def attaching(found: Attachment) -> str:
    """Just before a session is shown."""
    said = f"{found.agent} ({found.runtime}): {found.state}; Ctrl-b d leaves it running"
    return f"{said}\n{found.advice}" if found.advice else said


def by_hand(prime: str, program: str) -> str:
    """What the mayor's shell begins with."""
    line = "-" * 72
    return "\n".join([
        prime.rstrip("\n"), "", line,
        f"No AI client is the mayor here: this is a shell of yours ({safe(program)}) in mayor/.",
        "Above stands what an AI mayor would be told. Type gt and bd; exit ends it.",
        "To have an AI mayor, install a client (gt config agent test claude says what is missing),",
        "then: gt config set roles.mayor claude && gt mayor restart",
        line,
    ])  # fmt: skip


def handed_off(result: HandedOff) -> str:
    """After `gt handoff`."""
    note = "with a note" if result.note else "without a note"
    lines = [
        f"✓ {result.agent} handed off {note} (hq/conversations/{safe(result.conversation)}.json)"
    ]
    if result.snapshot:
        lines.append(f"  what is not committed is held in snapshot {result.snapshot[:12]}")
    if result.warning:
        lines.append(f"  ! {safe(result.warning)}")
    start = "gt mayor start" if result.agent == _MAYOR else f"gt session start {result.agent}"
    lines.append({
        Next.STARTED: "  its next session runs, and begins with the note",
        Next.STARTING: "  this session ends now; the next one begins with the note: stop here",
        Next.LATER: "  the next session begins with the note, when it is started (gt up, monitor)",
        Next.NONE: f"  no session of it ran; the next one begins with the note: {start} --fresh",
    }[result.next])  # fmt: skip
    return "\n".join(lines)


def trouble(answer: Answer) -> str | None:
    """Why an answer is none, or not a whole one."""
    if answer.status == 0:
        return None if answer.text.strip() else f"{safe(answer.runtime)} answered nothing"
    if answer.status is None:
        said = f"{answer.runtime} did not answer within {answer.seconds:g} s, and was ended"
    else:
        said = f"{answer.runtime} ended with status {answer.status}"
    return f"{said}\n{answer.complaint}" if answer.complaint else said
