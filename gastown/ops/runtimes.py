"""Which agent command works where: presets, the settings, and what a person has accepted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gastown.domain.hook import Role
from gastown.errors import NotFound, Refused
from gastown.runtime.agents import (
    Form,
    PromptWay,
    Runtime,
    alike,
    preset,
    preset_names,
    split_command,
)
from gastown.store.accepted import is_accepted

if TYPE_CHECKING:
    from gastown.domain.agent_settings import AgentCommand
    from gastown.domain.settings import Settings
    from gastown.ops.host import Host
    from gastown.runtime.records import Session
    from gastown.store.town import Town

LIKE_NONE = "none"


def runtime_for(
    town: Town, host: Host, name: str | None, *, role: Role = Role.POLECAT, rig: str | None = None
) -> Runtime:  # fmt: skip
    """The agent command of that name; by default that of the rig, the role, or the town.

    Raises:
        NotFound: no such runtime.
        Refused: its command was changed by hand and not accepted yet.
    """
    settings = town.settings()
    wanted = name or settings.agent_for(role, rig)
    entry = settings.agents.get(wanted)
    if entry is not None:
        runtime = of_settings(wanted, entry, host.python)
        check_accepted(town, entry.text(wanted))
        return runtime
    if wanted in preset_names():
        return preset(wanted, host.python)
    known = ", ".join(sorted(known_names(settings)))
    raise NotFound(f"no runtime {wanted!r}", hint=f"known: {known}")


def described(town: Town, host: Host, session: Session) -> Runtime:
    """The runtime that a session was started with, as far as it is still known: only to look at."""
    entry = town.settings().agents.get(session.runtime)
    try:
        if entry is not None:
            return of_settings(session.runtime, entry, host.python)
        return preset(session.runtime, host.python)
    except (NotFound, Refused):
        return Runtime(session.runtime, session.argv)


def known_names(settings: Settings) -> tuple[str, ...]:
    """Every runtime that may be named, those of the settings last."""
    presets = preset_names()
    return (*presets, *(name for name in settings.agents if name not in presets))


def of_settings(name: str, entry: AgentCommand, python: str) -> Runtime:
    """The runtime that a person's entry describes, with what it does not say from its preset.

    Raises:
        Refused: its command, or further words, cannot be split.
        NotFound: it is like a preset that there is not.
    """
    argv = split_command(entry.command)
    base = Runtime(name, argv)
    like = entry.like or alike(argv)
    if like is not None and like != LIKE_NONE:
        base = preset(like, python)
    forms = dict(base.forms) or {Form.START: ("{command}", "{prompt}")}
    if entry.resume:
        words = split_command(entry.resume)
        form = Form.RESUME if "{conversation}" in entry.resume else Form.RESUME_LAST
        forms[form] = ("{command}", "{lifecycle}", *words, "{prompt}")
        if form is Form.RESUME_LAST:
            forms.pop(Form.RESUME, None)  # what a person says counts alone
    if entry.headless:
        words = split_command(entry.headless)
        forms[Form.HEADLESS] = ("{command}", "{lifecycle}", *words, "{prompt}")
    return replace(
        base, name=name, argv=argv, env=(*base.env, *entry.env.items()), forms=forms,
        prompt=PromptWay(entry.prompt) if entry.prompt else base.prompt,
        ready=(entry.ready,) if entry.ready else base.ready,
        get=base.get if argv[0] == base.argv[0] else None,
    )  # fmt: skip


def check_accepted(town: Town, definition: str) -> None:
    """Refuse to run a command that this machine's person has not accepted.

    Raises:
        Refused: it was written into town.toml by hand.
    """
    if not is_accepted(town.layout, definition):
        raise Refused(
            f"this command was changed by hand and is not accepted yet: {definition}",
            hint="read it, then: gt config accept",
        )
