"""Codex CLI: hooks of ours as overrides of its configuration (`-c`), beside the user's own.

Follows the hooks page of developers.openai.com/codex; tried with 0.169.0, which takes a hook's
plain output as context, ran ours beside those of `~/.codex`, and writes nothing down of them. It
runs no hook that was not reviewed in its own screen, unless it is told that those it is given were
(`--dangerously-bypass-hook-trust`). Hooks of the project need trust in its folder all the same.
The server that it would leave running behind it is not started (`--no-daemon`): it would outlive
the agent, and work for the next one with the variables of the first.
"""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

from gastown.runtime.clients import Wiring

if TYPE_CHECKING:
    from gastown.runtime.clients import Desk

# Event of the client → moment of ours, matcher, seconds until the client gives up waiting.
_HOOKS = (
    ("SessionStart", "session-start", None, 20),
    ("UserPromptSubmit", "prompt", None, 20),
    ("PreToolUse", "guard", "Bash", 10),
    ("PostToolUse", "tool", None, 5),
    ("PermissionRequest", "waiting", None, 5),
    ("PreCompact", "compact", None, 5),
    ("Stop", "stop", None, 20),
)


def wire(desk: Desk) -> Wiring:
    """The overrides; no file is needed."""
    words = ["--no-daemon", "--dangerously-bypass-hook-trust"]
    for event, moment, matcher, timeout_s in _HOOKS:
        command = shlex.join(desk.words(moment))
        matching = f"matcher={_toml(matcher)}," if matcher else ""
        handler = f'{{type="command",command={_toml(command)},timeout={timeout_s}}}'
        words += ["-c", f"hooks.{event}=[{{{matching}hooks=[{handler}]}}]"]
    return Wiring(words=tuple(words))


def _toml(text: str) -> str:
    """A basic string of TOML, whose escapes are those of JSON; JSON leaves DEL as it is."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
