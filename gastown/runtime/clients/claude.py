"""Claude Code: a settings file of ours beside the user's own, given with `--settings`.

Follows the hooks reference of docs.claude.com; the shapes were seen with 2.1.197. A matcher tests
the tool's name only, so what a Bash command does is looked at by the guard itself. Commands of the
user's own settings run as well: the client merges both.
"""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

from gastown.runtime.clients import Wiring

if TYPE_CHECKING:
    from gastown.runtime.clients import Desk

# Event of the client → moment of ours, matcher, seconds until the client gives up waiting.
_HOOKS = (
    ("SessionStart", "session-start", "startup|resume|clear|compact", 20),
    ("UserPromptSubmit", "prompt", None, 20),
    ("PreToolUse", "guard", "Bash", 10),
    ("PostToolUse", "tool", None, 5),
    ("Notification", "waiting", None, 5),
    ("PreCompact", "compact", None, 5),
    ("Stop", "stop", None, 20),
    ("SessionEnd", "session-end", None, 10),
)


def wire(desk: Desk) -> Wiring:
    """The settings file, and the option that names it."""
    place = desk.folder / "settings.json"
    hooks: dict[str, list[dict[str, Any]]] = {}
    for event, moment, matcher, timeout_s in _HOOKS:
        command = {"type": "command", "command": shlex.join(desk.words(moment)),
                   "timeout": timeout_s}  # fmt: skip
        group: dict[str, Any] = {"hooks": [command]}
        hooks[event] = [{"matcher": matcher, **group} if matcher else group]
    settings = {"skipDangerousModePermissionPrompt": True, "hooks": hooks}
    text = json.dumps(settings, indent=2, ensure_ascii=False) + "\n"
    return Wiring(words=("--settings", str(place)), files={place: text.encode()})
