"""opencode: a plugin of ours in the agent's folder, named by OPENCODE_CONFIG_CONTENT.

Follows the plugin pages of opencode.ai/docs; tried with 1.18.33. What that variable holds is added
to the user's and the project's configuration. A person who uses it for something of their own loses
that in agents' sessions: put it into ~/.config/opencode instead.
"""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING

from gastown.runtime.clients import Wiring

if TYPE_CHECKING:
    from gastown.runtime.clients import Desk

_COMMAND = '["/bin/sh", "agent-event", "MOMENT", "FOLDER"]'


def wire(desk: Desk) -> Wiring:
    """The plugin, and the variable that makes the client load it."""
    place = desk.folder / "opencode.mjs"
    text = (resources.files("gastown") / "clients" / "opencode.mjs").read_text(encoding="utf-8")
    text = text.replace(_COMMAND, json.dumps(desk.words("MOMENT")), 1)
    configuration = {"plugin": [place.as_uri()]}
    return Wiring(
        env={"OPENCODE_CONFIG_CONTENT": json.dumps(configuration)}, files={place: text.encode()}
    )
