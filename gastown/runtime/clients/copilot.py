"""GitHub Copilot CLI: a plugin of ours in the agent's folder, given with `--plugin-dir`.

Follows the hooks and plugin references of docs.github.com/copilot; tried with 1.0.102. Events are
named in its second spelling (`SessionStart`), whose input has the keys that Claude Code uses. It
wants JSON as an answer, without a frame around it, and takes no text when a prompt is given: so
nothing is told then, which would be lost.
"""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

from gastown.runtime.clients import Wiring

if TYPE_CHECKING:
    from gastown.runtime.clients import Desk

FORM = "copilot"
# Event of the client → moment of ours, matcher, seconds until the client gives up waiting.
_HOOKS = (
    ("SessionStart", "session-start", None, 20),
    ("UserPromptSubmit", "tool", None, 5),  # it works now; that is all
    ("PreToolUse", "guard", "bash", 10),
    ("PostToolUse", "tool", None, 5),
    ("Notification", "waiting", "permission_prompt|elicitation_dialog", 5),
    ("PreCompact", "compact", None, 5),
    ("Stop", "stop", None, 20),
    ("SessionEnd", "session-end", None, 10),
)


def wire(desk: Desk) -> Wiring:
    """The plugin: its manifest, its hooks, and the option that names its folder."""
    place = desk.folder / "copilot"
    manifest = {"name": "gastown", "description": "Gas Town's hooks", "version": "1.0.0",
                "hooks": "hooks.json"}  # fmt: skip
    hooks: dict[str, list[dict[str, Any]]] = {}
    for event, moment, matcher, timeout_s in _HOOKS:
        command = shlex.join((*desk.words(moment), FORM))
        entry: dict[str, Any] = {"type": "command", "bash": command, "timeoutSec": timeout_s}
        hooks[event] = [{"matcher": matcher, **entry} if matcher else entry]
    return Wiring(
        words=("--plugin-dir", str(place)),
        files={
            place / "plugin.json": _json(manifest),
            place / "hooks.json": _json({"version": 1, "hooks": hooks}),
        },
    )


def _json(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()
