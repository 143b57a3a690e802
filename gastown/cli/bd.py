"""`bd`: the beads of the town, as agents know the command."""

from __future__ import annotations

import click

from gastown.cli.common import LazyGroup, json_option

_COMMANDS = {
    "create": "bead_changes:create",
    "show": "beads:show",
    "list": "beads:list_",
    "ready": "beads:ready",
    "update": "bead_changes:update",
    "close": "bead_changes:close",
    "reopen": "bead_changes:reopen",
    "dep": "dependencies:dep",
    "completion": "completion:completion",
}


@click.group(
    cls=LazyGroup,
    lazy={name: f"gastown.cli.{place}" for name, place in _COMMANDS.items()},
    aliases={"new": "create", "view": "show", "done": "close"},
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="gastown", prog_name="bd")
@json_option
def root() -> None:
    """Issues (beads) of the town's projects, kept as files in git.

    A bead is a unit of work. `bd ready` shows what can be started; `gt sling` gives it to an agent.
    """
